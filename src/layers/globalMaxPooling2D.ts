// GlobalMaxPooling2D: the maximum over all cells of images.
import { max } from '../ops/reduce'
import { GlobalPoolingLayer, type GlobalPoolingOptions } from './poolingBase'

/** Input [batch, height, width, channels], output [batch, channels]. See keras.layers.GlobalMaxPooling2D. */
export class GlobalMaxPooling2D extends GlobalPoolingLayer {
  static override readonly className = 'GlobalMaxPooling2D'
  protected readonly rank = 2
  protected readonly reduce = max
}

export const globalMaxPooling2d = (options?: GlobalPoolingOptions): GlobalMaxPooling2D => new GlobalMaxPooling2D(options)
