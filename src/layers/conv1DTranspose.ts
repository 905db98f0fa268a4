// Conv1DTranspose: sequences become larger; the gradient of Conv1D as a layer.
import { conv1dTranspose as conv1dTransposeOp } from '../ops/convolution'
import { ConvTransposeLayer, convTransposeOptions, type ConvTransposeOptions } from './convTranspose'

export type Conv1DTransposeOptions = ConvTransposeOptions

/**
 * Input [batch, steps, channels], output [batch, steps', filters]; weights kernel [kernelSize, filters, channels], bias [filters]. See
 * keras.layers.Conv1DTranspose.
 */
export class Conv1DTranspose extends ConvTransposeLayer {
  static override readonly className = 'Conv1DTranspose'
  static override readonly options = convTransposeOptions(1)
  protected readonly rank = 1
  protected readonly convolve = conv1dTransposeOp
}

export const conv1dTranspose = (options: Conv1DTransposeOptions): Conv1DTranspose => new Conv1DTranspose(options)
