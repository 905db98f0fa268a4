// Timing: contenders take turns over several rounds, and each one's lowest time counts.

/** What a row measures: `time(calls)` gives milliseconds. `as` is how many of the row's steps one call does. */
export function contender(name, step, close = () => {}, as = 1) {
  return {
    name,
    as,
    close,
    async time(calls) {
      const start = performance.now()
      for (let i = 0; i < calls; i++) {
        const pending = step()
        if (pending instanceof Promise) await pending
      }
      return performance.now() - start
    },
  }
}

const WARM_MS = 250
const SAMPLE_MS = 40

/** Runs one until it gets no faster, or for a while; returns how many calls make a sample. */
async function warmUp(one) {
  let calls = 1
  let spent = 0
  let best = Infinity
  for (let still = 0; spent < WARM_MS || (still < 2 && spent < 4 * WARM_MS); ) {
    const ms = await one.time(calls)
    spent += ms
    still = ms / calls > 0.97 * best ? still + 1 : 0
    best = Math.min(best, ms / calls)
    calls = Math.max(1, Math.min(1e5, Math.round(SAMPLE_MS / 2 / best)))
    if (ms > 4 * WARM_MS) break
  }
  return Math.max(1, Math.round(SAMPLE_MS / best))
}

/** Lowest milliseconds of one step, by name. */
export async function measure(contenders, rounds) {
  const calls = new Map()
  for (const one of contenders) calls.set(one, await warmUp(one))
  const lowest = Object.fromEntries(contenders.map(({ name }) => [name, Infinity]))
  for (let round = 0; round < rounds; round++) {
    for (const one of contenders) {
      const ms = (await one.time(calls.get(one))) / calls.get(one) / one.as
      lowest[one.name] = Math.min(lowest[one.name], ms)
    }
  }
  return lowest
}
