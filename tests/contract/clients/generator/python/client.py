"""What every generated client must be able to do: two accounts, money between them, a list page by page, a refusal of
the ledger and a change that is based on something old."""

import os
import uuid

import bursar

api = bursar.ApiClient(bursar.Configuration(
    host=os.environ["BURSAR_URL"], access_token=os.environ["BURSAR_API_KEY"]))
accounts = bursar.AccountsApi(api)
transfers = bursar.TransfersApi(api)


def once():
    return str(uuid.uuid4())


def account(**what):
    return accounts.create_account(once(), bursar.CreateAccount(currency="EUR", **what)).data


def listed(code):
    cursor, out = None, []
    while True:
        page = accounts.list_accounts(limit=1, cursor=cursor)
        out += page.data
        cursor = page.meta.next_cursor
        if cursor is None or any(each.code == code for each in out):
            return out


def refused(status, code, call):
    try:
        call()
    except bursar.ApiException as why:
        assert why.status == status, why
        assert why.data.error.code == code, why
    else:
        raise AssertionError(f"wanted {code}")


def main():
    code = f"generator-python-{uuid.uuid4()}"
    wallet = account(name="Wallet", code=code, type=bursar.AccountType.LIABILITY, floor=0)
    bank = account(name="Bank", type=bursar.AccountType.ASSET, metadata={"share": 1.5, "tags": ["a", None]})

    single = bursar.CreateSingleTransfer(debit_account_id=bank.id, credit_account_id=wallet.id, amount=1250)
    paid = transfers.create_transfer(once(), bursar.CreateTransfer(single)).data
    assert [each.posted for each in paid.balances if each.account_id == wallet.id] == [1250], paid

    found = listed(code)
    assert len(found) > 1 and wallet in found, "one account a page"

    leg = bursar.CreateTransferLeg(debit_account_id=wallet.id, credit_account_id=bank.id, amount=1251)
    refused(422, bursar.ErrorCode.INSUFFICIENT_FUNDS, lambda: transfers.create_transfer(
        once(), bursar.CreateTransfer(bursar.CreateCompoundTransfer(legs=[leg]))))
    refused(412, bursar.ErrorCode.PRECONDITION_FAILED, lambda: accounts.patch_account(
        wallet.id, '"0"', bursar.PatchAccount(name="Purse")))
    print("ok")


main()
