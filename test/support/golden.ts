// Golden values from Keras (test/golden/README.md).
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { tensor, type DType, type Shape, type Tensor } from '../../src/tensor'

export interface Packed {
  readonly shape: Shape
  readonly dtype: DType
  readonly data: string
}

export function golden<Case, File = unknown>(name: string): { data: Record<string, Packed>; cases: Case[] } & File {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8'))
}

export function unpack({ dtype, data }: Packed): Float32Array | Int32Array {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64')).buffer
  return dtype === 'float32' ? new Float32Array(bytes) : new Int32Array(bytes)
}

export const toTensor = (packed: Packed): Tensor => tensor(unpack(packed), packed.shape, packed.dtype)

/** |actual − expected| ≤ tolerance · the largest expected element. */
export function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, label: string): void {
  expect(actual.length, `${label}: number of elements`).toBe(expected.length)
  const scale = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3)
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i]! - expected[i]!) <= tolerance * scale))
      expect.fail(`${label}: element ${i} is ${actual[i]}, expected ${expected[i]} (largest ${scale}, tolerance ${tolerance})`)
  }
}
