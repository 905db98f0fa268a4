// MaxPooling1D: the maximum of windows of sequences.
import { maxPool1d } from '../ops/pooling'
import { PoolingLayer, type PoolingOptions } from './poolingBase'

/** Input [batch, steps, channels], output [batch, steps', channels]. See keras.layers.MaxPooling1D. */
export class MaxPooling1D extends PoolingLayer {
  static override readonly className = 'MaxPooling1D'

  constructor(options: PoolingOptions = {}) {
    super(options, 1, maxPool1d)
  }
}
