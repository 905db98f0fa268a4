// Pooling over windows of x[n, …, c] with one, two or three dimensions. Padding does not count: it is never a maximum, nor a cell of a
// mean.
import type { TensorLike } from '../graph/convert'
import { defineOp, type OpFunction } from '../graph/define'
import type { Node } from '../graph/node'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { perDimension, readOptions } from '../util/options'
import { showShape, sizeOf } from '../util/shape'
import { cast } from './cast'
import { add, equal, logicalAnd, logicalNot, logicalOr, mul } from './binary'
import { inputNames } from './convolution'
import { isNan } from './elementwise'
import { cells, poolOptions } from './options'
import { pad, stridedSlice } from './shape'
import { placeWindows, spatial, windowArgs, type Sizes, type Windows } from './windows'

type PoolAttrs = Windows & { readonly pool: Sizes }

/** Element steps of a call over all cells of all windows. */
const workOf = (n: number, c: number, { pool, out }: PoolAttrs): number => (n * c * sizeOf(out) * (1 + sizeOf(pool))) / 2

const outShape = (x: Node, { out }: Windows) => [nth(x.shape, 0), ...out, nth(x.shape, -1)]

const maxPoolOp: OpFunction<readonly ['x'], PoolAttrs> = defineOp('maxPool', {
  inputs: ['x'],
  shape: ({ x }, attrs) => ({ shape: outShape(x, attrs), dtype: 'float32' }),
  lower: (program, { x, y }, attrs) =>
    program.call(
      'maxPool',
      { y, x, ...windowArgs(x.shape, attrs.pool, attrs) },
      { work: workOf(nth(x.shape, 0), nth(x.shape, -1), attrs) },
    ),
  grad: ({ x, dy }, attrs) => [maxPoolGradOp(x, dy, attrs)],
})

/** dx: each g goes to the first maximum of its window. */
const maxPoolGradOp: OpFunction<readonly ['x', 'g'], PoolAttrs & { rectify?: boolean }> = defineOp('maxPoolGrad', {
  inputs: ['x', 'g'],
  shape: ({ x }) => ({ shape: x.shape, dtype: 'float32' }),
  lower: (program, { x, g, y: dx }, attrs) =>
    program.call(
      'maxPoolGrad',
      { dx, x, dy: g, ...windowArgs(x.shape, attrs.pool, attrs), rectify: Number(attrs.rectify ?? false) },
      { work: 3 * workOf(nth(x.shape, 0), nth(x.shape, -1), attrs) },
    ),
  // no cell is read once another window has been written
  inplace: ({ strides, pool }) => (pool.every((size, i) => nth(strides, i) >= size) ? [0] : []),
  // What a rectifier's output is not positive at, no window with a positive maximum chooses.
  rectified: ({ x, g }, attrs, y) => (x === y ? maxPoolGradOp(x, g, { ...attrs, rectify: true }) : null),
  composed: ({ x, g }, attrs, gradients) => {
    const most = maxPoolOp(x, attrs)
    let open: Node = logicalOr(equal(g, g), true) // windows whose first maximum is still to come
    return cellsOf(x, attrs)
      .map((cell) => {
        const hit = logicalAnd(open, logicalOr(equal(cell, most), isNan(cell)))
        open = logicalAnd(open, logicalNot(hit))
        return gradients(cell, [x], mul(g, cast(hit, 'float32')))[0]!
      })
      .reduce((a, b) => add(a, b))
  },
})

/** The cells of all windows: for each place in a window a tensor [n, …out, c]. */
function cellsOf(x: Node, { strides, pads, out, pool }: PoolAttrs): Node[] {
  const after = spatial(x).map((size, i) => Math.max(0, (nth(out, i) - 1) * nth(strides, i) + nth(pool, i) - size - nth(pads, i)))
  const padded = pad(x, [[0, 0], ...pads.map((before, i) => [before, nth(after, i)] as const), [0, 0]], -Infinity)
  const along = (y: Node, axis: number): Node[] =>
    axis === pool.length
      ? [y]
      : Array.from({ length: nth(pool, axis) }, (_, k) =>
          along(stridedSlice(y, axis + 1, k, k + (nth(out, axis) - 1) * nth(strides, axis) + 1, nth(strides, axis)), axis + 1),
        ).flat()
  return along(padded, 0)
}

const averagePoolOp: OpFunction<readonly ['x'], PoolAttrs> = defineOp('averagePool', {
  inputs: ['x'],
  shape: ({ x }, attrs) => ({ shape: outShape(x, attrs), dtype: 'float32' }),
  lower: (program, { x, y }, attrs) =>
    program.call(
      'averagePool',
      { y, x, ...windowArgs(x.shape, attrs.pool, attrs) },
      { work: workOf(nth(x.shape, 0), nth(x.shape, -1), attrs) },
    ),
  grad: ({ x, dy }, attrs) => [averagePoolGradOp(dy, { ...attrs, size: spatial(x) })],
})

const averagePoolGradOp: OpFunction<readonly ['g'], PoolAttrs & { size: Sizes }> = defineOp('averagePoolGrad', {
  inputs: ['g'],
  shape: ({ g }, { size }) => ({ shape: [nth(g.shape, 0), ...size, nth(g.shape, -1)], dtype: 'float32' }),
  lower: (program, { g, y: dx }, attrs) =>
    program.call(
      'averagePoolGrad',
      { dx, x: null, dy: g, ...windowArgs(dx.shape, attrs.pool, attrs), rectify: 0 },
      { work: 2 * workOf(nth(g.shape, 0), nth(g.shape, -1), attrs) },
    ),
  grad: ({ dy }, { size: _, ...attrs }) => [averagePoolOp(dy, attrs)],
})

export interface PoolOptions {
  /** Cells from one window to the next. Default: the window's size. */
  strides?: number | Sizes | null
  /** Default 'valid'. */
  padding?: 'valid' | 'same'
}

export type Pool = (x: TensorLike, size?: number | Sizes, options?: PoolOptions) => Node

const pooling =
  (name: string, op: typeof averagePoolOp, rank: 1 | 2 | 3): Pool =>
  (x, size = 2, options = undefined) => {
    const { strides, padding } = readOptions(poolOptions[rank], options, name)
    const image = cast(x, 'float32')
    check(image.rank === rank + 2, 'BAD_SHAPE', () => `${name}: expected ${inputNames(rank)}, got ${showShape(image.shape)}`)
    const window = perDimension(rank, cells).read(size, `${name}: size`)
    return op(image, {
      ...placeWindows(name, spatial(image), window, { strides: strides ?? window, dilation: window.map(() => 1), padding }),
      pool: window,
    })
  }

/** Maximum of each window of sequences [n, steps, c]; the gradient goes to the first one. */
export const maxPool1d: Pool = pooling('maxPool1d', maxPoolOp, 1)
/** Maximum of each window of images [n, h, w, c]. */
export const maxPool2d: Pool = pooling('maxPool2d', maxPoolOp, 2)
/** Maximum of each window of volumes [n, d, h, w, c]. */
export const maxPool3d: Pool = pooling('maxPool3d', maxPoolOp, 3)
/** Mean of each window of sequences. */
export const averagePool1d: Pool = pooling('averagePool1d', averagePoolOp, 1)
/** Mean of each window of images. */
export const averagePool2d: Pool = pooling('averagePool2d', averagePoolOp, 2)
/** Mean of each window of volumes. */
export const averagePool3d: Pool = pooling('averagePool3d', averagePoolOp, 3)
