// Convolutions of images [n, h, w, c] with filters [kh, kw, c / groups, filters]; sequences are images of height 1.
import { layout } from '../generated/kernels'
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp, type Lowering, type OpFunction, type Pointer } from '../graph/define'
import type { Node } from '../graph/node'
import { check } from '../util/errors'
import { showShape, sizeOf, stridesOf, type Shape } from '../util/shape'
import { cast } from './cast'
import { fusedGradient, relu, sigmoid, tanh, type FusedActivation } from './elementwise'
import { dense, matmul } from './matmul'
import { sum } from './reduce'
import { copyStrided, repeat, reshape } from './shape'

export type Pair = readonly [number, number]
/** 'valid': only where the window is inside; 'same': ⌈size / stride⌉ positions, the odd cell of padding behind; or [before, after] for each dimension. */
export type Padding = 'valid' | 'same' | readonly (readonly [number, number])[]

/** Where windows lie, as numbers. */
export type Windows = {
  readonly strides: Pair
  readonly dilation: Pair
  /** Cells of padding before the first row and column. */
  readonly pads: Pair
  /** Rows and columns of windows. */
  readonly out: Pair
}

type ConvAttrs = Windows & { readonly groups: number }

/** Cells of padding in front of one dimension, and the number of windows along it. */
function place(padding: 'valid' | 'same' | readonly [number, number], size: number, kernel: number, stride: number, dilation: number): Pair {
  const extent = (kernel - 1) * dilation + 1
  if (padding === 'same') {
    const out = Math.ceil(size / stride)
    return [Math.max(0, (out - 1) * stride + extent - size) >> 1, out]
  }
  const [before, after] = padding === 'valid' ? [0, 0] : padding
  return [before, Math.max(0, Math.floor((size + before + after - extent) / stride) + 1)]
}

/** Resolves padding; an error tells the name of the op. */
export function placeWindows(op: string, size: Pair, kernel: Pair, { strides = 1, dilation = 1, padding = 'valid' }: WindowOptions): Windows {
  const s = pairOf(strides, op, 'strides')
  const d = pairOf(dilation, op, 'dilation')
  const named = padding === 'valid' || padding === 'same'
  check(named || (Array.isArray(padding) && padding.length === 2 && padding.every((p) => Array.isArray(p) && p.length === 2 && p.every((n) => Number.isInteger(n) && n >= 0))), 'BAD_ARGUMENT',
    () => `${op}: padding must be 'valid', 'same' or a pair [before, after] for each dimension, not ${JSON.stringify(padding)}`)
  const along = (i: 0 | 1) => place(named ? padding : (padding as readonly Pair[])[i]!, size[i], kernel[i], s[i], d[i])
  const [[top, oh], [left, ow]] = [along(0), along(1)]
  check((oh > 0 && ow > 0) || size[0] === 0 || size[1] === 0, 'BAD_SHAPE', () =>
    `${op}: windows of ${kernel.join('×')} cells (dilation ${d.join(', ')}) do not fit into ${size.join('×')} with padding ${JSON.stringify(padding)}; use a smaller window or padding 'same'`)
  return { strides: s, dilation: d, pads: [top, left], out: [oh, ow] }
}

export interface WindowOptions {
  /** Cells from one window to the next. Default 1. */
  strides?: number | readonly number[]
  /** Distance of a window's cells. Default 1. */
  dilation?: number | readonly number[]
  /** Default 'valid'. */
  padding?: Padding
}

/** One number for both dimensions, or one each. */
export function pairOf(value: number | readonly number[], op: string, option: string): Pair {
  const pair = typeof value === 'number' ? [value, value] : value
  check(Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isInteger(n) && n > 0), 'BAD_ARGUMENT', () => `${op}: ${option} must be a positive integer or two of them, not ${JSON.stringify(value)}`)
  return [pair[0]!, pair[1]!]
}

/** Sizes as kernels take them, for images of this shape. */
export function windowArgs([n, h, w, c]: Shape, [kh, kw]: Pair, { strides, dilation, pads, out }: Windows) {
  return {
    n: n!, h: h!, w: w!, c: c!, oh: out[0], ow: out[1], kh, kw, strideH: strides[0], strideW: strides[1],
    dilationH: dilation[0], dilationW: dilation[1], padTop: pads[0], padLeft: pads[1],
  }
}

