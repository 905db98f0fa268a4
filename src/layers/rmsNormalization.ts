// RMSNormalization: each sample (or step) by the root of its mean square.
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { rmsNorm } from '../ops/normalization'
import { number, optional, type Given, type Held } from '../util/options'
import { axis, oneOrList } from './kinds'
import { Layer, type LayerOptions, type PartialShape } from './layer'
import { checkAlong, sizesAlong } from './normalizationBase'

const options = {
  /** Axes that are scaled together. Default -1. */
  axis: optional(oneOrList(axis), -1),
  /** Added to the mean square. Default 1e-6. */
  epsilon: optional(number(0), 1e-6),
}
export type RMSNormalizationOptions = LayerOptions & Given<typeof options>

/** Any shape; weight scale of the axes' shape. See keras.layers.RMSNormalization. */
export class RMSNormalization extends Layer {
  static override readonly className = 'RMSNormalization'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'axis'
  declare readonly options: Held<typeof options>
  scale: Variable | undefined

  override build(inputShape: PartialShape): void {
    this.scale = this.addWeight({ name: 'scale', shape: sizesAlong(this, inputShape, this.options.axis), initializer: 'ones' })
  }

  override checkInput(shape: PartialShape): void {
    checkAlong(this, shape, this.options.axis)
  }

  override call(x: Tensor): Tensor {
    return rmsNorm(x, { gamma: this.scale!, axis: this.options.axis, epsilon: this.options.epsilon })
  }
}

export const rmsNormalization = (options?: RMSNormalizationOptions | number): RMSNormalization => new RMSNormalization(options)
