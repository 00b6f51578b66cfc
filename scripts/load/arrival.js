// Options for lives of a ticket that begin at a constant rate, however long each takes.
export const constantArrival = (rate, duration, failures) => ({
  scenarios: {
    lives: {
      executor: 'constant-arrival-rate', rate: Number(__ENV.RATE || rate), timeUnit: '1s',
      duration: __ENV.DURATION || duration, preAllocatedVUs: 50, maxVUs: 500
    }
  },
  thresholds: {
    checks: [`rate>${1 - failures}`], http_req_failed: [`rate<${failures}`], http_req_duration: ['p(99)<100'],
    dropped_iterations: ['count==0']
  }
})
