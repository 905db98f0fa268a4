// ReLU: max(x, 0) as a layer, with a slope below a threshold and a ceiling.
import { relu } from '../activations'
import type { Tensor } from '../graph/node'
import { nullable, number, optional, type Given, type Held } from '../util/options'
import { Layer, type LayerOptions } from './layer'

const options = {
  /** Ceiling; null for none (the default). */
  maxValue: optional(nullable(number(0)), null),
  /** Slope below the threshold. Default 0. */
  negativeSlope: optional(number(0), 0),
  /** Default 0. */
  threshold: optional(number(0), 0),
}
export type ReLUOptions = LayerOptions & Given<typeof options>

/** Any shape. See keras.layers.ReLU. */
export class ReLU extends Layer {
  static override readonly className = 'ReLU'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'maxValue'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    const { maxValue, negativeSlope, threshold } = this.options
    return relu(x, { maxValue, negativeSlope, threshold })
  }
}

export const reLU = (options?: ReLUOptions | number): ReLU => new ReLU(options)
