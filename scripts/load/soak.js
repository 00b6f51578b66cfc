// A modest rate for a long time (RATE 20 lives of a ticket a second, DURATION 30m): leaks and slow decay show here.
// scripts/load/run prints the server's resident memory before and after when it started the server itself.
import { lifeOfATicket } from './tickets.js'

export const options = {
  scenarios: {
    soak: {
      executor: 'constant-arrival-rate', rate: Number(__ENV.RATE || 20), timeUnit: '1s', duration: __ENV.DURATION || '30m',
      preAllocatedVUs: 50, maxVUs: 500
    }
  },
  thresholds: {
    checks: ['rate>0.9999'], http_req_failed: ['rate<0.0001'], http_req_duration: ['p(99)<100'], dropped_iterations: ['count==0']
  }
}

export default lifeOfATicket