// ── kernel calls ──

const ACTIVATION_CODES: Record<FusedActivation, number> = { linear: layout.ACT_NONE, relu: layout.ACT_RELU, sigmoid: layout.ACT_SIGMOID, tanh: layout.ACT_TANH }

/** Bytes of packing space for one thread, for a product with k steps and n columns. */
function productScratch(n: number, k: number): number {
  const width = Math.min(Math.ceil(n / layout.GEMM_NR) * layout.GEMM_NR, layout.GEMM_NC)
  const bytes = 4 * Math.min(k, layout.GEMM_KC) * (layout.GEMM_MR + width) + 512
  return Math.ceil(bytes / layout.ALIGN) * layout.ALIGN
}

/** A buffer for the length of this op, shared by all threads. */
const temporary = (program: Lowering, elements: number): Pointer => program.scratch(Math.ceil((4 * elements) / program.threads))

function callConv(program: Lowering, y: Pointer, x: Pointer, filter: Pointer, bias: Pointer | null, shape: Shape, kernel: Pair, oc: number, attrs: ConvAttrs, activation: FusedActivation = 'linear'): void {
  const depth = kernel[0] * kernel[1] * (shape[3]! / attrs.groups)
  const scratchStep = productScratch(oc / attrs.groups, depth)
  const rows = shape[0]! * attrs.out[0] * attrs.out[1]
  program.call('conv2d', {
    y, x, filter, bias, scratch: program.scratch(scratchStep), ...windowArgs(shape, kernel, attrs), oc, groups: attrs.groups, activation: ACTIVATION_CODES[activation], scratchStep,
  }, { work: (rows * depth * oc) / attrs.groups / 4 + rows * oc })
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
 * The gradient to an input is a convolution of dy with the filter turned round. With a stride s, input cells s apart are reached by the same cells of the
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
      start, count: Math.ceil((size - start) / stride), cell, step: second - cell, cells, dilation: distance,
      pad: cells ? (cells - 1) * distance - (start + pad - cell * dilation) / stride : 0,
    }
  })
}

/** Calls `run` for each phase with where its filter and its result go; results are put together in dx[n, h, w, c]. */
function forEachPhase(program: Lowering, dx: Pointer, kernel: Pair, { strides, dilation, pads }: Windows, filterSize: number,
  run: (y: Pointer, filter: Pointer, rows: Phase, columns: Phase) => void): void {
  const [n, h, w, c] = dx.shape as [number, number, number, number]
  const whole = strides[0] === 1 && strides[1] === 1
  const [down, across] = [phases(h, kernel[0], strides[0], dilation[0], pads[0]), phases(w, kernel[1], strides[1], dilation[1], pads[1])]
  const filter = temporary(program, filterSize)
  for (const rows of down) for (const columns of across) {
    const shape = [n, rows.count, columns.count, c]
    const y = whole ? dx : temporary(program, sizeOf(shape))
    run(y, filter, rows, columns)
    if (!whole) copyStrided(program, dx.at((rows.start * w + columns.start) * c), y, shape, [h * w * c, strides[0] * w * c, strides[1] * c, 1], stridesOf(shape))
  }
}

/** Place of the last cell that reaches a phase. */
const lastCell = (down: Phase, across: Phase, kw: number): number =>
  (down.cell + (down.cells - 1) * down.step) * kw + across.cell + (across.cells - 1) * across.step

const phaseWindows = (down: Phase, across: Phase): Windows =>
  ({ strides: [1, 1], dilation: [down.dilation, across.dilation], pads: [down.pad, across.pad], out: [down.count, across.count] })

// ── convolution ──

const outShape = (x: Shape, { out }: Windows, channels: number): Shape => [x[0]!, ...out, channels]
const kernelOf = (w: { shape: Shape }): Pair => [w.shape[0]!, w.shape[1]!]

/** y[n,oh,ow,f] = Σ x[n, cell, c] · w[cell, c, f] */
const convOp: OpFunction<readonly ['x', 'w'], ConvAttrs> = defineOp('conv2d', {
  inputs: ['x', 'w'],
  shape: ({ x, w }, attrs) => ({ shape: outShape(x.shape, attrs, w.shape[3]!), dtype: 'float32' }),
  lower: (program, { x, w, y }, attrs) => callConv(program, y, x, w, null, x.shape, kernelOf(w), w.shape[3]!, attrs),
  grad: ({ x, w, dy }, attrs) => [gradInputOp(dy, w, { ...attrs, size: [x.shape[1]!, x.shape[2]!] }), gradFilterOp(x, dy, { ...attrs, kernel: kernelOf(w) })],
})

