import { describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import * as ops from '../src/ops/index'
import type { PoolOptions } from '../src/ops/pooling'
import { tensor } from '../src/tensor'
import { compileNodes, evaluateSync, runSync } from '../src/runtime/session'
import { useMode } from './support/engine'
import { checkOp, spread, type Reference } from './support/checkOp'
import { fromIndex } from './support/reference'

type Size = readonly [number, number]

const pooled =
  (
    [kh, kw]: Size,
    { strides = [kh, kw], padding = 'valid' }: { strides?: Size; padding?: string },
    f: (values: number[]) => number,
  ): Reference =>
  (x) => {
    const [n, h, w, c] = x!.shape as [number, number, number, number]
    const along = (size: number, k: number, s: number): [number, number] =>
      padding === 'same'
        ? [Math.floor(Math.max(0, (Math.ceil(size / s) - 1) * s + k - size) / 2), Math.ceil(size / s)]
        : [0, Math.floor((size - k) / s) + 1]
    const [top, oh] = along(h, kh, strides[0])
    const [left, ow] = along(w, kw, strides[1])
    return fromIndex([n, oh, ow, c], ([i, oy, ox, j]) => {
      const values: number[] = []
      for (let y = oy! * strides[0] - top; y < oy! * strides[0] - top + kh; y++)
        for (let xx = ox! * strides[1] - left; xx < ox! * strides[1] - left + kw; xx++) {
          if (y >= 0 && y < h && xx >= 0 && xx < w) values.push(x!.data[((i! * h + y) * w + xx) * c + j!]!)
        }
      return f(values)
    })
  }

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
const apart = (u: number, i: number) => spread(u) + i * 1e-3
const cases: [number[], Size, { strides?: Size; padding?: 'same' | 'valid' }][] = [
  [[2, 4, 4, 3], [2, 2], {}],
  [[2, 5, 6, 4], [2, 2], {}],
  [[1, 5, 6, 5], [2, 2], { padding: 'same' }],
  [[1, 7, 7, 17], [3, 3], { strides: [2, 2] }],
  [[2, 7, 6, 2], [3, 2], { strides: [1, 1], padding: 'same' }],
  [[1, 6, 7, 9], [3, 3], { strides: [1, 2] }],
  [[1, 9, 9, 1], [2, 2], { strides: [3, 3] }],
  [[3, 2, 2, 1], [4, 4], { padding: 'same' }],
]

describe('pooling', () => {
  test.each(cases)('%j, window %j, %j', (shape, size, options) => {
    checkOp(
      (x) => ops.maxPool2d(x, size, options as PoolOptions),
      [{ shapes: [shape], values: [apart] }],
      pooled(size, options, (v) => Math.max(...v)),
    )
    checkOp((x) => ops.averagePool2d(x, size, options as PoolOptions), [{ shapes: [shape], ulps: 16 }], pooled(size, options, mean))
  })

  test('sequences', () => {
    for (const [k, strides, padding] of [
      [2, 2, 'valid'],
      [3, 2, 'same'],
      [3, 1, 'valid'],
    ] as const) {
      for (const [op, f, values] of [
        [ops.maxPool1d, (v: number[]) => Math.max(...v), [apart]],
        [ops.averagePool1d, mean, []],
      ] as const) {
        checkOp(
          (x) => op(x, k, { strides, padding }),
          [{ shapes: [[2, 8, 3]], values, ulps: 16 }],
          (x) => {
            const [n, ...rest] = x!.shape
            const y = pooled([1, k], { strides: [1, strides], padding }, f)({ shape: [n!, 1, ...rest], data: x!.data })
            return { shape: [n!, ...y.shape.slice(2)], data: y.data }
          },
        )
      }
    }
  })

  const run = (values: number[], shape: number[], size: number | Size, options: PoolOptions = {}) => {
    const x = tensor(values, shape)
    const y = ops.maxPool2d(x, size, options)
    const [value, dx] = evaluateSync([
      y,
      ...gradients(
        y,
        [x],
        tensor(
          Float32Array.from({ length: y.size }, (_, i) => i + 1),
          y.shape,
        ),
      ),
    ])
    return { y: [...value!], dx: [...dx!] }
  }

  // Windows apart: the gradient is written over x where nobody reads x any more. Values have ties; sizes leave cells at all ends and in
  // between.
  test.each<[number[], number | number[], number[], 'valid' | 'same']>([
    [[30, 12, 18, 5], 2, [2, 2], 'valid'],
    [[30, 17, 19, 8], 2, [2, 2], 'valid'],
    [[40, 17, 15, 6], 2, [2, 2], 'same'],
    [[30, 21, 23, 9], [2, 3], [3, 4], 'valid'],
    [[50, 21, 20, 7], [2, 3], [4, 3], 'same'],
    [[90, 31, 31, 1], 1, [2, 2], 'valid'],
    [[30, 9, 11, 10, 3], [2, 2, 2], [2, 3, 2], 'same'],
    [[50, 59, 17], 3, [4], 'same'],
  ])('gradient in place: %j, window %j, strides %j, %s', (shape, size, strides, padding) => {
    const pool = shape.length === 5 ? ops.maxPool3d : shape.length === 4 ? ops.maxPool2d : ops.maxPool1d
    const values = tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.round(3 * Math.sin(i * i))),
      shape,
    )
    const outcome = (threads: number, order: 'up' | 'down', keep: boolean) => {
      useMode({ threads, order, deterministic: true, reuse: true })
      const x = values.mul(2)
      const y = pool(x, size as never, { strides, padding })
      const [dx] = gradients(y, [x], ops.add(y, 1.5))
      const compiled = compileNodes(keep ? [dx!, x] : [dx!], [])
      const { args, serial } = compiled.program.records.find(({ kernel }) => kernel === 'maxPoolGrad')!
      return { dx: runSync(compiled, [])[0]!, serial, overwrites: JSON.stringify(args.dx) === JSON.stringify(args.x) }
    }
    const { dx, overwrites } = outcome(1, 'up', true)
    expect(overwrites).toBe(false)
    for (const threads of [1, 2, 3, 5]) {
      for (const order of ['up', 'down'] as const) expect(outcome(threads, order, false)).toEqual({ dx, serial: false, overwrites: true })
    }
  })

  test('the gradient goes to the first of equal maxima, in overlapping windows too', () => {
    expect(run([1, 1, 1, 1], [1, 2, 2, 1], 2).dx).toEqual([1, 0, 0, 0])
    expect(run([0, 2, 2, 2], [1, 2, 2, 1], 2).dx).toEqual([0, 1, 0, 0])
    expect(run([3, 3, 3, 3], [1, 1, 4, 1], [1, 2], { strides: 1 }).dx).toEqual([1, 2, 3, 0])
  })
  test('windows of negative values, −infinity and NaN', () => {
    expect(run([-3, -1, -2, -4], [1, 2, 2, 1], 2)).toEqual({ y: [-1], dx: [0, 1, 0, 0] })
    expect(run([-5, -5, -5, -5, -5, -5, -5, -5, -5], [1, 3, 3, 1], 2, { padding: 'same' })).toEqual({
      y: [-5, -5, -5, -5],
      dx: [1, 0, 2, 0, 0, 0, 3, 0, 4],
    })
    expect(run([-Infinity, -Infinity, -Infinity, -Infinity], [1, 2, 2, 1], 2)).toEqual({ y: [-Infinity], dx: [1, 0, 0, 0] })
    for (let i = 0; i < 4; i++)
      expect(
        run(
          [7, 8, 9, 6].map((v, j) => (i === j ? NaN : v)),
          [1, 2, 2, 1],
          2,
        ),
      ).toEqual({ y: [NaN], dx: [0, 1, 2, 3].map((j) => Number(i === j)) })
  })
  test('the mean can be differentiated twice', () => {
    checkOp(
      (x) => gradients(ops.mul(ops.sumSquares(ops.averagePool2d(x, 2, { strides: 1 })), 0.5), [x], tensor(1))[0]!,
      [{ shapes: [[1, 3, 3, 2]], ulps: 32 }],
      (x) => {
        const y = pooled([2, 2], { strides: [1, 1] }, mean)(x!)
        return {
          shape: x!.shape,
          data: x!.data.map((_, k) =>
            pooled(
              [2, 2],
              { strides: [1, 1] },
              mean,
            )({ shape: x!.shape, data: x!.data.map((__, j) => Number(j === k)) }).data.reduce((sum, v, j) => sum + v * y.data[j]!, 0),
          ),
        }
      },
    )
  })
  test('errors', () => {
    expect(() => ops.maxPool2d(tensor([1, 2], [1, 2, 1]))).toThrow('expected images')
    expect(() => ops.maxPool2d(tensor([1, 2], [1, 2, 1, 1]), 3)).toThrow('do not fit')
    expect(() => ops.averagePool1d(tensor([1, 2], [1, 2, 1]), 2, { padding: 'causal' as never })).toThrow(
      "padding must be one of 'valid', 'same'; got 'causal'",
    )
  })
})
