// Plain float64 versions of the building blocks, for references in op tests.
import { broadcastShapes, broadcastStrides, sizeOf, stridesOf, type Shape } from '../../src/util/shape'
import type { Plain, Reference } from './checkOp'

/** Each output index with its flat place. */
export function* indices(shape: Shape): Generator<[number[], number]> {
  const strides = stridesOf(shape)
  for (let flat = 0; flat < sizeOf(shape); flat++) yield [shape.map((d, i) => Math.floor(flat / strides[i]!) % d), flat]
}

export const fromIndex = (shape: Shape, value: (index: number[]) => number): Plain => {
  const data = new Float64Array(sizeOf(shape))
  for (const [index, flat] of indices(shape)) data[flat] = value(index)
  return { shape, data }
}

export const at = (x: Plain, index: readonly number[]): number => {
  const strides = stridesOf(x.shape)
  return x.data[index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)]!
}

export const map =
  (f: (x: number) => number): Reference =>
  (x) => ({ shape: x!.shape, data: x!.data.map(f) })

export const zip =
  (f: (a: number, b: number) => number): Reference =>
  (a, b) => {
    const shape = broadcastShapes(a!.shape, b!.shape, 'reference')
    const [sa, sb] = [broadcastStrides(a!.shape, shape), broadcastStrides(b!.shape, shape)]
    const pick = (x: Plain, strides: number[], index: number[]) => x.data[index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)]!
    return fromIndex(shape, (index) => f(pick(a!, sa, index), pick(b!, sb, index)))
  }

/** Reduces the given axes; keepDims leaves ones. */
export const reduce =
  (axes: readonly number[], f: (values: number[]) => number, keepDims = false): Reference =>
  (x) => {
    const full = x!.shape.map((d, i) => (axes.includes(i) ? 1 : d))
    const inner = x!.shape.map((d, i) => (axes.includes(i) ? d : 1))
    const result = fromIndex(full, (index) =>
      f(
        [...indices(inner)].map(([offset]) =>
          at(
            x!,
            index.map((i, axis) => i + offset[axis]!),
          ),
        ),
      ),
    )
    return { data: result.data, shape: keepDims ? full : full.filter((_, i) => !axes.includes(i)) }
  }

export function erf(x: number): number {
  // Series for small x, continued fraction for large (Abramowitz & Stegun 7.1.5, 7.1.14), to float64.
  const z = Math.abs(x)
  if (z < 2.5) {
    let [term, sum] = [z, z]
    for (let n = 1; n < 200; n++) {
      term *= (-z * z) / n
      sum += term / (2 * n + 1)
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI)
  }
  let fraction = 0
  for (let k = 100; k > 0; k--) fraction = k / 2 / (z + fraction)
  return Math.sign(x) * (1 - Math.exp(-z * z) / (z + fraction) / Math.sqrt(Math.PI))
}
