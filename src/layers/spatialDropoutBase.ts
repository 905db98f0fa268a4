// What spatial dropout layers share: whole channels are dropped.
import type { Tensor } from '../graph/node'
import { checkSpatial } from './convBase'
import { channelsFirst, Layer, type DataFormat, type PartialShape } from './layer'
import { Dropout } from './dropout'
import type { NoiseOptions } from './noiseBase'

export interface SpatialDropoutOptions extends NoiseOptions {
  /** Fraction of the channels to drop, 0 to 1. */
  rate: number
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
}

export abstract class SpatialDropout extends Dropout {
  static override readonly optionNames = ['rate', 'dataFormat', 'seed']
  private readonly first: boolean
  private readonly dataFormat: DataFormat | undefined

  constructor(options: SpatialDropoutOptions, private readonly spatial: number) {
    super(options)
    this.first = channelsFirst(options.dataFormat)
    this.dataFormat = options.dataFormat
  }

  override build(inputShape: PartialShape): void {
    checkSpatial(this as Layer, inputShape, this.spatial)
  }

  override checkInput(shape: PartialShape): void {
    checkSpatial(this as Layer, shape, this.spatial)
  }

  protected override maskShape({ shape }: Tensor): readonly number[] {
    const channels = this.first ? 1 : shape.length - 1
    return shape.map((d, i) => (i === 0 || i === channels ? d : 1))
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), ...(this.dataFormat && { dataFormat: this.dataFormat }) }
  }
}
