// UpSampling1D: every step of sequences several times.
import type { Tensor } from '../graph/node'
import { repeat } from '../ops/shape'
import { optional, positive, type Given, type Held, type Kind } from '../util/options'
import { checkSpatial } from './convBase'
import { Layer, type LayerOptions } from './layer'

/** One number; a list of one as old files have it. */
const scalarSize: Kind<number> = {
  ...positive,
  read: (value, what) => positive.read(Array.isArray(value) && value.length === 1 ? value[0] : value, what),
}

const options = {
  /** How many times. Default 2. */
  size: optional(scalarSize, 2),
}
export type UpSampling1DOptions = LayerOptions & Given<typeof options>

/** Input [batch, steps, channels], output [batch, steps · size, channels]. See keras.layers.UpSampling1D. */
export class UpSampling1D extends Layer {
  static override readonly className = 'UpSampling1D'
  static override readonly options = options
  static override readonly positional = 'size'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, 1)
    return repeat(x, this.options.size, 1)
  }
}

export const upSampling1d = (options?: UpSampling1DOptions | number): UpSampling1D => new UpSampling1D(options)
