// The peer: Express 5 and pg with the middleware a team would put in front of such a service (request id, trace,
// access log as JSON lines, metrics, a cap on requests in flight, security headers, API keys with a cache).
// It is kind to itself where that is honest: logs are buffered, settings are computed once, NODE_ENV is production.
//
// BENCH_LIVEZ   body of /livez, the same bytes as bursar's
// DATABASE_URL  with BENCH_SQL (the statement bursar sends, $1…) and BENCH_PARAMETERS (JSON: whether each $n is "org",
//               "id" or a constant): serves GET /api/v1/tickets/:id
// BENCH_LEDGER  with DATABASE_URL: serves POST /api/v1/transfers
// Prints its port.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { write } from 'node:fs'
import express from 'express'
import pg from 'pg'
import { postTransfer } from './transfers.js'

const livez = process.env.BENCH_LIVEZ ?? '{"status":"ok"}'
const inFlightCap = 10000
const keyLifetime = 30000
const requestIdPattern = /^[A-Za-z0-9._-]{1,128}$/
const tracePattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

let lines = ''
const log = (entry) => {
  if (!lines) setTimeout(flush, 100)
  lines += JSON.stringify(entry) + '\n'
}
const flush = () => {
  write(2, lines, () => {})
  lines = ''
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const durations = new Map()
const observe = (route, status, seconds) => {
  const key = `${route} ${status}`
  let series = durations.get(key)
  if (!series) durations.set(key, (series = { count: 0, sum: 0, buckets: new Array(buckets.length).fill(0) }))
  series.count += 1
  series.sum += seconds
  const bucket = buckets.findIndex((limit) => seconds <= limit)
  if (bucket >= 0) series.buckets[bucket] += 1
}

const identify = (req, res, next) => {
  const given = req.get('x-request-id')
  req.id = given && requestIdPattern.test(given) ? given : randomUUID()
  res.set('X-Request-Id', req.id)
  const trace = tracePattern.exec(req.get('traceparent') ?? '')
  req.trace = trace ? trace[1] : randomBytes(16).toString('hex')
  next()
}

const account = (req, res, next) => {
  const started = process.hrtime.bigint()
  res.on('finish', () => {
    const seconds = Number(process.hrtime.bigint() - started) / 1e9
    const route = req.route?.path ?? '_OTHER'
    observe(route, res.statusCode, seconds)
    if (route === '/livez' && res.statusCode < 400) return
    log({ time: new Date().toISOString(), level: 'info', event: 'request', request_id: req.id, trace_id: req.trace,
      method: req.method, route, status: res.statusCode, duration_ms: seconds * 1000, org: req.caller?.org })
  })
  next()
}

const failure = (req, res, status, code, message) =>
  res.status(status).json({ error: { code, message, request_id: req.id } })

let inFlight = 0
const shed = (req, res, next) => {
  if (inFlight >= inFlightCap) return failure(req, res.set('Retry-After', '1'), 503, 'OVERLOADED', 'Try again later.')
  inFlight += 1
  res.on('close', () => { inFlight -= 1 })
  next()
}

const secure = (req, res, next) => {
  res.set({ 'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'" })
  next()
}

const keys = new Map()
const authenticate = async (req, res, next) => {
  const token = /^Bearer (\S+)$/.exec(req.get('authorization') ?? '')?.[1]
  if (!token) return failure(req, res, 401, 'UNAUTHENTICATED', 'A key is needed.')
  const hash = createHash('sha256').update(token).digest()
  const name = hash.toString('base64')
  let known = keys.get(name)
  if (!known || known.until < Date.now()) {
    const found = await pool.query({ name: 'key', text: 'select org from bench.keys where hash = $1', values: [hash] })
    if (found.rows.length === 0) return failure(req, res, 401, 'UNAUTHENTICATED', 'The key is unknown.')
    known = { org: found.rows[0].org, until: Date.now() + keyLifetime }
    keys.set(name, known)
  }
  req.caller = known
  next()
}

const parameters = JSON.parse(process.env.BENCH_PARAMETERS ?? '[]')
const getTicket = async (req, res) => {
  if (!uuidPattern.test(req.params.id)) return failure(req, res, 404, 'NOT_FOUND', 'There is no such thing.')
  const known = { org: req.caller.org, id: req.params.id }
  const values = parameters.map((p) => (p.is === 'constant' ? p.value : known[p.is]))
  const found = await pool.query({ name: 'ticket', text: process.env.BENCH_SQL, values })
  if (found.rows.length === 0) return failure(req, res, 404, 'NOT_FOUND', 'There is no such thing.')
  res.set({ 'Cache-Control': 'private, no-cache', Vary: 'Authorization' }).json({ data: found.rows[0] })
}

const pool = process.env.DATABASE_URL ? new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 }) : null
const app = express()
app.disable('x-powered-by')
app.set('etag', 'strong')
app.use(identify, account, shed, secure)
app.get('/livez', (req, res) => res.type('application/json').send(livez))
app.get('/api/v1/tickets/:id', authenticate, getTicket)
if (process.env.BENCH_LEDGER) app.post('/api/v1/transfers', authenticate, express.json(), postTransfer(pool, failure))
app.use((error, req, res, next) => {
  log({ level: 'error', event: 'failed', request_id: req.id, error: error.message })
  failure(req, res, 500, 'INTERNAL', 'Something went wrong.')
})
const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
server.keepAliveTimeout = 120000
