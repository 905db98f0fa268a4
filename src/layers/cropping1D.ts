// Cropping1D: cells cut off around sequences.
import type { Given } from '../util/options'
import { CroppingLayer, croppingOptions } from './borders'
import type { LayerOptions } from './layer'

const { cropping } = croppingOptions(1, 1)
export type Cropping1DOptions = LayerOptions & Given<{ cropping: typeof cropping }>

/** Input [batch, steps, channels]. See keras.layers.Cropping1D. */
export class Cropping1D extends CroppingLayer {
  static override readonly className = 'Cropping1D'
  static override readonly options = { cropping }
  protected readonly rank = 1
}

export const cropping1d = (options?: Cropping1DOptions | Cropping1DOptions['cropping']): Cropping1D => new Cropping1D(options)
