// GlobalAveragePooling3D: the mean over all cells of volumes.
import { mean } from '../ops/reduce'
import { GlobalPoolingLayer, type GlobalPoolingOptions } from './poolingBase'

/** Input [batch, depth, height, width, channels], output [batch, channels]. See keras.layers.GlobalAveragePooling3D. */
export class GlobalAveragePooling3D extends GlobalPoolingLayer {
  static override readonly className = 'GlobalAveragePooling3D'
  protected readonly rank = 3
  protected readonly reduce = mean
}

export const globalAveragePooling3d = (options?: GlobalPoolingOptions): GlobalAveragePooling3D => new GlobalAveragePooling3D(options)
