// ZeroPadding1D: cells of zeros around sequences.
import type { Tensor } from '../graph/node'
import { pad } from '../ops/shape'
import { checkSpatial } from './convBase'
import { Layer, type LayerOptions } from './layer'
import { sidesOf, type Sides } from './sides'

export interface ZeroPadding1DOptions extends LayerOptions {
  /** Before and after: one number for both, or one each. Default 1. */
  padding?: number | readonly [number, number]
}

/** Input [batch, steps, channels]. See keras.layers.ZeroPadding1D. */
export class ZeroPadding1D extends Layer {
  static override readonly className = 'ZeroPadding1D'
  private readonly widths: Sides[]

  constructor(options: ZeroPadding1DOptions = {}) {
    super(options)
    this.widths = sidesOf(options.padding ?? 1, 1, this.className, 'padding')
  }

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, 1)
    return pad(x, [[0, 0], ...this.widths, [0, 0]])
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), padding: this.widths[0] }
  }
}
