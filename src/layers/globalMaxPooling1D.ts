// GlobalMaxPooling1D: the maximum over all steps of sequences.
import { max } from '../ops/reduce'
import { GlobalPoolingLayer, type GlobalPoolingOptions } from './poolingBase'

/** Input [batch, steps, channels], output [batch, channels]. See keras.layers.GlobalMaxPooling1D. */
export class GlobalMaxPooling1D extends GlobalPoolingLayer {
  static override readonly className = 'GlobalMaxPooling1D'
  protected readonly rank = 1
  protected readonly reduce = max
}

export const globalMaxPooling1d = (options?: GlobalPoolingOptions): GlobalMaxPooling1D => new GlobalMaxPooling1D(options)
