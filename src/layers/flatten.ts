// Flatten: [batch, …] → [batch, product of the rest].
import type { Tensor } from '../graph/node'
import { reshape, transpose } from '../ops/shape'
import { sizeOf } from '../util/shape'
import { channelsFirst, Layer, type DataFormat, type LayerOptions } from './layer'

export interface FlattenOptions extends LayerOptions {
  /** 'channelsFirst' inputs are turned to channels-last order before, so that the same weights fit. Default 'channelsLast'. */
  dataFormat?: DataFormat
}

/** See keras.layers.Flatten. A view: nothing is copied. */
export class Flatten extends Layer {
  static override readonly className = 'Flatten'
  static override readonly optionNames = ['dataFormat']

  private readonly channelsFirst: boolean

  constructor(private readonly options: FlattenOptions = {}) {
    super(options)
    this.channelsFirst = channelsFirst(options.dataFormat)
  }

  override call(x: Tensor): Tensor {
    const y = this.channelsFirst && x.rank > 2 ? transpose(x, [0, ...x.shape.slice(2).map((_, i) => i + 2), 1]) : x
    return reshape(y, [x.shape[0]!, sizeOf(x.shape.slice(1))])
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: this.options.dataFormat ?? 'channelsLast' }
  }
}
