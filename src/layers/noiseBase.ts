// What layers share that draw random numbers in training.
import { Generator } from '../ops/random'
import { kindOf, optional, type Held } from '../util/options'
import type { Shape } from '../util/shape'
import { seed } from './kinds'
import { Layer, type LayerOptions } from './layer'

export type NoiseShape = readonly (number | null)[]

/** Shape of a mask, broadcast to the input; null: the input's size. */
export const noiseShape = kindOf<NoiseShape>(
  "an array of positive integers (null: the input's size)",
  (value) =>
    Array.isArray(value) &&
    value.length <= 6 &&
    Array.from(value, (d: unknown) => d === null || (Number.isInteger(d) && (d as number) > 0 && (d as number) < 2 ** 30)).every(Boolean),
)

export const noiseOptions = {
  /** Gives the layer random numbers of its own, which begin here; else it draws from those that `setSeed` begins. */
  seed: optional(seed, null),
}

export abstract class NoiseLayer extends Layer {
  static override readonly supportsMasking = true
  declare readonly options: Held<typeof noiseOptions>
  /** Where its random numbers come from; undefined: where all others do. */
  protected readonly generator: Generator | undefined

  constructor(options: LayerOptions) {
    super(options)
    if (this.options.seed !== null) this.generator = new Generator(this.options.seed)
  }
}

/** The mask's shape for an input. */
export const noiseShapeFor = (shape: NoiseShape | null, input: Shape): Shape | undefined => shape?.map((d, i) => d ?? input[i]!)
