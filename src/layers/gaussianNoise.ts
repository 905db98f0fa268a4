// GaussianNoise: in training adds normally distributed numbers.
import type { Tensor } from '../graph/node'
import { add } from '../ops/binary'
import { randomNormal } from '../ops/random'
import { number, type Given, type Held } from '../util/options'
import type { CallContext, LayerOptions } from './layer'
import { NoiseLayer, noiseOptions } from './noiseBase'

const options = {
  /** Standard deviation of the noise, 0 to 1. */
  stddev: number(0, 1),
  ...noiseOptions,
}
export type GaussianNoiseOptions = LayerOptions & Given<typeof options>

/** Any shape. See keras.layers.GaussianNoise. */
export class GaussianNoise extends NoiseLayer {
  static override readonly className = 'GaussianNoise'
  static override readonly options = options
  static override readonly positional = 'stddev'
  declare readonly options: Held<typeof options>

  override call(x: Tensor, { training }: CallContext): Tensor {
    const { stddev } = this.options
    return training && stddev > 0 ? add(x, randomNormal(x.shape, 0, stddev, this.generator)) : x
  }
}

export const gaussianNoise = (options: GaussianNoiseOptions | number): GaussianNoise => new GaussianNoise(options)
