// Conv3DTranspose: volumes become larger; the gradient of Conv3D as a layer.
import { conv3dTranspose as conv3dTransposeOp } from '../ops/convolution'
import { ConvTransposeLayer, convTransposeOptions, type ConvTransposeOptions } from './convTranspose'

export type Conv3DTransposeOptions = ConvTransposeOptions

/**
 * Input [batch, depth, height, width, channels], output [batch, d', h', w', filters]; weights kernel [kd, kh, kw, filters, channels], bias
 * [filters]. See keras.layers.Conv3DTranspose.
 */
export class Conv3DTranspose extends ConvTransposeLayer {
  static override readonly className = 'Conv3DTranspose'
  static override readonly options = convTransposeOptions(3)
  protected readonly rank = 3
  protected readonly convolve = conv3dTransposeOp
}

export const conv3dTranspose = (options: Conv3DTransposeOptions): Conv3DTranspose => new Conv3DTranspose(options)
