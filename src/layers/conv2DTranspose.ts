// Conv2DTranspose: images become larger; the gradient of Conv2D as a layer.
import { conv2dTranspose as conv2dTransposeOp } from '../ops/convolution'
import { ConvTransposeLayer, convTransposeOptions, type ConvTransposeOptions } from './convTranspose'

export type Conv2DTransposeOptions = ConvTransposeOptions

/**
 * Input [batch, height, width, channels], output [batch, h', w', filters]; weights kernel [kh, kw, filters, channels], bias [filters]. See
 * keras.layers.Conv2DTranspose.
 */
export class Conv2DTranspose extends ConvTransposeLayer {
  static override readonly className = 'Conv2DTranspose'
  static override readonly options = convTransposeOptions(2)
  protected readonly rank = 2
  protected readonly convolve = conv2dTransposeOp
}

export const conv2dTranspose = (options: Conv2DTransposeOptions): Conv2DTranspose => new Conv2DTranspose(options)
