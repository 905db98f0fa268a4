import { describe, expect, test } from 'vitest'
import * as ops from '../src/ops/index'
import type { ConvOptions } from '../src/ops/convolution'
import { tensor, type Tensor } from '../src/tensor'
import { gradients } from '../src/grad'
import { evaluateSync } from '../src/runtime/session'
import { checkOp, type Plain, type Reference } from './support/checkOp'
import { at, fromIndex, indices } from './support/reference'

const pair = (value: number | readonly number[] = 1): readonly number[] => (typeof value === 'number' ? [value, value] : value)

/** [before, output size] as Keras's documentation counts. */
function along(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: ConvOptions['padding'],
  axis: number,
): [number, number] {
  const extent = (kernel - 1) * dilation + 1
  if (padding === 'same') {
    const out = Math.ceil(size / stride)
    return [Math.floor(Math.max(0, (out - 1) * stride + extent - size) / 2), out]
  }
  const [before, after] = Array.isArray(padding) ? padding[axis] : [0, 0]
  return [before, Math.floor((size + before + after - extent) / stride) + 1]
}

const conv2dReference =
  ({ strides, dilation, padding = 'valid', groups = 1 }: ConvOptions): Reference =>
  (x, w, b) => {
    const [n, h, width, c] = x!.shape as [number, number, number, number]
    const [kh, kw, depth, f] = w!.shape as [number, number, number, number]
    const [s, d] = [pair(strides), pair(dilation)]
    const [top, oh] = along(h, kh, s[0]!, d[0]!, padding, 0)
    const [left, ow] = along(width, kw, s[1]!, d[1]!, padding, 1)
    return fromIndex([n, oh, ow, f], ([i, oy, ox, j]) => {
      let total = b ? at(b, [j!]) : 0
      for (let ky = 0; ky < kh; ky++)
        for (let kx = 0; kx < kw; kx++)
          for (let k = 0; k < depth; k++) {
            const [y, xx] = [oy! * s[0]! + ky * d[0]! - top, ox! * s[1]! + kx * d[1]! - left]
            if (y < 0 || y >= h || xx < 0 || xx >= width) continue
            total +=
              x!.data[((i! * h + y) * width + xx) * c + Math.floor(j! / (f / groups)) * depth + k]! *
              w!.data[((ky * kw + kx) * depth + k) * f + j!]!
          }
      return total
    })
  }

const rows: [x: number[], w: number[], options: ConvOptions][] = [
  [[1, 4, 4, 1], [3, 3, 1, 1], {}],
  [[2, 5, 6, 3], [3, 3, 3, 5], {}],
  [[2, 5, 6, 3], [3, 3, 3, 5], { padding: 'same' }],
  [[2, 7, 8, 4], [3, 2, 4, 8], { padding: 'same', strides: [2, 1] }],
  [[1, 9, 9, 2], [3, 3, 2, 9], { padding: 'same', dilation: 2 }],
  [
    [1, 9, 8, 2],
    [3, 3, 2, 3],
    {
      dilation: [2, 3],
      padding: [
        [2, 1],
        [0, 4],
      ],
    },
  ],
  [
    [1, 8, 9, 2],
    [3, 5, 2, 4],
    {
      strides: [3, 2],
      padding: [
        [2, 2],
        [3, 1],
      ],
    },
  ],
  [[1, 9, 7, 3], [2, 2, 3, 4], { strides: 3 }],
  [[1, 9, 9, 2], [3, 3, 2, 4], { strides: 2, dilation: 3, padding: 'same' }],
  [[1, 9, 9, 2], [3, 3, 2, 4], { strides: 2, dilation: 2, padding: 'same' }],
  [[2, 5, 5, 6], [3, 3, 2, 9], { groups: 3, padding: 'same' }],
  [[1, 5, 5, 4], [2, 2, 1, 8], { groups: 4, strides: 2, dilation: 1 }],
  [[1, 3, 3, 2], [5, 5, 2, 3], { padding: 'same' }],
  [[2, 3, 4, 5], [1, 1, 5, 7], {}],
  [[2, 4, 5, 3], [1, 1, 3, 4], { strides: 2 }],
  [[1, 4, 4, 17], [3, 3, 17, 18], { padding: 'same' }],
  [[1, 3, 3, 70], [3, 3, 70, 8], { padding: 'same' }],
]

