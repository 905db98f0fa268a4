// Normalization by mean and variance. Batch, group and instance normalization see x as [outer, r, inner] and have statistics for each
// (outer, inner), which
// may be joined further (small tensors); layer and RMS normalization have a kernel for rows.
import type { TensorLike } from '../graph/convert'
import { defineOp, type Lowering, type OpFunction, type Pointer } from '../graph/define'
import type { Node } from '../graph/node'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { normalizeAxes, normalizeAxis, showShape, sizeOf, type Shape } from '../util/shape'
import { add, div, mul, sub } from './binary'
import { cast } from './cast'
import { neg, relu, rsqrt, square } from './elementwise'
import { mean as meanOf, sum as sumOf } from './reduce'
import { broadcastTo, copyStrided, expandDims, reshape, transpose } from './shape'

/** Rows whose sums are taken together; a constant, so that threads never change a bit. */
const CHUNK = 64

const viewOf = ({ shape: [outer, r, inner] }: { shape: Shape }) => ({ outer: outer!, r: r!, inner: inner! })
const statistics = (x: Node) => ({ shape: [nth(x.shape, 0), nth(x.shape, 2)], dtype: 'float32' }) as const
/** Memory for an output that nobody asks for. */
const orSpare = (program: Lowering, output: Pointer | null, elements: number): Pointer => output ?? program.temporary(elements)

/** Mean and variance (not Bessel's) of x[outer, r, inner] over r. */
const momentsOp = defineOp('moments', {
  inputs: ['x'],
  outputs: ['mean', 'variance'],
  shape: ({ x }) => [statistics(x), statistics(x)],
  lower: (program, { x, mean, variance }) => {
    const view = { ...viewOf(x), chunk: CHUNK }
    const size = view.outer * Math.ceil(view.r / CHUNK) * view.inner
    const [means, spreads] = [program.temporary(size), program.temporary(size)]
    program.call('moments', { mean: means, spread: spreads, x, ...view }, { work: 2 * sizeOf(x.shape) })
    const [wantedMean, wantedVariance] = [mean, variance].map((output) => orSpare(program, output, view.outer * view.inner)) as [
      Pointer,
      Pointer,
    ]
    program.call('joinMoments', { mean: wantedMean, variance: wantedVariance, means, spreads, ...view }, { work: 4 * size })
  },
  grad: ({ x, mean, dmean, dvariance }) => [affine(x, mean, mul(dvariance, 2 / nth(x.shape, 1)), div(dmean, nth(x.shape, 1)))],
})

function callNormalize(program: Lowering, y: Pointer, x: Pointer, mean: Pointer, scale: Pointer, shift: Pointer, rectified = false): void {
  const n = sizeOf(x.shape),
    { r, inner } = viewOf(x)
  program.call('normalize', { y, x, mean, scale, shift, n, r, inner, floor: rectified ? 0 : -Infinity }, { work: 2 * n, elementwise: n })
}

/** y = (x − mean)·scale + shift, for x[outer, r, inner] and numbers for each (outer, inner). */
const affineOp: OpFunction<readonly ['x', 'mean', 'scale', 'shift']> = defineOp('affine', {
  inputs: ['x', 'mean', 'scale', 'shift'],
  inplace: [0],
  shape: ({ x }) => x,
  lower: (program, { x, mean, scale, shift, y }) => callNormalize(program, y, x, mean, scale, shift),
  grad: ({ x, mean, scale, dy }) => {
    const [sum, product] = sumsOp(dy, x, mean)
    return [mul(dy, expandDims(scale, 1)), neg(mul(scale, sum)), product, sum]
  },
})
const affine = (x: Node, mean: Node, scale: Node, shift: Node): Node => affineOp(x, mean, scale, shift)

