// Transfers at a constant rate (RATE 500 a second for DURATION 60s) among ACCOUNTS (1000) accounts, and tickets beside them
// (a hundredth of the rate, lives of fifteen requests each): does one slow the other?
import { call, expect } from './api.js'
import { lifeOfATicket } from './tickets.js'
import { openAccount, transferOf } from './transfers.js'

const rate = Number(__ENV.RATE || 500)

const arrival = (exec, each, vus) => ({
  executor: 'constant-arrival-rate', rate: Math.max(1, Math.round(each)), timeUnit: '1s',
  duration: __ENV.DURATION || '60s', preAllocatedVUs: vus, maxVUs: vus * 10, exec
})

export const options = {
  setupTimeout: '5m',
  scenarios: { transfers: arrival('pay', rate, 50), tickets: arrival('tickets', rate / 100, 10) },
  thresholds: {
    checks: ['rate>0.999'], http_req_failed: ['rate<0.001'], 'http_req_duration{scenario:transfers}': ['p(99)<100'],
    'http_req_duration{scenario:tickets}': ['p(99)<100'], dropped_iterations: ['count==0']
  }
}

export function setup() {
  return Array.from({ length: Number(__ENV.ACCOUNTS || 1000) }, (_, n) => openAccount(`Account ${n}`))
}

export function pay(accounts) {
  const one = Math.floor(Math.random() * accounts.length)
  const other = (one + 1 + Math.floor(Math.random() * (accounts.length - 1))) % accounts.length
  expect(call('POST', '/transfers', '/transfers', transferOf(accounts[one], accounts[other], 1)), 201, 'paid')
}

export { lifeOfATicket as tickets }
