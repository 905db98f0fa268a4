// UpSampling3D: every cell of volumes as several.
import type { Tensor } from '../graph/node'
import { repeat } from '../ops/shape'
import { checkSpatial, sizesOf, type Sizes } from './convBase'
import { channelsFirst, Layer, type DataFormat, type LayerOptions } from './layer'

export interface UpSampling3DOptions extends LayerOptions {
  /** How many times, in depth, height and width. Default 2. */
  size?: Sizes
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
}

/** Input [batch, depth, height, width, channels], output [batch, depth · size, height · size, width · size, channels]. See keras.layers.UpSampling3D. */
export class UpSampling3D extends Layer {
  static override readonly className = 'UpSampling3D'
  static override readonly optionNames = ['size', 'dataFormat']
  private readonly size: number[]
  private readonly first: boolean

  constructor(private readonly options: UpSampling3DOptions = {}) {
    super(options)
    this.size = sizesOf(options.size ?? 2, 3, this.className, 'size')
    this.first = channelsFirst(options.dataFormat)
  }

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, 3)
    return this.size.reduce<Tensor>((y, times, i) => repeat(y, times, i + (this.first ? 2 : 1)), x)
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), size: this.size, dataFormat: this.options.dataFormat ?? 'channelsLast' }
  }
}
