// ZeroPadding2D: cells of zeros around images.
import type { Tensor } from '../graph/node'
import { pad } from '../ops/shape'
import { checkSpatial, withChannelsLast } from './convBase'
import { channelsFirst, Layer, type DataFormat, type LayerOptions } from './layer'
import { sidesOf, type Sides } from './sides'

export interface ZeroPadding2DOptions extends LayerOptions {
  /** One number for all sides, one for height and one for width, or [[top, bottom], [left, right]]. Default 1. */
  padding?: number | readonly (number | readonly [number, number])[]
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
}

/** Input [batch, height, width, channels]. See keras.layers.ZeroPadding2D. */
export class ZeroPadding2D extends Layer {
  static override readonly className = 'ZeroPadding2D'
  private readonly widths: Sides[]
  private readonly first: boolean

  constructor(private readonly options: ZeroPadding2DOptions = {}) {
    super(options)
    this.widths = sidesOf(options.padding ?? 1, 2, this.className, 'padding')
    this.first = channelsFirst(options.dataFormat)
  }

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, 2)
    return withChannelsLast(x, this.first, (input) => pad(input, [[0, 0], ...this.widths, [0, 0]]))
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), padding: this.widths, dataFormat: this.options.dataFormat ?? 'channelsLast' }
  }
}
