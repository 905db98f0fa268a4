// What spatial dropout layers share: whole channels are dropped.
import type { Tensor } from '../graph/node'
import { dropout } from '../ops/random'
import { optional, type Given, type Held } from '../util/options'
import { checkSpatial } from './convBase'
import { dataFormat, rate } from './kinds'
import type { CallContext, LayerOptions, PartialShape } from './layer'
import { NoiseLayer, noiseOptions } from './noiseBase'

/** Of sequences, whose channels stand last. */
export const stepDropoutOptions = {
  /** Fraction of the channels to drop, 0 to 1. */
  rate,
  ...noiseOptions,
}

export const spatialDropoutOptions = {
  ...stepDropoutOptions,
  /** Default 'channelsLast'. */
  dataFormat: optional(dataFormat, 'channelsLast'),
}
export type SpatialDropoutOptions = LayerOptions & Given<typeof spatialDropoutOptions>

export abstract class SpatialDropout extends NoiseLayer {
  static override readonly positional = 'rate'
  declare readonly options: Held<typeof stepDropoutOptions> & { readonly dataFormat?: 'channelsLast' | 'channelsFirst' }
  /** Number of spatial dimensions. */
  protected abstract readonly rank: number

  get rate(): number {
    return this.options.rate
  }

  override build(inputShape: PartialShape): void {
    checkSpatial(this, inputShape, this.rank)
  }

  override checkInput(shape: PartialShape): void {
    checkSpatial(this, shape, this.rank)
  }

  override call(x: Tensor, { training }: CallContext): Tensor {
    const channels = this.options.dataFormat === 'channelsFirst' ? 1 : x.rank - 1
    const mask = x.shape.map((d, i) => (i === 0 || i === channels ? d : 1))
    return training && this.rate > 0 ? dropout(x, this.rate, mask, this.generator) : x
  }

  /** As Keras has it: without `trainable`, and the number type alone. */
  override getConfig(): Record<string, unknown> {
    const { trainable, ...config } = super.getConfig()
    return { ...config, dtype: 'float32' }
  }
}
