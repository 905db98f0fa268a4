// Damaged files: every truncation, flips of every byte, seeded mutations. What reads them may say no, and must not do anything else.
import { expect } from 'vitest'
import { CornusError } from '../../src/util/errors'
import { makeRandom } from '../../src/util/shuffle'

/** Copies of a file that end too soon: after every `step` bytes. */
export function* truncations(bytes: Uint8Array, step: number): Generator<[string, Uint8Array]> {
  for (let size = 0; size < bytes.length; size += step) yield [`cut off after ${size}`, bytes.slice(0, size)]
}

/** Copies of a file with one byte turned round. */
export function* flips(bytes: Uint8Array, step: number, first = 0): Generator<[string, Uint8Array]> {
  for (let at = first; at < bytes.length; at += step) {
    const copy = bytes.slice()
    copy[at]! ^= 0xff
    yield [`byte ${at} flipped`, copy]
  }
}

/** Copies of a file with a few bytes, words or stretches changed. */
export function* mutations(bytes: Uint8Array, count: number, seed: number): Generator<[string, Uint8Array]> {
  const random = makeRandom(seed)
  const below = (n: number) => Math.floor(random() * n)
  const values = [0, 1, 0x7f, 0x80, 0xff]
  for (let i = 0; i < count; i++) {
    const copy = bytes.slice()
    for (let k = below(4); k >= 0; k--) {
      const at = below(copy.length)
      const length = [1, 1, 2, 4, 8, 40][below(6)]!
      if (below(3) === 0) copy.copyWithin(at, below(copy.length), Math.min(copy.length, below(copy.length) + length))
      else copy.fill(random() < 0.5 ? values[below(values.length)]! : below(256), at, at + length)
    }
    yield [`mutation ${i} of seed ${seed}`, copy]
  }
}

/** Reads a damaged file: it is another valid one, or a typed error, soon. Says how many were read. */
export async function survive(damaged: Iterable<[string, Uint8Array]>, read: (bytes: Uint8Array) => Promise<unknown>): Promise<number> {
  let whole = 0
  for (const [what, bytes] of damaged) {
    const start = performance.now()
    try {
      await read(bytes)
      whole++
    } catch (error) {
      if (!(error instanceof CornusError) || error.code === 'INTERNAL')
        expect.fail(`${what}: ${error instanceof Error ? error.stack : String(error)}`)
    }
    expect(performance.now() - start, what).toBeLessThan(5000)
  }
  expect(Object.keys(Object.prototype)).toEqual([])
  return whole
}
