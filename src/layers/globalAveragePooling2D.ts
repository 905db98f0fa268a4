// GlobalAveragePooling2D: the mean over all cells of images.
import { mean } from '../ops/reduce'
import { GlobalPoolingLayer, type GlobalPoolingOptions } from './poolingBase'

/** Input [batch, height, width, channels], output [batch, channels]. See keras.layers.GlobalAveragePooling2D. */
export class GlobalAveragePooling2D extends GlobalPoolingLayer {
  static override readonly className = 'GlobalAveragePooling2D'
  protected readonly rank = 2
  protected readonly reduce = mean
}

export const globalAveragePooling2d = (options?: GlobalPoolingOptions): GlobalAveragePooling2D => new GlobalAveragePooling2D(options)
