"""What every generated client must be able to do: two accounts, money between them, a list page by page, a refusal of
the ledger and a change that is based on something old."""

import os
import uuid

from bursar_client import AuthenticatedClient
from bursar_client.api.accounts import create_account, list_accounts, patch_account
from bursar_client.api.transfers import create_transfer
from bursar_client.models import (
    AccountType, CreateAccount, CreateCompoundTransfer, CreateSingleTransfer, CreateTransferLeg, ErrorCode, Failure,
    PatchAccount)

bursar = AuthenticatedClient(base_url=os.environ["BURSAR_URL"], token=os.environ["BURSAR_API_KEY"])


def once():
    return str(uuid.uuid4())


def account(**what):
    made = create_account.sync(client=bursar, body=CreateAccount(currency="EUR", **what), idempotency_key=once())
    assert not isinstance(made, Failure), made
    return made.data


def listed(code):
    cursor, out = None, []
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        page = list_accounts.sync(client=bursar, limit=1, **more)
        assert not isinstance(page, Failure), page
        out += page.data
        cursor = page.meta.next_cursor
        if cursor is None or any(each.code == code for each in out):
            return out


def main():
    code = f"python-{uuid.uuid4()}"
    wallet = account(name="Wallet", code=code, type_=AccountType.LIABILITY, floor=0)
    bank = account(name="Bank", type_=AccountType.ASSET)

    paid = create_transfer.sync(client=bursar, idempotency_key=once(), body=CreateSingleTransfer(
        debit_account_id=bank.id, credit_account_id=wallet.id, amount=1250))
    assert [each.posted for each in paid.data.balances if each.account_id == wallet.id] == [1250], paid

    found = listed(code)
    assert len(found) > 1 and wallet.id in [each.id for each in found], "one account a page"

    leg = CreateTransferLeg(debit_account_id=wallet.id, credit_account_id=bank.id, amount=1251)
    refused = create_transfer.sync_detailed(
        client=bursar, idempotency_key=once(), body=CreateCompoundTransfer(legs=[leg]))
    assert refused.status_code == 422 and refused.parsed.error.code == ErrorCode.INSUFFICIENT_FUNDS, refused

    late = patch_account.sync_detailed(
        wallet.id, client=bursar, body=PatchAccount(name="Purse"), if_match='"0"')
    assert late.status_code == 412 and late.parsed.error.code == ErrorCode.PRECONDITION_FAILED, late
    print("ok")


main()
