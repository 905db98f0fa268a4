// Conv2DTranspose: images become larger; the gradient of Conv2D as a layer.
import type { Tensor } from '../graph/node'
import { conv2dTranspose } from '../ops/convolution'
import type { Shape } from '../util/shape'
import { ConvLayer, type ConvOptions, type Sizes } from './convBase'
import { checkOutputPadding } from './convTranspose'

export interface Conv2DTransposeOptions extends Omit<ConvOptions, 'groups'> {
  /** Cells added at the end, fewer than the stride; default: as many as the stride leaves open. */
  outputPadding?: Sizes | null
}

/** Input [batch, height, width, channels], output [batch, h', w', filters]; weights kernel [kh, kw, filters, channels], bias [filters]. See keras.layers.Conv2DTranspose. */
export class Conv2DTranspose extends ConvLayer<Conv2DTransposeOptions> {
  static override readonly className = 'Conv2DTranspose'
  private readonly outputPadding: number[] | null

  constructor(options: Conv2DTransposeOptions) {
    super(options, 2)
    this.outputPadding = checkOutputPadding(options.outputPadding, this.placement.strides, this.className)
  }

  protected override kernelShape(channels: number): Shape {
    return [...this.kernelSize, this.filters, channels]
  }

  override call(x: Tensor): Tensor {
    return this.finished(x, (input) => conv2dTranspose(input, this.kernel!, { ...this.placement, outputPadding: this.outputPadding }))
  }
}
