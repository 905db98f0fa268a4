// AlphaDropout: dropout that keeps mean and variance of what SELU makes.
import type { Tensor } from '../graph/node'
import { add, mul, sub } from '../ops/binary'
import { bernoulli } from '../ops/random'
import type { CallContext } from './layer'
import { checkNoiseShape, checkRate, NoiseLayer, noiseShapeFor, type NoiseOptions, type NoiseShape } from './noiseBase'

export interface AlphaDropoutOptions extends NoiseOptions {
  /** Fraction of the inputs to drop, from 0 to below 1. */
  rate: number
  /** Shape of the mask, broadcast to the input (null: the input's size). */
  noiseShape?: NoiseShape | null
}

/** −scale · alpha of SELU: what a dropped input becomes. */
const DROPPED = -1.6732632423543772 * 1.0507009873554805

/** Any shape. See keras.layers.AlphaDropout. */
export class AlphaDropout extends NoiseLayer {
  static override readonly className = 'AlphaDropout'
  static override readonly optionNames = ['rate', 'noiseShape', 'seed']
  readonly rate: number
  private readonly noiseShape: NoiseShape | undefined

  constructor(options: AlphaDropoutOptions) {
    super(options)
    this.rate = checkRate(options.rate, 'alphaDropout', 'rate', false)
    this.noiseShape = checkNoiseShape(options.noiseShape, 'alphaDropout')
  }

  override call(x: Tensor, { training }: CallContext): Tensor {
    const { rate } = this
    if (!training || rate === 0) return x
    // a·(kept ? x : dropped) + b, with a and b such that mean 0 and variance 1 stay
    const a = ((1 - rate) * (1 + rate * DROPPED ** 2)) ** -0.5
    const b = -a * DROPPED * rate
    const kept = bernoulli(noiseShapeFor(this.noiseShape, x.shape) ?? x.shape, 1 - rate, a, this.generator)
    return add(mul(sub(x, DROPPED), kept), a * DROPPED + b)
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rate: this.rate, ...(this.noiseShape && { noiseShape: this.noiseShape }) }
  }
}