/** Σ dy and Σ dy·(x − mean) over r. */
const sumsOp: OpFunction<readonly ['dy', 'x', 'mean'], Record<never, never>, readonly ['sum', 'product']> = defineOp('normalizeSums', {
  inputs: ['dy', 'x', 'mean'],
  outputs: ['sum', 'product'],
  shape: ({ x }) => [statistics(x), statistics(x)],
  lower: (program, { dy, x, mean, sum, product }) => {
    const view = { ...viewOf(x), chunk: CHUNK },
      { outer, r, inner } = view
    const chunks = Math.ceil(r / CHUNK),
      size = outer * chunks * inner
    const work = { work: 2 * sizeOf(x.shape) }
    const [sums, products] = [sum, product].map((output) => (chunks === 1 ? orSpare(program, output, size) : program.temporary(size))) as [
      Pointer,
      Pointer,
    ]
    program.call('normalizeSums', { sum: sums, product: products, dy, x, mean, ...view }, work)
    if (chunks === 1) return
    if (sum) program.call('sum', { y: sum, x: sums, outer, r: chunks, inner, divisor: 1 }, { work: size })
    if (product) program.call('sum', { y: product, x: products, outer, r: chunks, inner, divisor: 1 }, { work: size })
  },
  grad: ({ dy, x, mean, sum, dsum, dproduct }) => [
    affine(x, mean, dproduct, dsum),
    mul(dy, expandDims(dproduct, 1)),
    neg(mul(dproduct, sum)),
  ],
})

/** dy·scale + (x − mean)·slope + shift */
const gradOp = defineOp('normalizeGrad', {
  inputs: ['dy', 'x', 'mean', 'scale', 'slope', 'shift'],
  inplace: [0, 1],
  shape: ({ x }) => x,
  lower: (program, { dy, x, mean, scale, slope, shift, y }) => {
    const n = sizeOf(x.shape),
      { r, inner } = viewOf(x)
    program.call('normalizeGrad', { dx: y, dy, x, mean, scale, slope, shift, n, r, inner }, { work: 3 * n, elementwise: n })
  },
  composed: ({ dy, x, mean, scale, slope, shift }) => add(mul(dy, expandDims(scale, 1)), affine(x, mean, slope, shift)),
})

/** Statistics seen as `shape`, and the axes of it over which they are joined. */
type Pool = { readonly shape: Shape; readonly axes: readonly number[] }

/** Means over the pool, for each (outer, inner) again. */
function pooled(x: Node, { shape, axes }: Pool): Node {
  return axes.length ? reshape(broadcastTo(meanOf(reshape(x, shape), axes, true), shape), x.shape) : x
}

/**
 * y = (x − mean)·gamma·inverse + beta, where mean and inverse = 1 / √(variance + ε) are those of x itself: the gradient to x counts that
 * in, in one pass
 * over x and dy for the sums and one for the result. `scale` is gamma·inverse.
 */
const standardizeOp: OpFunction<readonly ['x', 'mean', 'scale', 'beta', 'gamma', 'inverse'], Pool & { readonly rectified?: boolean }> =
  defineOp('standardize', {
    inputs: ['x', 'mean', 'scale', 'beta', 'gamma', 'inverse'],
    inplace: [0],
    unread: [4, 5],
    shape: ({ x }) => x,
    lower: (program, { x, mean, scale, beta, y }, { rectified }) => callNormalize(program, y, x, mean, scale, beta, rectified),
    activated: ({ x, mean, scale, beta, gamma, inverse }, pool, next) =>
      next === 'relu' && !pool.rectified ? standardizeOp(x, mean, scale, beta, gamma, inverse, { ...pool, rectified: true }) : null,
    grad: ({ x, mean, scale, gamma, inverse, dy }, pool) => {
      const [sum, product] = sumsOp(dy, x, mean)
      const r = nth(x.shape, 1)
      const shift = div(pooled(mul(gamma, sum), pool), -r)
      const slope = mul(div(pooled(mul(gamma, product), pool), -r), square(inverse))
      return [gradOp(dy, x, mean, scale, mul(inverse, slope), mul(inverse, shift)), null, null, sum, mul(product, inverse), null]
    },
  })

