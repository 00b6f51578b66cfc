// Ticket creates at a steady rate (RATE 100 a second for DURATION_S 30 seconds) while scripts/load/run stops PostgreSQL
// and starts it again. Each create is retried under its Idempotency-Key until it is answered, as a client should.
// Every acknowledgement is a line "ack KEY ID" on the console output; scripts/load/run compares them with the database.
import { check, sleep } from 'k6'
import { Counter } from 'k6/metrics'
import exec from 'k6/execution'
import http from 'k6/http'
import { call } from './api.js'
import { createCustomer, ticketFor } from './tickets.js'

const rate = Number(__ENV.RATE || 100)
const seconds = Number(__ENV.DURATION_S || 30)
const ticketsACustomer = 8
const patience = 60
const retries = new Counter('retries')

export const options = {
  setupTimeout: '120s',
  scenarios: {
    restart: {
      executor: 'constant-arrival-rate', rate, timeUnit: '1s', duration: `${seconds}s`, gracefulStop: `${patience + 10}s`,
      // Whatever is due while the database is away waits in a VU of its own, and making one takes too long then.
      preAllocatedVUs: rate * 8, maxVUs: rate * 15
    }
  },
  thresholds: { checks: ['rate==1'], dropped_iterations: ['count==0'], retries: ['count>0'] }
}

export function setup() {
  const count = Math.ceil((rate * seconds) / ticketsACustomer) + 1
  return Array.from({ length: count }, () => createCustomer('Ada Example').id)
}

// No answer, or one that says: not now. 409 is the first attempt still in flight.
const worthAnotherTry = (status) => status === 0 || status === 409 || status >= 500

export default function (customers) {
  const number = exec.scenario.iterationInTest
  const key = crypto.randomUUID()
  const body = ticketFor(customers[Math.floor(number / ticketsACustomer)], `restart ${key}`)
  const end = Date.now() + patience * 1000
  let answer
  for (let pause = 0.1; ; pause = Math.min(pause * 2, 2)) {
    answer = call('POST', '/tickets', '/tickets', body, { 'Idempotency-Key': key })
    if (!worthAnotherTry(answer.status) || Date.now() > end) break
    retries.add(1, { status: String(answer.status) })
    sleep(pause * (0.5 + Math.random()))
  }
  if (check(answer, { 'create acknowledged in the end': (r) => r.status === 201 })) {
    console.log(`ack ${key} ${answer.json('data.id')}`)
  } else {
    console.log(`refused ${key} ${answer.status} ${answer.body}`)
  }
}

// Failed calls are the point of this scenario: what counts is the outcome of each create.
http.setResponseCallback(null)
