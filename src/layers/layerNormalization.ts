// LayerNormalization: each sample (or step) by its own mean and variance.
import type { Tensor } from '../graph/node'
import { add, mul } from '../ops/binary'
import { rsqrt } from '../ops/elementwise'
import { layerNorm } from '../ops/normalization'
import { variance } from '../ops/reduce'
import { reshape } from '../ops/shape'
import { flag, optional, type Given, type Held } from '../util/options'
import { normalizeAxes } from '../util/shape'
import { axis, oneOrList } from './kinds'
import type { LayerOptions, PartialShape } from './layer'
import { checkAlong, gainOptions, NormalizationLayer, sizesAlong } from './normalizationBase'

const options = {
  /** Axes that are brought to mean 0 and variance 1 together. Default -1. */
  axis: optional(oneOrList(axis), -1),
  /** x·gamma / √(variance + epsilon), as old Keras models have it; `rmsNormalization` is meant. Default false. */
  rmsScaling: optional(flag, false),
  ...gainOptions,
}
export type LayerNormalizationOptions = LayerOptions & Given<typeof options>

/** Any shape; weights gamma and beta of the axes' shape. See keras.layers.LayerNormalization. */
export class LayerNormalization extends NormalizationLayer {
  static override readonly className = 'LayerNormalization'
  static override readonly options = options
  static override readonly positional = 'axis'
  declare readonly options: Held<typeof options>

  override build(inputShape: PartialShape): void {
    const { axis: along, center, scale, rmsScaling } = this.options
    this.addGain(sizesAlong(this, inputShape, along), { center: center && !rmsScaling, scale: scale || rmsScaling })
  }

  override checkInput(shape: PartialShape): void {
    checkAlong(this, shape, this.options.axis)
  }

  override call(x: Tensor): Tensor {
    const { axis: along, epsilon, rmsScaling } = this.options
    if (!rmsScaling) return layerNorm(x, { axis: along, ...this.parameters })
    const axes = normalizeAxes(along, x.rank, this.name)
    const gamma = reshape(
      this.gamma!,
      x.shape.map((d, i) => (axes.includes(i) ? d : 1)),
    )
    return mul(x, mul(rsqrt(add(variance(x, axes, true), epsilon)), gamma))
  }
}

export const layerNormalization = (options?: LayerNormalizationOptions | number): LayerNormalization => new LayerNormalization(options)