/** Powers of two ≤ `most` that divide n: the largest. */
function powerIn(n: number, most: number): number {
  let k = 1
  while (2 * k <= most && n % (2 * k) === 0) k *= 2
  return k
}

/** Rows of c channels that are taken as one, so that strips of 16 columns are full. */
const rowsAtOnce = (rows: number, c: number): number => (c < 64 ? powerIn(rows, 16 / powerIn(c, 16)) : 1)

/** How x is seen, and how its statistics belong together. `channels` is the shape of a parameter that broadcasts to the pool's. */
interface View {
  readonly view: Shape
  readonly pool: Pool
  readonly channels: Shape
}

/**
 * Channels last: few channels are taken several rows at a time, so that vectors are full. `groups` of channels have statistics in common,
 * for each sample.
 */
function lastView(x: Node, groups: number | null): View {
  const c = nth(x.shape, -1)
  const [outer, rows] = groups === null ? [1, sizeOf(x.shape.slice(0, -1))] : [nth(x.shape, 0), sizeOf(x.shape.slice(1, -1))]
  const k = rowsAtOnce(rows, c)
  const view = [outer, rows / k, k * c]
  if (groups === null) return { view, pool: { shape: [k, c], axes: k > 1 ? [0] : [] }, channels: [1, c] }
  const width = c / groups
  return {
    view,
    pool: { shape: [outer, k, groups, width], axes: [...(k > 1 ? [1] : []), ...(width > 1 ? [3] : [])] },
    channels: [1, 1, groups, width],
  }
}

/** Channels in front of `inner` neighbouring values, which are taken k at a time. */
function frontView(x: Node, axis: number, k: number): View {
  const [outer, c, inner] = [sizeOf(x.shape.slice(0, axis)), nth(x.shape, axis), sizeOf(x.shape.slice(axis + 1))]
  return { view: [outer * c, inner / k, k], pool: { shape: [outer, c, k], axes: [0, 2] }, channels: [1, c, 1] }
}

export interface NormalizedBatch {
  readonly y: Node
  /** Of each channel. */
  readonly mean: Node
  readonly variance: Node
}

interface Parameters {
  /** Gain of each channel; null: 1. */
  gamma: TensorLike | null
  /** Offset of each channel; null: 0. */
  beta: TensorLike | null
  epsilon: number
}

function standardize(x: Node, { view, pool, channels }: View, { gamma, beta, epsilon }: Parameters): NormalizedBatch {
  const seen = reshape(x, view)
  const flat = (small: Node): Node => reshape(broadcastTo(small, pool.shape), [nth(view, 0), nth(view, 2)])
  const parameter = (given: TensorLike | null, missing: number): Node =>
    given === null ? broadcastTo(missing, channels) : reshape(given, channels)
  const [first, second] = momentsOp(seen).map((small) => reshape(small, pool.shape)) as [Node, Node]
  const joined = pool.axes.length > 0
  const mean = joined ? meanOf(first, pool.axes, true) : first
  const variance = joined ? meanOf(add(second, square(sub(first, mean))), pool.axes, true) : second
  const inverse = rsqrt(add(variance, epsilon))
  const gain = parameter(gamma, 1)
  const y = standardizeOp(seen, flat(mean), flat(mul(gain, inverse)), flat(parameter(beta, 0)), flat(gain), flat(inverse), pool)
  return { y: reshape(y, x.shape), mean, variance }
}

/** Axes with one of them at the end, and back. */
const swapLast = (x: Node, axis: number): Node =>
  transpose(
    x,
    x.shape.map((_, i) => (i === axis ? x.rank - 1 : i === x.rank - 1 ? axis : i)),
  )

const channelsOf = (x: Node, axis: number, op: string): [Node, number] => {
  const node = cast(x, 'float32')
  check(node.size > 0, 'BAD_SHAPE', () => `${op}: the input ${showShape(node.shape)} has no elements to take a mean of`)
  return [node, normalizeAxis(axis, node.rank, op)]
}

