// Cropping2D: cells cut off around images.
import { CroppingLayer, type CroppingOptions } from './borders'

export type Cropping2DOptions = CroppingOptions

/** Input [batch, height, width, channels]. See keras.layers.Cropping2D. */
export class Cropping2D extends CroppingLayer {
  static override readonly className = 'Cropping2D'

  constructor(options: Cropping2DOptions = {}) {
    super(options, 2, 0)
  }
}
