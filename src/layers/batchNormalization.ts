// BatchNormalization: each channel by its mean and variance over the batch; at inference by moving averages of them.
import type { TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import type { InitializerLike } from '../initializers/index'
import { add, div, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { batchNorm, batchNormInference } from '../ops/normalization'
import { sum } from '../ops/reduce'
import { square } from '../ops/elementwise'
import { broadcastTo, expandDims, reshape } from '../ops/shape'
import { where } from '../ops/select'
import { check } from '../util/errors'
import { checkNumber } from '../util/parts'
import { normalizeAxis, showShape } from '../util/shape'
import { BatchRenorm, follow, type RenormOptions } from './batchRenorm'
import type { CallContext, PartialShape } from './layer'
import { checkAxis, GAIN_OPTIONS, NormalizationLayer, sizeAlong, type GainOptions } from './normalizationBase'

export interface BatchNormalizationOptions extends GainOptions, RenormOptions {
  /** Axis of the channels: -1, or 1 for channels first. Default -1. */
  axis?: number
  /** How much of the moving averages stays at each step. Default 0.99. */
  momentum?: number
  /** Default zeros. */
  movingMeanInitializer?: InitializerLike
  /** Default ones. */
  movingVarianceInitializer?: InitializerLike
  /** Statistics over several devices; there is one here. */
  synchronized?: false
}

/**
 * Any shape; weights gamma, beta, moving mean and moving variance [channels]. In training (unless `trainable` is false) statistics are the batch's, and the
 * moving averages follow them; else the averages are used. Time steps that a mask leaves out do not count. See keras.layers.BatchNormalization.
 */
export class BatchNormalization extends NormalizationLayer<BatchNormalizationOptions> {
  static override readonly className = 'BatchNormalization'
  static override readonly optionNames = ['axis', 'momentum', 'movingMeanInitializer', 'movingVarianceInitializer', 'renorm', 'renormClipping', 'renormMomentum', 'synchronized', ...GAIN_OPTIONS]
  readonly axis: number
  private readonly momentum: number
  movingMean: Variable | undefined
  movingVariance: Variable | undefined
  private renorm: BatchRenorm | undefined

  constructor(options: BatchNormalizationOptions = {}) {
    super(options)
    this.axis = checkAxis(options.axis ?? -1, this.className, false)
    this.momentum = checkNumber(options.momentum ?? 0.99, `${this.className}: momentum`, 0, 1)
    check(!options.synchronized, 'UNSUPPORTED', () => `${this.className}: synchronized statistics are for several devices; leave the option out`)
  }

  override build(inputShape: PartialShape): void {
    const shape = [sizeAlong(this, inputShape, this.axis)]
    const { movingMeanInitializer = 'zeros', movingVarianceInitializer = 'ones' } = this.options
    this.addGain(shape)
    this.movingMean = this.addWeight({ name: 'moving_mean', shape, initializer: movingMeanInitializer, trainable: false })
    this.movingVariance = this.addWeight({ name: 'moving_variance', shape, initializer: movingVarianceInitializer, trainable: false })
    if (this.options.renorm) {
      this.renorm = new BatchRenorm((weight) => this.addWeight({ ...weight, shape, trainable: false }), movingMeanInitializer, movingVarianceInitializer, this.epsilon, this.options)
    }
  }

  override checkInput(shape: PartialShape): void {
    const [channels, built] = [sizeAlong(this, shape, this.axis), this.movingMean!.size]
    check(channels === built && shape.length === this.inputShape!.length, 'BAD_SHAPE', () => `${this.name}: was built for inputs of shape ${showShape(this.inputShape!)}, got ${showShape(shape)}`)
  }

  override call(x: Tensor, { training, mask }: CallContext): Tensor {
    const { axis, parameters, movingMean, movingVariance } = this
    if (!training || !this.trainable) return batchNormInference(x, { mean: movingMean!, variance: movingVariance!, axis, ...parameters })
    const normalize = (gain: Gain) => (mask ? this.masked(x, mask, gain) : batchNorm(x, { axis, epsilon: this.epsilon, ...gain }))
    const plain = normalize(parameters)
    const { mean, variance } = plain
    const y = this.renorm ? normalize(this.renorm.correct(mean, variance, parameters)).y : plain.y
    follow(movingMean!, mean, this.momentum)
    if (this.renorm) this.renorm.follow(mean, variance, movingVariance!, this.momentum)
    else follow(movingVariance!, variance, this.momentum)
    return y
  }

  private masked(input: Tensor, mask: Tensor, gain: Gain): { y: Tensor; mean: Tensor; variance: Tensor } {
    check(mask.rank === input.rank - 1, 'BAD_SHAPE', () => `${this.name}: a mask must have one dimension less than the input; got mask ${showShape(mask.shape)} for ${showShape(input.shape)}`)
    const x = cast(input, 'float32')
    const along = normalizeAxis(this.axis, x.rank, this.name)
    const others = x.shape.flatMap((_, i) => (i === along ? [] : [i]))
    const counts = broadcastTo(expandDims(cast(mask, 'bool'), -1), x.shape)
    const number = add(sum(cast(counts, 'float32'), others, true), EPSILON)
    const over = (values: Tensor): Tensor => div(sum(where(counts, values, 0), others, true), number)
    const mean = over(x)
    const variance = over(square(sub(x, mean)))
    const flat = { mean: reshape(mean, [mean.size]), variance: reshape(variance, [variance.size]) }
    return { y: batchNormInference(x, { ...flat, axis: this.axis, epsilon: this.epsilon, ...gain }), ...flat }
  }
}

type Gain = { readonly gamma: TensorLike | null; readonly beta: TensorLike | null }

/** Keras's keras.config.epsilon(), against a mask that leaves nothing. */
const EPSILON = 1e-7
