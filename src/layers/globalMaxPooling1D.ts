// GlobalMaxPooling1D: the maximum over all steps of sequences.
import { max } from '../ops/reduce'
import { GlobalPoolingLayer, type GlobalPoolingOptions } from './poolingBase'

/** Input [batch, steps, channels], output [batch, channels]. See keras.layers.GlobalMaxPooling1D. */
export class GlobalMaxPooling1D extends GlobalPoolingLayer {
  static override readonly className = 'GlobalMaxPooling1D'

  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 1, max)
  }
}
