// Conv1D: windows over the steps of sequences.
import type { Tensor } from '../graph/node'
import { conv1d as conv1dOp } from '../ops/convolution'
import { check } from '../util/errors'
import { choice, optional, type Given } from '../util/options'
import { ConvLayer, convOptions } from './convBase'
import type { LayerOptions } from './layer'

const options = {
  ...convOptions(1),
  /** Default 'valid'; 'causal' looks at no later step. */
  padding: optional(choice('valid', 'same', 'causal'), 'valid'),
}
export type Conv1DOptions = LayerOptions & Given<typeof options>

/**
 * Input [batch, steps, channels], output [batch, steps', filters]; weights kernel [kernelSize, channels / groups, filters], bias [filters].
 * See keras.layers.Conv1D.
 */
export class Conv1D extends ConvLayer {
  static override readonly className = 'Conv1D'
  static override readonly options = options
  protected readonly rank = 1

  constructor(given: LayerOptions) {
    super(given)
    check(
      this.options.padding !== 'causal' || !this.first,
      'BAD_ARGUMENT',
      () => "Conv1D: padding 'causal' needs dataFormat 'channelsLast'",
    )
  }

  override call(x: Tensor): Tensor {
    const {
      placement: { strides, dilation },
      options: { padding },
    } = this
    return this.fused(x, (sequence, choices) =>
      conv1dOp(sequence, this.kernel!, { strides, dilation, padding, groups: this.groups, ...choices }),
    )
  }
}

export const conv1d = (options: Conv1DOptions): Conv1D => new Conv1D(options)
