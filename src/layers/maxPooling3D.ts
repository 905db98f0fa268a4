// MaxPooling3D: the maximum of windows of volumes.
import { maxPool3d } from '../ops/pooling'
import { PoolingLayer, poolingOptions, type PoolingOptions } from './poolingBase'

/** Input [batch, depth, height, width, channels], output [batch, d', h', w', channels]. See keras.layers.MaxPooling3D. */
export class MaxPooling3D extends PoolingLayer {
  static override readonly className = 'MaxPooling3D'
  static override readonly options = poolingOptions(3)
  protected readonly rank = 3
  protected readonly pool = maxPool3d
}

export const maxPooling3d = (options?: PoolingOptions | PoolingOptions['poolSize']): MaxPooling3D => new MaxPooling3D(options)