export interface BatchNormOptions {
  gamma?: TensorLike | null
  beta?: TensorLike | null
  /** Added to the variance. Default 0.001. */
  epsilon?: number
  /** Axis of the channels. Default the last. */
  axis?: number
}

/**
 * Each channel brought to mean 0 and variance 1 over all other axes, then times gamma plus beta; with the mean and variance that it had.
 * Ioffe, Szegedy, arXiv:1502.03167.
 */
export function batchNorm(input: Node, { gamma = null, beta = null, epsilon = 1e-3, axis = -1 }: BatchNormOptions = {}): NormalizedBatch {
  const [x, along] = channelsOf(input, axis, 'batchNorm')
  const parameters = { gamma, beta, epsilon }
  const k = powerIn(sizeOf(x.shape.slice(along + 1)), 16)
  const last = along === x.rank - 1
  const turned = !last && k < 4 ? swapLast(x, along) : undefined
  const { y, mean, variance } = turned
    ? standardize(turned, lastView(turned, null), parameters)
    : standardize(x, last ? lastView(x, null) : frontView(x, along, k), parameters)
  const channels = [nth(x.shape, along)]
  return { y: turned ? swapLast(y, along) : y, mean: reshape(mean, channels), variance: reshape(variance, channels) }
}

/**
 * Each group of channels of each sample brought to mean 0 and variance 1, then each channel times gamma plus beta. Wu, He,
 * arXiv:1803.08494.
 */
export function groupNorm(
  input: Node,
  { groups, gamma = null, beta = null, epsilon = 1e-3, axis = -1 }: BatchNormOptions & { groups: number },
): Node {
  const [x, along] = channelsOf(input, axis, 'groupNorm')
  check(along > 0, 'BAD_ARGUMENT', () => 'groupNorm: axis 0 is the batch; the channels must stand elsewhere')
  check(
    Number.isInteger(groups) && groups > 0 && nth(x.shape, along) % groups === 0,
    'BAD_ARGUMENT',
    () => `groupNorm: groups ${groups} must divide the ${x.shape[along]} channels`,
  )
  const turned = along === x.rank - 1 ? x : swapLast(x, along)
  const { y } = standardize(turned, lastView(turned, groups), { gamma, beta, epsilon })
  return turned === x ? y : swapLast(y, along)
}

/** A small buffer [c] repeated to [before, c, after]. */
function repeated(program: Lowering, small: Pointer, before: number, after: number): Pointer {
  const c = nth(small.shape, 0)
  if (before * after === 1) return small
  const to = program.temporary(before * c * after)
  copyStrided(program, to, small, [before, c, after], [c * after, after, 1], [0, 1, 0])
  return to
}

