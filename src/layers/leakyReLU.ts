// LeakyReLU: x if positive, else slope · x.
import { leakyRelu } from '../activations'
import type { Tensor } from '../graph/node'
import { number, optional, type Given, type Held } from '../util/options'
import { Layer, type LayerOptions } from './layer'

const options = {
  /** Default 0.3. */
  negativeSlope: optional(number(0), 0.3),
}
export type LeakyReLUOptions = LayerOptions &
  Given<typeof options> & {
    /** Older name of negativeSlope. */
    alpha?: number
  }

/** Any shape. See keras.layers.LeakyReLU. */
export class LeakyReLU extends Layer {
  static override readonly className = 'LeakyReLU'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'negativeSlope'
  static override readonly renamed = { alpha: 'negativeSlope' }
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    return leakyRelu(x, { negativeSlope: this.options.negativeSlope })
  }
}

export const leakyReLU = (options?: LeakyReLUOptions | number): LeakyReLU => new LeakyReLU(options)
