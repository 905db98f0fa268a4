// AveragePooling1D: the mean of windows of sequences.
import { averagePool1d } from '../ops/pooling'
import { PoolingLayer, poolingOptions, type PoolingOptions } from './poolingBase'

/** Input [batch, steps, channels], output [batch, steps', channels]. Padding does not count. See keras.layers.AveragePooling1D. */
export class AveragePooling1D extends PoolingLayer {
  static override readonly className = 'AveragePooling1D'
  static override readonly options = poolingOptions(1)
  protected readonly rank = 1
  protected readonly pool = averagePool1d
}

export const averagePooling1d = (options?: PoolingOptions | PoolingOptions['poolSize']): AveragePooling1D => new AveragePooling1D(options)
