// Reductions over any axes. A kernel reduces one run of neighbouring axes, x seen as [outer, r, inner]; other sets of axes go in several
// steps.
import type { KernelName } from '../generated/kernels'
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp, type OpFunction } from '../graph/define'
import { dtypes } from '../graph/dtypes'
import type { Node } from '../graph/node'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { flag, readOptions } from '../util/options'
import { normalizeAxes, normalizeAxis, showShape, sizeOf, type Shape } from '../util/shape'
import { add, div, equal, greater, mul, sub } from './binary'
import { cast } from './cast'
import { exp, log, sqrt } from './elementwise'
import { off } from './options'
import { where } from './select'
import { broadcastTo, reshape } from './shape'

export type Axes = number | readonly number[] | null

/** Reduces axes from ≤ axis < to; they stay as ones. */
type Run = { from: number; to: number; divisor: number }

type ReduceKernel = 'sum'
type ChunksKernel = 'sumChunks'

/** Long sums of few outputs are cut into pieces of this many elements, for all threads; a constant, so that it never changes a bit. */
const CHUNK = 4096

function reduction(
  name: string,
  kernels: { kernel: KernelName; chunks?: KernelName; int?: KernelName; combine?: KernelName },
  grad?: (values: { x: Node; y: Node; dy: Node }, run: Run) => Node,
) {
  return defineOp<readonly ['x'], Run>(name, {
    inputs: ['x'],
    shape: ({ x }, { from, to }) => ({ shape: x.shape.map((d, i) => (i >= from && i < to ? 1 : d)), dtype: x.dtype }),
    lower: (program, { x, y }, { from, to, divisor }) => {
      const outer = sizeOf(x.shape.slice(0, from))
      const r = sizeOf(x.shape.slice(from, to))
      const inner = sizeOf(x.shape.slice(to))
      const { kernel, chunks, int, combine = kernel } = kernels
      if (x.dtype !== 'float32') return program.call(int as ReduceKernel, { y, x, outer, r, inner, divisor })
      if (!chunks || r < 2 * CHUNK || outer * inner >= 256) return program.call(kernel as ReduceKernel, { y, x, outer, r, inner, divisor })
      const pieces = Math.ceil(r / CHUNK)
      const partial = program.temporary([outer, pieces, inner])
      program.call(chunks as ChunksKernel, { y: partial, x, outer, r, inner, chunk: CHUNK }, { work: sizeOf(x.shape) })
      program.call(combine as ReduceKernel, { y, x: partial, outer, r: pieces, inner, divisor }, { work: outer * pieces * inner })
    },
    ...(grad && { grad: (values, run) => [grad(values, run)] }),
  })
}

/** dy over the reduced axes again. */
const spread = (dy: Node, x: Node): Node => broadcastTo(dy, x.shape)

const sumOp = reduction('sum', { kernel: 'sum', chunks: 'sumChunks', int: 'sumInt' }, ({ x, dy }, { divisor }) =>
  spread(divisor === 1 ? dy : div(dy, divisor), x),
)
const sumSquaresOp = reduction('sumSquares', { kernel: 'sumSquares', chunks: 'sumSquaresChunks', combine: 'sum' }, ({ x, dy }) =>
  mul(mul(x, 2), dy),
)
const maxOp = reduction('max', { kernel: 'max', chunks: 'maxChunks', int: 'maxInt' }, evenly)
const minOp = reduction('min', { kernel: 'min', chunks: 'minChunks', int: 'minInt' }, evenly)
const prodOp = reduction('prod', { kernel: 'prod', chunks: 'prodChunks', int: 'prodInt' }, prodGrad)

/** Ties of a maximum or minimum share the gradient, as in JAX. */
function evenly({ x, y, dy }: { x: Node; y: Node; dy: Node }, { from, to }: Run): Node {
  const ties = cast(equal(x, y), 'float32')
  return mul(ties, div(dy, sumOp(ties, { from, to, divisor: 1 })))
}

/** ∂y/∂xᵢ is the product of the others, also where one factor is 0. */
function prodGrad({ x, dy }: { x: Node; dy: Node }, { from, to }: Run): Node {
  const run = { from, to, divisor: 1 }
  const isZero = equal(x, 0)
  const others = prodOp(where(isZero, 1, x), run)
  const zeros = sumOp(cast(isZero, 'float32'), run)
  return mul(dy, where(isZero, where(equal(zeros, 1), others, 0), where(equal(zeros, 0), div(others, where(isZero, 1, x)), 0)))
}

