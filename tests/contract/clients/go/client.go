// What every generated client must be able to do: two accounts, money between them, a list page by page, a refusal of
// the ledger and a change that is based on something old.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/google/uuid"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func require(holds bool, said any) {
	if !holds {
		panic(fmt.Sprintf("%+v", said))
	}
}

func pointer[T any](value T) *T { return &value }

func authorize(_ context.Context, request *http.Request) error {
	request.Header.Set("Authorization", "Bearer "+os.Getenv("BURSAR_API_KEY"))
	return nil
}

func open(bursar *ClientWithResponses, body CreateAccount) Account {
	answer := must(bursar.CreateAccountWithResponse(
		context.Background(), &CreateAccountParams{IdempotencyKey: uuid.NewString()}, body))
	require(answer.JSON201 != nil, string(answer.Body))
	return answer.JSON201.Data
}

func transfer(bursar *ClientWithResponses, fill func(*CreateTransfer) error) *CreateTransferResponse {
	var body CreateTransfer
	if err := fill(&body); err != nil {
		panic(err)
	}
	return must(bursar.CreateTransferWithResponse(
		context.Background(), &CreateTransferParams{IdempotencyKey: uuid.NewString()}, body))
}

func list(bursar *ClientWithResponses, code string) []Account {
	var out []Account
	parameters := ListAccountsParams{Limit: pointer(int64(1))}
	for {
		page := must(bursar.ListAccountsWithResponse(context.Background(), &parameters))
		require(page.JSON200 != nil, string(page.Body))
		out = append(out, page.JSON200.Data...)
		parameters.Cursor = page.JSON200.Meta.NextCursor
		if parameters.Cursor == nil {
			return out
		}
		for _, each := range page.JSON200.Data {
			if each.Code != nil && *each.Code == code {
				return out
			}
		}
	}
}

func main() {
	bursar := must(NewClientWithResponses(os.Getenv("BURSAR_URL"), WithRequestEditorFn(authorize)))
	code := "go-" + uuid.NewString()
	wallet := open(bursar, CreateAccount{
		Name: "Wallet", Code: &code, Currency: "EUR", Type: AccountTypeLiability, Floor: pointer(int64(0))})
	bank := open(bursar, CreateAccount{
		Name: "Bank", Currency: "EUR", Type: AccountTypeAsset, Metadata: &JsonObject{"share": 1.5}})

	paid := transfer(bursar, func(body *CreateTransfer) error {
		return body.FromCreateSingleTransfer(
			CreateSingleTransfer{DebitAccountId: bank.Id, CreditAccountId: wallet.Id, Amount: 1250})
	})
	require(paid.JSON201 != nil, string(paid.Body))
	for _, each := range *paid.JSON201.Data.Balances {
		require(each.AccountId != wallet.Id || each.Posted == 1250, each)
	}

	listed := list(bursar, code)
	require(len(listed) > 1, "one account a page")

	refused := transfer(bursar, func(body *CreateTransfer) error {
		return body.FromCreateCompoundTransfer(CreateCompoundTransfer{Legs: []CreateTransferLeg{
			{DebitAccountId: wallet.Id, CreditAccountId: bank.Id, Amount: 1251}}})
	})
	require(refused.JSON422 != nil && refused.JSON422.Error.Code == INSUFFICIENTFUNDS, string(refused.Body))

	late := must(bursar.PatchAccountWithResponse(
		context.Background(), wallet.Id, &PatchAccountParams{IfMatch: `"0"`}, PatchAccount{Name: pointer("Purse")}))
	require(late.JSON412 != nil && late.JSON412.Error.Code == PRECONDITIONFAILED, string(late.Body))
	fmt.Println("ok")
}
