// Convolutions over one, two or three dimensions: x[n, …, c] with filters […, c / groups, f].
import { layout } from '../generated/kernels'
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp, type Lowering, type OpFunction, type Pointer } from '../graph/define'
import type { Node } from '../graph/node'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { readOptions, type Held } from '../util/options'
import { at, sameShape, showShape, sizeOf, type Shape } from '../util/shape'
import { add, mul } from './binary'
import { cast } from './cast'
import { fusedGradient, relu, sigmoid, tanh, type FusedActivation } from './elementwise'
import { dense, matmul } from './matmul'
import { causalOptions, convOptions, transposeOptions } from './options'
import { sum } from './reduce'
import { expandDims, reshape } from './shape'
import { callWinograd, callWinogradGradFilter, isWinograd } from './winograd'
import {
  checkReach,
  kernelOf,
  placeWindows,
  spatial,
  windowArgs,
  type Padding,
  type Sizes,
  type WindowOptions,
  type Windows,
} from './windows'

type ConvAttrs = Windows & { readonly groups: number }
type Fused = { readonly activation: FusedActivation }

// ── kernel calls ──

export const ACTIVATION_CODES: Record<FusedActivation, number> = {
  linear: layout.ACT_NONE,
  relu: layout.ACT_RELU,
  sigmoid: layout.ACT_SIGMOID,
  tanh: layout.ACT_TANH,
}

const aligned = (bytes: number): number => Math.ceil(bytes / layout.ALIGN) * layout.ALIGN
/** Columns of a product that are packed at a time. */
const packedWidth = (n: number): number => Math.min(Math.ceil(n / layout.GEMM_NR) * layout.GEMM_NR, layout.GEMM_NC)

/** Bytes of packing space for one thread, for a product with k steps and n columns. */
const productScratch = (n: number, k: number): number => aligned(4 * Math.min(k, layout.GEMM_KC) * (layout.GEMM_MR + packedWidth(n)) + 512)

/** Up to so many channels a kernel of its own walks along copied rows of the image, if these are not longer than this. */
const FEW_CHANNELS = 4
const FEW_BYTES = 2 ** 18

function callConv(
  program: Lowering,
  y: Pointer,
  x: Pointer,
  w: Pointer,
  bias: Pointer | null,
  attrs: ConvAttrs,
  activation: FusedActivation = 'linear',
): void {
  const { groups, out } = attrs
  const [kernel, c, oc] = [kernelOf(w), nth(x.shape, -1), nth(w.shape, -1)]
  if (isWinograd(x.shape, kernel, oc, attrs)) return callWinograd(program, y, x, w, bias, attrs, ACTIVATION_CODES[activation], false)
  const depth = sizeOf(w.shape.slice(0, -1))
  const sizes = windowArgs(x.shape, kernel, attrs)
  const band = 4 * sizes.kd * sizes.kh * ((sizes.ow - 1) * sizes.strideW + sizes.kw) * c + 320
  const few = c <= FEW_CHANNELS && groups === 1 && sizes.dilationW === 1 && band <= FEW_BYTES
  const scratchStep = few ? aligned(band) : productScratch(oc / groups, depth)
  const rows = nth(x.shape, 0) * sizeOf(out)
  program.call(
    few ? 'convFew' : 'conv',
    {
      y,
      x,
      filter: w,
      bias,
      scratch: program.scratch(scratchStep),
      ...sizes,
      oc,
      groups,
      activation: ACTIVATION_CODES[activation],
      scratchStep,
    },
    { work: (rows * depth * oc) / 4 + rows * oc },
  )
}

function callGradInput(
  program: Lowering,
  dx: Pointer,
  dy: Pointer,
  w: Pointer,
  bias: Pointer | null,
  attrs: ConvAttrs,
  activation: FusedActivation = 'linear',
): void {
  const { groups } = attrs
  const [kernel, oc] = [kernelOf(w), nth(w.shape, -1)]
  if (isWinograd(dx.shape, kernel, oc, attrs)) {
    return callWinograd(
      program,
      dx,
      dy,
      w,
      bias,
      { pads: attrs.pads.map((pad) => 2 - pad), out: dx.shape.slice(1, -1) },
      ACTIVATION_CODES[activation],
      true,
    )
  }
  const width = packedWidth(sizeOf(w.shape.slice(0, -1)))
  const scratchStep = aligned(4 * width * (layout.GEMM_MR + Math.min(oc / groups + 3, layout.GEMM_KC)) + 512)
  program.call(
    'convGradInput',
    {
      dx,
      x: null,
      dy,
      filter: w,
      bias,
      scratch: program.scratch(scratchStep),
      ...windowArgs(dx.shape, kernel, attrs),
      oc,
      groups,
      activation: ACTIVATION_CODES[activation],
      scratchStep,
    },
    { work: (sizeOf(dy.shape) * sizeOf(w.shape)) / oc / 4 + sizeOf(dx.shape) },
  )
}

