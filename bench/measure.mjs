// Timing: contenders take turns over several rounds, and each one's lowest time counts. A sample is a few milliseconds, short enough to
// fall
// between two interruptions on a machine that does other work too.

/** Wall time; on a busy machine the CPU time of this process says more, as long as all work on one thread. */
export const clock = { cpu: false, now: () => performance.now() }
export function useCpuTime() {
  clock.cpu = true
  clock.now = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}

/** What a row measures: `time(calls)` gives milliseconds. `as` is how many of the row's steps one call does. */
export function contender(name, step, close = () => {}, as = 1) {
  return {
    name,
    as,
    close,
    async time(calls) {
      const start = clock.now()
      for (let i = 0; i < calls; i++) {
        const pending = step()
        if (pending instanceof Promise) await pending
      }
      return clock.now() - start
    },
  }
}

const WARM_MS = 250
const SAMPLE_MS = 3
const TURN_MS = 40

/** Runs one until it gets no faster, or for a while; returns the milliseconds of a call. */
async function warmUp(one) {
  let best = Infinity
  let calls = 1
  for (let spent = 0, still = 0; spent < WARM_MS || (still < 8 && spent < 4 * WARM_MS); ) {
    const ms = await one.time(calls)
    spent += ms
    still = ms / calls > 0.97 * best ? still + 1 : 0
    best = Math.min(best, ms / calls)
    calls = callsFor(best)
  }
  return best
}

const callsFor = (ms) => Math.max(1, Math.round(SAMPLE_MS / ms))

/** Lowest milliseconds of one step, by name. */
export async function measure(contenders, rounds) {
  const found = await lows(contenders, rounds)
  return Object.fromEntries(contenders.map((one) => [one.name, Math.min(...found.get(one)) / one.as]))
}

/** Lowest milliseconds of a call in each round; who was first is last in the next one. */
export async function lows(contenders, rounds) {
  const expected = new Map()
  for (const one of contenders) expected.set(one, await warmUp(one))
  const found = new Map(contenders.map((one) => [one, []]))
  for (let round = 0; round < rounds; round++) {
    for (const one of round % 2 ? contenders.toReversed() : contenders) found.get(one).push(await turn(one, expected.get(one)))
  }
  return found
}

/** Lowest milliseconds of a call in some samples one after another. */
async function turn(one, expected) {
  const calls = callsFor(expected)
  let best = Infinity
  for (let spent = 0; spent < TURN_MS; ) {
    const ms = await one.time(calls)
    spent += ms
    best = Math.min(best, ms / calls)
  }
  return best
}
