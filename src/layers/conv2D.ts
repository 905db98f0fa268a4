// Conv2D: windows over images.
import type { Tensor } from '../graph/node'
import { conv2d as conv2dOp } from '../ops/convolution'
import { ConvLayer, convOptions, type ConvOptions } from './convBase'

export type Conv2DOptions = ConvOptions

/**
 * Input [batch, height, width, channels], output [batch, h', w', filters]; weights kernel [kh, kw, channels / groups, filters], bias
 * [filters]. See keras.layers.Conv2D.
 */
export class Conv2D extends ConvLayer {
  static override readonly className = 'Conv2D'
  static override readonly options = convOptions(2)
  protected readonly rank = 2

  override call(x: Tensor): Tensor {
    return this.fused(x, (image, choices) => conv2dOp(image, this.kernel!, { ...this.placement, groups: this.groups, ...choices }))
  }
}

export const conv2d = (options: Conv2DOptions): Conv2D => new Conv2D(options)
