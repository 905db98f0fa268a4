// Normalization ops against float64: values, gradients, second gradients, threads, large means.
import { describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import type { Tensor } from '../src/graph/node'
import { batchNorm, batchNormInference, groupNorm, layerNorm, rmsNorm } from '../src/ops/normalization'
import { add, mul, sub } from '../src/ops/binary'
import { rsqrt } from '../src/ops/elementwise'
import { mean, sum } from '../src/ops/reduce'
import { reshape } from '../src/ops/shape'
import { evaluateSync } from '../src/runtime/session'
import { configure, tensor } from '../src/index'
import { checkOp, expectClose, type OpCase, type Plain, type Reference } from './support/checkOp'
import { makeRandom } from '../src/util/shuffle'

const EPSILON = 1e-3

/** Values of one group: those with the same key share mean and variance; `channel` says which gamma and beta. */
const normalized =
  (
    key: (index: number[], shape: readonly number[]) => string,
    channel: (index: number[], shape: readonly number[]) => number,
    centred = true,
  ): Reference =>
  (x, gamma, beta) => {
    const groups = new Map<string, number[]>()
    const indices = Array.from(x!.data, (_, flat) => unravel(flat, x!.shape))
    indices.forEach((index, flat) => {
      const name = key(index, x!.shape)
      groups.set(name, [...(groups.get(name) ?? []), x!.data[flat]!])
    })
    const moments = new Map(
      [...groups].map(([name, values]) => {
        const mean = centred ? values.reduce((a, b) => a + b, 0) / values.length : 0
        return [name, { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length }] as const
      }),
    )
    return {
      shape: x!.shape,
      data: Float64Array.from(x!.data, (value, flat) => {
        const { mean, variance } = moments.get(key(indices[flat]!, x!.shape))!
        const c = channel(indices[flat]!, x!.shape)
        return ((value - mean) / Math.sqrt(variance + EPSILON)) * (gamma?.data[c] ?? 1) + (beta?.data[c] ?? 0)
      }),
    }
  }

const unravel = (flat: number, shape: readonly number[]): number[] => {
  const index = shape.map(() => 0)
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = flat % shape[axis]!
    flat = Math.floor(flat / shape[axis]!)
  }
  return index
}
const lastAxis = (index: number[]) => index.at(-1)!
const axisOne = (index: number[]) => index[1]!

const withParameters = (shapes: readonly (readonly number[])[], sizeOf: (shape: readonly number[]) => readonly number[]): OpCase[] =>
  shapes.map((shape) => ({ shapes: [shape, sizeOf(shape), sizeOf(shape)], ulps: 32 }))

describe('batchNorm', () => {
  const rows = [
    [2, 1],
    [3, 4],
    [5, 3],
    [8, 5],
    [64, 15],
    [65, 16],
    [63, 17],
    [130, 33],
    [200, 2],
    [2, 3, 4, 5],
    [4, 5, 5, 3],
    [16, 10],
  ]
  test('channels last', () =>
    checkOp(
      (x, gamma, beta) => batchNorm(x, { gamma: gamma!, beta: beta! }).y,
      withParameters(rows, (shape) => [shape.at(-1)!]),
      normalized((index) => String(lastAxis(index)), lastAxis),
    ))
  const front = [
    [3, 4, 5],
    [2, 3, 4, 4],
    [2, 2, 7, 7],
    [3, 5, 2],
    [2, 17, 16],
    [2, 3, 8, 20],
  ]
  test('channels first', () =>
    checkOp(
      (x, gamma, beta) => batchNorm(x, { gamma: gamma!, beta: beta!, axis: 1 }).y,
      withParameters(front, (shape) => [shape[1]!]),
      normalized((index) => String(axisOne(index)), axisOne),
    ))
  test('without gamma and beta', () =>
    checkOp(
      (x) => batchNorm(x).y,
      [{ shapes: [[40, 6]], ulps: 32 }],
      normalized((index) => String(lastAxis(index)), lastAxis),
    ))
})

