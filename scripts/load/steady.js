// A constant arrival rate: RATE lives of a ticket a second (30; each fifteen requests) for DURATION (60s).
import { constantArrival } from './arrival.js'
import { lifeOfATicket } from './tickets.js'

export const options = constantArrival(30, '60s', 0.001)

export default lifeOfATicket
