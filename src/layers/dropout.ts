// Dropout: in training sets inputs to 0 at random and scales up the rest.
import type { Tensor } from '../graph/node'
import { dropout } from '../ops/random'
import type { CallContext } from './layer'
import { checkNoiseShape, checkRate, NoiseLayer, noiseShapeFor, type NoiseOptions, type NoiseShape } from './noiseBase'

export interface DropoutOptions extends NoiseOptions {
  /** Fraction of the inputs to drop, 0 to 1. */
  rate: number
  /** Shape of the mask, broadcast to the input (null: the input's size): [null, 1, n] drops whole time steps. */
  noiseShape?: NoiseShape | null
}

/** Kept inputs are scaled by 1 / (1 − rate), so that nothing is to be done at inference. See keras.layers.Dropout. */
export class Dropout extends NoiseLayer {
  static override readonly className: string = 'Dropout'
  static override readonly optionNames: readonly string[] = ['rate', 'noiseShape', 'seed']
  readonly rate: number
  private readonly noiseShape: NoiseShape | undefined

  constructor(options: DropoutOptions) {
    super(options)
    this.rate = checkRate(options.rate, 'dropout')
    this.noiseShape = checkNoiseShape(options.noiseShape, 'dropout')
  }

  /** Shape of the mask for an input; undefined: each element by itself. */
  protected maskShape(x: Tensor): readonly number[] | undefined {
    return noiseShapeFor(this.noiseShape, x.shape)
  }

  override call(x: Tensor, { training }: CallContext): Tensor {
    if (!training || this.rate === 0) return x
    return dropout(x, this.rate, this.maskShape(x), this.generator)
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rate: this.rate, ...(this.noiseShape && { noiseShape: this.noiseShape }) }
  }
}
