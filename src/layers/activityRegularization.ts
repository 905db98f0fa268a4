// ActivityRegularization: the input as it is; its size, per sample, is added to the loss.
import type { Tensor } from '../graph/node'
import { l1l2, type Regularizer } from '../regularizers/index'
import { number, optional, type Given, type Held } from '../util/options'
import { Layer, type LayerOptions } from './layer'

const options = {
  /** Factor of Σ |x|. Default 0. */
  l1: optional(number(0), 0),
  /** Factor of Σ x². Default 0. */
  l2: optional(number(0), 0),
}
export type ActivityRegularizationOptions = LayerOptions & Given<typeof options>

/** See keras.layers.ActivityRegularization. */
export class ActivityRegularization extends Layer {
  static override readonly className = 'ActivityRegularization'
  static override readonly supportsMasking = true
  static override readonly options = options
  declare readonly options: Held<typeof options>

  override get activity(): Regularizer {
    const { l1, l2 } = this.options
    return l1l2({ l1, l2 })
  }

  override call(x: Tensor): Tensor {
    return x
  }
}

export const activityRegularization = (options?: ActivityRegularizationOptions): ActivityRegularization =>
  new ActivityRegularization(options)