type RunOp = (x: Node, run: Run) => Node

/** Applies a kernel to each run of neighbouring axes, from the last to the first. */
function overAxes(op: RunOp, x: Node, axes: readonly number[], keepDims: boolean, divisor = 1): Node {
  let y = x
  for (let end = axes.length; end > 0; ) {
    let start = end - 1
    while (start > 0 && axes[start - 1] === nth(axes, start) - 1) start--
    y = op(y, { from: nth(axes, start), to: nth(axes, end - 1) + 1, divisor: start === 0 ? divisor : 1 })
    end = start
  }
  return flag.read(keepDims, 'keepDims')
    ? y
    : reshape(
        y,
        x.shape.filter((_, i) => !axes.includes(i)),
      )
}

const numeric = (x: TensorLike): Node => {
  const node = toNode(x)
  return node.dtype === 'bool' ? cast(node, 'int32') : node
}

/** Sum over axes (default: all); booleans are counted. Blocked summation: the error grows with the logarithm of the length. */
export function sum(x: TensorLike, axes: Axes = null, keepDims = false): Node {
  const node = numeric(x)
  return overAxes(sumOp, node, normalizeAxes(axes, node.rank, 'sum'), keepDims)
}

/** Arithmetic mean over axes (default: all), as float32; of nothing it is NaN. */
export function mean(x: TensorLike, axes: Axes = null, keepDims = false): Node {
  const node = cast(x, 'float32')
  const list = normalizeAxes(axes, node.rank, 'mean')
  return list.length
    ? overAxes(
        sumOp,
        node,
        list,
        keepDims,
        list.reduce((n, axis) => n * nth(node.shape, axis), 1),
      )
    : node
}

/** Sum of squares over axes (default: all); booleans count as int32. */
export function sumSquares(x: TensorLike, axes: Axes = null, keepDims = false): Node {
  const node = numeric(x)
  const list = normalizeAxes(axes, node.rank, 'sumSquares')
  const neighbours = list.every((axis, i) => i === 0 || axis === nth(list, i - 1) + 1)
  return neighbours && list.length && node.dtype === 'float32'
    ? overAxes(sumSquaresOp, node, list, keepDims)
    : sum(mul(node, node), list, keepDims)
}

const extreme =
  (op: RunOp, name: string) =>
  (x: TensorLike, axes: Axes = null, keepDims = false): Node => {
    const node = toNode(x)
    const list = normalizeAxes(axes, node.rank, name)
    const y = overAxes(op, numeric(node), list, keepDims)
    check(
      y.size === 0 || list.every((axis) => node.shape[axis] !== 0),
      'BAD_SHAPE',
      () =>
        `${name}: there is no ${name === 'max' ? 'greatest' : 'least'} of nothing; x is ${showShape(node.shape)}, ` +
        `reduced over ${list.length === node.rank ? 'all axes' : `axis ${list.join(', ')}`}`,
    )
    return cast(y, node.dtype)
  }
/** Greatest value over axes (default: all), in x's dtype; NaN wins. Of nothing there is none. */
export const max = extreme(maxOp, 'max')
/** Least value over axes (default: all), in x's dtype; NaN wins. Of nothing there is none. */
export const min = extreme(minOp, 'min')
/** Product over axes (default: all); booleans count as int32; 1 of nothing. */
export function prod(x: TensorLike, axes: Axes = null, keepDims = false): Node {
  const node = numeric(x)
  return overAxes(prodOp, node, normalizeAxes(axes, node.rank, 'prod'), keepDims)
}

const truths =
  (op: RunOp, name: string) =>
  (x: TensorLike, axes: Axes = null, keepDims = false): Node => {
    const node = cast(cast(x, 'bool'), 'int32')
    return greater(overAxes(op, node, normalizeAxes(axes, node.rank, name), keepDims), 0) // of nothing the extremes are −2³¹ and 2³¹ − 1
  }
/** True if any value over the axes is; of nothing none is. */
export const any = truths(maxOp, 'any')
/** True if all values over the axes are; of nothing all are. */
export const all = truths(minOp, 'all')

