// GaussianNoise: in training adds normally distributed numbers.
import type { Tensor } from '../graph/node'
import { add } from '../ops/binary'
import { randomNormal } from '../ops/random'
import type { CallContext } from './layer'
import { checkRate, NoiseLayer, type NoiseOptions } from './noiseBase'

export interface GaussianNoiseOptions extends NoiseOptions {
  /** Standard deviation of the noise, 0 to 1. */
  stddev: number
}

/** Any shape. See keras.layers.GaussianNoise. */
export class GaussianNoise extends NoiseLayer {
  static override readonly className = 'GaussianNoise'
  static override readonly optionNames = ['stddev', 'seed']
  readonly stddev: number

  constructor(options: GaussianNoiseOptions) {
    super(options)
    this.stddev = checkRate(options.stddev, 'gaussianNoise', 'stddev')
  }

  override call(x: Tensor, { training }: CallContext): Tensor {
    return training && this.stddev > 0 ? add(x, randomNormal(x.shape, 0, this.stddev, this.generator)) : x
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), stddev: this.stddev }
  }
}
