// Rescaling: x · scale + offset, as pictures want it, and data between two bounds.
import { toNode } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { add, mul } from '../ops/binary'
import { cast } from '../ops/cast'
import { optional, type Given, type Held } from '../util/options'
import { Layer, type LayerOptions } from './layer'
import { numbers } from './normalization'

const options = {
  /** A number, or one for each place of the last axes: 1 / 255. */
  scale: numbers,
  /** The same. Default 0. */
  offset: optional(numbers, 0),
}
export type RescalingOptions = LayerOptions & Given<typeof options>

/** Any shape. Data from their least to their greatest: `layers.rescaling(utils.minMaxScaling(x))`. See keras.layers.Rescaling. */
export class Rescaling extends Layer {
  static override readonly className = 'Rescaling'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'scale'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    const { scale, offset } = this.options
    return add(mul(cast(x, 'float32'), cast(toNode(scale), 'float32')), cast(toNode(offset), 'float32'))
  }
}

export const rescaling = (options: RescalingOptions | number): Rescaling => new Rescaling(options)