const inference: Reference = (x, mean, variance, gamma, beta) => ({
  shape: x!.shape,
  data: Float64Array.from(x!.data, (value, flat) => {
    const c = unravel(flat, x!.shape)[x!.shape.length === 4 ? 1 : x!.shape.length - 1]!
    return ((value - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + EPSILON)) * gamma!.data[c]! + beta!.data[c]!
  }),
})
test('batchNormInference', () => {
  const cases = [
    [5, 3],
    [33, 16],
    [7, 4, 19],
    [2, 3, 4, 5],
    [2, 5, 3, 3],
  ].map((shape): OpCase => {
    const c = [shape[shape.length === 4 ? 1 : shape.length - 1]!]
    return { shapes: [shape, c, c, c, c], values: [undefined, undefined, (u) => 0.5 + u], ulps: 32 }
  })
  checkOp(
    (x, mean, variance, gamma, beta) =>
      batchNormInference(x, { mean: mean!, variance: variance!, gamma: gamma!, beta: beta!, axis: x.rank === 4 ? 1 : -1 }),
    cases,
    inference,
  )
})

describe.each([
  ['groups of two', 2],
  ['one group', 1],
  ['each channel', 6],
])('groupNorm, %s', (_, groups) => {
  const same = (axis: number) => (index: number[], shape: readonly number[]) =>
    `${index[0]} ${Math.floor(index.at(axis)! / (shape.at(axis)! / groups))}`
  const shapes = [[2, 5, 6], [2, 3, 4, 6], [2, 70, 6], ...(groups < 6 ? [[3, 6]] : [])]
  test('channels last', () =>
    checkOp(
      (x, gamma, beta) => groupNorm(x, { groups, gamma: gamma!, beta: beta! }),
      withParameters(shapes, (shape) => [shape.at(-1)!]).map((each) => ({ ...each, ulps: 64 })),
      normalized(same(-1), lastAxis),
    ))
  test('channels first', () =>
    checkOp(
      (x, gamma, beta) => groupNorm(x, { groups, gamma: gamma!, beta: beta!, axis: 1 }),
      withParameters(
        [
          [2, 6, 5],
          [2, 6, 3, 4],
        ],
        (shape) => [shape[1]!],
      ).map((each) => ({ ...each, ulps: 64 })),
      normalized(same(1), axisOne),
    ))
})

describe('layerNorm and rmsNorm', () => {
  const row = (index: number[]) => index.slice(0, -1).join()
  const shapes = [
    [1, 2],
    [3, 3],
    [5, 4],
    [2, 5],
    [9, 8],
    [4, 15],
    [4, 16],
    [3, 17],
    [70, 33],
    [2, 3, 20],
    [300, 7],
    [2, 300],
  ]
  test('last axis', () =>
    checkOp(
      (x, gamma, beta) => layerNorm(x, { gamma: gamma!, beta: beta! }),
      withParameters(shapes, (shape) => [shape.at(-1)!]),
      normalized(row, lastAxis),
    ))
  test('two axes', () =>
    checkOp(
      (x, gamma, beta) => layerNorm(x, { gamma: gamma!, beta: beta!, axis: [1, 2] }),
      withParameters(
        [
          [3, 4, 5],
          [2, 6, 8],
        ],
        (shape) => shape.slice(1),
      ),
      normalized(
        (index) => String(index[0]),
        (index, shape) => index[1]! * shape[2]! + index[2]!,
      ),
    ))
  test('an axis in the middle', () =>
    checkOp(
      (x, gamma, beta) => layerNorm(x, { gamma: gamma!, beta: beta!, axis: 1 }),
      withParameters([[3, 4, 5]], (shape) => [shape[1]!]),
      normalized((index) => `${index[0]} ${index[2]}`, axisOne),
    ))
  test('rmsNorm', () =>
    checkOp(
      (x, gamma) => rmsNorm(x, { gamma: gamma!, epsilon: EPSILON }),
      withParameters(shapes, (shape) => [shape.at(-1)!]).map(({ shapes: [x, c], ulps }) => ({ shapes: [x!, c!], ulps: ulps! })),
      normalized(row, lastAxis, false),
    ))
})