/** y[outer, c, inner] = activation((x − mean[c])·scale[c] + shift[c]) */
const channelsOp: OpFunction<readonly ['x', 'mean', 'scale', 'shift'], { axis: number; activation: 'linear' | 'relu' }> = defineOp(
  'batchNormInference',
  {
    inputs: ['x', 'mean', 'scale', 'shift'],
    inplace: [0],
    shape: ({ x }) => x,
    lower: (program, { x, y, ...small }, { axis, activation }) => {
      const [n, c, inner] = [sizeOf(x.shape), nth(x.shape, axis), sizeOf(x.shape.slice(axis + 1))]
      const outer = n / (c * inner)
      const call = (to: Pointer, from: Pointer, before: number, after: number, r: number, width: number) => {
        const [mean, scale, shift] = [small.mean, small.scale, small.shift].map((each) => repeated(program, each, before, after)) as [
          Pointer,
          Pointer,
          Pointer,
        ]
        program.call(
          'normalize',
          { y: to, x: from, mean, scale, shift, n, r, inner: width, floor: activation === 'relu' ? 0 : -Infinity },
          { work: 2 * n, elementwise: n },
        )
      }
      const rows = n / c
      const last = (to: Pointer, from: Pointer, k = rowsAtOnce(rows, c)) => call(to, from, k, 1, rows / k, k * c)
      if (n === 0 || inner === 1) return n && last(y, x)
      const k = powerIn(inner, 16)
      if (k >= 4) return call(y, x, outer, k, inner / k, k)
      const turned = program.temporary(n)
      copyStrided(program, turned, x, [outer, inner, c], [inner * c, c, 1], [inner * c, 1, inner])
      last(turned, turned)
      copyStrided(program, y, turned, [outer, c, inner], [inner * c, inner, 1], [inner * c, 1, c])
    },
    composed: ({ x, mean, scale, shift }, { axis, activation }) => {
      const turned = axis === x.rank - 1 ? x : swapLast(x, axis)
      const y = reshape(
        affine(
          reshape(turned, [1, x.size / mean.size, mean.size]),
          ...([mean, scale, shift].map((small) => expandDims(small, 0)) as [Node, Node, Node]),
        ),
        turned.shape,
      )
      const back = turned === x ? y : swapLast(y, axis)
      return activation === 'relu' ? relu(back) : back
    },
    activated: ({ x, mean, scale, shift }, { axis, activation }, next) =>
      activation === 'linear' && next === 'relu' ? channelsOp(x, mean, scale, shift, { axis, activation: next }) : null,
  },
)

/**
 * (x − mean)·gamma / √(variance + epsilon) + beta with given statistics of each channel: batch normalization when it is not trained. Behind
 * a convolution
 * or a product whose output nobody else reads it costs nothing: their weights are scaled instead, if they are smaller than what comes out.
 */
export function batchNormInference(
  input: Node,
  { mean, variance, gamma = null, beta = null, epsilon = 1e-3, axis = -1 }: BatchNormOptions & { mean: TensorLike; variance: TensorLike },
): Node {
  const x = cast(input, 'float32')
  const along = normalizeAxis(axis, x.rank, 'batchNorm')
  const inverse = rsqrt(add(variance, epsilon))
  const shift = beta ?? broadcastTo(0, [nth(x.shape, along)])
  return channelsOp(x, mean, gamma === null ? inverse : mul(gamma, inverse), shift, { axis: along, activation: 'linear' })
}

// ── rows ──

type RowAttrs = { readonly epsilon: number; readonly centred: boolean }

/** y = (x − mean)·gamma / √(variance + epsilon) + beta for each row of x[rows, n]; not centred: the mean counts as 0. */
const layerNormOp = defineOp<readonly ['x', 'gamma', 'beta'], RowAttrs, readonly ['y', 'mean', 'inverse']>('layerNorm', {
  inputs: ['x', 'gamma', 'beta'],
  outputs: ['y', 'mean', 'inverse'],
  inplace: [0],
  shape: ({ x }) => [x, { shape: [nth(x.shape, 0)], dtype: 'float32' }, { shape: [nth(x.shape, 0)], dtype: 'float32' }],
  lower: (program, { x, gamma, beta, y, mean, inverse }, { epsilon, centred }) => {
    const [rows, n] = x.shape as [number, number]
    program.call(
      'layerNorm',
      {
        y: orSpare(program, y, rows * n),
        mean: orSpare(program, mean, rows),
        inverse: orSpare(program, inverse, rows),
        x,
        gamma,
        beta,
        rows,
        n,
        epsilon,
        centred: Number(centred),
      },
      { work: 4 * rows * n },
    )
  },
  grad: ({ x, gamma, mean, inverse, dy }, attrs) => layerNormGradOp(dy, x, mean, inverse, gamma, attrs),
})

