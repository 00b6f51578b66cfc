// What every generated client must be able to do: two accounts, money between them, a list page by page, a refusal of
// the ledger and a change that is based on something old.
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./bursar.js";

type Account = components["schemas"]["Account"];

const bursar = createClient<paths>({
  baseUrl: process.env["BURSAR_URL"] ?? "",
  headers: { Authorization: `Bearer ${process.env["BURSAR_API_KEY"]}` },
});

const once = () => ({ header: { "Idempotency-Key": randomUUID() } });

async function open(body: components["schemas"]["CreateAccount"]): Promise<Account> {
  const { data, error } = await bursar.POST("/api/v1/accounts", { params: once(), body });
  assert(data, error?.error.message);
  return data.data;
}

async function list(code: string): Promise<Account[]> {
  const out: Account[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = cursor === null ? { limit: 1 } : { limit: 1, cursor };
    const { data, error } = await bursar.GET("/api/v1/accounts", { params: { query } });
    assert(data, error?.error.message);
    out.push(...data.data);
    cursor = data.meta.next_cursor;
  } while (cursor !== null && !out.some(account => account.code === code));
  return out;
}

const code = `typescript-${randomUUID()}`;
const wallet = await open({ name: "Wallet", code, currency: "EUR", type: "liability", floor: 0 });
const bank = await open({ name: "Bank", currency: "EUR", type: "asset", metadata: { share: 1.5, tags: ["a", null] } });

const paid = await bursar.POST("/api/v1/transfers", {
  params: once(),
  body: { debit_account_id: bank.id, credit_account_id: wallet.id, amount: 1250 },
});
assert(paid.data, paid.error?.error.message);
assert.equal(paid.data.data.balances?.find(each => each.account_id === wallet.id)?.posted, 1250);

const listed = await list(code);
assert(listed.length > 1, "one account a page");
assert(listed.some(account => account.id === wallet.id));

const refused = await bursar.POST("/api/v1/transfers", {
  params: once(),
  body: { legs: [{ debit_account_id: wallet.id, credit_account_id: bank.id, amount: 1251 }] },
});
assert.equal(refused.response.status, 422);
assert.equal(refused.error?.error.code, "INSUFFICIENT_FUNDS");

const late = await bursar.PATCH("/api/v1/accounts/{id}", {
  params: { path: { id: wallet.id }, header: { "If-Match": '"0"' } },
  body: { name: "Purse" },
});
assert.equal(late.response.status, 412);
assert.equal(late.error?.error.code, "PRECONDITION_FAILED");
console.log("ok");
