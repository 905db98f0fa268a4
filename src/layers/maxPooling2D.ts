// MaxPooling2D: the maximum of windows of images.
import { maxPool2d } from '../ops/pooling'
import { PoolingLayer, poolingOptions, type PoolingOptions } from './poolingBase'

/** Input [batch, height, width, channels], output [batch, h', w', channels]. See keras.layers.MaxPooling2D. */
export class MaxPooling2D extends PoolingLayer {
  static override readonly className = 'MaxPooling2D'
  static override readonly options = poolingOptions(2)
  protected readonly rank = 2
  protected readonly pool = maxPool2d
}

export const maxPooling2d = (options?: PoolingOptions | PoolingOptions['poolSize']): MaxPooling2D => new MaxPooling2D(options)
