// Quiet, then ten times as much within two seconds (RATE, 100 lives of a ticket a second), then quiet again. Calls may
// be shed with 503 at the top, but few, and the calm after it must look like the calm before.
import { lifeOfATicket } from './tickets.js'

const top = Number(__ENV.RATE || 100)
const calm = Math.max(1, Math.round(top / 10))
const phase = (startTime, stages, startRate = calm) => ({
  executor: 'ramping-arrival-rate', startTime, startRate, timeUnit: '1s', preAllocatedVUs: 100, maxVUs: 1000, stages,
  gracefulStop: '10s'
})

export const options = {
  scenarios: {
    before: phase('0s', [{ target: calm, duration: '10s' }]),
    spike: phase('10s', [
      { target: top, duration: '2s' }, { target: top, duration: '15s' }, { target: calm, duration: '2s' }
    ]),
    after: phase('35s', [{ target: calm, duration: '10s' }])
  },
  thresholds: {
    'http_req_failed{scenario:before}': ['rate<0.001'],
    'http_req_failed{scenario:spike}': ['rate<0.05'],
    'http_req_failed{scenario:after}': ['rate<0.001'],
    'http_req_duration{scenario:before}': ['p(99)<100'],
    'http_req_duration{scenario:spike}': ['p(99)<2000'],
    'http_req_duration{scenario:after}': ['p(99)<100']
  }
}

export default lifeOfATicket
