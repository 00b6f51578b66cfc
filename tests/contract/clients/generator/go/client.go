// What every generated client must be able to do: two accounts, money between them, a list page by page, a refusal of
// the ledger and a change that is based on something old.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"

	"bursar-client/bursar"
)

var (
	api        *bursar.APIClient
	background = context.WithValue(context.Background(), bursar.ContextAccessToken, os.Getenv("BURSAR_API_KEY"))
)

func require(holds bool, said ...any) {
	if !holds {
		panic(fmt.Sprintf("%+v", said))
	}
}

func must(err error) {
	var refused *bursar.GenericOpenAPIError
	if errors.As(err, &refused) {
		panic(string(refused.Body()))
	}
	if err != nil {
		panic(err)
	}
}

func open(what *bursar.CreateAccount) bursar.Account {
	made, _, err := api.AccountsAPI.CreateAccount(background).IdempotencyKey(rand.Text()).CreateAccount(*what).Execute()
	must(err)
	return made.Data
}

func transfer(what bursar.CreateTransfer) (*bursar.TransferAnswer, *http.Response, error) {
	return api.TransfersAPI.CreateTransfer(background).IdempotencyKey(rand.Text()).CreateTransfer(what).Execute()
}

func list(code string) []bursar.Account {
	var out []bursar.Account
	ask := api.AccountsAPI.ListAccounts(background).Limit(1)
	for {
		page, _, err := ask.Execute()
		must(err)
		out = append(out, page.Data...)
		for _, each := range page.Data {
			if each.GetCode() == code {
				return out
			}
		}
		if page.Meta.NextCursor.Get() == nil {
			return out
		}
		ask = ask.Cursor(page.Meta.GetNextCursor())
	}
}

func requireRefusal(answer *http.Response, err error, status int, code bursar.ErrorCode) {
	var refused *bursar.GenericOpenAPIError
	require(errors.As(err, &refused) && answer.StatusCode == status, err)
	said, ok := refused.Model().(bursar.Failure)
	require(ok && said.Error.Code == code, string(refused.Body()))
}

func main() {
	configuration := bursar.NewConfiguration()
	configuration.Servers = bursar.ServerConfigurations{{URL: os.Getenv("BURSAR_URL")}}
	api = bursar.NewAPIClient(configuration)

	code := "generator-go-" + rand.Text()
	what := bursar.NewCreateAccount("Wallet", "EUR", bursar.ACCOUNTTYPE_LIABILITY)
	what.SetCode(code)
	what.SetFloor(0)
	wallet := open(what)
	what = bursar.NewCreateAccount("Bank", "EUR", bursar.ACCOUNTTYPE_ASSET)
	what.SetMetadata(map[string]any{"share": 1.5})
	bank := open(what)

	paid, _, err := transfer(bursar.CreateSingleTransferAsCreateTransfer(
		bursar.NewCreateSingleTransfer(bank.Id, wallet.Id, 1250)))
	must(err)
	for _, each := range paid.Data.Balances {
		require(each.AccountId != wallet.Id || each.Posted == 1250, each)
	}

	require(len(list(code)) > 1, "one account a page")

	leg := *bursar.NewCreateTransferLeg(wallet.Id, bank.Id, 1251)
	_, answer, err := transfer(bursar.CreateCompoundTransferAsCreateTransfer(
		bursar.NewCreateCompoundTransfer([]bursar.CreateTransferLeg{leg})))
	requireRefusal(answer, err, 422, bursar.ERRORCODE_INSUFFICIENT_FUNDS)

	purse := bursar.NewPatchAccount()
	purse.SetName("Purse")
	_, answer, err = api.AccountsAPI.PatchAccount(background, wallet.Id).IfMatch(`"0"`).PatchAccount(*purse).Execute()
	requireRefusal(answer, err, 412, bursar.ERRORCODE_PRECONDITION_FAILED)
	fmt.Println("ok")
}