describe('second gradients are those of the same made of plain ops', () => {
  const plain = (x: Tensor, gamma: Tensor, axes: readonly number[], centred = true): Tensor => {
    const distance = centred ? sub(x, mean(x, axes, true)) : x
    return mul(mul(distance, gamma), rsqrt(add(mean(mul(distance, distance), axes, true), EPSILON)))
  }
  const cases: [string, (x: Tensor, gamma: Tensor) => Tensor, (x: Tensor, gamma: Tensor) => Tensor, number[], number][] = [
    ['batchNorm', (x, gamma) => batchNorm(x, { gamma }).y, (x, gamma) => plain(x, gamma, [0]), [7, 3], 3],
    [
      'batchNorm, channels first',
      (x, gamma) => batchNorm(x, { gamma, axis: 1 }).y,
      (x, gamma) => plain(x, reshape(gamma, [3, 1]), [0, 2]),
      [2, 3, 4],
      3,
    ],
    [
      'groupNorm',
      (x, gamma) => groupNorm(x, { gamma, groups: 2 }),
      (x, gamma) => reshape(plain(reshape(x, [2, 3, 2, 2]), reshape(gamma, [2, 2]), [1, 3]), [2, 3, 4]),
      [2, 3, 4],
      4,
    ],
    ['layerNorm', (x, gamma) => layerNorm(x, { gamma }), (x, gamma) => plain(x, gamma, [1]), [3, 5], 5],
    ['rmsNorm', (x, gamma) => rmsNorm(x, { gamma, epsilon: EPSILON }), (x, gamma) => plain(x, gamma, [1], false), [3, 5], 5],
    [
      'batchNormInference',
      (x, gamma) => batchNormInference(x, { gamma, mean: mean(x, 0), variance: mean(mul(x, x), 0) }),
      (x, gamma) => mul(mul(sub(x, mean(x, 0)), gamma), rsqrt(add(mean(mul(x, x), 0), EPSILON))),
      [4, 3],
      3,
    ],
  ]
  test.each(cases)('%s', (_, op, reference, shape, channels) => {
    configure({ threads: 1 })
    const random = makeRandom(5)
    const draw = (...dims: number[]) =>
      tensor(
        Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => 4 * random() - 2),
        dims,
      )
    const [x, weights, direction, gamma] = [draw(...shape), draw(...shape), draw(...shape), draw(channels)]
    const second = (f: typeof op) => {
      const y = f(x, gamma)
      const [dx, dgamma] = gradients(sum(mul(mul(y, y), weights)), [x, gamma])
      return evaluateSync(gradients(add(sum(mul(dx!, direction)), sum(dgamma!)), [x, gamma, weights]))
    }
    const expected = second(reference)
    second(op).forEach((value, i) => expectClose(value, expected[i]!, 500, `input ${i}`))
  })
})

describe('a mean of 10000 costs no digits of the variance', () => {
  const rows = 4096,
    channels = 20
  const random = makeRandom(3)
  const values = Float32Array.from(
    { length: rows * channels },
    () => 1e4 + Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  )
  const momentsOf = (column: number): Plain['data'] => {
    const list = Float64Array.from({ length: rows }, (_, i) => values[i * channels + column]!)
    const mean = list.reduce((a, b) => a + b, 0) / rows
    return Float64Array.of(mean, list.reduce((a, b) => a + (b - mean) ** 2, 0) / rows)
  }
  test('batchNorm', () => {
    const { mean, variance, y } = batchNorm(tensor(values, [rows, channels]))
    const [means, variances, out] = evaluateSync([mean, variance, y])
    for (let c = 0; c < channels; c++) {
      const [m, v] = momentsOf(c)
      expect(Math.abs(means![c]! - m!)).toBeLessThan(1e-3)
      expect(Math.abs(variances![c]! / v! - 1)).toBeLessThan(1e-4)
      expect(Math.abs(out![c]! - (values[c]! - m!) / Math.sqrt(v! + EPSILON))).toBeLessThan(1e-3)
    }
  })
  test('layerNorm', () => {
    const [out] = evaluateSync([layerNorm(tensor(values, [channels, rows]))])
    const row = values.subarray(0, rows)
    const mean = row.reduce((a, b) => a + b, 0) / rows
    const deviation = Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / rows + EPSILON)
    for (let i = 0; i < rows; i++) expect(Math.abs(out![i]! - (row[i]! - mean) / deviation)).toBeLessThan(2e-3)
  })
})
