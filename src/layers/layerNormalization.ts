// LayerNormalization: each sample (or step) by its own mean and variance.
import type { Tensor } from '../graph/node'
import { add, mul } from '../ops/binary'
import { rsqrt } from '../ops/elementwise'
import { layerNorm } from '../ops/normalization'
import { variance } from '../ops/reduce'
import { reshape } from '../ops/shape'
import { check } from '../util/errors'
import { normalizeAxes, sameShape, showShape } from '../util/shape'
import type { PartialShape } from './layer'
import { checkAxis, GAIN_OPTIONS, NormalizationLayer, sizesAlong, type GainOptions } from './normalizationBase'

export interface LayerNormalizationOptions extends GainOptions {
  /** Axes that are brought to mean 0 and variance 1 together. Default -1. */
  axis?: number | readonly number[]
  /** x·gamma / √(variance + epsilon), as old Keras models have it; `rmsNormalization` is meant. Default false. */
  rmsScaling?: boolean
}

/** Any shape; weights gamma and beta of the axes' shape. See keras.layers.LayerNormalization. */
export class LayerNormalization extends NormalizationLayer<LayerNormalizationOptions> {
  static override readonly className = 'LayerNormalization'
  static override readonly optionNames = ['axis', 'rmsScaling', ...GAIN_OPTIONS]
  readonly axis: number | readonly number[]

  constructor(options: LayerNormalizationOptions = {}) {
    super(options)
    this.axis = checkAxis(options.axis ?? -1, this.className, true)
  }

  override build(inputShape: PartialShape): void {
    const { center = true, scale = true, rmsScaling = false } = this.options
    this.addGain(sizesAlong(this, inputShape, this.axis), { center: center && !rmsScaling, scale: scale || rmsScaling })
  }

  override checkInput(shape: PartialShape): void {
    const [sizes, built] = [sizesAlong(this, shape, this.axis), sizesAlong(this, this.inputShape!, this.axis)]
    check(sameShape(sizes, built), 'BAD_SHAPE', () => `${this.name}: was built for inputs of shape ${showShape(this.inputShape!)}, got ${showShape(shape)}`)
  }

  override call(x: Tensor): Tensor {
    if (!this.options.rmsScaling) return layerNorm(x, { axis: this.axis, ...this.parameters })
    const axes = normalizeAxes(this.axis, x.rank, this.name)
    const gamma = reshape(this.gamma!, x.shape.map((d, i) => (axes.includes(i) ? d : 1)))
    return mul(x, mul(rsqrt(add(variance(x, axes, true), this.epsilon)), gamma))
  }
}
