// What transposed convolutions share: the gradient of a convolution as a layer, so that images become larger.
import type { Tensor } from '../graph/node'
import type { TensorLike } from '../graph/convert'
import type { ConvTransposeOptions as OpOptions } from '../ops/convolution'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { integer, nullable, optional, perDimension, type Given, type Held } from '../util/options'
import type { Shape } from '../util/shape'
import { KernelLayer, kernelOptions } from './convBase'
import type { LayerOptions } from './layer'

export const convTransposeOptions = (rank: number) => ({
  ...kernelOptions(rank),
  /** Cells added at the end of each dimension, fewer than the stride; default: as many as the stride leaves open. */
  outputPadding: optional(nullable(perDimension(rank, integer(0))), null),
})
export type ConvTransposeOptions = LayerOptions & Given<ReturnType<typeof convTransposeOptions>>

export abstract class ConvTransposeLayer extends KernelLayer {
  declare readonly options: KernelLayer['options'] & Pick<Held<ReturnType<typeof convTransposeOptions>>, 'outputPadding'>
  protected abstract readonly convolve: (x: TensorLike, w: TensorLike, options: OpOptions) => Tensor

  constructor(options: LayerOptions) {
    super(options)
    const { strides, outputPadding } = this.options
    const right = outputPadding === null || outputPadding.every((n, i) => n < nth(strides, i))
    check(
      right,
      'BAD_ARGUMENT',
      () => `${this.className}: outputPadding must be below the strides [${strides.join(', ')}], not ${JSON.stringify(outputPadding)}`,
    )
  }

  protected override kernelShape(channels: number): Shape {
    return [...this.kernelSize, this.filters, channels]
  }

  override call(x: Tensor): Tensor {
    const {
      placement,
      options: { outputPadding },
    } = this
    return this.fused(x, (input, choices) =>
      this.convolve(input, this.kernel!, { ...placement, outputPadding: outputPadding && [...outputPadding], ...choices }),
    )
  }
}
