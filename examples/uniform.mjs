/** Draws from 0 to below 1: a linear congruential generator, the same numbers in every run. */
export function uniform(seed) {
  let state = seed
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
}
