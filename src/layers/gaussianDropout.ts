// GaussianDropout: in training multiplies by normally distributed numbers around 1.
import type { Tensor } from '../graph/node'
import { mul } from '../ops/binary'
import { randomNormal } from '../ops/random'
import type { Given, Held } from '../util/options'
import { rateBelowOne } from './kinds'
import type { CallContext, LayerOptions } from './layer'
import { NoiseLayer, noiseOptions } from './noiseBase'

const options = {
  /** The noise has the variance of dropout with this rate, rate / (1 − rate); from 0 to below 1. */
  rate: rateBelowOne,
  ...noiseOptions,
}
export type GaussianDropoutOptions = LayerOptions & Given<typeof options>

/** Any shape. See keras.layers.GaussianDropout. */
export class GaussianDropout extends NoiseLayer {
  static override readonly className = 'GaussianDropout'
  static override readonly options = options
  static override readonly positional = 'rate'
  declare readonly options: Held<typeof options>

  override call(x: Tensor, { training }: CallContext): Tensor {
    const { rate } = this.options
    return training && rate > 0 ? mul(x, randomNormal(x.shape, 1, Math.sqrt(rate / (1 - rate)), this.generator)) : x
  }
}

export const gaussianDropout = (options: GaussianDropoutOptions | number): GaussianDropout => new GaussianDropout(options)