describe('conv2d', () => {
  test.each(rows)('%j with %j, %j', (x, w, options) => {
    checkOp((a, b) => ops.conv2d(a, b, options), [{ shapes: [x, w], ulps: 40 }], conv2dReference(options))
    checkOp((a, b, c) => ops.conv2d(a, b, { ...options, bias: c }), [{ shapes: [x, w, [w[3]!]], ulps: 40 }], conv2dReference(options))
  })

  test('activations as the output is written', () => {
    for (const [activation, f] of [
      ['relu', (v: number) => Math.max(0, v)],
      ['tanh', Math.tanh],
      ['sigmoid', (v: number) => 1 / (1 + Math.exp(-v))],
    ] as const) {
      for (const w of [
        [3, 3, 2, 5],
        [1, 1, 2, 5],
      ]) {
        const reference: Reference = (...inputs) => {
          const y = conv2dReference({})(...inputs)
          return { shape: y.shape, data: y.data.map(f) }
        }
        checkOp((a, b, c) => ops.conv2d(a, b, { bias: c, activation }), [{ shapes: [[2, 5, 4, 2], w, [5]], ulps: 40 }], reference)
        checkOp((a, b) => ops.conv2d(a, b, { activation }), [{ shapes: [[2, 5, 4, 2], w], ulps: 40, differentiable: [] }], reference)
      }
    }
  })

  test('gradients of gradients', () => {
    const options = { strides: 2, padding: 'same' } as const
    const reference: Reference = (x, w) => {
      // ⟨y, y⟩/2's gradient to x: the gradient op applied to y itself
      const y = conv2dReference(options)(x!, w!)
      const dx = new Float64Array(x!.data.length)
      for (let i = 0; i < dx.length; i++) {
        const unit: Plain = { shape: x!.shape, data: dx.map((_, j) => Number(i === j)) }
        dx[i] = conv2dReference(options)(unit, w!).data.reduce((total, v, j) => total + v * y.data[j]!, 0)
      }
      return { shape: x!.shape, data: dx }
    }
    const grad = (k: number) => (x: Tensor, w: Tensor) =>
      gradients(ops.mul(ops.sumSquares(ops.conv2d(x, w, options)), 0.5), [x, w], tensor(1))[k]!
    checkOp(
      grad(0),
      [
        {
          shapes: [
            [1, 4, 5, 2],
            [3, 3, 2, 2],
          ],
          ulps: 200,
        },
      ],
      reference,
    )
    checkOp(
      grad(1),
      [
        {
          shapes: [
            [1, 4, 5, 2],
            [3, 3, 2, 2],
          ],
          ulps: 200,
        },
      ],
      (x, w) => {
        const y = conv2dReference(options)(x!, w!)
        const dw = new Float64Array(w!.data.length)
        for (let i = 0; i < dw.length; i++) {
          const unit: Plain = { shape: w!.shape, data: dw.map((_, j) => Number(i === j)) }
          dw[i] = conv2dReference(options)(x!, unit).data.reduce((total, v, j) => total + v * y.data[j]!, 0)
        }
        return { shape: w!.shape, data: dw }
      },
    )
  })

  test('many steps and columns: blocks of the product', () => {
    checkOp(
      (a, b) => ops.conv2d(a, b, { padding: 'same' }),
      [
        {
          shapes: [
            [1, 3, 5, 44],
            [3, 3, 44, 260],
          ],
          ulps: 300,
          differentiable: [],
        },
      ],
      conv2dReference({ padding: 'same' }),
    )
    checkOp(
      (a, b) => ops.conv2d(a, b),
      [
        {
          shapes: [
            [3, 15, 14, 1],
            [3, 3, 1, 6],
          ],
          ulps: 300,
        },
      ],
      conv2dReference({}),
    )
  })

  test('NaN and infinity reach their windows only', () => {
    const x = new Float32Array(25)
    x[12] = NaN
    const [y] = evaluateSync([ops.conv2d(tensor(x, [1, 5, 5, 1]), tensor(new Float32Array(4).fill(1), [2, 2, 1, 1]))])
    expect([...y!].flatMap((v, i) => (Number.isNaN(v) ? [i] : []))).toEqual([5, 6, 9, 10])
  })

  test('errors say what does not fit', () => {
    const x = tensor(new Float32Array(32), [1, 4, 4, 2])
    const w = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape)
    expect(() => ops.conv2d(x, w(3, 3, 3, 4))).toThrow('take 3 channels; the input [1, 4, 4, 2] has 2')
    expect(() => ops.conv2d(x, w(5, 5, 2, 4))).toThrow('do not fit into 4×4')
    expect(() => ops.conv2d(x, w(3, 3, 2, 4), { groups: 3 })).toThrow('groups 3 must divide')
    expect(() => ops.conv2d(x, w(3, 3, 2, 4), { strides: 0 })).toThrow('strides must be a positive integer')
    expect(() => ops.conv2d(x, w(3, 3, 2, 4), { bias: [1, 2] })).toThrow('expected [4]')
    expect(() => ops.conv2d(x, w(3, 2, 4))).toThrow('expected images')
    expect(() => ops.conv2d(x, w(3, 3, 2, 4), { padding: 'full' as never })).toThrow("padding must be one of 'valid', 'same'; got 'full'")
  })
})

