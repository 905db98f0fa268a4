// SpatialDropout1D: in training drops whole channels.
import { SpatialDropout, type SpatialDropoutOptions } from './spatialDropoutBase'

export type SpatialDropout1DOptions = Omit<SpatialDropoutOptions, 'dataFormat'>

/** Input [batch, steps, channels]. See keras.layers.SpatialDropout1D. */
export class SpatialDropout1D extends SpatialDropout {
  static override readonly className = 'SpatialDropout1D'
  static override readonly optionNames = ['rate', 'seed']

  constructor(options: SpatialDropout1DOptions) {
    super(options, 1)
  }
}
