// A modest rate for a long time (RATE 20 lives of a ticket a second, DURATION 30m): leaks and slow decay show here.
// scripts/load/run prints the server's resident memory before and after when it started the server itself.
import { constantArrival } from './arrival.js'
import { lifeOfATicket } from './tickets.js'

export const options = constantArrival(20, '30m', 0.0001)

export default lifeOfATicket
