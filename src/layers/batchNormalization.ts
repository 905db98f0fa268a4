// BatchNormalization: each channel by its mean and variance over the batch; at inference by moving averages of them.
import type { TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { add, div, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { batchNorm, batchNormInference } from '../ops/normalization'
import { sum } from '../ops/reduce'
import { square } from '../ops/elementwise'
import { broadcastTo, expandDims, reshape } from '../ops/shape'
import { where } from '../ops/select'
import { check } from '../util/errors'
import { kindOf, number, optional, type Given, type Held, type Kind } from '../util/options'
import { normalizeAxis, showShape } from '../util/shape'
import { BatchRenorm, follow, renormOptions } from './batchRenorm'
import { axis, initializer } from './kinds'
import type { CallContext, LayerOptions, PartialShape, WeightOptions } from './layer'
import { checkAlong, gainOptions, NormalizationLayer, sizeAlong } from './normalizationBase'

/** One axis, or a list of one as old files have it. */
const channelAxis: Kind<number | readonly number[], number> = {
  ...axis,
  read: (value, what) => axis.read(Array.isArray(value) && value.length === 1 ? value[0] : value, what),
  takes: 'an integer',
}
const no: Kind<false> = kindOf('false: statistics over several devices are not supported', (value) => value === false)

const options = {
  /** Axis of the channels: -1, or 1 for channels first. Default -1. */
  axis: optional(channelAxis, -1),
  /** How much of the moving averages stays at each step. Default 0.99. */
  momentum: optional(number(0, 1), 0.99),
  ...gainOptions,
  /** Default zeros. */
  movingMeanInitializer: optional(initializer, 'zeros'),
  /** Default ones. */
  movingVarianceInitializer: optional(initializer, 'ones'),
  ...renormOptions,
  /** Statistics over several devices; there is one here. */
  synchronized: optional(no, false),
}
export type BatchNormalizationOptions = LayerOptions & Given<typeof options>

/**
 * Any shape; weights gamma, beta, moving mean and moving variance [channels]. In training (unless `trainable` is false) statistics are the
 * batch's, and the
 * moving averages follow them; else the averages are used. Time steps that a mask leaves out do not count. See
 * keras.layers.BatchNormalization.
 */
export class BatchNormalization extends NormalizationLayer {
  static override readonly className = 'BatchNormalization'
  static override readonly options = options
  static override readonly positional = 'axis'
  declare readonly options: Held<typeof options>
  movingMean: Variable | undefined
  movingVariance: Variable | undefined
  private renorm: BatchRenorm | undefined

  override build(inputShape: PartialShape): void {
    const { axis: along, epsilon, movingMeanInitializer, movingVarianceInitializer } = this.options
    const shape = [sizeAlong(this, inputShape, along)]
    this.addGain(shape)
    this.movingMean = this.addWeight({ name: 'moving_mean', shape, initializer: movingMeanInitializer, trainable: false })
    this.movingVariance = this.addWeight({ name: 'moving_variance', shape, initializer: movingVarianceInitializer, trainable: false })
    const add = (weight: Pick<WeightOptions, 'name' | 'initializer'>) => this.addWeight({ ...weight, shape, trainable: false })
    if (this.options.renorm) this.renorm = new BatchRenorm(add, movingMeanInitializer, movingVarianceInitializer, epsilon, this.options)
  }

  override checkInput(shape: PartialShape): void {
    checkAlong(this, shape, this.options.axis)
  }

  override call(x: Tensor, { training, mask }: CallContext): Tensor {
    const {
      parameters,
      movingMean,
      movingVariance,
      options: { axis: along, epsilon, momentum },
    } = this
    if (!training || !this.trainable)
      return batchNormInference(x, { mean: movingMean!, variance: movingVariance!, axis: along, ...parameters })
    const normalize = (gain: Gain) => (mask ? this.masked(x, mask, gain) : batchNorm(x, { axis: along, epsilon, ...gain }))
    const plain = normalize(parameters)
    const { mean, variance } = plain
    const y = this.renorm ? normalize(this.renorm.correct(mean, variance, parameters)).y : plain.y
    follow(movingMean!, mean, momentum)
    if (this.renorm) this.renorm.follow(mean, variance, movingVariance!, momentum)
    else follow(movingVariance!, variance, momentum)
    return y
  }

  private masked(input: Tensor, mask: Tensor, gain: Gain): { y: Tensor; mean: Tensor; variance: Tensor } {
    check(
      mask.rank === input.rank - 1,
      'BAD_SHAPE',
      () =>
        `${this.name}: a mask must have one dimension less than the input; got mask ${showShape(mask.shape)} for ${showShape(input.shape)}`,
    )
    const x = cast(input, 'float32')
    const along = normalizeAxis(this.options.axis, x.rank, this.name)
    const others = x.shape.flatMap((_, i) => (i === along ? [] : [i]))
    const counts = broadcastTo(expandDims(cast(mask, 'bool'), -1), x.shape)
    const number = add(sum(cast(counts, 'float32'), others, true), EPSILON)
    const over = (values: Tensor): Tensor => div(sum(where(counts, values, 0), others, true), number)
    const mean = over(x)
    const variance = over(square(sub(x, mean)))
    const flat = { mean: reshape(mean, [mean.size]), variance: reshape(variance, [variance.size]) }
    return { y: batchNormInference(x, { ...flat, axis: this.options.axis, epsilon: this.options.epsilon, ...gain }), ...flat }
  }
}

type Gain = { readonly gamma: TensorLike | null; readonly beta: TensorLike | null }

/** Keras's keras.config.epsilon(), against a mask that leaves nothing. */
const EPSILON = 1e-7

export const batchNormalization = (options?: BatchNormalizationOptions | number): BatchNormalization => new BatchNormalization(options)
