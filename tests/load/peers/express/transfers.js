// POST /api/v1/transfers as a team would write it with pg: one transaction, the accounts locked in the order of their
// ids, each statement awaited. The tables are ../ledger/schema.sql. The key is claimed by the transfer that carries it.
import { randomBytes } from 'node:crypto'

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

class Refusal extends Error {
  constructor(status, code, message) {
    super(message)
    Object.assign(this, { status, code })
  }
}

const newId = () => {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = (bytes[6] & 0x0f) | 0x70
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const parse = (req) => {
  const key = req.get('idempotency-key')
  const { debit_account_id: debit, credit_account_id: credit, amount, ...rest } = req.body ?? {}
  if (!uuidPattern.test(key ?? ''))
    throw new Refusal(400, 'IDEMPOTENCY_KEY_REQUIRED', 'Idempotency-Key must be a UUID.')
  if (!uuidPattern.test(debit) || !uuidPattern.test(credit) || debit === credit ||
    !Number.isSafeInteger(amount) || amount < 1 || Object.keys(rest).length > 0)
    throw new Refusal(422, 'VALIDATION_FAILED', 'The transfer is not well formed.')
  return { key, debit, credit, amount }
}

const shown = (transfer, balances) => ({
  id: transfer.id, kind: 'transfer', state: 'posted', amount: Number(transfer.amount),
  legs: [{ debit_account_id: transfer.debit_account_id, credit_account_id: transfer.credit_account_id,
    amount: Number(transfer.amount) }],
  recorded_at: transfer.recorded_at, ...(balances && { balances }),
})

const repeated = async (client, wanted) => {
  const { rows: [made] } = await client.query({ name: 'made',
    text: 'select * from transfers where idempotency_key = $1', values: [wanted.key] })
  if (made.debit_account_id !== wanted.debit || made.credit_account_id !== wanted.credit ||
    Number(made.amount) !== wanted.amount)
    throw new Refusal(422, 'IDEMPOTENCY_KEY_REUSED', 'The key was used for another transfer.')
  return shown(made)
}

const lockAccounts = async (client, { debit, credit, amount }) => {
  const { rows } = await client.query({ name: 'lock',
    text: 'select id, currency, status, floor, seq, balance from accounts where id in ($1, $2) order by id for update',
    values: [debit, credit] })
  if (rows.length < 2) throw new Refusal(404, 'NOT_FOUND', 'There is no such account.')
  const [debtor, creditor] = rows[0].id === debit ? rows : [rows[1], rows[0]]
  if (rows.some((row) => row.status !== 'open')) throw new Refusal(422, 'ACCOUNT_NOT_OPEN', 'An account is not open.')
  if (debtor.currency !== creditor.currency) throw new Refusal(422, 'CURRENCY_MISMATCH', 'The currencies differ.')
  if (debtor.floor !== null && -(Number(debtor.balance) + amount) < Number(debtor.floor))
    throw new Refusal(422, 'INSUFFICIENT_FUNDS', 'The funds are insufficient.')
  const after = (row, change) => ({ id: row.id, seq: Number(row.seq) + 1, balance: Number(row.balance) + change })
  return [after(debtor, amount), after(creditor, -amount)]
}

const apply = async (client, wanted) => {
  const { rows: [made] } = await client.query({ name: 'transfer',
    text: `insert into transfers values ($1, $2, $3, $4, $5, now())
      on conflict (idempotency_key) do nothing returning *`,
    values: [newId(), wanted.key, wanted.debit, wanted.credit, wanted.amount] })
  if (!made) return repeated(client, wanted)
  const [debtor, creditor] = await lockAccounts(client, wanted)
  await client.query({ name: 'entries',
    text: 'insert into entries values ($1, $2, $3, $4, $5, now()), ($6, $7, $3, $8, $9, now())',
    values: [debtor.id, debtor.seq, made.id, wanted.amount, debtor.balance, creditor.id, creditor.seq, -wanted.amount,
      creditor.balance] })
  for (const account of [debtor, creditor])
    await client.query({ name: 'balance', text: 'update accounts set seq = $2, balance = $3 where id = $1',
      values: [account.id, account.seq, account.balance] })
  await client.query({ name: 'event', text: "insert into events (type, resource_id) values ('transfer.posted', $1)",
    values: [made.id] })
  return shown(made, [debtor, creditor].map(({ id, seq, balance }) => ({ account_id: id, posted: -balance, seq })))
}

export const postTransfer = (pool, failure) => async (req, res) => {
  const client = await pool.connect()
  try {
    const wanted = parse(req)
    await client.query('begin')
    const data = await apply(client, wanted)
    await client.query('commit')
    res.status(201).location(`/api/v1/transfers/${data.id}`).json({ data })
  } catch (error) {
    await client.query('rollback')
    if (!(error instanceof Refusal)) throw error
    failure(req, res, error.status, error.code, error.message)
  } finally {
    client.release()
  }
}
