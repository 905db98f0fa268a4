// UpSampling1D: every step of sequences several times.
import type { Tensor } from '../graph/node'
import { repeat } from '../ops/shape'
import { checkSpatial } from './convBase'
import { checkPositive, Layer, type LayerOptions } from './layer'

export interface UpSampling1DOptions extends LayerOptions {
  /** How many times. Default 2. */
  size?: number
}

/** Input [batch, steps, channels], output [batch, steps · size, channels]. See keras.layers.UpSampling1D. */
export class UpSampling1D extends Layer {
  static override readonly className = 'UpSampling1D'
  static override readonly optionNames = ['size']
  private readonly size: number

  constructor(options: UpSampling1DOptions = {}) {
    super(options)
    this.size = checkPositive(options.size ?? 2, this.className, 'size')
  }

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, 1)
    return repeat(x, this.size, 1)
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), size: this.size }
  }
}
