// SeparableConv2D: a depthwise convolution, then a product over the channels.
import type { Tensor } from '../graph/node'
import { separableConv2d as separableConv2dOp } from '../ops/depthwise'
import { SeparableLayer, separableOptions, type SeparableOptions } from './separableConvBase'

export type SeparableConv2DOptions = SeparableOptions

/**
 * Input [batch, height, width, channels], output [batch, h', w', filters]; weights depthwise kernel [kh, kw, channels, depthMultiplier],
 * pointwise kernel [1, 1, channels · depthMultiplier, filters], bias [filters]. See keras.layers.SeparableConv2D.
 */
export class SeparableConv2D extends SeparableLayer {
  static override readonly className = 'SeparableConv2D'
  static override readonly options = separableOptions(2)
  protected readonly rank = 2

  override call(x: Tensor): Tensor {
    return this.fused(x, (input, choices) => separableConv2dOp(input, this.depthwise!, this.pointwise!, { ...this.placement, ...choices }))
  }
}

export const separableConv2d = (options: SeparableConv2DOptions): SeparableConv2D => new SeparableConv2D(options)
