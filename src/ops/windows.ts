// Where windows of convolutions and pooling lie: over one, two or three dimensions of x[n, …, c].
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { MOST_REACH } from './options'
import { at, type Shape } from '../util/shape'

/** One number for each dimension. */
export type Sizes = readonly number[]
/**
 * 'valid': only where the window is inside; 'same': ⌈size / stride⌉ positions, the odd cell of padding behind; or [before, after] for each
 * dimension.
 */
export type Padding = 'valid' | 'same' | readonly (readonly [number, number])[]

export interface WindowOptions {
  /** Cells from one window to the next. Default 1. */
  strides?: number | Sizes
  /** Distance of a window's cells. Default 1. */
  dilation?: number | Sizes
  /** Default 'valid'. */
  padding?: Padding
}

/** The same, checked: a number for each dimension. */
export interface Placing {
  readonly strides: Sizes
  readonly dilation: Sizes
  readonly padding: Padding
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
interface Placed {
  pad: number
  out: number
  stride: number
  dilation: number
}

/**
 * Steps so long that nothing is left to step over are cut, so that no cell lies further than some lengths of the image from it: a single
 * window
 * has no stride, a single cell no dilation, and with padding 'same' cells more than four images apart are outside of it, all but the middle
 * one.
 */
function place(
  padding: 'valid' | 'same' | readonly [number, number],
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
): Placed {
  const far = 4 * size + 4
  const near = kernel === 1 ? 1 : padding === 'same' && dilation > far ? far + (dilation % 2) : dilation
  const extent = (kernel - 1) * near + 1
  const [before, after] = typeof padding === 'string' ? [0, 0] : padding
  const out = padding === 'same' ? Math.ceil(size / stride) : Math.max(0, Math.floor((size + before + after - extent) / stride) + 1)
  const step = out > 1 ? stride : 1
  return {
    pad: padding === 'same' ? Math.floor(Math.max(0, (out - 1) * step + extent - size) / 2) : before,
    out,
    stride: step,
    dilation: near,
  }
}

/** Where windows lie along each dimension; an error tells the name of the op. */
export function placeWindows(op: string, size: Sizes, kernel: Sizes, { strides, dilation, padding }: Placing): Windows {
  check(!kernel.includes(0), 'BAD_SHAPE', () => `${op}: a window of ${kernel.join('×')} has no cells`)
  const placed = size.map((n, i) =>
    place(typeof padding === 'string' ? padding : at(padding, i), n, at(kernel, i), at(strides, i), at(dilation, i)),
  )
  const out = placed.map((each) => each.out)
  check(
    out.every((n) => n > 0) || size.includes(0),
    'BAD_SHAPE',
    () =>
      `${op}: windows of ${kernel.join('×')} cells (dilation ${dilation.join(', ')}) do not fit into ${size.join('×')} with padding ` +
      `${JSON.stringify(padding)}; use a smaller window or padding 'same'`,
  )
  return {
    strides: placed.map(({ stride }) => stride),
    dilation: placed.map((each) => each.dilation),
    pads: placed.map(({ pad }) => pad),
    out,
  }
}

/** So far does the kernels' arithmetic of places hold, where steps cannot be cut. */
export function checkReach(op: string, reach: number, size: number): void {
  check(
    reach <= MOST_REACH,
    'BAD_ARGUMENT',
    () => `${op}: windows reach over ${reach} cells, where there are ${size}; at most ${MOST_REACH}: choose a smaller dilation`,
  )
}

/** Three sizes, leading ones where there are fewer dimensions. */
const three = (sizes: Sizes, fill = 1): [number, number, number] =>
  [...Array<number>(3 - sizes.length).fill(fill), ...sizes] as [number, number, number]

/** Sizes as kernels take them, for x of this shape. */
export function windowArgs(shape: Shape, kernel: Sizes, { strides, dilation, pads, out }: Windows) {
  const [d, h, w] = three(shape.slice(1, -1))
  const [od, oh, ow] = three(out)
  const [kd, kh, kw] = three(kernel)
  const [strideD, strideH, strideW] = three(strides)
  const [dilationD, dilationH, dilationW] = three(dilation)
  const [padFront, padTop, padLeft] = three(pads, 0)
  return {
    n: nth(shape, 0),
    d,
    h,
    w,
    c: nth(shape, -1),
    od,
    oh,
    ow,
    kd,
    kh,
    kw,
    strideD,
    strideH,
    strideW,
    dilationD,
    dilationH,
    dilationW,
    padFront,
    padTop,
    padLeft,
  }
}
