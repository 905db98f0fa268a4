// Masking: steps whose features all have one value do not count.
import type { Tensor } from '../graph/node'
import { notEqual } from '../ops/binary'
import { any } from '../ops/reduce'
import { where } from '../ops/select'
import { number, optional, type Given, type Held } from '../util/options'
import { Layer, type LayerOptions } from './layer'

const options = {
  /** Default 0. */
  maskValue: optional(number(), 0),
}
export type MaskingOptions = LayerOptions & Given<typeof options>

/** Input and output [batch, time, …]; masked steps become zero. The mask goes on to the layers after. See keras.layers.Masking. */
export class Masking extends Layer {
  static override readonly className = 'Masking'
  static override readonly options = options
  static override readonly positional = 'maskValue'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    return where(any(notEqual(x, this.options.maskValue), -1, true), x, 0)
  }

  override computeMask(x: Tensor): Tensor {
    return any(notEqual(x, this.options.maskValue), -1)
  }
}

export const masking = (options?: MaskingOptions | number): Masking => new Masking(options)
