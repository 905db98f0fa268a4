// checkOp: an op against a plain float64 reference — values, gradient, any number of threads, both builds, poisoned and guarded memory.
import { expect } from 'vitest'
import { gradients } from '../../src/grad'
import type { Tensor } from '../../src/graph/node'
import { tensor, type TensorLike } from '../../src/tensor'
import { sizeOf, type Shape } from '../../src/util/shape'
import { makeRandom } from '../../src/util/shuffle'
import { evaluateSync } from '../../src/runtime/session'
import { modes, useMode } from './engine'

/** A plain array with a shape: what references compute on. */
export interface Plain {
  shape: Shape
  data: Float64Array
}

export type Reference = (...inputs: Plain[]) => Plain

export interface OpCase {
  /** Shapes of the inputs. */
  shapes: readonly Shape[]
  /** Input values: drawn from a range, or given for each input as a function of the draw. Default: normal-like between −2 and 2. */
  values?: readonly (((u: number, i: number) => number) | undefined)[]
  /** Relative tolerance in multiples of float32's epsilon. Default 8. */
  ulps?: number
  /** Inputs with a gradient (by place); default: all. [] skips the gradient check. */
  differentiable?: readonly number[]
  dtypes?: readonly ('float32' | 'int32' | 'bool')[]
}

const EPS = 2 ** -23

/** Values around and away from 0 (kinks), at least `gap` apart from it. */
export const spread = (u: number): number => {
  const v = 4 * u - 2
  return Math.abs(v) < 0.05 ? v + (v < 0 ? -0.05 : 0.05) : v
}

export function checkOp(op: (...inputs: Tensor[]) => Tensor, cases: readonly OpCase[], reference: Reference): void {
  for (const [index, { shapes, values = [], ulps = 8, differentiable = shapes.map((_, i) => i), dtypes = [] }] of cases.entries()) {
    const random = makeRandom(index + 1)
    const inputs = shapes.map((shape, k) => plain(shape, (i) => (values[k] ?? spread)(random(), i), dtypes[k] ?? 'float32'))
    const expected = reference(...inputs)
    const dy = plain(expected.shape, () => spread(random()), 'float32')
    const label = `case ${index}: ${JSON.stringify(shapes)}`
    const seen: Record<string, Uint32Array[]> = {}
    for (const mode of modes) {
      useMode(mode)
      const xs = inputs.map((x, k) => tensor(toTyped(x, dtypes[k] ?? 'float32') as TensorLike, x.shape, dtypes[k] ?? 'float32'))
      const y = op(...xs)
      expect(y.shape, label).toEqual(expected.shape)
      const wanted = differentiable.map((k) => xs[k]!)
      const dxs = wanted.length ? gradients(y, wanted, tensor(Float32Array.from(dy.data), dy.shape)) : []
      const [value, ...grads] = evaluateSync([y, ...dxs])
      expectClose(value!, expected.data, ulps, `${label} (${JSON.stringify(mode)})`)
      const bits = [value!, ...grads].map((data) => new Uint32Array(Float32Array.from(data).buffer))
      const build = String(mode.deterministic)
      if (seen[build]) expect(bits, `${label}: other bits on ${mode.threads} threads`).toEqual(seen[build])
      seen[build] = bits
      differentiable.forEach((k, i) => checkGradient(reference, inputs, k, dy, grads[i]! as Float32Array, label))
    }
  }
}

const plain = (shape: Shape, value: (i: number) => number, dtype: string): Plain => ({
  shape,
  data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => (dtype === 'float32' ? Math.fround(value(i)) : Math.trunc(value(i)))),
})

const toTyped = (x: Plain, dtype: string) => (dtype === 'float32' ? Float32Array.from(x.data) : Int32Array.from(x.data))

/** |y − expected| ≤ ulps · eps · max|expected|, NaN and infinities exactly. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, ulps: number, label: string): void {
  let scale = 1e-30
  for (let i = 0; i < expected.length; i++) if (Number.isFinite(expected[i])) scale = Math.max(scale, Math.abs(expected[i]!))
  expect(actual.length, `${label}: length`).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!]
    const same = Number.isFinite(e) ? Math.abs(a - e) <= ulps * EPS * scale : Object.is(a, e)
    if (!same) expect.fail(`${label}: element ${i} is ${a}, expected ${e} (scale ${scale}, tolerance ${ulps} eps)`)
  }
}

/** ⟨dx, v⟩ against (⟨f(x + hv), dy⟩ − ⟨f(x − hv), dy⟩) / 2h in float64, for a random direction v. */
function checkGradient(reference: Reference, inputs: readonly Plain[], k: number, dy: Plain, dx: Float32Array, label: string): void {
  const random = makeRandom(77 + k)
  const x = inputs[k]!
  const v = Float64Array.from(x.data, () => 2 * random() - 1)
  const h = 1e-5
  const at = (sign: number) => {
    const moved = { shape: x.shape, data: x.data.map((value, i) => value + sign * h * v[i]!) }
    return dot(reference(...inputs.map((input, i) => (i === k ? moved : input))).data, dy.data)
  }
  const numeric = (at(1) - at(-1)) / (2 * h)
  const analytic = dot(dx, v)
  const scale = Math.max(1e-3, Math.sqrt(dot(dx, dx)) * Math.sqrt(v.length ? dot(v, v) : 0))
  expect(Math.abs(numeric - analytic) / scale, `${label}: gradient to input ${k}: numeric ${numeric}, analytic ${analytic}`).toBeLessThan(
    2e-4,
  )
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