const convBiasOp = defineOp<readonly ['x', 'w', 'b'], ConvAttrs & { activation: FusedActivation }>('conv2dBias', {
  inputs: ['x', 'w', 'b'],
  shape: ({ x, w }, attrs) => ({ shape: outShape(x.shape, attrs, w.shape[3]!), dtype: 'float32' }),
  lower: (program, { x, w, b, y }, attrs) => callConv(program, y, x, w, b, x.shape, kernelOf(w), w.shape[3]!, attrs, attrs.activation),
  grad: ({ x, w, y, dy }, { activation, ...attrs }) => {
    const dz = fusedGradient(activation, y, dy)
    return [gradInputOp(dz, w, { ...attrs, size: [x.shape[1]!, x.shape[2]!] }), gradFilterOp(x, dz, { ...attrs, kernel: kernelOf(w) }), sum(dz, [0, 1, 2])]
  },
})

/** dx[n,h,w,c], the gradient of convOp to x of h×w = `size`, from the gradient g to its output. */
const gradInputOp: OpFunction<readonly ['g', 'w'], ConvAttrs & { size: Pair }> = defineOp('conv2dGradInput', {
  inputs: ['g', 'w'],
  shape: ({ g, w }, { size, groups }) => ({ shape: [g.shape[0]!, ...size, w.shape[2]! * groups], dtype: 'float32' }),
  lower: (program, { g, w, y: dx }, attrs) => {
    const { groups } = attrs
    const [kh, kw, depth, oc] = w.shape as [number, number, number, number]
    const columns = oc / groups
    forEachPhase(program, dx, [kh, kw], attrs, sizeOf(w.shape), (y, filter, down, across) => {
      // filter[cell, f, c]: cells turned round, the channels of each group side by side
      const shape = [down.cells, across.cells, columns, groups, depth]
      if (sizeOf(shape)) copyStrided(program, filter, w.at(lastCell(down, across, kw) * depth * oc), shape, stridesOf(shape), [-down.step * kw * depth * oc, -across.step * depth * oc, 1, columns, oc])
      callConv(program, y, g, filter, null, g.shape, [down.cells, across.cells], depth * groups, { ...phaseWindows(down, across), groups })
    })
  },
  grad: ({ g, w, dy: u }, { size: _, ...attrs }) => [convOp(u, w, attrs), gradFilterOp(u, g, { ...attrs, kernel: kernelOf(w) })],
})

/** df[kh,kw,c,f], the gradient of convOp to its filter of kh×kw = `kernel`. */
const gradFilterOp: OpFunction<readonly ['x', 'g'], ConvAttrs & { kernel: Pair }> = defineOp('conv2dGradFilter', {
  inputs: ['x', 'g'],
  shape: ({ x, g }, { kernel, groups }) => ({ shape: [...kernel, x.shape[3]! / groups, g.shape[3]!], dtype: 'float32' }),
  lower: (program, { x, g, y: df }, attrs) => {
    const { kernel, groups } = attrs
    const [oc, rows] = [g.shape[3]!, sizeOf(g.shape.slice(0, 3))]
    const scratchStep = productScratch(oc / groups, rows) + layout.CONV_GATHER
    program.call('conv2dGradFilter', { df, x, dy: g, scratch: program.scratch(scratchStep), ...windowArgs(x.shape, kernel, attrs), oc, groups, scratchStep },
      { work: (rows * sizeOf(df.shape)) / 4 })
  },
  grad: ({ x, g, dy: u }, { kernel: _, ...attrs }) => [gradInputOp(g, u, { ...attrs, size: [x.shape[1]!, x.shape[2]!] }), convOp(x, u, attrs)],
})

export interface ConvOptions extends WindowOptions {
  /** Groups of channels that do not mix. Default 1. */
  groups?: number
  bias?: TensorLike | null
  /** Applied as the output is written. Default 'linear'. */
  activation?: FusedActivation
}

