// GaussianDropout: in training multiplies by normally distributed numbers around 1.
import type { Tensor } from '../graph/node'
import { mul } from '../ops/binary'
import { randomNormal } from '../ops/random'
import type { CallContext } from './layer'
import { checkRate, NoiseLayer, type NoiseOptions } from './noiseBase'

export interface GaussianDropoutOptions extends NoiseOptions {
  /** The noise has the variance of dropout with this rate, rate / (1 − rate); from 0 to below 1. */
  rate: number
}

/** Any shape. See keras.layers.GaussianDropout. */
export class GaussianDropout extends NoiseLayer {
  static override readonly className = 'GaussianDropout'
  static override readonly optionNames = ['rate', 'seed']
  readonly rate: number

  constructor(options: GaussianDropoutOptions) {
    super(options)
    this.rate = checkRate(options.rate, 'gaussianDropout', 'rate', false)
  }

  override call(x: Tensor, { training }: CallContext): Tensor {
    return training && this.rate > 0 ? mul(x, randomNormal(x.shape, 1, Math.sqrt(this.rate / (1 - this.rate)), this.generator)) : x
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rate: this.rate }
  }
}
