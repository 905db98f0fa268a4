// Activation: applies a function, element by element or (softmax) along the last axis.
import { getActivation, type ActivationLike } from '../activations'
import type { Tensor } from '../graph/node'
import { check } from '../util/errors'
import { Layer, type LayerOptions } from './layer'

export interface ActivationOptions extends LayerOptions {
  activation: ActivationLike
}

/** See keras.layers.Activation. */
export class Activation extends Layer {
  static override readonly className = 'Activation'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['activation']
  private readonly activation: ReturnType<typeof getActivation>

  constructor(options: ActivationOptions) {
    super(options)
    check(options.activation, 'BAD_ARGUMENT', () => "activation: the option 'activation' is missing; give a name as 'relu' or a function of a tensor")
    this.activation = getActivation(options.activation)
  }

  override call(x: Tensor): Tensor {
    return this.activation.call(x)
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), activation: this.activation.name }
  }
}