/**
 * The sum over output positions is cut into up to so many chunks, so that threads share it; each at least so long, all together no more
 * than so many elements.
 */
const MOST_CHUNKS = 16
const CHUNK_POSITIONS = 512
const CHUNK_ELEMENTS = 2 ** 18

/** Output positions in a chunk: depends on sizes alone. Filters so large that chunks would take much memory are shared out themselves. */
function chunkLength(positions: number, outputs: number): number {
  const chunks = Math.min(MOST_CHUNKS, Math.floor(CHUNK_ELEMENTS / outputs), Math.floor(positions / CHUNK_POSITIONS))
  return chunks < 4 ? Math.max(1, positions) : Math.ceil(positions / chunks)
}

function callGradFilter(
  program: Lowering,
  df: Pointer,
  x: Pointer,
  dy: Pointer,
  { kernel, ...attrs }: ConvAttrs & { kernel: Sizes },
): void {
  if (isWinograd(x.shape, kernel, nth(dy.shape, -1), attrs)) return callWinogradGradFilter(program, df, x, dy, attrs)
  const { groups } = attrs
  const [oc, positions, outputs] = [nth(dy.shape, -1), sizeOf(dy.shape.slice(0, -1)), sizeOf(df.shape)]
  const chunk = chunkLength(positions, outputs)
  const chunks = Math.ceil(positions / chunk)
  const scratchStep = productScratch(oc / groups, chunk) + layout.CONV_GATHER
  const partial = chunks > 1 ? program.temporary([chunks, outputs]) : df
  program.call(
    'convGradFilter',
    { df: partial, x, dy, scratch: program.scratch(scratchStep), ...windowArgs(x.shape, kernel, attrs), oc, groups, chunk, scratchStep },
    { work: (positions * outputs) / 4 },
  )
  if (chunks > 1) program.call('sum', { y: df, x: partial, outer: 1, r: chunks, inner: outputs, divisor: 1 }, { work: chunks * outputs })
}

// ── ops ──

const outShape = (x: Node, { out }: Windows, channels: number): Shape => [nth(x.shape, 0), ...out, channels]

/** y[n,…,f] = Σ x[n, cell, c] · w[cell, c, f] */
const convOp: OpFunction<readonly ['x', 'w'], ConvAttrs> = defineOp('conv', {
  inputs: ['x', 'w'],
  shape: ({ x, w }, attrs) => ({ shape: outShape(x, attrs, nth(w.shape, -1)), dtype: 'float32' }),
  lower: (program, { x, w, y }, attrs) => callConv(program, y, x, w, null, attrs),
  grad: ({ x, w, dy }, attrs) => gradientsOf(x, w, dy, attrs),
  scaled: ({ x, w }, attrs, { axis, scale, shift }) =>
    worthScaling(axis, w, outShape(x, attrs, nth(w.shape, -1)))
      ? convBiasOp(x, mul(w, scale), shift, { ...attrs, activation: 'linear' })
      : null,
})

const convBiasOp: OpFunction<readonly ['x', 'w', 'b'], ConvAttrs & Fused> = defineOp('convBias', {
  inputs: ['x', 'w', 'b'],
  shape: ({ x, w }, attrs) => ({ shape: outShape(x, attrs, nth(w.shape, -1)), dtype: 'float32' }),
  lower: (program, { x, w, b, y }, attrs) => callConv(program, y, x, w, b, attrs, attrs.activation),
  grad: ({ x, w, y, dy }, { activation, ...attrs }) => {
    const dz = fusedGradient(activation, y, dy)
    return [...gradientsOf(x, w, dz, attrs), sumOfPixels(dz)]
  },
  activated: ({ x, w, b }, attrs, next) =>
    attrs.activation === 'linear' ? convBiasOp(x, w, b, { ...attrs, activation: next as FusedActivation }) : null,
  scaled: ({ x, w, b }, attrs, { axis, scale, shift }) =>
    attrs.activation === 'linear' && worthScaling(axis, w, outShape(x, attrs, nth(w.shape, -1)))
      ? convBiasOp(x, mul(w, scale), add(mul(b, scale), shift), attrs)
      : null,
})

