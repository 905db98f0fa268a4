// Normalization: (x − mean) / √variance with what was learned from data before training. A part of the saved model.
import { toNode, type NestedArray, type TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { add, div, maximum, mul, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { sqrt } from '../ops/elementwise'
import { mean as meanOver, variance as varianceOver } from '../ops/reduce'
import { broadcastTo, reshape } from '../ops/shape'
import { constantNode } from '../graph/leaves'
import { check, CornusError, reading, showValue } from '../util/errors'
import { flag, optional, type ConfigValue, type Given, type Held, type Kind } from '../util/options'
import { normalizeAxis, showShape, sizeOf, type Shape } from '../util/shape'
import { axis, oneOrList } from './kinds'
import { Layer, type LayerOptions, type PartialShape } from './layer'

/** Axes as a list; null: none, one mean for all. */
const axes: Kind<number | readonly number[] | null, readonly number[]> = {
  takes: 'an axis, a list of axes, or null',
  save: (held) => held,
  read(value, what) {
    if (value === null || (Array.isArray(value) && value.length === 0)) return []
    const held = oneOrList(axis).read(value, what)
    return typeof held === 'number' ? [held] : held
  },
}

/** A number or nested arrays of them; held as given. */
export const numbers: Kind<number | NestedArray, number | NestedArray> = {
  takes: 'a number, or arrays of numbers',
  save: (held) => held as ConfigValue,
  read(value, what) {
    const plain = ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value
    if (typeof plain === 'number' && Number.isFinite(plain)) return plain
    if (!Array.isArray(plain))
      throw new CornusError('BAD_ARGUMENT', `${what} must be a number or arrays of numbers, not ${showValue(value)}`)
    const node = reading(what, () => toNode(plain as NestedArray))
    check(
      node.size > 0 && node.dtype !== 'bool' && node.value!.every((each) => Number.isFinite(each)),
      'BAD_ARGUMENT',
      () => `${what} must hold finite numbers, not ${showValue(value)}`,
    )
    return plain as NestedArray
  },
}
const maybeNumbers: Kind<number | NestedArray | null, number | NestedArray | null> = {
  takes: `${numbers.takes}, or null`,
  save: (held) => (held === null ? null : numbers.save(held)),
  read: (value, what) => (value === null ? null : numbers.read(value, what)),
}

const options = {
  /** Axes with a mean and variance of their own; null: one for all numbers. Default -1. */
  axis: optional(axes, -1),
  /** Multiplies and adds instead: what was normalized comes back. Default false. */
  invert: optional(flag, false),
  /** In the place of what adapt() finds; with variance. */
  mean: optional(maybeNumbers, null),
  variance: optional(maybeNumbers, null),
}
export type NormalizationOptions = LayerOptions & Given<typeof options>

/** Keras's backend.epsilon(): the least deviation. */
const LEAST = 1e-7

/**
 * Any shape; weights mean and variance of the axes' sizes and count, which training leaves alone. Call `adapt(x)` with the training data
 * first, or give mean and variance. See keras.layers.Normalization.
 */
export class Normalization extends Layer {
  static override readonly className = 'Normalization'
  static override readonly options = options
  static override readonly positional = 'axis'
  declare readonly options: Held<typeof options>
  private found: { readonly mean: Variable; readonly variance: Variable } | undefined

  constructor(given?: NormalizationOptions | NonNullable<NormalizationOptions['axis']>) {
    super(given)
    const { mean, variance } = this.options
    check(
      (mean === null) === (variance === null),
      'BAD_ARGUMENT',
      () => `${this.name}: mean and variance are given together; ${mean === null ? 'mean' : 'variance'} is missing`,
    )
  }

  override build(inputShape: PartialShape): void {
    const shape = this.kept(inputShape).map((place) => this.sizeAt(inputShape, place))
    if (this.options.mean !== null) return
    const weight = (name: string, initializer: 'zeros' | 'ones') => this.addWeight({ name, shape, initializer, trainable: false })
    this.found = { mean: weight('mean', 'zeros'), variance: weight('variance', 'ones') }
    this.addWeight({ name: 'count', shape: [], initializer: 'zeros', trainable: false, dtype: 'int32' })
  }

  private sizeAt(shape: PartialShape, place: number): number {
    const size = shape[place]
    if (typeof size !== 'number')
      throw new CornusError(
        'BAD_SHAPE',
        `${this.name}: axis ${place} has a mean of its own and must have a known size; the shape is ${showShape(shape)}`,
      )
    return size
  }

  /** Places of the axes, in their order. */
  private kept(shape: PartialShape): number[] {
    const places = this.options.axis.map((each) => normalizeAxis(each, shape.length, this.name))
    check(new Set(places).size === places.length, 'BAD_ARGUMENT', () => `${this.name}: axis names one twice: ${places.join(', ')}`)
    return places.sort((a, b) => a - b)
  }

  override checkInput(shape: PartialShape): void {
    const known = this.inputShape
    const other =
      known && this.kept(known).find((place) => shape.length !== known.length || (known[place] !== null && shape[place] !== known[place]))
    check(other === undefined, 'BAD_SHAPE', () => `${this.name}: expected shape ${showShape(known!)}, got ${showShape(shape)}`)
  }

  /** Mean and variance of data: samples, or a (not async) iterable of batches of them. What it learned before is forgotten. */
  adapt(data: TensorLike | Iterable<TensorLike>): void {
    check(
      this.options.mean === null,
      'BAD_ARGUMENT',
      () => `${this.name}: mean and variance were given; make the layer without them to adapt it`,
    )
    const batches = isBatches(data) ? [...data] : [data as TensorLike]
    check(batches.length > 0, 'BAD_DATA', () => `${this.name}: adapt got no batches`)
    const sums = batches.map((batch, i) => this.sumsOf(batch, i))
    const count = sums.reduce((n, each) => n + each.count, 0)
    const average = (parts: readonly { count: number; values: ArrayLike<number> }[]) =>
      Float32Array.from({ length: parts[0]!.values.length }, (_, k) =>
        parts.reduce((n, part) => n + part.values[k]! * (part.count / count), 0),
      )
    const mean = average(sums.map(({ count: n, mean: values }) => ({ count: n, values })))
    const spread = sums.map(({ count: n, mean: own, variance }) => ({
      count: n,
      values: Array.from(variance, (value, k) => value + (own[k]! - mean[k]!) ** 2),
    }))
    const { mean: held, variance } = this.found!
    held.assign(constantNode(mean, { shape: held.shape, dtype: 'float32' }))
    variance.assign(constantNode(average(spread), { shape: held.shape, dtype: 'float32' }))
  }

  private sumsOf(batch: TensorLike, place: number): { count: number; mean: ArrayLike<number>; variance: ArrayLike<number> } {
    const x = cast(toNode(batch), 'float32')
    check(x.size > 0, 'BAD_DATA', () => `${this.name}: adapt: ${place ? `batch ${place}` : 'the data'} is empty`)
    this.ensureBuilt(x.shape)
    this.checkInput(x.shape)
    const kept = this.kept(x.shape)
    const others = x.shape.map((_, axisOf) => axisOf).filter((axisOf) => !kept.includes(axisOf))
    const [mean, variance] = others.length ? [meanOver(x, others), varianceOver(x, others)] : [x, mul(x, 0)]
    const [m, v] = [mean.dataSync(), variance.dataSync()]
    const bad = Array.from(m).findIndex((value) => !Number.isFinite(value))
    check(bad < 0, 'BAD_DATA', () => `${this.name}: adapt: the mean at place ${bad} is ${m[bad]}; are there missing numbers in the data?`)
    return { count: x.size / Math.max(1, m.length), mean: m, variance: v }
  }

  override call(x: Tensor): Tensor {
    const { invert } = this.options
    const { mean, deviation } = this.moments(x)
    const values = cast(x, 'float32')
    return invert ? add(mean, mul(values, deviation)) : div(sub(values, mean), deviation)
  }

  private moments(x: Tensor): { mean: Tensor; deviation: Tensor } {
    const shape: Shape = x.shape.map((size, place) => (this.kept(x.shape).includes(place) ? size : 1))
    const { mean, variance } = this.options
    const along = (values: TensorLike): Tensor => {
      const node = cast(toNode(values), 'float32')
      return node.size === sizeOf(shape) ? reshape(node, shape) : broadcastTo(node, shape)
    }
    const [m, v] = mean === null ? [this.found!.mean, this.found!.variance] : [mean, variance!]
    return { mean: along(m), deviation: maximum(sqrt(along(v)), LEAST) }
  }
}

const isBatches = (data: unknown): data is Iterable<TensorLike> =>
  typeof data === 'object' &&
  data !== null &&
  !Array.isArray(data) &&
  !ArrayBuffer.isView(data) &&
  Symbol.iterator in data &&
  !('shape' in data)

export const normalization = (options?: NormalizationOptions | NonNullable<NormalizationOptions['axis']>): Normalization =>
  new Normalization(options)