/** Mean of squared distances from the mean (not Bessel's). */
export function variance(x: TensorLike, axes: Axes = null, keepDims = false): Node {
  const node = cast(x, 'float32')
  const centred = sub(node, mean(node, axes, true))
  return mean(mul(centred, centred), axes, keepDims)
}

/** Square root of the variance. */
export const std = (x: TensorLike, axes: Axes = null, keepDims = false): Node => sqrt(variance(x, axes, keepDims))

/** ln Σ eˣ, without overflow. */
export function logSumExp(x: TensorLike, axes: Axes = null, keepDims = false): Node {
  const node = cast(x, 'float32')
  const top = overAxes(maxOp, node, normalizeAxes(axes, node.rank, 'logSumExp'), true)
  const finite = where(equal(sub(top, top), 0), top, 0)
  const y = add(log(sum(exp(sub(node, finite)), axes, true)), finite)
  const list = normalizeAxes(axes, node.rank, 'logSumExp')
  return keepDims
    ? y
    : reshape(
        y,
        node.shape.filter((_, i) => !list.includes(i)),
      )
}

function argReduction(name: 'argMax' | 'argMin') {
  const op = defineOp<readonly ['x'], { axis: number }>(name, {
    inputs: ['x'],
    shape: ({ x }, { axis }) => ({ shape: x.shape.filter((_, i) => i !== axis), dtype: 'int32' }),
    lower: (program, { x, y }, { axis }) => {
      program.call(`${name}${dtypes[x.dtype].kernelSuffix}`, {
        y,
        x,
        outer: sizeOf(x.shape.slice(0, axis)),
        r: nth(x.shape, axis),
        inner: sizeOf(x.shape.slice(axis + 1)),
      })
    },
  })
  return (x: TensorLike, axis: number | null = null): Node => {
    const node = toNode(x)
    const from = axis === null ? reshape(node, [node.size]) : node
    const along = axis === null ? 0 : normalizeAxis(axis, node.rank, name)
    check(nth(from.shape, along) > 0, 'BAD_SHAPE', () => `${name}: axis ${along} is empty; it must have at least one element`)
    return op(from, { axis: along })
  }
}
/** Index (int32) of the greatest value along an axis, or in the flattened tensor; the first of equals. */
export const argMax = argReduction('argMax')
/** Index (int32) of the least value along an axis, or in the flattened tensor; the first of equals. */
export const argMin = argReduction('argMin')

type Running = { axis: number; exclusive: boolean; reverse: boolean }

const cumsumOp: OpFunction<readonly ['x'], Running> = defineOp('cumsum', {
  inputs: ['x'],
  inplace: [0],
  shape: ({ x }) => x,
  lower: (program, { x, y }, { axis, exclusive, reverse }) => {
    const [outer, r, inner] = [sizeOf(x.shape.slice(0, axis)), nth(x.shape, axis), sizeOf(x.shape.slice(axis + 1))]
    program.call(`cumsum${dtypes[x.dtype].kernelSuffix}`, { y, x, outer, r, inner, exclusive: Number(exclusive), reverse: Number(reverse) })
  },
  grad: ({ dy }, attrs) => [cumsumOp(dy, { ...attrs, reverse: !attrs.reverse })],
})
const cumsumOptions = { exclusive: off, reverse: off }

/**
 * Running sums along an axis, or of the flattened tensor; `exclusive` without the element itself, `reverse` from the end. Booleans count as
 * int32.
 */
export function cumsum(x: TensorLike, axis: number | null = null, options?: { exclusive?: boolean; reverse?: boolean }): Node {
  const { exclusive, reverse } = readOptions(cumsumOptions, options, 'cumsum')
  const node = numeric(x)
  if (axis === null) return cumsumOp(reshape(node, [node.size]), { axis: 0, exclusive, reverse })
  return cumsumOp(node, { axis: normalizeAxis(axis, node.rank, 'cumsum'), exclusive, reverse })
}

/** Undoes broadcasting: sums x down to a shape that broadcasts to its own. */
export function sumTo(x: Node, shape: Shape): Node {
  const extra = x.rank - shape.length
  const axes = x.shape.flatMap((d, i) => (i < extra || (shape[i - extra] === 1 && d !== 1) ? [i] : []))
  return axes.length || extra ? reshape(sum(x, axes, true), shape) : x
}