/** Whether a filter may be scaled in the place of the output: its last axis is meant, and it is smaller. */
export const worthScaling = (axis: number, w: Node, output: Shape): boolean => axis === output.length - 1 && w.size < sizeOf(output)

/** The gradient to a bias. */
export const sumOfPixels = (dz: Node): Node =>
  sum(
    dz,
    dz.shape.slice(1).map((_, axis) => axis),
  )

const inputShape = (g: Node, w: Node, { size, groups }: { size: Sizes; groups: number }): Shape => [
  nth(g.shape, 0),
  ...size,
  nth(w.shape, -2) * groups,
]

/** The gradients of input and filter. The filter's comes first in the program: after it, x and much scratch space are free. */
function gradientsOf(x: Node, w: Node, dy: Node, attrs: ConvAttrs): [Node, Node] {
  const dw = gradFilterOp(x, dy, { ...attrs, kernel: kernelOf(w) })
  return [gradInputOp(dy, w, { ...attrs, size: spatial(x) }), dw]
}

/** dx[n,…,c], the gradient of convOp to x of sizes `size`, from the gradient g to its output. */
const gradInputOp: OpFunction<readonly ['g', 'w'], ConvAttrs & { size: Sizes }> = defineOp('convGradInput', {
  inputs: ['g', 'w'],
  shape: ({ g, w }, attrs) => ({ shape: inputShape(g, w, attrs), dtype: 'float32' }),
  lower: (program, { g, w, y: dx }, attrs) => callGradInput(program, dx, g, w, null, attrs),
  grad: ({ g, w, dy: u }, { size: _, ...attrs }) => [convOp(u, w, attrs), gradFilterOp(u, g, { ...attrs, kernel: kernelOf(w) })],
  scaled: ({ g, w }, attrs, { axis, scale, shift }) =>
    attrs.groups === 1 && worthScaling(axis, w, inputShape(g, w, attrs))
      ? transposeBiasOp(g, mul(w, expandDims(scale, 1)), shift, { ...attrs, activation: 'linear' })
      : null,
})

/** gradInputOp with bias and activation, for transposed convolutions. */
const transposeBiasOp: OpFunction<readonly ['g', 'w', 'b'], ConvAttrs & Fused & { size: Sizes }> = defineOp('convTransposeBias', {
  inputs: ['g', 'w', 'b'],
  shape: ({ g, w }, attrs) => ({ shape: inputShape(g, w, attrs), dtype: 'float32' }),
  lower: (program, { g, w, b, y }, attrs) => callGradInput(program, y, g, w, b, attrs, attrs.activation),
  grad: ({ g, w, y, dy }, { activation, size: _, ...attrs }) => {
    const dz = fusedGradient(activation, y, dy)
    return [convOp(dz, w, attrs), gradFilterOp(dz, g, { ...attrs, kernel: kernelOf(w) }), sumOfPixels(dz)]
  },
  activated: ({ g, w, b }, attrs, next) =>
    attrs.activation === 'linear' ? transposeBiasOp(g, w, b, { ...attrs, activation: next as FusedActivation }) : null,
  scaled: ({ g, w, b }, attrs, { axis, scale, shift }) =>
    attrs.activation === 'linear' && worthScaling(axis, w, inputShape(g, w, attrs))
      ? transposeBiasOp(g, mul(w, expandDims(scale, 1)), add(mul(b, scale), shift), attrs)
      : null,
})

/** df[…,c,f], the gradient of convOp to its filter with windows of `kernel`. */
const gradFilterOp: OpFunction<readonly ['x', 'g'], ConvAttrs & { kernel: Sizes }> = defineOp('convGradFilter', {
  inputs: ['x', 'g'],
  shape: ({ x, g }, { kernel, groups }) => ({ shape: [...kernel, nth(x.shape, -1) / groups, nth(g.shape, -1)], dtype: 'float32' }),
  lower: (program, { x, g, y: df }, attrs) => callGradFilter(program, df, x, g, attrs),
  grad: ({ x, g, dy: u }, { kernel: _, ...attrs }) => [gradInputOp(g, u, { ...attrs, size: spatial(x) }), convOp(x, u, attrs)],
})

