// Dropout: in training sets inputs to 0 at random and scales up the rest.
import type { Tensor } from '../graph/node'
import { dropout as dropoutOp } from '../ops/random'
import { nullable, optional, type Given, type Held } from '../util/options'
import { rate } from './kinds'
import type { CallContext, LayerOptions } from './layer'
import { NoiseLayer, noiseOptions, noiseShape, noiseShapeFor } from './noiseBase'

const options = {
  /** Fraction of the inputs to drop, 0 to 1. */
  rate,
  ...noiseOptions,
  /** Shape of the mask, broadcast to the input (null: the input's size): [null, 1, n] drops whole time steps. */
  noiseShape: optional(nullable(noiseShape), null),
}
export type DropoutOptions = LayerOptions & Given<typeof options>

/** Kept inputs are scaled by 1 / (1 − rate), so that nothing is to be done at inference. See keras.layers.Dropout. */
export class Dropout extends NoiseLayer {
  static override readonly className = 'Dropout'
  static override readonly options = options
  static override readonly positional = 'rate'
  declare readonly options: Held<typeof options>

  get rate(): number {
    return this.options.rate
  }

  override call(x: Tensor, { training }: CallContext): Tensor {
    const { rate: fraction, noiseShape: shape } = this.options
    return training && fraction > 0 ? dropoutOp(x, fraction, noiseShapeFor(shape, x.shape), this.generator) : x
  }
}

export const dropout = (options: DropoutOptions | number): Dropout => new Dropout(options)
