// SpatialDropout2D: in training drops whole channels.
import { SpatialDropout, spatialDropoutOptions, type SpatialDropoutOptions } from './spatialDropoutBase'

export type SpatialDropout2DOptions = SpatialDropoutOptions

/** Input [batch, height, width, channels]. See keras.layers.SpatialDropout2D. */
export class SpatialDropout2D extends SpatialDropout {
  static override readonly className = 'SpatialDropout2D'
  static override readonly options = spatialDropoutOptions
  protected readonly rank = 2
}

export const spatialDropout2d = (options: SpatialDropout2DOptions | number): SpatialDropout2D => new SpatialDropout2D(options)
