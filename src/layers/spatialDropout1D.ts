// SpatialDropout1D: in training drops whole channels.
import type { Given } from '../util/options'
import type { LayerOptions } from './layer'
import { SpatialDropout, stepDropoutOptions } from './spatialDropoutBase'

export type SpatialDropout1DOptions = LayerOptions & Given<typeof stepDropoutOptions>

/** Input [batch, steps, channels]. See keras.layers.SpatialDropout1D. */
export class SpatialDropout1D extends SpatialDropout {
  static override readonly className = 'SpatialDropout1D'
  static override readonly options = stepDropoutOptions
  protected readonly rank = 1
}

export const spatialDropout1d = (options: SpatialDropout1DOptions | number): SpatialDropout1D => new SpatialDropout1D(options)
