// What every generated client must be able to do: two accounts, money between them, a list page by page, a refusal of
// the ledger and a change that is based on something old.

import bursar.ApiClient;
import bursar.ApiException;
import bursar.api.AccountsApi;
import bursar.api.TransfersApi;
import bursar.model.Account;
import bursar.model.AccountList;
import bursar.model.AccountType;
import bursar.model.CreateAccount;
import bursar.model.CreateCompoundTransfer;
import bursar.model.CreateSingleTransfer;
import bursar.model.CreateTransfer;
import bursar.model.CreateTransferLeg;
import bursar.model.ErrorCode;
import bursar.model.Failure;
import bursar.model.PatchAccount;
import bursar.model.ResultingBalance;
import bursar.model.Transfer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

public final class Client {
    private final ApiClient api = new ApiClient();
    private final AccountsApi accounts;
    private final TransfersApi transfers;

    private Client(String url, String key) {
        api.updateBaseUri(url);
        api.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + key));
        accounts = new AccountsApi(api);
        transfers = new TransfersApi(api);
    }

    private interface Call {
        void make() throws ApiException;
    }

    private static String once() {
        return UUID.randomUUID().toString();
    }

    private static void require(boolean holds, Object said) {
        if (!holds) throw new AssertionError(said);
    }

    private void refused(int status, ErrorCode code, Call call) throws Exception {
        try {
            call.make();
        } catch (ApiException why) {
            Failure said = api.getObjectMapper().readValue(why.getResponseBody(), Failure.class);
            require(why.getCode() == status && said.getError().getCode() == code, why);
            return;
        }
        throw new AssertionError("wanted " + code);
    }

    private Account open(CreateAccount what) throws ApiException {
        return accounts.createAccount(once(), what.currency("EUR"), null, null).getData();
    }

    private List<Account> list(String code) throws ApiException {
        List<Account> out = new ArrayList<>();
        String cursor = null;
        do {
            AccountList page = accounts.listAccounts(null, null, null, null, null, cursor, 1L, null, null);
            out.addAll(page.getData());
            cursor = page.getMeta().getNextCursor();
        } while (cursor != null && out.stream().noneMatch(each -> code.equals(each.getCode())));
        return out;
    }

    private void run() throws Exception {
        String code = "java-" + UUID.randomUUID();
        Account wallet = open(new CreateAccount().name("Wallet").code(code).type(AccountType.LIABILITY).floor(0L));
        Account bank = open(
            new CreateAccount().name("Bank").type(AccountType.ASSET).metadata(Map.of("share", 1.5, "tags", List.of("a"))));

        Transfer paid = transfers.createTransfer(once(), new CreateTransfer(new CreateSingleTransfer()
            .debitAccountId(bank.getId()).creditAccountId(wallet.getId()).amount(1250L)), null, null).getData();
        for (ResultingBalance each : paid.getBalances())
            require(!each.getAccountId().equals(wallet.getId()) || each.getPosted() == 1250, each);

        List<Account> listed = list(code);
        require(listed.size() > 1, "one account a page");
        require(listed.stream().anyMatch(each -> each.equals(wallet)), listed);

        refused(422, ErrorCode.INSUFFICIENT_FUNDS, () -> transfers.createTransfer(once(), new CreateTransfer(
            new CreateCompoundTransfer().addLegsItem(new CreateTransferLeg()
                .debitAccountId(wallet.getId()).creditAccountId(bank.getId()).amount(1251L))), null, null));
        refused(412, ErrorCode.PRECONDITION_FAILED, () -> accounts.patchAccount(
            wallet.getId(), "\"0\"", new PatchAccount().name("Purse"), null, null));
        System.out.println("ok");
    }

    public static void main(String[] arguments) throws Exception {
        new Client(System.getenv("BURSAR_URL"), System.getenv("BURSAR_API_KEY")).run();
    }
}
