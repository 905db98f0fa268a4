// ActivityRegularization: the input as it is; its size is added to the loss.
import type { Tensor } from '../graph/node'
import { l1l2 } from '../regularizers/index'
import { checkNumber } from '../util/parts'
import { Layer, type LayerOptions } from './layer'

export interface ActivityRegularizationOptions extends LayerOptions {
  /** Factor of Σ |x|. Default 0. */
  l1?: number
  /** Factor of Σ x². Default 0. */
  l2?: number
}

/** See keras.layers.ActivityRegularization. */
export class ActivityRegularization extends Layer {
  static override readonly className = 'ActivityRegularization'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['l1', 'l2']
  private readonly factors: { l1: number; l2: number }

  constructor(options: ActivityRegularizationOptions = {}) {
    super(options)
    this.factors = { l1: checkNumber(options.l1 ?? 0, 'activityRegularization: l1', 0), l2: checkNumber(options.l2 ?? 0, 'activityRegularization: l2', 0) }
  }

  override call(x: Tensor): Tensor {
    this.addLoss(l1l2(this.factors).call(x))
    return x
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), ...this.factors }
  }
}
