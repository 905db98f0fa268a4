// Numbers to test with, and comparisons that name the first that differs.
import { expect } from 'vitest'

let seed = 1

/** Pseudorandom floats in [low, high). */
export function random(n: number, [low, high]: readonly [number, number] = [-1, 1]): Float32Array {
  return Float32Array.from({ length: n }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return low + ((high - low) * seed) / 2 ** 32
  })
}

/** Fails unless all arrays have the bits of the first. */
export function same(arrays: Float32Array[], what: string) {
  const bits = arrays.map((array) => new Uint32Array(array.buffer))
  for (const other of bits.slice(1)) {
    const at = other.findIndex((word, i) => word !== bits[0]![i])
    if (at >= 0) expect.fail(`${what}: element ${at} has other bits on more threads`)
  }
}

/** Fails unless |actual − expected| ≤ tolerance, or both are the same NaN or infinity. */
export function within(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number | ((i: number) => number), what: string) {
  expect(actual.length, what).toBe(expected.length)
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!]
    const limit = typeof tolerance === 'number' ? tolerance : tolerance(i)
    if (!Object.is(a, e) && !(Math.abs(a - e) <= limit)) expect.fail(`${what}: element ${i} is ${a}, not ${e} ± ${limit}`)
  }
}
