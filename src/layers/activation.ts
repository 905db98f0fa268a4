// Activation: applies a function, element by element or (softmax) along the last axis.
import type { Tensor } from '../graph/node'
import type { Given, Held } from '../util/options'
import { activation as activationKind } from './kinds'
import { Layer, type LayerOptions } from './layer'

const options = { activation: activationKind }
export type ActivationOptions = LayerOptions & Given<typeof options>

/** See keras.layers.Activation. */
export class Activation extends Layer {
  static override readonly className = 'Activation'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'activation'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    return this.options.activation.call(x)
  }
}

export const activation = (options: ActivationOptions | NonNullable<ActivationOptions['activation']>): Activation => new Activation(options)
