// UnitNormalization: each sample (or step) brought to length 1.
import type { Tensor } from '../graph/node'
import { l2Normalize } from '../ops/normalize'
import { Layer, type LayerOptions } from './layer'
import { checkAxis } from './normalizationBase'

export interface UnitNormalizationOptions extends LayerOptions {
  /** Axes whose values make one vector. Default -1. */
  axis?: number | readonly number[]
}

/** Any shape. See keras.layers.UnitNormalization. */
export class UnitNormalization extends Layer {
  static override readonly className = 'UnitNormalization'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['axis']
  readonly axis: number | readonly number[]

  constructor(options: UnitNormalizationOptions = {}) {
    super(options)
    this.axis = checkAxis(options.axis ?? -1, this.className, true)
  }

  override call(x: Tensor): Tensor {
    return l2Normalize(x, this.axis, 1e-12)
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis }
  }
}
