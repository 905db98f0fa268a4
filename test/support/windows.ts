// Plain float64 versions of convolution and pooling over any number of dimensions.
import type { Plain, Reference } from './checkOp'
import { at, fromIndex, indices } from './reference'

export interface Placement {
  strides?: number | readonly number[]
  dilation?: number | readonly number[]
  padding?: 'valid' | 'same' | readonly (readonly [number, number])[]
}

/** [before, output size] of one dimension, as Keras's documentation counts. */
function along(size: number, kernel: number, stride: number, dilation: number, padding: 'valid' | 'same' | readonly [number, number]): [number, number] {
  const extent = (kernel - 1) * dilation + 1
  if (padding === 'same') {
    const out = Math.ceil(size / stride)
    return [Math.floor(Math.max(0, (out - 1) * stride + extent - size) / 2), out]
  }
  const [before, after] = padding === 'valid' ? [0, 0] : padding
  return [before, Math.floor((size + before + after - extent) / stride) + 1]
}

/** The windows over [n, …size, c]: output sizes, and for each output place and cell of a window the place in the input, or null outside of it. */
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
export const convolution = (options: Placement & { groups?: number }, f: (v: number) => number = (v) => v): Reference => (x, w, b) => {
  const [kernel, depth, filters] = [w!.shape.slice(0, -2), w!.shape.at(-2)!, w!.shape.at(-1)!]
  const { out, place } = windows(x!.shape.slice(1, -1), kernel, options)
  const cells = [...indices(kernel)].map(([cell]) => cell)
  return fromIndex([x!.shape[0]!, ...out, filters], (index) => {
    const [n, position, j] = [index[0]!, index.slice(1, -1), index.at(-1)!]
    const first = Math.floor(j / (filters / (options.groups ?? 1))) * depth
    let total = b ? at(b, [j]) : 0
    for (const cell of cells) {
      const where = place(position, cell)
      if (where) for (let k = 0; k < depth; k++) total += at(x!, [n, ...where, first + k]) * at(w!, [...cell, k, j])
    }
    return f(total)
  })
}

/** The transposed convolution with filters w[…, f, c]: every input value adds its filter to an output of `size`; `before` cells are cut off. */
export const transposedConvolution = (stride: number, size: readonly number[], before: number, f: (v: number) => number = (v) => v): Reference => (x, w, b) => {
  const [kernel, filters] = [w!.shape.slice(0, -2), w!.shape.at(-2)!]
  const y = fromIndex([x!.shape[0]!, ...size, filters], (index) => (b ? at(b, [index.at(-1)!]) : 0))
  const strides = y.shape.map((_, i) => y.shape.slice(i + 1).reduce((p, n) => p * n, 1))
  const cells = [...indices([...kernel, filters])].map(([cell]) => cell)
  for (const [index, flat] of indices(x!.shape)) for (const cell of cells) {
    const where = index.slice(1, -1).map((i, axis) => i * stride + cell[axis]! - before)
    if (where.some((i, axis) => i < 0 || i >= size[axis]!)) continue
    const to = [index[0]!, ...where, cell.at(-1)!].reduce((sum, i, axis) => sum + i * strides[axis]!, 0)
    y.data[to] = y.data[to]! + x!.data[flat]! * at(w!, [...cell, index.at(-1)!])
  }
  return { shape: y.shape, data: y.data.map(f) }
}

/** f of the cells of each window that are in the image. */
export const pooling = (kernel: readonly number[], { strides = kernel, padding = 'valid' }: Placement, f: (values: number[]) => number): Reference => (x) => {
  const { out, place } = windows(x!.shape.slice(1, -1), kernel, { strides, padding })
  const cells = [...indices(kernel)].map(([cell]) => cell)
  return fromIndex([x!.shape[0]!, ...out, x!.shape.at(-1)!], (index) => f(cells.flatMap((cell) => {
    const where = place(index.slice(1, -1), cell)
    return where ? [at(x!, [index[0]!, ...where, index.at(-1)!])] : []
  })))
}

/** The gradient of ½‖f(x)‖² to x for a linear f: f's adjoint of f(x). */
export const adjointOfItself = (f: Reference): Reference => (x, ...rest) => {
  const y = f(x!, ...rest)
  const dx = x!.data.map((_, i) => {
    const unit: Plain = { shape: x!.shape, data: x!.data.map((__, j) => Number(i === j)) }
    return f(unit, ...rest).data.reduce((total, v, j) => total + v * y.data[j]!, 0)
  })
  return { shape: x!.shape, data: dx }
}
