// AveragePooling3D: the mean of windows of volumes.
import { averagePool3d } from '../ops/pooling'
import { PoolingLayer, poolingOptions, type PoolingOptions } from './poolingBase'

/**
 * Input [batch, depth, height, width, channels], output [batch, d', h', w', channels]. Padding does not count. See
 * keras.layers.AveragePooling3D.
 */
export class AveragePooling3D extends PoolingLayer {
  static override readonly className = 'AveragePooling3D'
  static override readonly options = poolingOptions(3)
  protected readonly rank = 3
  protected readonly pool = averagePool3d
}

export const averagePooling3d = (options?: PoolingOptions | PoolingOptions['poolSize']): AveragePooling3D => new AveragePooling3D(options)
