// MaxPooling1D: the maximum of windows of sequences.
import { maxPool1d } from '../ops/pooling'
import { PoolingLayer, poolingOptions, type PoolingOptions } from './poolingBase'

/** Input [batch, steps, channels], output [batch, steps', channels]. See keras.layers.MaxPooling1D. */
export class MaxPooling1D extends PoolingLayer {
  static override readonly className = 'MaxPooling1D'
  static override readonly options = poolingOptions(1)
  protected readonly rank = 1
  protected readonly pool = maxPool1d
}

export const maxPooling1d = (options?: PoolingOptions | PoolingOptions['poolSize']): MaxPooling1D => new MaxPooling1D(options)
