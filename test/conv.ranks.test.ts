// Convolution and pooling over one, two and three dimensions, and the kernels' special ways: few channels, chunks of the filter gradient.
import { describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import * as ops from '../src/ops/index'
import type { ConvOptions, ConvTransposeOptions } from '../src/ops/convolution'
import { tensor, type Tensor } from '../src/tensor'
import { compileNodes, evaluateSync } from '../src/runtime/session'
import { checkOp, spread } from './support/checkOp'
import { withRewrites } from './support/rewrites'
import { adjointOfItself, convolution, pooling, transposedConvolution } from './support/windows'

const relu = (v: number) => Math.max(0, v)
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
const most = (values: number[]) => Math.max(...values)

describe('conv3d', () => {
  test.each<[number[], number[], ConvOptions]>([
    [[1, 2, 2, 2, 1], [2, 2, 2, 1, 1], {}],
    [[2, 3, 4, 5, 3], [2, 3, 3, 3, 5], {}],
    [[1, 4, 4, 5, 5], [3, 3, 3, 5, 9], { padding: 'same' }],
    [[2, 5, 4, 5, 2], [3, 2, 1, 2, 4], { padding: 'same', strides: [2, 1, 3] }],
    [[1, 5, 6, 7, 6], [2, 2, 2, 6, 3], { dilation: [2, 1, 3] }],
    [
      [1, 3, 4, 5, 6],
      [2, 3, 2, 2, 9],
      {
        groups: 3,
        padding: [
          [1, 0],
          [2, 1],
          [0, 1],
        ],
      },
    ],
    [[2, 3, 2, 2, 4], [1, 1, 1, 4, 5], {}],
  ])('%j with %j, %j', (x, w, options) => {
    checkOp((a, b) => ops.conv3d(a, b, options), [{ shapes: [x, w], ulps: 60 }], convolution(options))
    checkOp(
      (a, b, c) => ops.conv3d(a, b, { ...options, bias: c, activation: 'relu' }),
      [{ shapes: [x, w, [w[4]!]], ulps: 60 }],
      convolution(options, relu),
    )
  })
})

describe('transposed convolutions', () => {
  test.each<[number, ConvTransposeOptions, number[], number[], number[], number, number]>([
    [1, {}, [2, 5, 3], [3, 2, 3], [7], 0, 1],
    [1, { strides: 2 }, [2, 5, 9], [3, 4, 9], [11], 0, 2],
    [2, { strides: 2, padding: 'same' }, [1, 3, 4, 10], [3, 3, 9, 10], [6, 8], 0, 2],
    [2, { strides: 3 }, [1, 3, 2, 4], [2, 2, 17, 4], [9, 6], 0, 3],
    [3, {}, [1, 2, 3, 2, 3], [2, 3, 2, 4, 3], [3, 5, 3], 0, 1],
    [3, { strides: 2 }, [2, 2, 3, 2, 2], [3, 3, 3, 3, 2], [5, 7, 5], 0, 2],
    [3, { padding: 'same' }, [1, 3, 3, 3, 5], [3, 3, 3, 2, 5], [3, 3, 3], 1, 1],
  ])('%id, %j, %j with %j', (rank, options, x, w, size, before, stride) => {
    const op = [ops.conv1dTranspose, ops.conv2dTranspose, ops.conv3dTranspose][rank - 1]!
    checkOp((a, b) => op(a, b, options), [{ shapes: [x, w], ulps: 60 }], transposedConvolution(stride, size, before))
    checkOp(
      (a, b, c) => op(a, b, { ...options, bias: c, activation: 'relu' }),
      [{ shapes: [x, w, [w.at(-2)!]], ulps: 60 }],
      transposedConvolution(stride, size, before, relu),
    )
  })
})

describe('few channels', () => {
  test.each<[number[], number[], ConvOptions]>([
    [[2, 7, 9, 1], [3, 3, 1, 8], {}],
    [[1, 6, 5, 3], [3, 3, 3, 7], { padding: 'same' }],
    [[1, 7, 14, 4], [3, 3, 4, 12], { strides: [2, 3], padding: 'same' }],
    [
      [1, 7, 15, 2],
      [3, 3, 2, 9],
      {
        dilation: [2, 1],
        padding: [
          [1, 3],
          [2, 0],
        ],
      },
    ],
    [[2, 3, 1, 3], [3, 4, 3, 9], { padding: 'same' }],
    [[1, 2, 8, 1], [1, 8, 1, 3], {}],
  ])('%j with %j, %j', (x, w, options) => {
    checkOp((a, b) => ops.conv2d(a, b, options), [{ shapes: [x, w], ulps: 40 }], convolution(options))
    checkOp(
      (a, b, c) => ops.conv2d(a, b, { ...options, bias: c, activation: 'relu' }),
      [{ shapes: [x, w, [w[3]!]], ulps: 40 }],
      convolution(options, relu),
    )
  })
  test('sequences and volumes', () => {
    checkOp(
      (a, b) => ops.conv1d(a, b, { strides: 2, padding: 'same' }),
      [
        {
          shapes: [
            [2, 15, 2],
            [4, 2, 9],
          ],
          ulps: 40,
        },
      ],
      convolution({ strides: 2, padding: 'same' }),
    )
    checkOp(
      (a, b) => ops.conv3d(a, b, { padding: 'same' }),
      [
        {
          shapes: [
            [1, 3, 4, 7, 1],
            [3, 2, 3, 1, 5],
          ],
          ulps: 40,
        },
      ],
      convolution({ padding: 'same' }),
    )
  })
})

describe('tiles of 2×2 outputs (Winograd)', () => {
  test.each<[number[], number[], ConvOptions]>([
    [[1, 13, 12, 16], [3, 3, 16, 20], {}],
    [[1, 12, 11, 20], [3, 3, 20, 16], { padding: 'same' }],
    [
      [2, 9, 9, 16],
      [3, 3, 16, 28],
      {
        padding: [
          [2, 0],
          [1, 2],
        ],
      },
    ],
  ])('%j with %j, %j', (x, w, options) => {
    checkOp(
      (a, b, c) => ops.conv2d(a, b, { ...options, bias: c, activation: 'relu' }),
      [{ shapes: [x, w, [w[3]!]], ulps: 60 }],
      convolution(options, relu),
    )
  })
  test('the filter gradient in chunks', () => {
    checkOp(
      (a, b) => ops.conv2d(a, b),
      [
        {
          shapes: [
            [7, 17, 17, 16],
            [3, 3, 16, 16],
          ],
          ulps: 60,
          differentiable: [1],
        },
      ],
      convolution({}),
    )
  })
  test('the transposed convolution', () => {
    checkOp(
      (a, b, c) => ops.conv2dTranspose(a, b, { padding: 'same', bias: c }),
      [{ shapes: [[1, 11, 12, 16], [3, 3, 20, 16], [20]], ulps: 60 }],
      transposedConvolution(1, [11, 12], 1),
    )
  })
})

test('the filter gradient over many positions, in chunks', () => {
  for (const [x, w] of [
    [
      [2, 33, 36, 1],
      [3, 2, 1, 5],
    ],
    [
      [3, 28, 28, 4],
      [1, 2, 4, 3],
    ],
  ] as const) {
    checkOp((a, b) => ops.conv2d(a, b), [{ shapes: [x, w], ulps: 40, differentiable: [1] }], convolution({}))
  }
})

describe('depthwiseConv2d with bias and activation', () => {
  test.each<[number[], number[], ConvOptions]>([
    [[2, 5, 9, 16], [3, 3, 16, 1], {}],
    [[1, 6, 13, 24], [3, 3, 24, 1], { padding: 'same' }],
    [[1, 9, 12, 40], [5, 5, 40, 1], { padding: 'same', strides: 2 }],
    [[1, 4, 11, 19], [2, 4, 19, 1], { dilation: [1, 2] }],
    [[2, 3, 3, 5], [3, 7, 5, 2], { padding: 'same' }],
  ])('%j with %j, %j', (x, w, options) => {
    const [c, multiplier] = [w[2]!, w[3]!]
    checkOp(
      (a, b, d) => ops.depthwiseConv2d(a, b, { ...options, bias: d, activation: 'relu' }),
      [{ shapes: [x, w, [c * multiplier]], ulps: 40 }],
      (a, b, d) => convolution({ ...options, groups: c }, relu)(a!, { shape: [w[0]!, w[1]!, 1, c * multiplier], data: b!.data }, d!),
    )
  })
})

describe('pooling', () => {
  const apart = (u: number, i: number) => spread(u) + i * 1e-3
  test.each<[number[], number[], { strides?: number[]; padding?: 'same' }]>([
    [[2, 4, 4, 4, 3], [2, 2, 2], {}],
    [[1, 5, 4, 3, 9], [2, 2, 2], { padding: 'same' }],
    [[1, 4, 5, 6, 17], [3, 2, 3], { strides: [1, 2, 2] }],
    [[2, 3, 4, 5, 8], [3, 3, 3], { strides: [1, 1, 1], padding: 'same' }],
  ])('volumes %j, window %j, %j', (shape, size, options) => {
    checkOp((x) => ops.maxPool3d(x, size, options), [{ shapes: [shape], values: [apart] }], pooling(size, options, most))
    checkOp((x) => ops.averagePool3d(x, size, options), [{ shapes: [shape], ulps: 16 }], pooling(size, options, mean))
  })

  test('the maximum can be differentiated twice', () => {
    for (const [shape, size, options] of [
      [[1, 4, 5, 3], [2, 2], { padding: 'same' }],
      [[1, 4, 4, 2], [3, 2], { strides: [1, 1] }],
    ] as const) {
      const op = (x: Tensor) => gradients(ops.mul(ops.sumSquares(ops.maxPool2d(x, size, options)), 0.5), [x], tensor(1))[0]!
      // Within a neighbourhood where the maxima stay where they are, the pool picks elements.
      checkOp(op, [{ shapes: [shape], values: [apart], ulps: 32 }], (x) => {
        const dx = { shape: x!.shape, data: new Float64Array(x!.data.length) }
        for (const value of pooling(size, options, most)(x!).data) {
          const i = x!.data.indexOf(value)
          dx.data[i] = dx.data[i]! + value
        }
        return dx
      })
    }
  })

  test('the gradient through a rectifier before the maximum takes no pass of its own', () => {
    for (const [shape, size, options] of [
      [[2, 6, 7, 9], 2, {}],
      [[1, 7, 7, 16], 3, { strides: 2, padding: 'same' }],
    ] as const) {
      const windows = typeof size === 'number' ? [size, size] : size
      checkOp(
        (x) => ops.maxPool2d(ops.relu(x), size, options),
        [{ shapes: [shape], values: [apart] }],
        (x) => pooling(windows, options, most)({ shape: x!.shape, data: x!.data.map(relu) }),
      )
    }
    const x = tensor([
      [
        [[-1], [NaN]],
        [[2], [3]],
      ],
    ])
    const y = ops.maxPool2d(ops.relu(x), 2)
    const { program } = withRewrites(() => compileNodes(gradients(y, [x], tensor([5], y.shape)), []))
    expect(program.records.map(({ kernel }) => kernel)).not.toContain('reluGrad')
  })

  test('a mean of volumes can be differentiated twice', () => {
    const options = { strides: [1, 2, 1], padding: 'same' } as const
    checkOp(
      (x) => gradients(ops.mul(ops.sumSquares(ops.averagePool3d(x, 2, options)), 0.5), [x], tensor(1))[0]!,
      [{ shapes: [[1, 3, 3, 2, 2]], ulps: 64 }],
      adjointOfItself(pooling([2, 2, 2], options, mean)),
    )
  })

  test('the gradient goes to the first of equal maxima of volumes, and a NaN counts as the largest', () => {
    const run = (values: number[]) => {
      const x = tensor(values, [1, 2, 2, 1, 1])
      const y = ops.maxPool3d(x, [2, 2, 1])
      return [...evaluateSync(gradients(y, [x], tensor([3], y.shape)))[0]!]
    }
    expect(run([-2, -1, -1, -2])).toEqual([0, 3, 0, 0])
    expect(run([-7, -7, -7, -7])).toEqual([3, 0, 0, 0])
    expect(run([9, NaN, 8, NaN])).toEqual([0, 3, 0, 0])
  })
})

test('errors name ranks', () => {
  const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape)
  expect(() => ops.conv3d(zeros(1, 4, 4, 1), zeros(3, 3, 1, 1))).toThrow(
    'expected volumes [n, d, h, w, c] and filters [kd, kh, kw, c / groups, f]',
  )
  expect(() => ops.conv3d(zeros(1, 2, 4, 4, 1), zeros(3, 3, 3, 1, 1))).toThrow(
    'windows of 3×3×3 cells (dilation 1, 1, 1) do not fit into 2×4×4',
  )
  expect(() => ops.conv3d(zeros(1, 4, 4, 4, 1), zeros(3, 3, 3, 1, 1), { strides: [1, 2] })).toThrow(
    'strides must be a positive integer, or 3 of them',
  )
  expect(() => ops.conv1d(zeros(1, 4, 4, 1), zeros(3, 1, 1))).toThrow('expected sequences [n, steps, c]')
  expect(() => ops.conv3dTranspose(zeros(1, 2, 2, 2, 1), zeros(2, 2, 2, 1, 3))).toThrow('filters [kd, kh, kw, f, c]')
  expect(() => ops.maxPool3d(zeros(1, 2, 2, 1))).toThrow('expected volumes')
})
