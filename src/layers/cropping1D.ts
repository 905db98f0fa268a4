// Cropping1D: cells cut off around sequences.
import type { Tensor } from '../graph/node'
import { slice } from '../ops/shape'
import { check } from '../util/errors'
import { showShape } from '../util/shape'
import { checkSpatial } from './convBase'
import { Layer, type LayerOptions } from './layer'
import { sidesOf, type Sides } from './sides'

export interface Cropping1DOptions extends LayerOptions {
  /** Before and after: one number for both, or one each. Default 1. */
  cropping?: number | readonly [number, number]
}

/** Input [batch, steps, channels]. See keras.layers.Cropping1D. */
export class Cropping1D extends Layer {
  static override readonly className = 'Cropping1D'
  private readonly widths: Sides[]

  constructor(options: Cropping1DOptions = {}) {
    super(options)
    this.widths = sidesOf(options.cropping ?? 1, 1, this.className, 'cropping')
  }

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, 1)
    const size = x.shape.map((n, i) => n - (this.widths[i - 1]?.[0] ?? 0) - (this.widths[i - 1]?.[1] ?? 0))
    check(size.every((n) => n >= 0), 'BAD_SHAPE', () => `${this.name}: cropping ${JSON.stringify(this.widths)} takes more than there is of ${showShape(x.shape)}`)
    return slice(x, [0, ...this.widths.map(([before]) => before)], size)
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), cropping: this.widths[0] }
  }
}
