// What the scenarios do with the support desk, and the checks on every answer. A customer is made for each life of a
// ticket, so the limit of ten open tickets a customer is never met.
import { call, data, expect } from './api.js'

export function createCustomer(name) {
  const made = call('POST', '/customers', '/customers', { name })
  return expect(made, 201, 'customer created') ? data(made) : null
}

const description = 'The receiving bank says that the transfer has not come in.'

export const ticketFor = (customer, subject, priority = 'medium') =>
  ({ subject, description, priority, customer_id: customer })

// From the first report to the deletion: fifteen calls.
export function lifeOfATicket() {
  const customer = createCustomer('Ada Example')
  if (!customer) return
  const other = create(customer.id, 'My statement is a page short', 'low')
  const id = create(customer.id, 'Where is my transfer?', 'high')
  if (!other || !id) return
  const path = `/tickets/${id}`

  const read = call('GET', '/tickets/{id}', path)
  if (!expect(read, 200, 'ticket read with ETag', (r) => data(r).id === id && Boolean(r.headers.Etag))) return
  const again = call('GET', '/tickets/{id}', path, undefined, { 'If-None-Match': read.headers.Etag })
  expect(again, 304, 'unchanged ticket answers 304')

  lists(customer.id, other, id)
  const patched = call('PATCH', '/tickets/{id}', path, { priority: 'critical' }, { 'If-Match': read.headers.Etag })
  expect(patched, 200, 'ticket patched', (r) => data(r).priority === 'critical')
  comments(path)
  finish(path)
}

function create(customer, subject, priority) {
  const made = call('POST', '/tickets', '/tickets', ticketFor(customer, subject, priority))
  const fine = expect(made, 201, 'ticket created with Location', (r) => Boolean(r.headers.Location))
  return fine ? data(made).id : null
}

// Newest first, one ticket a page: `older`, made before `newer`, comes second.
function lists(customer, older, newer) {
  const list = (query) => call('GET', '/tickets', `/tickets?customer_id=${customer}&status=open&${query}`)
  const isOnly = (id) => (r) => data(r).length === 1 && data(r)[0].id === id
  expect(list('priority=high&limit=10'), 200, 'list by customer, status and priority', isOnly(newer))
  const first = list('limit=1')
  if (!expect(first, 200, 'first page', isOnly(newer))) return
  expect(list(`limit=1&cursor=${encodeURIComponent(first.json('meta.next_cursor'))}`), 200, 'second page', isOnly(older))
}

function comments(path) {
  const said = call('POST', '/tickets/{id}/comments', `${path}/comments`, { author: 'Grace', body: 'We are looking into it.' })
  expect(said, 201, 'comment created')
  const all = call('GET', '/tickets/{id}/comments', `${path}/comments`)
  expect(all, 200, 'comment listed', (r) => data(r).length === 1)
}

function finish(path) {
  const resolved = call('POST', '/tickets/{id}/resolve', `${path}/resolve`)
  expect(resolved, 200, 'ticket resolved', (r) => data(r).status === 'resolved')
  const reopened = call('POST', '/tickets/{id}/reopen', `${path}/reopen`)
  if (!expect(reopened, 200, 'ticket reopened', (r) => data(r).status === 'open')) return
  const etag = call('GET', '/tickets/{id}', path).headers.Etag
  expect(call('DELETE', '/tickets/{id}', path, undefined, { 'If-Match': etag }), 204, 'ticket deleted')
}
