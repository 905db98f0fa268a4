// Flatten: [batch, …] → [batch, product of the rest].
import type { Tensor } from '../graph/node'
import { reshape, transpose } from '../ops/shape'
import { nth } from '../util/lists'
import { optional, type Given, type Held } from '../util/options'
import { sizeOf } from '../util/shape'
import { dataFormat } from './kinds'
import { check } from '../util/errors'
import { Layer, type LayerOptions } from './layer'

const options = {
  /** 'channelsFirst' inputs are turned to channels-last order before, so that the same weights fit. Default 'channelsLast'. */
  dataFormat: optional(dataFormat, 'channelsLast'),
}
export type FlattenOptions = LayerOptions & Given<typeof options>

/** See keras.layers.Flatten. A view: nothing is copied. */
export class Flatten extends Layer {
  static override readonly className = 'Flatten'
  static override readonly options = options
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    check(x.rank !== 0, 'BAD_SHAPE', () => `${this.name}: expected samples [n, …], not one number; write x.reshape([1, 1])`)
    const first = this.options.dataFormat === 'channelsFirst' && x.rank > 2
    const y = first ? transpose(x, [0, ...x.shape.slice(2).map((_, i) => i + 2), 1]) : x
    return reshape(y, [nth(x.shape, 0), sizeOf(x.shape.slice(1))])
  }
}

export const flatten = (options?: FlattenOptions): Flatten => new Flatten(options)