/** Convolution of images [n, h, w, c] with filters [kh, kw, c / groups, f]: act(x ∗ w + bias), [n, oh, ow, f]. */
export function conv2d(x: TensorLike, w: TensorLike, { groups = 1, bias = null, activation = 'linear', ...options }: ConvOptions = {}): Node {
  const [image, filter] = [cast(x, 'float32'), cast(w, 'float32')]
  checkConv('conv2d', image, filter, 4, groups)
  const b = bias === null ? null : checkBias('conv2d', cast(bias, 'float32'), filter.shape[3]!)
  const windows = placeWindows('conv2d', [image.shape[1]!, image.shape[2]!], kernelOf(filter), options)
  if (isProduct(filter, windows, groups)) {
    const matrix = reshape(filter, [filter.shape[2]!, filter.shape[3]!])
    return b ? dense(image, matrix, b, activation) : activate(matmul(image, matrix), activation)
  }
  return b ? convBiasOp(image, filter, b, { ...windows, groups, activation }) : activate(convOp(image, filter, { ...windows, groups }), activation)
}

/** A filter of one cell without stride or padding is a plain product of matrices. */
const isProduct = (w: Node, { strides, pads, out }: Windows, groups: number): boolean =>
  w.shape[0] === 1 && w.shape[1] === 1 && groups === 1 && sizeOf(strides) === 1 && pads[0] === 0 && pads[1] === 0 && sizeOf(out) > 0

const activate = (y: Node, activation: FusedActivation): Node => ({ linear: (z: Node) => z, relu, sigmoid, tanh })[activation](y)

function checkConv(op: string, x: Node, w: Node, rank: number, groups: number): void {
  const names = rank === 4 ? 'images [n, h, w, c] and filters [kh, kw, c / groups, f]' : 'sequences [n, steps, c] and filters [k, c / groups, f]'
  check(x.rank === rank && w.rank === rank, 'BAD_SHAPE', () => `${op}: expected ${names}, got ${showShape(x.shape)} and ${showShape(w.shape)}`)
  const [c, f] = [x.shape[rank - 1]!, w.shape[rank - 1]!]
  check(Number.isInteger(groups) && groups > 0 && c % groups === 0 && f % groups === 0, 'BAD_ARGUMENT', () => `${op}: groups ${groups} must divide the ${c} channels of the input and the ${f} filters`)
  check(w.shape[rank - 2]! * groups === c, 'BAD_SHAPE', () => `${op}: filters ${showShape(w.shape)} take ${w.shape[rank - 2]! * groups} channels${groups > 1 ? ` in ${groups} groups` : ''}; the input ${showShape(x.shape)} has ${c}`)
}

function checkBias(op: string, bias: Node, filters: number): Node {
  check(bias.rank === 1 && bias.size === filters, 'BAD_SHAPE', () => `${op}: bias ${showShape(bias.shape)} does not fit ${filters} filters; expected [${filters}]`)
  return bias
}

/** [n, steps, c] as an image of height 1, or its filters. */
const flatImage = (x: Node): Node => reshape(x, [x.shape[0]!, 1, ...x.shape.slice(1)])
const flatFilter = (w: Node): Node => reshape(w, [1, ...w.shape])
const fromFlat = (y: Node): Node => reshape(y, [y.shape[0]!, ...y.shape.slice(2)])

/** Options of one dimension as those of an image of height 1. */
export function flatOptions<T extends WindowOptions>({ strides = 1, dilation = 1, padding = 'valid', ...rest }: T) {
  const pair = (value: number | readonly number[]): readonly number[] => (typeof value === 'number' ? [1, value] : [1, ...value])
  return { ...rest, strides: pair(strides), dilation: pair(dilation), padding: typeof padding === 'string' ? padding : [[0, 0], ...padding] as const }
}

/** Convolution of sequences [n, steps, c] with filters [k, c / groups, f]; padding 'causal' looks at no later step. */
export function conv1d(x: TensorLike, w: TensorLike, { padding = 'valid', ...options }: Omit<ConvOptions, 'padding'> & { padding?: Padding | 'causal' } = {}): Node {
  const [sequence, filter] = [toNode(x), toNode(w)]
  checkConv('conv1d', sequence, filter, 3, options.groups ?? 1)
  const dilation = (typeof options.dilation === 'number' ? options.dilation : options.dilation?.[0]) ?? 1
  const resolved = padding === 'causal' ? [[dilation * (filter.shape[0]! - 1), 0] as const] : padding
  return fromFlat(conv2d(flatImage(sequence), flatFilter(filter), flatOptions({ ...options, padding: resolved })))
}

