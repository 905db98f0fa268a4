// The ends of what options allow: strides, dilation and windows up to 2³⁰ − 1 give what the least numbers of the same meaning give, with
// gradients.
import { describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import { ops, type Tensor } from '../src/index'
import { evaluateSync } from '../src/runtime/session'

const wave = (...shape: number[]): Tensor =>
  ops.reshape(
    ops.sin(
      ops.arange(
        0,
        shape.reduce((a, b) => a * b, 1),
        1,
        'float32',
      ),
    ),
    shape,
  )
const [line, image, volume] = [wave(2, 5, 2), wave(2, 5, 6, 2), wave(1, 4, 5, 3, 2)]

type Options = { strides?: number; dilation?: number; padding?: 'same' | 'valid' }
/** Convolutions with windows of 3 and of 2 cells, and inputs to differentiate for. */
const convolutions: [name: string, op: (options: Options, cells: number) => [Tensor, Tensor[]]][] = [
  [
    'conv1d',
    (options, k) => {
      const f = wave(k, 2, 4)
      return [ops.conv1d(line, f, options), [line, f]]
    },
  ],
  [
    'conv2d',
    (options, k) => {
      const f = wave(k, k, 2, 4)
      return [ops.conv2d(image, f, options), [image, f]]
    },
  ],
  [
    'conv2d of one channel',
    (options, k) => {
      const [x, f] = [wave(2, 5, 6, 1), wave(k, k, 1, 9)]
      return [ops.conv2d(x, f, options), [x, f]]
    },
  ],
  [
    'conv3d',
    (options, k) => {
      const f = wave(k, k, k, 2, 4)
      return [ops.conv3d(volume, f, options), [volume, f]]
    },
  ],
  [
    'depthwiseConv2d',
    (options, k) => {
      const f = wave(k, k, 2, 1)
      return [ops.depthwiseConv2d(image, f, options), [image, f]]
    },
  ],
]
/** Pooling that takes a stride or a window. */
const pools: [name: string, op: (size: number, options: Options) => [Tensor, Tensor[]]][] = [
  ['maxPool1d', (size, options) => [ops.maxPool1d(line, size, options), [line]]],
  ['maxPool2d', (size, options) => [ops.maxPool2d(image, size, options), [image]]],
  ['averagePool2d', (size, options) => [ops.averagePool2d(image, size, options), [image]]],
  ['averagePool3d', (size, options) => [ops.averagePool3d(volume, size, options), [volume]]],
]

const values = ([y, xs]: [Tensor, Tensor[]]) => evaluateSync([y, ...gradients(y, xs, wave(...y.shape))]).map((data) => [...data])
const huge = [29999, 30000, 65536, 2 ** 20, 2 ** 24 + 1, 2 ** 28, 2 ** 29, 2 ** 30 - 1]

describe.each(convolutions)('%s', (_, op) => {
  test.each(huge)('strides of %d: one window', (strides) => {
    for (const padding of ['same', 'valid'] as const)
      for (const k of [2, 3]) expect(values(op({ strides, padding }, k))).toEqual(values(op({ strides: 7, padding }, k)))
  })
  test.each(huge)('dilation of %d: the other cells are outside', (dilation) => {
    for (const k of [2, 3])
      expect(values(op({ dilation, padding: 'same' }, k))).toEqual(values(op({ dilation: 18 + (dilation % 2), padding: 'same' }, k)))
  })
})

describe.each(pools)('%s', (_, op) => {
  test.each(huge)('strides of %d: one window', (strides) => {
    for (const padding of ['same', 'valid'] as const)
      expect(values(op(2, { strides, padding }))).toEqual(values(op(2, { strides: 7, padding })))
  })
  test.each(huge)('windows of %d: the whole image', (size) => {
    expect(values(op(size, { strides: 3, padding: 'same' }))).toEqual(values(op(50 + (size % 2), { strides: 3, padding: 'same' })))
  })
})

test('few windows far apart: nothing behind the last is read', () => {
  for (const windows of [1, 2, 3, 5]) {
    const x = wave(1, (windows - 1) * 40000 + 3, 1),
      f = wave(3, 1, 9)
    const [y] = values([ops.conv1d(x, f, { strides: 40000 }), [x, f]])
    const taken = ops.concat(
      Array.from({ length: windows }, (_, i) => ops.slice(x, [0, i * 40000, 0], [1, 3, 1])),
      1,
    )
    expect(y).toEqual([...ops.conv1d(taken, f, { strides: 3 }).dataSync()])
  }
})

test.each([
  ['strides', () => ops.conv2d(image, wave(3, 3, 2, 4), { strides: 2 ** 30 })],
  ['dilation', () => ops.conv1d(line, wave(3, 2, 4), { dilation: 2 ** 31 - 1 })],
  ['strides', () => ops.depthwiseConv2d(image, wave(3, 3, 2, 1), { strides: 2 ** 32 })],
  ['padding', () => ops.conv1d(line, wave(3, 2, 4), { padding: [[2 ** 31, 0]] })],
  ['size', () => ops.maxPool2d(image, 2 ** 31)],
] as const)('%s beyond that is an error', (name, op) => expect(op).toThrow(new RegExp(name, 'i')))
