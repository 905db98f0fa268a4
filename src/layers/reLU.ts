// ReLU: max(x, 0) as a layer, with a slope below a threshold and a ceiling.
import { relu } from '../activations'
import type { Tensor } from '../graph/node'
import { checkNumber } from '../util/parts'
import { Layer, type LayerOptions } from './layer'

export interface ReLUOptions extends LayerOptions {
  /** Ceiling; null for none (the default). */
  maxValue?: number | null
  /** Slope below the threshold. Default 0. */
  negativeSlope?: number
  /** Default 0. */
  threshold?: number
}

/** Any shape. See keras.layers.ReLU. */
export class ReLU extends Layer {
  static override readonly className = 'ReLU'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['maxValue', 'negativeSlope', 'threshold']
  private readonly shape: { maxValue: number | null; negativeSlope: number; threshold: number }

  constructor(options: ReLUOptions = {}) {
    super(options)
    const { maxValue = null, negativeSlope = 0, threshold = 0 } = options
    if (maxValue !== null) checkNumber(maxValue, 'reLU: maxValue', 0)
    this.shape = { maxValue, negativeSlope: checkNumber(negativeSlope, 'reLU: negativeSlope', 0), threshold: checkNumber(threshold, 'reLU: threshold', 0) }
  }

  override call(x: Tensor): Tensor {
    return relu(x, this.shape)
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), ...this.shape }
  }
}
