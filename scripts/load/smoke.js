// A few lives of a ticket and of money, beside each other: does everything answer as the contract says? For CI.
import { lifeOfATicket } from './tickets.js'
import { lifeOfMoney } from './transfers.js'

const lives = (exec) => ({ executor: 'shared-iterations', vus: 2, iterations: 40, maxDuration: '15s', exec })

export const options = {
  scenarios: { tickets: lives('tickets'), transfers: lives('transfers') },
  thresholds: { checks: ['rate==1'], http_req_failed: ['rate==0'], http_req_duration: ['p(99)<1000'] }
}

export { lifeOfATicket as tickets, lifeOfMoney as transfers }
