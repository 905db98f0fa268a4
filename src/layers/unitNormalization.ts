// UnitNormalization: each sample (or step) brought to length 1.
import type { Tensor } from '../graph/node'
import { l2Normalize } from '../ops/normalize'
import { optional, type Given, type Held } from '../util/options'
import { axis, oneOrList } from './kinds'
import { Layer, type LayerOptions } from './layer'

const options = {
  /** Axes whose values make one vector. Default -1. */
  axis: optional(oneOrList(axis), -1),
}
export type UnitNormalizationOptions = LayerOptions & Given<typeof options>

/** Any shape. See keras.layers.UnitNormalization. */
export class UnitNormalization extends Layer {
  static override readonly className = 'UnitNormalization'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'axis'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    return l2Normalize(x, this.options.axis, 1e-12)
  }
}

export const unitNormalization = (options?: UnitNormalizationOptions | number): UnitNormalization => new UnitNormalization(options)
