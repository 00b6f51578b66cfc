// How the scenarios ask, and how an answer is checked.
import http from 'k6/http'
import { check } from 'k6'

const base = `${__ENV.BURSAR_URL}/api/v1`
const key = __ENV.BURSAR_API_KEY

// An answer outside 2xx and 3xx counts as failed.
http.setResponseCallback(http.expectedStatuses({ min: 200, max: 399 }))

// `name` is the route's template: k6 groups its figures by it.
export function call(method, name, path, body, headers = {}) {
  const all = { Authorization: `Bearer ${key}`, ...headers }
  if (body !== undefined) all['Content-Type'] = 'application/json'
  if (method === 'POST' && !all['Idempotency-Key']) all['Idempotency-Key'] = crypto.randomUUID()
  return http.request(method, base + path, body === undefined ? null : JSON.stringify(body),
    { headers: all, tags: { name: `${method} ${name}` } })
}

export function expect(answer, status, what, more = () => true) {
  return check(answer, { [what]: (r) => r.status === status && more(r) })
}

export const data = (answer) => answer.json('data')
