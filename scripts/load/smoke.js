// A few lives of a ticket, one after another: does everything answer as the contract says? For CI.
import { lifeOfATicket } from './tickets.js'

export const options = {
  scenarios: { smoke: { executor: 'shared-iterations', vus: 2, iterations: 40, maxDuration: '15s' } },
  thresholds: { checks: ['rate==1'], http_req_failed: ['rate==0'], http_req_duration: ['p(99)<1000'] }
}

export default lifeOfATicket
