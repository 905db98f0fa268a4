// GlobalAveragePooling1D: the mean over all steps of sequences, or over those that a mask names.
import type { Tensor } from '../graph/node'
import { div, mul } from '../ops/binary'
import { cast } from '../ops/cast'
import { mean, sum } from '../ops/reduce'
import { expandDims } from '../ops/shape'
import { GlobalPoolingLayer, type GlobalPoolingOptions } from './poolingBase'
import type { CallContext } from './layer'

/** Input [batch, steps, channels], output [batch, channels]. See keras.layers.GlobalAveragePooling1D. */
export class GlobalAveragePooling1D extends GlobalPoolingLayer {
  static override readonly className = 'GlobalAveragePooling1D'

  constructor(options: GlobalPoolingOptions = {}) {
    super(options, 1, mean)
  }

  override call(x: Tensor, context?: CallContext): Tensor {
    if (!context?.mask) return super.call(x)
    const [steps, channels] = this.first ? [2, 1] : [1, 2]
    const counts = expandDims(cast(context.mask, 'float32'), channels)
    const keep = this.options.keepdims ?? false
    return div(sum(mul(x, counts), steps, keep), sum(counts, steps, keep))
  }
}
