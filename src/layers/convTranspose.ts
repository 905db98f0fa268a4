// What transposed convolutions share.
import { check } from '../util/errors'
import type { Sizes } from './convBase'

/** One number for each dimension, below its stride; null: the default. */
export function checkOutputPadding(value: Sizes | null | undefined, strides: readonly number[], layer: string): number[] | null {
  if (value === null || value === undefined) return null
  const list = typeof value === 'number' ? strides.map(() => value) : [...value]
  const right = list.length === strides.length && list.every((n, i) => Number.isInteger(n) && n >= 0 && n < strides[i]!)
  check(right, 'BAD_ARGUMENT', () => `${layer}: outputPadding must be integers from 0 below the strides [${strides.join(', ')}], not ${JSON.stringify(value)}`)
  return list
}