export interface ConvTransposeOptions extends Omit<WindowOptions, 'padding'> {
  padding?: 'valid' | 'same'
  /** Rows and columns added at the end; null (the default): as many as the stride leaves open. */
  outputPadding?: number | readonly number[] | null
}

/** Padding in front of the convolution that this one turns round, and the size of its input, as Keras counts. */
function placeTransposed(size: number, kernel: number, stride: number, dilation: number, padding: 'valid' | 'same', extra: number | null): Pair {
  const extent = (kernel - 1) * dilation + 1
  if (padding === 'valid') return [0, (size - 1) * stride + extent + (extra ?? Math.max(extent, stride) - extent)]
  const padded = extra === null ? stride + extent - 2 : extent + (extent % 2) - 2 + extra
  const left = Math.min(Math.ceil(padded / 2), extent - 1)
  return [extent - 1 - left, (size - 1) * stride + padded + 2 - extent]
}

/** The gradient of a convolution as an op of its own: images [n, h, w, c] with filters [kh, kw, f, c] become larger, [n, oh, ow, f]. */
export function conv2dTranspose(x: TensorLike, w: TensorLike, { strides = 1, dilation = 1, padding = 'valid', outputPadding = null }: ConvTransposeOptions = {}): Node {
  const [image, filter] = [cast(x, 'float32'), cast(w, 'float32')]
  check(image.rank === 4 && filter.rank === 4 && image.shape[3] === filter.shape[3], 'BAD_SHAPE',
    () => `conv2dTranspose: expected images [n, h, w, c] and filters [kh, kw, f, c], got ${showShape(image.shape)} and ${showShape(filter.shape)}`)
  const s = pairOf(strides, 'conv2dTranspose', 'strides')
  const d = pairOf(dilation, 'conv2dTranspose', 'dilation')
  const extra = outputPadding === null || typeof outputPadding === 'number' ? [outputPadding, outputPadding] : outputPadding
  const out: Pair = [image.shape[1]!, image.shape[2]!]
  const [[top, h], [left, width]] = [0, 1].map((i) => placeTransposed(out[i]!, filter.shape[i]!, s[i]!, d[i]!, padding, extra[i]!)) as [Pair, Pair]
  return gradInputOp(image, filter, { strides: s, dilation: d, pads: [top, left], out, groups: 1, size: [h, width] })
}

/** conv2dTranspose of sequences [n, steps, c] with filters [k, f, c]. */
export function conv1dTranspose(x: TensorLike, w: TensorLike, { outputPadding = null, padding = 'valid', ...options }: ConvTransposeOptions = {}): Node {
  const extra = outputPadding === null ? null : [0, typeof outputPadding === 'number' ? outputPadding : outputPadding[0]!]
  const { strides, dilation } = flatOptions(options)
  return fromFlat(conv2dTranspose(flatImage(toNode(x)), flatFilter(toNode(w)), { strides, dilation, padding, outputPadding: extra }))
}

// ── depthwise ──

/** y[n,oh,ow,c] = Σ x[n, cell, c] · w[cell, c] */
const depthwiseOp: OpFunction<readonly ['x', 'w'], Windows> = defineOp('depthwiseConv2d', {
  inputs: ['x', 'w'],
  shape: ({ x }, attrs) => ({ shape: outShape(x.shape, attrs, x.shape[3]!), dtype: 'float32' }),
  lower: (program, { x, w, y }, attrs) => callDepthwise(program, y, x, w, x.shape, kernelOf(w), attrs),
  grad: ({ x, w, dy }, attrs) => [depthwiseGradInputOp(dy, w, { ...attrs, size: [x.shape[1]!, x.shape[2]!] }), depthwiseGradFilterOp(x, dy, { ...attrs, kernel: kernelOf(w) })],
})

function callDepthwise(program: Lowering, y: Pointer, x: Pointer, filter: Pointer, shape: Shape, kernel: Pair, attrs: Windows): void {
  program.call('depthwiseConv2d', { y, x, filter, ...windowArgs(shape, kernel, attrs) }, { work: shape[0]! * sizeOf(attrs.out) * shape[3]! * (1 + sizeOf(kernel) / 2) })
}

