// ELU: x if positive, else alpha · (eˣ − 1).
import { elu as eluOp } from '../activations'
import type { Tensor } from '../graph/node'
import { number, optional, type Given, type Held } from '../util/options'
import { Layer, type LayerOptions } from './layer'

const options = {
  /** Default 1. */
  alpha: optional(number(), 1),
}
export type ELUOptions = LayerOptions & Given<typeof options>

/** Any shape. See keras.layers.ELU. */
export class ELU extends Layer {
  static override readonly className = 'ELU'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'alpha'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    return eluOp(x, { alpha: this.options.alpha })
  }
}

export const elu = (options?: ELUOptions | number): ELU => new ELU(options)
