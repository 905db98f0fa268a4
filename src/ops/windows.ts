// Where windows of convolutions and pooling lie: over one, two or three dimensions of x[n, …, c].
import { check } from '../util/errors'
import { GREATEST_INTEGER } from '../util/options'
import type { Shape } from '../util/shape'

/** One number for each dimension. */
export type Sizes = readonly number[]
/** 'valid': only where the window is inside; 'same': ⌈size / stride⌉ positions, the odd cell of padding behind; or [before, after] for each dimension. */
export type Padding = 'valid' | 'same' | readonly (readonly [number, number])[]

export interface WindowOptions {
  /** Cells from one window to the next. Default 1. */
  strides?: number | Sizes
  /** Distance of a window's cells. Default 1. */
  dilation?: number | Sizes
  /** Default 'valid'. */
  padding?: Padding
}

/** Where windows lie, as numbers. */
export type Windows = {
  readonly strides: Sizes
  readonly dilation: Sizes
  /** Cells of padding in front. */
  readonly pads: Sizes
  /** Number of windows. */
  readonly out: Sizes
}

/** Sizes of x[n, …, c] without batch and channels. */
export const spatial = ({ shape }: { shape: Shape }): Sizes => shape.slice(1, -1)
/** Sizes of a filter's window. */
export const kernelOf = (w: { shape: Shape }): Sizes => w.shape.slice(0, -2)

/** One dimension: cells of padding in front, number of windows, and steps that kernels can count with. */
interface Placed { pad: number; out: number; stride: number; dilation: number }

/**
 * Steps so long that nothing is left to step over are cut, so that no cell lies further than some lengths of the image from it: a single window
 * has no stride, a single cell no dilation, and with padding 'same' cells more than four images apart are outside of it, all but the middle one.
 */
function place(padding: 'valid' | 'same' | readonly [number, number], size: number, kernel: number, stride: number, dilation: number): Placed {
  const far = 4 * size + 4
  const near = kernel === 1 ? 1 : padding === 'same' && dilation > far ? far + (dilation % 2) : dilation
  const extent = (kernel - 1) * near + 1
  const [before, after] = typeof padding === 'string' ? [0, 0] : padding
  const out = padding === 'same' ? Math.ceil(size / stride) : Math.max(0, Math.floor((size + before + after - extent) / stride) + 1)
  const step = out > 1 ? stride : 1
  return { pad: padding === 'same' ? Math.floor(Math.max(0, (out - 1) * step + extent - size) / 2) : before, out, stride: step, dilation: near }
}

/** Resolves padding; an error tells the name of the op. */
export function placeWindows(op: string, size: Sizes, kernel: Sizes, { strides = 1, dilation = 1, padding = 'valid' }: WindowOptions): Windows {
  const rank = size.length
  const s = sizesOf(strides, rank, op, 'strides')
  const d = sizesOf(dilation, rank, op, 'dilation')
  const named = padding === 'valid' || padding === 'same'
  check(named || (Array.isArray(padding) && padding.length === rank && padding.every((p) => Array.isArray(p) && p.length === 2 && p.every((n) => Number.isInteger(n) && n >= 0 && n < GREATEST_INTEGER / 4))), 'BAD_ARGUMENT',
    () => `${op}: padding must be 'valid', 'same' or a pair [before, after] for each dimension, not ${JSON.stringify(padding)}`)
  const placed = size.map((n, i) => place(named ? padding : (padding as readonly (readonly [number, number])[])[i]!, n, kernel[i]!, s[i]!, d[i]!))
  const out = placed.map((one) => one.out)
  check(out.every((n) => n > 0) || size.includes(0), 'BAD_SHAPE', () =>
    `${op}: windows of ${kernel.join('×')} cells (dilation ${d.join(', ')}) do not fit into ${size.join('×')} with padding ${JSON.stringify(padding)}; use a smaller window or padding 'same'`)
  return { strides: placed.map(({ stride }) => stride), dilation: placed.map((one) => one.dilation), pads: placed.map(({ pad }) => pad), out }
}

/** One number for all dimensions, or one each. */
export function sizesOf(value: number | Sizes, rank: number, op: string, option: string): Sizes {
  const sizes = typeof value === 'number' ? Array<number>(rank).fill(value) : value
  check(Array.isArray(sizes) && sizes.length === rank && sizes.every((n) => Number.isInteger(n) && n > 0 && n < GREATEST_INTEGER), 'BAD_ARGUMENT',
    () => `${op}: ${option} must be a positive integer${rank > 1 ? ` or ${rank} of them` : ''}, below 2³⁰, not ${JSON.stringify(value)}`)
  return [...sizes]
}

/** Three sizes, leading ones where there are fewer dimensions. */
const three = (sizes: Sizes, fill = 1): [number, number, number] => [...Array<number>(3 - sizes.length).fill(fill), ...sizes] as [number, number, number]

/** Sizes as kernels take them, for x of this shape. */
export function windowArgs(shape: Shape, kernel: Sizes, { strides, dilation, pads, out }: Windows) {
  const [d, h, w] = three(shape.slice(1, -1))
  const [od, oh, ow] = three(out)
  const [kd, kh, kw] = three(kernel)
  const [strideD, strideH, strideW] = three(strides)
  const [dilationD, dilationH, dilationW] = three(dilation)
  const [padFront, padTop, padLeft] = three(pads, 0)
  return {
    n: shape[0]!, d, h, w, c: shape.at(-1)!, od, oh, ow, kd, kh, kw, strideD, strideH, strideW, dilationD, dilationH, dilationW, padFront, padTop, padLeft,
  }
}
