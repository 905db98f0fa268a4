// Cropping1D: cells cut off around sequences.
import { CroppingLayer, type CroppingOptions } from './borders'

export type Cropping1DOptions = Omit<CroppingOptions, 'dataFormat'>

/** Input [batch, steps, channels]. See keras.layers.Cropping1D. */
export class Cropping1D extends CroppingLayer {
  static override readonly className = 'Cropping1D'
  static override readonly optionNames: readonly string[] = ['cropping']

  constructor(options: Cropping1DOptions = {}) {
    super(options, 1, 1)
  }
}
