// Depthwise convolutions: every channel with filters of its own; and separable ones, whose second half is a product over the channels.
import type { TensorLike } from '../graph/convert'
import { defineOp, type Lowering, type OpFunction, type Pointer } from '../graph/define'
import type { Node } from '../graph/node'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { readOptions, type Held } from '../util/options'
import { at, showShape, sizeOf, stridesOf, type Shape } from '../util/shape'
import { add, mul } from './binary'
import { cast } from './cast'
import {
  activate,
  ACTIVATION_CODES,
  checkBias,
  conv1d,
  conv2d,
  filterNames,
  inputNames,
  sumOfPixels,
  worthScaling,
  type ConvOptions,
} from './convolution'
import { fusedGradient, type FusedActivation } from './elementwise'
import { depthwiseOptions } from './options'
import { copyStrided, expandDims, repeat, reshape } from './shape'
import { kernelOf, placeWindows, spatial, windowArgs, type Sizes, type Windows } from './windows'

// Filters are [kh, kw, c, 1] here; sequences are images of height 1.

interface Target {
  readonly y: Pointer
  /** Elements from image to image, row to row and column to column. */
  readonly steps: readonly [number, number, number]
}

function call(
  program: Lowering,
  { y, steps }: Target,
  x: Pointer,
  filter: Pointer,
  bias: Pointer | null,
  kernel: Sizes,
  attrs: Windows,
  activation: FusedActivation = 'linear',
): void {
  const [yImage, yRow, yColumn] = steps
  program.call(
    'depthwiseConv2d',
    {
      y,
      x,
      filter,
      bias,
      scratch: program.scratch(64),
      yImage,
      yRow,
      yColumn,
      ...windowArgs(x.shape, kernel, attrs),
      activation: ACTIVATION_CODES[activation],
    },
    { work: nth(x.shape, 0) * sizeOf(attrs.out) * nth(x.shape, -1) * (1 + sizeOf(kernel) / 2) },
  )
}

const whole = (y: Pointer): Target => {
  const [image = 0, row = 0, column = 0] = stridesOf(y.shape)
  return { y, steps: [image, row, column] }
}

interface Phase {
  /** First input cell, and cells that this phase has. */
  readonly start: number
  readonly count: number
  /** Cells of the window that reach them: the first, their distance and number. */
  readonly cell: number
  readonly step: number
  readonly cells: number
  readonly dilation: number
  readonly pad: number
}

/**
 * The gradient to an input is a convolution of dy with the filter turned round. With a stride s, input cells s apart are reached by the
 * same cells of the
 * window: each of the s phases is a convolution without stride of its own.
 */
function phases(size: number, kernel: number, stride: number, dilation: number, pad: number): Phase[] {
  return Array.from({ length: Math.min(stride, size) }, (_, start) => {
    const reach = Array.from({ length: kernel }, (_, k) => k).filter((k) => (start + pad - k * dilation) % stride === 0)
    const [cell = 0, second = cell + 1] = reach
    const cells = reach.length
    const apart = ((second - cell) * dilation) / stride
    const distance = cells > 1 ? apart : 1
    return {
      start,
      count: Math.ceil((size - start) / stride),
      cell,
      step: second - cell,
      cells,
      dilation: distance,
      pad: cells ? (cells - 1) * distance - (start + pad - cell * dilation) / stride : 0,
    }
  })
}

function callGradInput(program: Lowering, dx: Pointer, g: Pointer, w: Pointer, { strides, dilation, pads }: Windows): void {
  const [, h, width, c] = dx.shape as [number, number, number, number]
  const [kh, kw] = kernelOf(w) as [number, number]
  for (const down of phases(h, kh, nth(strides, 0), nth(dilation, 0), nth(pads, 0)))
    for (const across of phases(width, kw, nth(strides, 1), nth(dilation, 1), nth(pads, 1))) {
      const turned = [down.cells, across.cells, c]
      const filter = program.temporary(turned)
      const last = (down.cell + (down.cells - 1) * down.step) * kw + across.cell + (across.cells - 1) * across.step
      if (sizeOf(turned))
        copyStrided(program, filter, w.at(last * c), turned, stridesOf(turned), [-down.step * kw * c, -across.step * c, 1])
      const target: Target = {
        y: dx.at((down.start * width + across.start) * c),
        steps: [h * width * c, nth(strides, 0) * width * c, nth(strides, 1) * c],
      }
      call(program, target, g, filter, null, [down.cells, across.cells], {
        strides: [1, 1],
        dilation: [down.dilation, across.dilation],
        pads: [down.pad, across.pad],
        out: [down.count, across.count],
      })
    }
}

