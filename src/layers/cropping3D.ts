// Cropping3D: cells cut off around volumes.
import { CroppingLayer, croppingOptions, type CroppingOptions } from './borders'

export type Cropping3DOptions = CroppingOptions

/** Input [batch, depth, height, width, channels]. See keras.layers.Cropping3D. */
export class Cropping3D extends CroppingLayer {
  static override readonly className = 'Cropping3D'
  static override readonly options = croppingOptions(3, 1)
  protected readonly rank = 3
}

export const cropping3d = (options?: Cropping3DOptions | Cropping3DOptions['cropping']): Cropping3D => new Cropping3D(options)
