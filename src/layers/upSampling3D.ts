// UpSampling3D: every cell of volumes as several.
import type { Tensor } from '../graph/node'
import { repeat } from '../ops/shape'
import { optional, perDimension, type Given, type Held } from '../util/options'
import { checkSpatial } from './convBase'
import { dataFormat } from './kinds'
import { Layer, type LayerOptions } from './layer'

const options = {
  /** How many times, in depth, height and width. Default 2. */
  size: optional(perDimension(3), 2),
  /** Default 'channelsLast'. */
  dataFormat: optional(dataFormat, 'channelsLast'),
}
export type UpSampling3DOptions = LayerOptions & Given<typeof options>

/**
 * Input [batch, depth, height, width, channels], output [batch, depth · size, height · size, width · size, channels]. See
 * keras.layers.UpSampling3D.
 */
export class UpSampling3D extends Layer {
  static override readonly className = 'UpSampling3D'
  static override readonly options = options
  static override readonly positional = 'size'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, 3)
    const { size, dataFormat: format } = this.options
    return size.reduce<Tensor>((y, times, i) => repeat(y, times, i + (format === 'channelsFirst' ? 2 : 1)), x)
  }
}

export const upSampling3d = (options?: UpSampling3DOptions | UpSampling3DOptions['size']): UpSampling3D => new UpSampling3D(options)