const outShape = (x: Node, { out }: Windows): Shape => [nth(x.shape, 0), ...out, nth(x.shape, 3)]

/** y[n,oh,ow,c] = Σ x[n, cell, c] · w[cell, c] */
const depthwiseOp: OpFunction<readonly ['x', 'w'], Windows> = defineOp('depthwiseConv2d', {
  inputs: ['x', 'w'],
  shape: ({ x }, attrs) => ({ shape: outShape(x, attrs), dtype: 'float32' }),
  lower: (program, { x, w, y }, attrs) => call(program, whole(y), x, w, null, kernelOf(w), attrs),
  grad: ({ x, w, dy }, attrs) => [
    gradInputOp(dy, w, { ...attrs, size: spatial(x) }),
    gradFilterOp(x, dy, { ...attrs, kernel: kernelOf(w) }),
  ],
  scaled: ({ x, w }, attrs, { axis, scale, shift }) =>
    worthScaling(axis, w, outShape(x, attrs))
      ? depthwiseBiasOp(x, mul(w, expandDims(scale, 1)), shift, { ...attrs, activation: 'linear' })
      : null,
})

const depthwiseBiasOp: OpFunction<readonly ['x', 'w', 'b'], Windows & { activation: FusedActivation }> = defineOp('depthwiseConv2dBias', {
  inputs: ['x', 'w', 'b'],
  shape: ({ x }, attrs) => ({ shape: outShape(x, attrs), dtype: 'float32' }),
  lower: (program, { x, w, b, y }, attrs) => call(program, whole(y), x, w, b, kernelOf(w), attrs, attrs.activation),
  grad: ({ x, w, y, dy }, { activation, ...attrs }) => {
    const dz = fusedGradient(activation, y, dy)
    return [gradInputOp(dz, w, { ...attrs, size: spatial(x) }), gradFilterOp(x, dz, { ...attrs, kernel: kernelOf(w) }), sumOfPixels(dz)]
  },
  activated: ({ x, w, b }, attrs, next) =>
    attrs.activation === 'linear' ? depthwiseBiasOp(x, w, b, { ...attrs, activation: next as FusedActivation }) : null,
  scaled: ({ x, w, b }, attrs, { axis, scale, shift }) =>
    attrs.activation === 'linear' && worthScaling(axis, w, outShape(x, attrs))
      ? depthwiseBiasOp(x, mul(w, expandDims(scale, 1)), add(mul(b, scale), shift), attrs)
      : null,
})

const gradInputOp: OpFunction<readonly ['g', 'w'], Windows & { size: Sizes }> = defineOp('depthwiseConv2dGradInput', {
  inputs: ['g', 'w'],
  shape: ({ g }, { size }) => ({ shape: [nth(g.shape, 0), ...size, nth(g.shape, 3)], dtype: 'float32' }),
  lower: (program, { g, w, y: dx }, attrs) => callGradInput(program, dx, g, w, attrs),
  grad: ({ g, w, dy: u }, { size: _, ...attrs }) => [depthwiseOp(u, w, attrs), gradFilterOp(u, g, { ...attrs, kernel: kernelOf(w) })],
})

const gradFilterOp: OpFunction<readonly ['x', 'g'], Windows & { kernel: Sizes }> = defineOp('depthwiseConv2dGradFilter', {
  inputs: ['x', 'g'],
  shape: ({ x }, { kernel }) => ({ shape: [...kernel, nth(x.shape, 3), 1], dtype: 'float32' }),
  lower: (program, { x, g, y: df }, attrs) =>
    program.call(
      'depthwiseConv2dGradFilter',
      { df, x, dy: g, ...windowArgs(x.shape, attrs.kernel, attrs) },
      { work: (sizeOf(g.shape) * sizeOf(attrs.kernel)) / 2 },
    ),
  grad: ({ x, g, dy: u }, { kernel: _, ...attrs }) => [gradInputOp(g, u, { ...attrs, size: spatial(x) }), depthwiseOp(x, u, attrs)],
})

