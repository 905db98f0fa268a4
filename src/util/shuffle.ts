// The order in which samples are seen; follows setSeed.

/** Numbers from 0 to before 1, and the state that those to come follow from. */
export interface Random {
  (): number
  state: number
}

/** SplitMix32-like generator for set-up work in JavaScript: orders and splits, never tensor values. */
export function makeRandom(seed: number): Random {
  let state = seed | 0
  const next = () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32
  }
  const set = (value: number): void => {
    state = value | 0
  }
  return Object.defineProperty(next, 'state', { get: () => state, set }) as Random
}

/** The numbers 0 to n − 1 in random order (Fisher–Yates). */
export function permutation(n: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swap = order[i]!
    order[i] = order[j]!
    order[j] = swap
  }
  return order
}
