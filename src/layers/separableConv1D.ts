// SeparableConv1D: a depthwise convolution, then a product over the channels.
import type { Tensor } from '../graph/node'
import { separableConv1d as separableConv1dOp } from '../ops/depthwise'
import { SeparableLayer, separableOptions, type SeparableOptions } from './separableConvBase'

export type SeparableConv1DOptions = SeparableOptions

/**
 * Input [batch, steps, channels], output [batch, steps', filters]; weights depthwise kernel [kernelSize, channels, depthMultiplier],
 * pointwise kernel [1, channels · depthMultiplier, filters], bias [filters]. See keras.layers.SeparableConv1D.
 */
export class SeparableConv1D extends SeparableLayer {
  static override readonly className = 'SeparableConv1D'
  static override readonly options = separableOptions(1)
  protected readonly rank = 1

  override call(x: Tensor): Tensor {
    return this.fused(x, (input, choices) => separableConv1dOp(input, this.depthwise!, this.pointwise!, { ...this.placement, ...choices }))
  }
}

export const separableConv1d = (options: SeparableConv1DOptions): SeparableConv1D => new SeparableConv1D(options)
