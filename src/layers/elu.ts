// ELU: x if positive, else alpha · (eˣ − 1).
import { elu } from '../activations'
import type { Tensor } from '../graph/node'
import { checkNumber } from '../util/parts'
import { Layer, type LayerOptions } from './layer'

export interface ELUOptions extends LayerOptions {
  /** Default 1. */
  alpha?: number
}

/** Any shape. See keras.layers.ELU. */
export class ELU extends Layer {
  static override readonly className = 'ELU'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['alpha']
  readonly alpha: number

  constructor(options: ELUOptions = {}) {
    super(options)
    this.alpha = checkNumber(options.alpha ?? 1, 'elu: alpha')
  }

  override call(x: Tensor): Tensor {
    return elu(x, { alpha: this.alpha })
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), alpha: this.alpha }
  }
}
