// SpatialDropout3D: in training drops whole channels.
import { SpatialDropout, spatialDropoutOptions, type SpatialDropoutOptions } from './spatialDropoutBase'

export type SpatialDropout3DOptions = SpatialDropoutOptions

/** Input [batch, depth, height, width, channels]. See keras.layers.SpatialDropout3D. */
export class SpatialDropout3D extends SpatialDropout {
  static override readonly className = 'SpatialDropout3D'
  static override readonly options = spatialDropoutOptions
  protected readonly rank = 3
}

export const spatialDropout3d = (options: SpatialDropout3DOptions | number): SpatialDropout3D => new SpatialDropout3D(options)
