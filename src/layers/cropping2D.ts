// Cropping2D: cells cut off around images.
import { CroppingLayer, croppingOptions, type CroppingOptions } from './borders'

export type Cropping2DOptions = CroppingOptions

/** Input [batch, height, width, channels]. See keras.layers.Cropping2D. */
export class Cropping2D extends CroppingLayer {
  static override readonly className = 'Cropping2D'
  static override readonly options = croppingOptions(2, 0)
  protected readonly rank = 2
}

export const cropping2d = (options?: Cropping2DOptions | Cropping2DOptions['cropping']): Cropping2D => new Cropping2D(options)
