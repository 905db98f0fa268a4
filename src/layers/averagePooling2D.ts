// AveragePooling2D: the mean of windows of images.
import { averagePool2d } from '../ops/pooling'
import { PoolingLayer, type PoolingOptions } from './poolingBase'

/** Input [batch, height, width, channels], output [batch, h', w', channels]. Padding does not count. See keras.layers.AveragePooling2D. */
export class AveragePooling2D extends PoolingLayer {
  static override readonly className = 'AveragePooling2D'

  constructor(options: PoolingOptions = {}) {
    super(options, 2, averagePool2d)
  }
}
