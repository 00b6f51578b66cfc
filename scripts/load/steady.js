// A constant arrival rate: RATE lives of a ticket a second (30; each is some fifteen requests) for DURATION (60s).
import { lifeOfATicket } from './tickets.js'

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate', rate: Number(__ENV.RATE || 30), timeUnit: '1s', duration: __ENV.DURATION || '60s',
      preAllocatedVUs: 50, maxVUs: 500
    }
  },
  thresholds: {
    checks: ['rate>0.999'], http_req_failed: ['rate<0.001'], http_req_duration: ['p(99)<100'], dropped_iterations: ['count==0']
  }
}

export default lifeOfATicket
