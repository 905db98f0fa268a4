// What transposed convolutions share: the gradient of a convolution as a layer, so that images become larger.
import type { Tensor } from '../graph/node'
import type { TensorLike } from '../graph/convert'
import type { ConvTransposeOptions as OpOptions } from '../ops/convolution'
import { check } from '../util/errors'
import type { Shape } from '../util/shape'
import { ConvLayer, type ConvOptions, type Sizes } from './convBase'

export interface ConvTransposeOptions extends Omit<ConvOptions, 'groups'> {
  /** Cells added at the end of each dimension, fewer than the stride; default: as many as the stride leaves open. */
  outputPadding?: Sizes | null
}

export abstract class ConvTransposeLayer extends ConvLayer<ConvTransposeOptions> {
  static override readonly optionNames: readonly string[] = [...ConvLayer.optionNames.filter((name) => name !== 'groups'), 'outputPadding']
  private readonly outputPadding: number[] | null

  constructor(options: ConvTransposeOptions, rank: number, private readonly convolve: (x: TensorLike, w: TensorLike, options: OpOptions) => Tensor) {
    super(options, rank)
    this.outputPadding = checkOutputPadding(options.outputPadding, this.placement.strides, this.className)
  }

  protected override kernelShape(channels: number): Shape {
    return [...this.kernelSize, this.filters, channels]
  }

  override call(x: Tensor): Tensor {
    return this.fused(x, (input, choices) => this.convolve(input, this.kernel!, { ...this.placement, outputPadding: this.outputPadding, ...choices }))
  }
}

/** One number for each dimension, below its stride; null: the default. */
function checkOutputPadding(value: Sizes | null | undefined, strides: readonly number[], layer: string): number[] | null {
  if (value === null || value === undefined) return null
  const list = typeof value === 'number' ? strides.map(() => value) : [...value]
  const right = list.length === strides.length && list.every((n, i) => Number.isInteger(n) && n >= 0 && n < strides[i]!)
  check(right, 'BAD_ARGUMENT', () => `${layer}: outputPadding must be integers from 0 below the strides [${strides.join(', ')}], not ${JSON.stringify(value)}`)
  return list
}
