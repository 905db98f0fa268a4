// ZeroPadding2D: cells of zeros around images.
import { paddingOptions, ZeroPaddingLayer, type ZeroPaddingOptions } from './borders'

export type ZeroPadding2DOptions = ZeroPaddingOptions

/** Input [batch, height, width, channels]. See keras.layers.ZeroPadding2D. */
export class ZeroPadding2D extends ZeroPaddingLayer {
  static override readonly className = 'ZeroPadding2D'
  static override readonly options = paddingOptions(2)
  protected readonly rank = 2
}

export const zeroPadding2d = (options?: ZeroPadding2DOptions | ZeroPadding2DOptions['padding']): ZeroPadding2D => new ZeroPadding2D(options)