const asImage = (x: Plain): Plain => ({ shape: [x.shape[0]!, 1, ...x.shape.slice(1)], data: x.data })
const asFilter = (x: Plain): Plain => ({ shape: [1, ...x.shape], data: x.data })

describe('conv1d', () => {
  test.each([
    [3, {}],
    [3, { strides: 2, padding: 'same' }],
    [2, { dilation: 3, padding: 'causal' }],
    [3, { padding: [[1, 2]] }],
  ] as const)('kernel %i, %j', (k, options) => {
    const padding = 'padding' in options ? options.padding : 'valid'
    const dilation = 'dilation' in options ? options.dilation : 1
    const stride = 'strides' in options ? options.strides : 1
    const reference: Reference = (x, w) => {
      const widths =
        padding === 'causal'
          ? [
              [0, 0],
              [dilation * (k - 1), 0],
            ]
          : Array.isArray(padding)
            ? [[0, 0], ...padding]
            : padding
      const y = conv2dReference({ strides: [1, stride], dilation: [1, dilation], padding: widths as never })(asImage(x!), asFilter(w!))
      return { shape: [y.shape[0]!, ...y.shape.slice(2)], data: y.data }
    }
    checkOp(
      (x, w) => ops.conv1d(x, w, options as never),
      [
        {
          shapes: [
            [2, 9, 3],
            [k, 3, 5],
          ],
          ulps: 40,
        },
      ],
      reference,
    )
  })
})

describe('conv2dTranspose', () => {
  /** Every input value adds its filter to the output; `before` cells are cut off. */
  const transposed =
    (stride: number, [oh, ow]: number[], before: number): Reference =>
    (x, w) => {
      const [n, h, width, c] = x!.shape as [number, number, number, number]
      const [kh, kw, f] = w!.shape as [number, number, number]
      const y = { shape: [n, oh!, ow!, f], data: new Float64Array(n * oh! * ow! * f) }
      for (const [[i, iy, ix, k], flat] of indices([n, h, width, c]))
        for (const [[ky, kx, j]] of indices([kh, kw, f])) {
          const [oy, ox] = [iy! * stride + ky! - before, ix! * stride + kx! - before]
          if (oy >= 0 && oy < oh! && ox >= 0 && ox < ow!)
            y.data[((i! * oh! + oy) * ow! + ox) * f + j!]! += x!.data[flat]! * at(w!, [ky!, kx!, j!, k!])
        }
      return y
    }
  test.each([
    [{}, [6, 7], 0, 1],
    [{ strides: 2 }, [9, 11], 0, 2],
    [{ strides: 2, padding: 'same' }, [8, 10], 0, 2],
    [{ strides: 4 }, [16, 20], 0, 4],
    [{ strides: 2, padding: 'same', outputPadding: 1 }, [8, 10], 0, 2],
    [{ padding: 'same' }, [4, 5], 1, 1],
  ] as const)('%j', (options, size, before, stride) => {
    checkOp(
      (x, w) => ops.conv2dTranspose(x, w, options),
      [
        {
          shapes: [
            [2, 4, 5, 2],
            [3, 3, 3, 2],
          ],
          ulps: 40,
        },
      ],
      transposed(stride, [...size], before),
    )
  })
})

describe('depthwiseConv2d', () => {
  const reference =
    (options: ConvOptions): Reference =>
    (x, w) => {
      const [kh, kw, c, multiplier] = w!.shape as [number, number, number, number]
      return conv2dReference({ ...options, groups: c })(x!, { shape: [kh, kw, 1, c * multiplier], data: w!.data })
    }
  test.each([
    [[2, 5, 6, 4], [3, 3, 4, 1], {}],
    [[1, 6, 5, 3], [3, 3, 3, 2], { padding: 'same' }],
    [[1, 7, 6, 17], [3, 2, 17, 1], { strides: 2, padding: 'same' }],
    [[1, 8, 8, 5], [3, 3, 5, 1], { dilation: 2, padding: 'same' }],
    [[1, 3, 3, 33], [5, 5, 33, 1], { padding: 'same' }],
    [[1, 9, 7, 1], [2, 2, 1, 3], { strides: 3 }],
  ] as const)('%j with %j, %j', (x, w, options) => {
    checkOp((a, b) => ops.depthwiseConv2d(a, b, options as ConvOptions), [{ shapes: [x, w], ulps: 40 }], reference(options as ConvOptions))
  })
})