/** Gradients to x, gamma and beta in one pass: sums over rows are taken for fixed chunks of them. */
const layerNormGradOp = defineOp<readonly ['dy', 'x', 'mean', 'inverse', 'gamma'], RowAttrs, readonly ['dx', 'dgamma', 'dbeta']>(
  'layerNormGrad',
  {
    inputs: ['dy', 'x', 'mean', 'inverse', 'gamma'],
    outputs: ['dx', 'dgamma', 'dbeta'],
    inplace: [0, 1],
    shape: ({ x, gamma }) => [x, gamma, gamma],
    lower: (program, { dy, x, mean, inverse, gamma, dx, dgamma, dbeta }, { centred }) => {
      const [rows, n] = x.shape as [number, number]
      const chunk = Math.min(256, Math.max(4, Math.ceil(rows / 64)))
      const chunks = Math.ceil(rows / chunk)
      const [gains, offsets] = [program.temporary(chunks * n), program.temporary(chunks * n)]
      program.call(
        'layerNormGrad',
        {
          dx: orSpare(program, dx, rows * n),
          dgamma: gains,
          dbeta: offsets,
          dy,
          x,
          mean,
          inverse,
          gamma,
          rows,
          n,
          chunk,
          centred: Number(centred),
        },
        { work: 6 * rows * n },
      )
      if (dgamma) program.call('sum', { y: dgamma, x: gains, outer: 1, r: chunks, inner: n, divisor: 1 })
      if (dbeta) program.call('sum', { y: dbeta, x: offsets, outer: 1, r: chunks, inner: n, divisor: 1 })
    },
    composed: ({ dy, x, gamma }, { epsilon, centred }) => {
      const distance = centred ? sub(x, meanOf(x, -1, true)) : x
      const inverse = rsqrt(add(meanOf(square(distance), -1, true), epsilon))
      const z = mul(distance, inverse)
      const g = mul(dy, gamma)
      const straight = centred ? sub(g, meanOf(g, -1, true)) : g
      return [mul(inverse, sub(straight, mul(z, meanOf(mul(g, z), -1, true)))), sumOf(mul(dy, z), 0), sumOf(dy, 0)]
    },
  },
)

export interface LayerNormOptions {
  /** Gain, of the shape of the axes; null: 1. */
  gamma?: TensorLike | null
  /** Offset, of the shape of the axes; null: 0. */
  beta?: TensorLike | null
  epsilon?: number
  /** Axes that are brought to mean 0 and variance 1 together. Default the last. */
  axis?: number | readonly number[]
}

function overRows(
  input: Node,
  { gamma = null, beta = null, epsilon = 1e-3, axis = -1 }: LayerNormOptions,
  centred: boolean,
  op: string,
): Node {
  const x = cast(input, 'float32')
  const axes = normalizeAxes(axis, x.rank, op)
  check(axes.length > 0, 'BAD_ARGUMENT', () => `${op}: axis must name at least one axis`)
  const order = [...x.shape.map((_, i) => i).filter((i) => !axes.includes(i)), ...axes]
  const moved = order.some((from, i) => from !== i)
  const turned = moved ? transpose(x, order) : x
  const n = axes.reduce((size, i) => size * nth(x.shape, i), 1)
  const parameter = (given: TensorLike | null, missing: number): Node => (given === null ? broadcastTo(missing, [n]) : reshape(given, [n]))
  const [y] = layerNormOp(reshape(turned, [n ? x.size / n : 0, n]), parameter(gamma, 1), parameter(beta, 0), { epsilon, centred })
  const shaped = reshape(y, turned.shape)
  return moved
    ? transpose(
        shaped,
        order.map((_, i) => order.indexOf(i)),
      )
    : shaped
}

/** x brought to mean 0 and variance 1 over some axes, then times gamma plus beta. Ba, Kiros, Hinton, arXiv:1607.06450. */
export const layerNorm = (x: Node, options: LayerNormOptions = {}): Node => overRows(x, options, true, 'layerNorm')

/** x·gamma / √(mean x² + epsilon) over some axes. Zhang, Sennrich, arXiv:1910.07467. */
export const rmsNorm = (x: Node, { epsilon = 1e-6, ...options }: Omit<LayerNormOptions, 'beta'> = {}): Node =>
  overRows(x, { ...options, epsilon }, false, 'rmsNorm')
