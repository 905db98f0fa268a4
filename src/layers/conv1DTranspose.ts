// Conv1DTranspose: sequences become larger; the gradient of Conv1D as a layer.
import type { Tensor } from '../graph/node'
import { conv1dTranspose } from '../ops/convolution'
import type { Shape } from '../util/shape'
import { ConvLayer, type ConvOptions, type Sizes } from './convBase'
import { checkOutputPadding } from './convTranspose'

export interface Conv1DTransposeOptions extends Omit<ConvOptions, 'groups'> {
  /** Cells added at the end, fewer than the stride; default: as many as the stride leaves open. */
  outputPadding?: Sizes | null
}

/** Input [batch, steps, channels], output [batch, steps', filters]; weights kernel [kernelSize, filters, channels], bias [filters]. See keras.layers.Conv1DTranspose. */
export class Conv1DTranspose extends ConvLayer<Conv1DTransposeOptions> {
  static override readonly className = 'Conv1DTranspose'
  private readonly outputPadding: number[] | null

  constructor(options: Conv1DTransposeOptions) {
    super(options, 1)
    this.outputPadding = checkOutputPadding(options.outputPadding, this.placement.strides, this.className)
  }

  protected override kernelShape(channels: number): Shape {
    return [...this.kernelSize, this.filters, channels]
  }

  override call(x: Tensor): Tensor {
    return this.finished(x, (input) => conv1dTranspose(input, this.kernel!, { ...this.placement, outputPadding: this.outputPadding }))
  }
}
