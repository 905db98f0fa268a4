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
  protected readonly rank = 1
  protected readonly reduce = mean

  override call(x: Tensor, context?: CallContext): Tensor {
    if (!context?.mask) return super.call(x)
    const { dataFormat, keepdims: keep } = this.options
    const [steps, channels] = dataFormat === 'channelsFirst' ? [2, 1] : [1, 2]
    const counts = expandDims(cast(context.mask, 'float32'), channels)
    return div(sum(mul(x, counts), steps, keep), sum(counts, steps, keep))
  }
}

export const globalAveragePooling1d = (options?: GlobalPoolingOptions): GlobalAveragePooling1D => new GlobalAveragePooling1D(options)
