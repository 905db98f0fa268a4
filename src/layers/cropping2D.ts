// Cropping2D: cells cut off around images.
import type { Tensor } from '../graph/node'
import { slice } from '../ops/shape'
import { check } from '../util/errors'
import { showShape } from '../util/shape'
import { checkSpatial, withChannelsLast } from './convBase'
import { channelsFirst, Layer, type DataFormat, type LayerOptions } from './layer'
import { sidesOf, type Sides } from './sides'

export interface Cropping2DOptions extends LayerOptions {
  /** One number for all sides, one for height and one for width, or [[top, bottom], [left, right]]. Default 0. */
  cropping?: number | readonly (number | readonly [number, number])[]
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
}

/** Input [batch, height, width, channels]. See keras.layers.Cropping2D. */
export class Cropping2D extends Layer {
  static override readonly className = 'Cropping2D'
  private readonly widths: Sides[]
  private readonly first: boolean

  constructor(private readonly options: Cropping2DOptions = {}) {
    super(options)
    this.widths = sidesOf(options.cropping ?? 0, 2, this.className, 'cropping')
    this.first = channelsFirst(options.dataFormat)
  }

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, 2)
    return withChannelsLast(x, this.first, (input) => {
      const size = input.shape.map((n, i) => n - (this.widths[i - 1]?.[0] ?? 0) - (this.widths[i - 1]?.[1] ?? 0))
      check(size.every((n) => n >= 0), 'BAD_SHAPE', () => `${this.name}: cropping ${JSON.stringify(this.widths)} takes more than there is of ${showShape(x.shape)}`)
      return slice(input, [0, ...this.widths.map(([before]) => before)], size)
    })
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), cropping: this.widths, dataFormat: this.options.dataFormat ?? 'channelsLast' }
  }
}
