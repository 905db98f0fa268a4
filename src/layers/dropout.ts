// Dropout: in training sets inputs to 0 at random and scales up the rest.
import type { Tensor } from '../graph/node'
import { dropout } from '../ops/random'
import { check } from '../util/errors'
import { Layer, type CallContext, type LayerOptions } from './layer'

export interface DropoutOptions extends LayerOptions {
  /** Fraction of the inputs to drop, 0 to 1. */
  rate: number
  /** Shape of the mask, broadcast to the input (null: the input's size): [null, 1, n] drops whole time steps. */
  noiseShape?: readonly (number | null)[]
}

/** Kept inputs are scaled by 1 / (1 − rate), so that nothing is to be done at inference. See keras.layers.Dropout. */
export class Dropout extends Layer {
  static override readonly className = 'Dropout'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['rate', 'noiseShape']
  readonly rate: number
  private readonly noiseShape: readonly (number | null)[] | undefined

  constructor(options: DropoutOptions) {
    super(options)
    const rate: unknown = options.rate
    check(typeof rate === 'number' && rate >= 0 && rate <= 1, 'BAD_ARGUMENT', () => `dropout: rate must be a number from 0 to 1, not ${String(rate)}`)
    this.rate = rate
    this.noiseShape = options.noiseShape
  }

  override call(x: Tensor, { training }: CallContext): Tensor {
    if (!training || this.rate === 0) return x
    return dropout(x, this.rate, this.noiseShape?.map((d, i) => d ?? x.shape[i]!))
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), rate: this.rate, ...(this.noiseShape && { noiseShape: this.noiseShape }) }
  }
}
