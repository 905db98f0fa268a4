// ZeroPadding1D: cells of zeros around sequences.
import { paddingOptions, ZeroPaddingLayer, type ZeroPaddingOptions } from './borders'

export type ZeroPadding1DOptions = ZeroPaddingOptions

/** Input [batch, steps, channels]. See keras.layers.ZeroPadding1D. */
export class ZeroPadding1D extends ZeroPaddingLayer {
  static override readonly className = 'ZeroPadding1D'
  static override readonly options = paddingOptions(1)
  protected readonly rank = 1
}

export const zeroPadding1d = (options?: ZeroPadding1DOptions | ZeroPadding1DOptions['padding']): ZeroPadding1D => new ZeroPadding1D(options)
