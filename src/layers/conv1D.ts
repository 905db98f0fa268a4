// Conv1D: windows over the steps of sequences.
import type { Tensor } from '../graph/node'
import { conv1d } from '../ops/convolution'
import { check } from '../util/errors'
import { plainName } from '../util/names'
import { ConvLayer, paddingName, type ConvOptions, type PaddingName } from './convBase'

export interface Conv1DOptions extends Omit<ConvOptions, 'padding'> {
  /** Default 'valid'; 'causal' looks at no later step. */
  padding?: PaddingName | 'causal' | (string & {})
}

/** Input [batch, steps, channels], output [batch, steps', filters]; weights kernel [kernelSize, channels / groups, filters], bias [filters]. See keras.layers.Conv1D. */
export class Conv1D extends ConvLayer {
  static override readonly className = 'Conv1D'
  private readonly causal: boolean

  constructor(options: Conv1DOptions) {
    super(options, 1)
    this.causal = plainName(options.padding ?? '') === 'causal'
    check(!this.causal || !this.first, 'BAD_ARGUMENT', () => `${this.name}: padding 'causal' needs dataFormat 'channelsLast'`)
  }

  protected override checkPadding(padding = 'valid'): PaddingName {
    return plainName(padding) === 'causal' ? 'valid' : paddingName(padding)
  }

  override call(x: Tensor): Tensor {
    const { strides, dilation, padding } = this.placement
    return this.fused(x, (sequence, choices) => conv1d(sequence, this.kernel!, { strides, dilation, padding: this.causal ? 'causal' : padding, groups: this.groups, ...choices }))
  }
}
