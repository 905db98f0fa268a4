// Plain float64 versions of convolution and pooling over any number of dimensions.
import type { Plain, Reference } from './checkOp'
import { at, fromIndex, indices } from './reference'

export interface Placement {
  strides?: number | readonly number[]
  dilation?: number | readonly number[]
  padding?: 'valid' | 'same' | readonly (readonly [number, number])[]
}

/** [before, output size] of one dimension, as Keras's documentation counts. */
function along(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: 'valid' | 'same' | readonly [number, number],
): [number, number] {
  const extent = (kernel - 1) * dilation + 1
  if (padding === 'same') {
    const out = Math.ceil(size / stride)
    return [Math.floor(Math.max(0, (out - 1) * stride + extent - size) / 2), out]
  }
  const [before, after] = padding === 'valid' ? [0, 0] : padding
  return [before, Math.floor((size + before + after - extent) / stride) + 1]
}

/**
 * The windows over [n, …size, c]: output sizes, and for each output place and cell of a window the place in the input, or null outside of
 * it.
 */
export function windows(size: readonly number[], kernel: readonly number[], { strides = 1, dilation = 1, padding = 'valid' }: Placement) {
  const each = (value: number | readonly number[]) => (typeof value === 'number' ? size.map(() => value) : value)
  const [s, d] = [each(strides), each(dilation)]
  const placed = size.map((n, i) => along(n, kernel[i]!, s[i]!, d[i]!, typeof padding === 'string' ? padding : padding[i]!))
  const place = (out: readonly number[], cell: readonly number[]): number[] | null => {
    const where = out.map((o, i) => o * s[i]! + cell[i]! * d[i]! - placed[i]![0])
    return where.every((w, i) => w >= 0 && w < size[i]!) ? where : null
  }
  return { out: placed.map(([, n]) => n), place }
}

/** x[n, …, c] with filters w[…, c / groups, f], and a bias. */
export const convolution =
  (options: Placement & { groups?: number }, f: (v: number) => number = (v) => v): Reference =>
  (x, w, b) => {
    const [size, c] = [x!.shape.slice(1, -1), x!.shape.at(-1)!]
    const [kernel, depth, filters] = [w!.shape.slice(0, -2), w!.shape.at(-2)!, w!.shape.at(-1)!]
    const { out, place } = windows(size, kernel, options)
    const cells = [...indices(kernel)]
    const perGroup = filters / (options.groups ?? 1)
    const shape = [x!.shape[0]!, ...out, filters]
    const y = Float64Array.from({ length: shape.reduce((p, n) => p * n, 1) }, (_, i) => (b ? b.data[i % filters]! : 0))
    for (const [index, at] of indices(shape.slice(0, -1)))
      for (const [cell, cellAt] of cells) {
        const where = place(index.slice(1), cell)
        if (!where) continue
        const from = where.reduce((sum, i, axis) => sum * size[axis]! + i, index[0]!) * c
        for (let k = 0; k < depth; k++)
          for (let j = 0; j < filters; j++) {
            y[at * filters + j] =
              y[at * filters + j]! + x!.data[from + Math.floor(j / perGroup) * depth + k]! * w!.data[(cellAt * depth + k) * filters + j]!
          }
      }
    return { shape, data: y.map(f) }
  }

/**
 * The transposed convolution with filters w[…, f, c]: every input value adds its filter to an output of `size`; `before` cells are cut off.
 */
export const transposedConvolution =
  (stride: number, size: readonly number[], before: number, f: (v: number) => number = (v) => v): Reference =>
  (x, w, b) => {
    const [kernel, filters, c] = [w!.shape.slice(0, -2), w!.shape.at(-2)!, w!.shape.at(-1)!]
    const shape = [x!.shape[0]!, ...size, filters]
    const y = Float64Array.from({ length: shape.reduce((p, n) => p * n, 1) }, (_, i) => (b ? b.data[i % filters]! : 0))
    const cells = [...indices(kernel)]
    for (const [index, at] of indices(x!.shape.slice(0, -1)))
      for (const [cell, cellAt] of cells) {
        const where = index.slice(1).map((i, axis) => i * stride + cell[axis]! - before)
        if (where.some((i, axis) => i < 0 || i >= size[axis]!)) continue
        const to = where.reduce((sum, i, axis) => sum * size[axis]! + i, index[0]!) * filters
        for (let j = 0; j < filters; j++)
          for (let k = 0; k < c; k++) y[to + j] = y[to + j]! + x!.data[at * c + k]! * w!.data[(cellAt * filters + j) * c + k]!
      }
    return { shape, data: y.map(f) }
  }

/** f of the cells of each window that are in the image. */
export const pooling =
  (kernel: readonly number[], { strides = kernel, padding = 'valid' }: Placement, f: (values: number[]) => number): Reference =>
  (x) => {
    const { out, place } = windows(x!.shape.slice(1, -1), kernel, { strides, padding })
    const cells = [...indices(kernel)].map(([cell]) => cell)
    return fromIndex([x!.shape[0]!, ...out, x!.shape.at(-1)!], (index) =>
      f(
        cells.flatMap((cell) => {
          const where = place(index.slice(1, -1), cell)
          return where ? [at(x!, [index[0]!, ...where, index.at(-1)!])] : []
        }),
      ),
    )
  }

/** The gradient of ½‖f(x)‖² to x for a linear f: f's adjoint of f(x). */
export const adjointOfItself =
  (f: Reference): Reference =>
  (x, ...rest) => {
    const y = f(x!, ...rest)
    const dx = x!.data.map((_, i) => {
      const unit: Plain = { shape: x!.shape, data: x!.data.map((__, j) => Number(i === j)) }
      return f(unit, ...rest).data.reduce((total, v, j) => total + v * y.data[j]!, 0)
    })
    return { shape: x!.shape, data: dx }
  }