export type DepthwiseOptions = Omit<ConvOptions, 'groups'>

type HeldOptions = Held<(typeof depthwiseOptions)[1]>

function convolve(op: string, x: Node, filter: Node, { bias, activation, ...placing }: HeldOptions): Node {
  const [kh, kw, c, multiplier] = filter.shape as [number, number, number, number]
  const windows = placeWindows(op, spatial(x), [kh, kw], placing)
  const wide = multiplier === 1 ? x : repeat(x, multiplier, 3)
  const w = reshape(filter, [kh, kw, c * multiplier, 1])
  if (bias === null) return activate(depthwiseOp(wide, w, windows), activation)
  return depthwiseBiasOp(wide, w, checkBias(op, cast(bias, 'float32'), c * multiplier), { ...windows, activation })
}

/** Sequences are images of one row. */
function convolveSequences(op: string, sequence: Node, filter: Node, { strides, dilation, padding, ...rest }: HeldOptions): Node {
  const image = reshape(sequence, [at(sequence.shape, 0), 1, ...sequence.shape.slice(1)])
  const placing = {
    strides: [1, ...strides],
    dilation: [1, ...dilation],
    padding: typeof padding === 'string' ? padding : [[0, 0] as const, ...padding],
  }
  const y = convolve(op, image, reshape(filter, [1, ...filter.shape]), { ...rest, ...placing })
  return reshape(y, [at(y.shape, 0), ...y.shape.slice(2)])
}

function checked(op: string, rank: number, x: TensorLike, w: TensorLike): [Node, Node] {
  const [image, filter] = [cast(x, 'float32'), cast(w, 'float32')]
  check(
    image.rank === rank + 2 && filter.rank === rank + 2 && image.shape.at(-1) === filter.shape.at(-2),
    'BAD_SHAPE',
    () =>
      `${op}: expected ${inputNames(rank)} and ${filterNames(rank, 'c, multiplier')}, ` +
      `got ${showShape(image.shape)} and ${showShape(filter.shape)}`,
  )
  return [image, filter]
}

/** Every channel of images [n, h, w, c] with filters of its own [kh, kw, c, multiplier]: act(x ∗ w + bias), [n, oh, ow, c · multiplier]. */
export const depthwiseConv2d = (x: TensorLike, w: TensorLike, options?: DepthwiseOptions): Node =>
  convolve('depthwiseConv2d', ...checked('depthwiseConv2d', 2, x, w), readOptions(depthwiseOptions[2], options, 'depthwiseConv2d'))

/** depthwiseConv2d of sequences [n, steps, c] with filters [k, c, multiplier]. */
export const depthwiseConv1d = (x: TensorLike, w: TensorLike, options?: DepthwiseOptions): Node =>
  convolveSequences('depthwiseConv1d', ...checked('depthwiseConv1d', 1, x, w), readOptions(depthwiseOptions[1], options, 'depthwiseConv1d'))

const alone = { bias: null, activation: 'linear' } as const

/** A depthwise convolution, then a product over the channels with `pointwise` [1, 1, c · multiplier, f]. */
export function separableConv2d(x: TensorLike, depthwise: TensorLike, pointwise: TensorLike, options?: DepthwiseOptions): Node {
  const { bias, activation, ...placing } = readOptions(depthwiseOptions[2], options, 'separableConv2d')
  return conv2d(convolve('separableConv2d', ...checked('separableConv2d', 2, x, depthwise), { ...placing, ...alone }), pointwise, {
    bias,
    activation,
  })
}

/** separableConv2d of sequences with filters [k, c, multiplier] and [1, c · multiplier, f]. */
export function separableConv1d(x: TensorLike, depthwise: TensorLike, pointwise: TensorLike, options?: DepthwiseOptions): Node {
  const { bias, activation, ...placing } = readOptions(depthwiseOptions[1], options, 'separableConv1d')
  return conv1d(convolveSequences('separableConv1d', ...checked('separableConv1d', 1, x, depthwise), { ...placing, ...alone }), pointwise, {
    bias,
    activation,
  })
}
