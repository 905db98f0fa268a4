// GlobalMaxPooling3D: the maximum over all cells of volumes.
import { max } from '../ops/reduce'
import { GlobalPoolingLayer, type GlobalPoolingOptions } from './poolingBase'

/** Input [batch, depth, height, width, channels], output [batch, channels]. See keras.layers.GlobalMaxPooling3D. */
export class GlobalMaxPooling3D extends GlobalPoolingLayer {
  static override readonly className = 'GlobalMaxPooling3D'
  protected readonly rank = 3
  protected readonly reduce = max
}

export const globalMaxPooling3d = (options?: GlobalPoolingOptions): GlobalMaxPooling3D => new GlobalMaxPooling3D(options)
