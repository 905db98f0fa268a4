// AveragePooling2D: the mean of windows of images.
import { averagePool2d } from '../ops/pooling'
import { PoolingLayer, poolingOptions, type PoolingOptions } from './poolingBase'

/** Input [batch, height, width, channels], output [batch, h', w', channels]. Padding does not count. See keras.layers.AveragePooling2D. */
export class AveragePooling2D extends PoolingLayer {
  static override readonly className = 'AveragePooling2D'
  static override readonly options = poolingOptions(2)
  protected readonly rank = 2
  protected readonly pool = averagePool2d
}

export const averagePooling2d = (options?: PoolingOptions | PoolingOptions['poolSize']): AveragePooling2D => new AveragePooling2D(options)
