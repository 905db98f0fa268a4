// AlphaDropout: dropout that keeps mean and variance of what SELU makes.
import type { Tensor } from '../graph/node'
import { add, mul, sub } from '../ops/binary'
import { bernoulli } from '../ops/random'
import { nullable, optional, type Given, type Held } from '../util/options'
import { rateBelowOne } from './kinds'
import type { CallContext, LayerOptions } from './layer'
import { NoiseLayer, noiseOptions, noiseShape, noiseShapeFor } from './noiseBase'

const options = {
  /** Fraction of the inputs to drop, from 0 to below 1. */
  rate: rateBelowOne,
  ...noiseOptions,
  /** Shape of the mask, broadcast to the input (null: the input's size). */
  noiseShape: optional(nullable(noiseShape), null),
}
export type AlphaDropoutOptions = LayerOptions & Given<typeof options>

/** −scale · alpha of SELU: what a dropped input becomes. */
const DROPPED = -1.6732632423543772 * 1.0507009873554805

/** Any shape. See keras.layers.AlphaDropout. */
export class AlphaDropout extends NoiseLayer {
  static override readonly className = 'AlphaDropout'
  static override readonly options = options
  static override readonly positional = 'rate'
  declare readonly options: Held<typeof options>

  override call(x: Tensor, { training }: CallContext): Tensor {
    const { rate, noiseShape: shape } = this.options
    if (!training || rate === 0) return x
    // a·(kept ? x : dropped) + b, with a and b such that mean 0 and variance 1 stay
    const a = ((1 - rate) * (1 + rate * DROPPED ** 2)) ** -0.5
    const b = -a * DROPPED * rate
    const kept = bernoulli(noiseShapeFor(shape, x.shape) ?? x.shape, 1 - rate, a, this.generator)
    return add(mul(sub(x, DROPPED), kept), a * DROPPED + b)
  }
}

export const alphaDropout = (options: AlphaDropoutOptions | number): AlphaDropout => new AlphaDropout(options)