const depthwiseGradInputOp: OpFunction<readonly ['g', 'w'], Windows & { size: Pair }> = defineOp('depthwiseConv2dGradInput', {
  inputs: ['g', 'w'],
  shape: ({ g }, { size }) => ({ shape: [g.shape[0]!, ...size, g.shape[3]!], dtype: 'float32' }),
  lower: (program, { g, w, y: dx }, attrs) => {
    const [kh, kw, c] = w.shape as [number, number, number]
    forEachPhase(program, dx, [kh, kw], attrs, sizeOf(w.shape), (y, filter, down, across) => {
      const shape = [down.cells, across.cells, c]
      if (sizeOf(shape)) copyStrided(program, filter, w.at(lastCell(down, across, kw) * c), shape, stridesOf(shape), [-down.step * kw * c, -across.step * c, 1])
      callDepthwise(program, y, g, filter, g.shape, [down.cells, across.cells], phaseWindows(down, across))
    })
  },
  grad: ({ g, w, dy: u }, { size: _, ...attrs }) => [depthwiseOp(u, w, attrs), depthwiseGradFilterOp(u, g, { ...attrs, kernel: kernelOf(w) })],
})

const depthwiseGradFilterOp: OpFunction<readonly ['x', 'g'], Windows & { kernel: Pair }> = defineOp('depthwiseConv2dGradFilter', {
  inputs: ['x', 'g'],
  shape: ({ x }, { kernel }) => ({ shape: [...kernel, x.shape[3]!], dtype: 'float32' }),
  lower: (program, { x, g, y: df }, attrs) => program.call('depthwiseConv2dGradFilter', { df, x, dy: g, ...windowArgs(x.shape, attrs.kernel, attrs) }, { work: sizeOf(g.shape) * sizeOf(attrs.kernel) / 2 }),
  grad: ({ x, g, dy: u }, { kernel: _, ...attrs }) => [depthwiseGradInputOp(g, u, { ...attrs, size: [x.shape[1]!, x.shape[2]!] }), depthwiseOp(x, u, attrs)],
})

/** Every channel of images [n, h, w, c] with filters of its own [kh, kw, c, multiplier]: [n, oh, ow, c · multiplier]. */
export function depthwiseConv2d(x: TensorLike, w: TensorLike, options: WindowOptions = {}): Node {
  const [image, filter] = [cast(x, 'float32'), cast(w, 'float32')]
  check(image.rank === 4 && filter.rank === 4 && image.shape[3] === filter.shape[2], 'BAD_SHAPE',
    () => `depthwiseConv2d: expected images [n, h, w, c] and filters [kh, kw, c, multiplier], got ${showShape(image.shape)} and ${showShape(filter.shape)}`)
  const [kh, kw, c, multiplier] = filter.shape as [number, number, number, number]
  const windows = placeWindows('depthwiseConv2d', [image.shape[1]!, image.shape[2]!], [kh, kw], options)
  return depthwiseOp(multiplier === 1 ? image : repeat(image, multiplier, 3), reshape(filter, [kh, kw, c * multiplier]), windows)
}

/** depthwiseConv2d of sequences [n, steps, c] with filters [k, c, multiplier]. */
export const depthwiseConv1d = (x: TensorLike, w: TensorLike, options: WindowOptions = {}): Node =>
  fromFlat(depthwiseConv2d(flatImage(toNode(x)), flatFilter(toNode(w)), flatOptions(options)))

/** A depthwise convolution, then a product over the channels with `pointwise` [1, 1, c · multiplier, f]. */
export const separableConv2d = (x: TensorLike, depthwise: TensorLike, pointwise: TensorLike, { bias, activation, ...options }: Omit<ConvOptions, 'groups'> = {}): Node =>
  conv2d(depthwiseConv2d(x, depthwise, options), pointwise, { ...(bias !== undefined && { bias }), ...(activation && { activation }) })

/** separableConv2d of sequences with filters [k, c, multiplier] and [1, c · multiplier, f]. */
export const separableConv1d = (x: TensorLike, depthwise: TensorLike, pointwise: TensorLike, { bias, activation, ...options }: Omit<ConvOptions, 'groups'> = {}): Node =>
  conv1d(depthwiseConv1d(x, depthwise, options), pointwise, { ...(bias !== undefined && { bias }), ...(activation && { activation }) })
