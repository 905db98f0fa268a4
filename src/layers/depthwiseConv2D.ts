// DepthwiseConv2D: every channel has filters of its own.
import type { Tensor } from '../graph/node'
import { depthwiseConv2d as depthwiseConv2dOp } from '../ops/depthwise'
import { DepthwiseLayer, depthwiseOptions, type DepthwiseOptions } from './depthwiseConvBase'

export type DepthwiseConv2DOptions = DepthwiseOptions

/**
 * Input [batch, height, width, channels], output [batch, h', w', channels · depthMultiplier]; weights kernel [kh, kw, channels,
 * depthMultiplier], bias. See keras.layers.DepthwiseConv2D.
 */
export class DepthwiseConv2D extends DepthwiseLayer {
  static override readonly className = 'DepthwiseConv2D'
  static override readonly options = depthwiseOptions(2)
  protected readonly rank = 2

  override call(x: Tensor): Tensor {
    return this.fused(x, (input, choices) => depthwiseConv2dOp(input, this.kernel!, { ...this.placement, ...choices }))
  }
}

export const depthwiseConv2d = (options: DepthwiseConv2DOptions): DepthwiseConv2D => new DepthwiseConv2D(options)
