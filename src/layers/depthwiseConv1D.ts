// DepthwiseConv1D: every channel has filters of its own.
import type { Tensor } from '../graph/node'
import { depthwiseConv1d as depthwiseConv1dOp } from '../ops/depthwise'
import { DepthwiseLayer, depthwiseOptions, type DepthwiseOptions } from './depthwiseConvBase'

export type DepthwiseConv1DOptions = DepthwiseOptions

/**
 * Input [batch, steps, channels], output [batch, steps', channels · depthMultiplier]; weights kernel [kernelSize, channels,
 * depthMultiplier], bias. See keras.layers.DepthwiseConv1D.
 */
export class DepthwiseConv1D extends DepthwiseLayer {
  static override readonly className = 'DepthwiseConv1D'
  static override readonly options = depthwiseOptions(1)
  protected readonly rank = 1

  override call(x: Tensor): Tensor {
    return this.fused(x, (input, choices) => depthwiseConv1dOp(input, this.kernel!, { ...this.placement, ...choices }))
  }
}

export const depthwiseConv1d = (options: DepthwiseConv1DOptions): DepthwiseConv1D => new DepthwiseConv1D(options)
