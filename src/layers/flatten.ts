// Flatten: [batch, …] → [batch, product of the rest].
import type { Tensor } from '../graph/node'
import { reshape, transpose } from '../ops/shape'
import { sizeOf } from '../util/shape'
import { Layer, type LayerOptions } from './layer'

export interface FlattenOptions extends LayerOptions {
  /** 'channelsFirst' inputs are turned to channels-last order before, so that the same weights fit. Default 'channelsLast'. */
  dataFormat?: 'channelsLast' | 'channelsFirst'
}

/** See keras.layers.Flatten. A view: nothing is copied. */
export class Flatten extends Layer {
  static override readonly className = 'Flatten'

  constructor(private readonly options: FlattenOptions = {}) {
    super(options)
  }

  override call(x: Tensor): Tensor {
    const first = this.options.dataFormat === 'channelsFirst' && x.rank > 2
    const y = first ? transpose(x, [0, ...x.shape.slice(2).map((_, i) => i + 2), 1]) : x
    return reshape(y, [x.shape[0]!, sizeOf(x.shape.slice(1))])
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dataFormat: this.options.dataFormat ?? 'channelsLast' }
  }
}
