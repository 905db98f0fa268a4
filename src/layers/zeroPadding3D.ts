// ZeroPadding3D: cells of zeros around volumes.
import { paddingOptions, ZeroPaddingLayer, type ZeroPaddingOptions } from './borders'

export type ZeroPadding3DOptions = ZeroPaddingOptions

/** Input [batch, depth, height, width, channels]. See keras.layers.ZeroPadding3D. */
export class ZeroPadding3D extends ZeroPaddingLayer {
  static override readonly className = 'ZeroPadding3D'
  static override readonly options = paddingOptions(3)
  protected readonly rank = 3
}

export const zeroPadding3d = (options?: ZeroPadding3DOptions | ZeroPadding3DOptions['padding']): ZeroPadding3D => new ZeroPadding3D(options)
