// What the scenarios do with the ledger, and the checks on every answer.
import { call, data, expect } from './api.js'

export function openAccount(name, type = 'liability', more = {}) {
  const made = call('POST', '/accounts', '/accounts', { name, type, currency: 'EUR', ...more })
  return expect(made, 201, 'account opened') ? data(made).id : null
}

export const transferOf = (debit, credit, amount, more = {}) =>
  ({ debit_account_id: debit, credit_account_id: credit, amount, ...more })

const transfer = (body, headers) => call('POST', '/transfers', '/transfers', body, headers)

const balanceOf = (account) => call('GET', '/accounts/{id}/balance', `/accounts/${account}/balance`)

// Money comes in, is asked for twice under one key, is held, taken in part, and goes back: what is there adds up.
export function lifeOfMoney() {
  const bank = openAccount('Bank', 'asset')
  const wallet = openAccount('Wallet', 'liability', { floor: 0 })
  const merchant = openAccount('Merchant')
  if (!bank || !wallet || !merchant) return

  expect(transfer(transferOf(bank, wallet, 1000)), 201, 'money came in')
  const once = { 'Idempotency-Key': crypto.randomUUID() }
  const paid = transfer(transferOf(wallet, merchant, 300), once)
  if (!expect(paid, 201, 'paid', (r) => data(r).state === 'posted')) return
  const again = transfer(transferOf(wallet, merchant, 300), once)
  expect(again, 201, 'the same once more is the same', (r) =>
    data(r).id === data(paid).id && r.headers['Idempotent-Replayed'] === 'true')

  const held = transfer(transferOf(wallet, merchant, 500, { pending: true }))
  if (!expect(held, 201, 'held', (r) => data(r).state === 'pending')) return
  const taken = call('POST', '/transfers/{id}/post', `/transfers/${data(held).id}/post`, { amount: 200 })
  expect(taken, 201, 'taken in part')
  const back = call('POST', '/transfers/{id}/reverse', `/transfers/${data(paid).id}/reverse`, {})
  expect(back, 201, 'reversed')

  expect(balanceOf(wallet), 200, "the payer's balance adds up", (r) => data(r).posted === 800 && data(r).available === 800)
  expect(balanceOf(merchant), 200, "the merchant's balance adds up", (r) => data(r).posted === 200)
}