// ── public functions ──

export interface ConvOptions extends WindowOptions {
  /** Groups of channels that do not mix. Default 1. */
  groups?: number
  bias?: TensorLike | null
  /** Applied as the output is written. Default 'linear'. */
  activation?: FusedActivation
}

const DIMENSIONS = ['', 'steps, ', 'h, w, ', 'd, h, w, ']
const WINDOW = ['', 'k, ', 'kh, kw, ', 'kd, kh, kw, ']
/** How an input with so many dimensions is written. */
export const inputNames = (rank: number): string =>
  `${rank === 1 ? 'sequences' : rank === 2 ? 'images' : 'volumes'} [n, ${DIMENSIONS[rank]}c]`
export const filterNames = (rank: number, channels: string): string => `filters [${WINDOW[rank]}${channels}]`

type HeldConv = Held<(typeof convOptions)[1]>

function convolve(op: string, rank: number, x: TensorLike, w: TensorLike, { groups, bias, activation, ...placing }: HeldConv): Node {
  const [image, filter] = [cast(x, 'float32'), cast(w, 'float32')]
  checkConv(op, image, filter, rank, groups)
  const b = bias === null ? null : checkBias(op, cast(bias, 'float32'), at(filter.shape, rank + 1))
  const windows = placeWindows(op, spatial(image), kernelOf(filter), placing)
  if (isProduct(image, filter, windows, groups)) {
    const matrix = reshape(filter, filter.shape.slice(-2))
    return b ? dense(image, matrix, b, activation) : activate(matmul(image, matrix), activation)
  }
  return b
    ? convBiasOp(image, filter, b, { ...windows, groups, activation })
    : activate(convOp(image, filter, { ...windows, groups }), activation)
}

/** A filter of one cell without stride or padding is a plain product of matrices. */
const isProduct = (x: Node, w: Node, { pads, out }: Windows, groups: number): boolean =>
  sizeOf(kernelOf(w)) === 1 && groups === 1 && sameShape(out, spatial(x)) && pads.every((pad) => pad === 0) && sizeOf(out) > 0

export const activate = (y: Node, activation: FusedActivation): Node => ({ linear: (z: Node) => z, relu, sigmoid, tanh })[activation](y)

function checkConv(op: string, x: Node, w: Node, rank: number, groups: number): void {
  check(
    x.rank === rank + 2 && w.rank === rank + 2,
    'BAD_SHAPE',
    () =>
      `${op}: expected ${inputNames(rank)} and ${filterNames(rank, 'c / groups, f')}, got ${showShape(x.shape)} and ${showShape(w.shape)}`,
  )
  const [c, depth, f] = [nth(x.shape, -1), nth(w.shape, -2), nth(w.shape, -1)]
  check(
    c % groups === 0 && f % groups === 0,
    'BAD_ARGUMENT',
    () => `${op}: groups ${groups} must divide the ${c} channels of the input and the ${f} filters`,
  )
  check(
    depth * groups === c,
    'BAD_SHAPE',
    () =>
      `${op}: filters ${showShape(w.shape)} take ${depth * groups} channels${groups > 1 ? ` in ${groups} groups` : ''}; ` +
      `the input ${showShape(x.shape)} has ${c}`,
  )
}

export function checkBias(op: string, bias: Node, filters: number): Node {
  check(
    bias.rank === 1 && bias.size === filters,
    'BAD_SHAPE',
    () => `${op}: bias ${showShape(bias.shape)} does not fit ${filters} filters; expected [${filters}]`,
  )
  return bias
}

/** Convolution of images [n, h, w, c] with filters [kh, kw, c / groups, f]: act(x ∗ w + bias), [n, oh, ow, f]. */
export const conv2d = (x: TensorLike, w: TensorLike, options?: ConvOptions): Node =>
  convolve('conv2d', 2, x, w, readOptions(convOptions[2], options, 'conv2d'))
/** Convolution of volumes [n, d, h, w, c] with filters [kd, kh, kw, c / groups, f]. */
export const conv3d = (x: TensorLike, w: TensorLike, options?: ConvOptions): Node =>
  convolve('conv3d', 3, x, w, readOptions(convOptions[3], options, 'conv3d'))

