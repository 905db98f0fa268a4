// Conv3D: windows over volumes.
import type { Tensor } from '../graph/node'
import { conv3d as conv3dOp } from '../ops/convolution'
import { ConvLayer, convOptions, type ConvOptions } from './convBase'

export type Conv3DOptions = ConvOptions

/**
 * Input [batch, depth, height, width, channels], output [batch, d', h', w', filters]; weights kernel [kd, kh, kw, channels / groups,
 * filters], bias [filters]. See keras.layers.Conv3D.
 */
export class Conv3D extends ConvLayer {
  static override readonly className = 'Conv3D'
  static override readonly options = convOptions(3)
  protected readonly rank = 3

  override call(x: Tensor): Tensor {
    return this.fused(x, (volume, choices) => conv3dOp(volume, this.kernel!, { ...this.placement, groups: this.groups, ...choices }))
  }
}

export const conv3d = (options: Conv3DOptions): Conv3D => new Conv3D(options)
