// LeakyReLU: x if positive, else slope · x.
import { leakyRelu } from '../activations'
import type { Tensor } from '../graph/node'
import { checkNumber } from '../util/parts'
import { Layer, type LayerOptions } from './layer'

export interface LeakyReLUOptions extends LayerOptions {
  /** Default 0.3. */
  negativeSlope?: number
  /** Older name of negativeSlope. */
  alpha?: number
}

/** Any shape. See keras.layers.LeakyReLU. */
export class LeakyReLU extends Layer {
  static override readonly className = 'LeakyReLU'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['negativeSlope', 'alpha']
  readonly negativeSlope: number

  constructor(options: LeakyReLUOptions = {}) {
    super(options)
    this.negativeSlope = checkNumber(options.negativeSlope ?? options.alpha ?? 0.3, 'leakyReLU: negativeSlope', 0)
  }

  override call(x: Tensor): Tensor {
    return leakyRelu(x, { negativeSlope: this.negativeSlope })
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), negativeSlope: this.negativeSlope }
  }
}