/** Convolution of sequences [n, steps, c] with filters [k, c / groups, f]; padding 'causal' looks at no later step. */
export function conv1d(x: TensorLike, w: TensorLike, options?: Omit<ConvOptions, 'padding'> & { padding?: Padding | 'causal' }): Node {
  const { padding, ...held } = readOptions(causalOptions, options, 'conv1d')
  if (padding !== 'causal') return convolve('conv1d', 1, x, w, { ...held, padding })
  const [sequences, filter] = [toNode(x), toNode(w)]
  const before = at(held.dilation, 0) * ((filter.shape[0] ?? 1) - 1)
  checkReach('conv1d', before, sequences.shape[1] ?? 0)
  return convolve('conv1d', 1, sequences, filter, { ...held, padding: [[Math.max(0, before), 0]] })
}

export interface ConvTransposeOptions extends Omit<WindowOptions, 'padding'> {
  padding?: 'valid' | 'same'
  /** Cells added at the end of each dimension; null (the default): as many as the stride leaves open. */
  outputPadding?: number | readonly number[] | null
  bias?: TensorLike | null
  /** Applied as the output is written. Default 'linear'. */
  activation?: FusedActivation
}

/** Padding in front of the convolution that this one turns round, and the size of its input, as Keras counts. */
function placeTransposed(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: 'valid' | 'same',
  extra: number | null,
): readonly [number, number] {
  const extent = (kernel - 1) * dilation + 1
  if (padding === 'valid') return [0, (size - 1) * stride + extent + (extra ?? Math.max(extent, stride) - extent)]
  const padded = extra === null ? stride + extent - 2 : extent + (extent % 2) - 2 + extra
  const left = Math.min(Math.ceil(padded / 2), extent - 1)
  return [extent - 1 - left, (size - 1) * stride + padded + 2 - extent]
}

function convolveTransposed(op: string, rank: 1 | 2 | 3, x: TensorLike, w: TensorLike, options: ConvTransposeOptions | undefined): Node {
  const { strides, dilation, padding, outputPadding, bias, activation } = readOptions(transposeOptions[rank], options, op)
  const [image, filter] = [cast(x, 'float32'), cast(w, 'float32')]
  check(
    image.rank === rank + 2 && filter.rank === rank + 2 && image.shape.at(-1) === filter.shape.at(-1),
    'BAD_SHAPE',
    () =>
      `${op}: expected ${inputNames(rank)} and ${filterNames(rank, 'f, c')}, got ${showShape(image.shape)} and ${showShape(filter.shape)}`,
  )
  const b = bias === null ? null : checkBias(op, cast(bias, 'float32'), at(filter.shape, rank))
  const [out, kernel] = [spatial(image), kernelOf(filter)]
  check(!kernel.includes(0), 'BAD_SHAPE', () => `${op}: a window of ${kernel.join('×')} has no cells`)
  const placed = out.map((size, i) => {
    const [cells, stride, apart] = [at(kernel, i), at(strides, i), at(dilation, i)]
    checkReach(op, (cells - 1) * apart + 1, size)
    return placeTransposed(size, cells, stride, apart, padding, outputPadding?.[i] ?? null)
  })
  const size = placed.map(([, each]) => each)
  check(
    size.every((n) => n > 0) || out.includes(0),
    'BAD_SHAPE',
    () => `${op}: nothing is left of an output of ${size.join('×')}; choose a greater outputPadding, or null`,
  )
  const attrs = { strides, dilation, pads: placed.map(([pad]) => pad), out, groups: 1, size }
  return b ? transposeBiasOp(image, filter, b, { ...attrs, activation }) : activate(gradInputOp(image, filter, attrs), activation)
}

/** The gradient of a convolution as an op of its own: images [n, h, w, c] with filters [kh, kw, f, c] become larger, [n, oh, ow, f]. */
export const conv2dTranspose = (x: TensorLike, w: TensorLike, options?: ConvTransposeOptions): Node =>
  convolveTransposed('conv2dTranspose', 2, x, w, options)
/** conv2dTranspose of volumes [n, d, h, w, c] with filters [kd, kh, kw, f, c]. */
export const conv3dTranspose = (x: TensorLike, w: TensorLike, options?: ConvTransposeOptions): Node =>
  convolveTransposed('conv3dTranspose', 3, x, w, options)
/** conv2dTranspose of sequences [n, steps, c] with filters [k, f, c]. */
export const conv1dTranspose = (x: TensorLike, w: TensorLike, options?: ConvTransposeOptions): Node =>
  convolveTransposed('conv1dTranspose', 1, x, w, options)
