// Masking: steps whose features all have one value do not count.
import type { Tensor } from '../graph/node'
import { notEqual } from '../ops/binary'
import { any } from '../ops/reduce'
import { where } from '../ops/select'
import { checkNumber } from '../util/parts'
import { Layer, type LayerOptions } from './layer'

export interface MaskingOptions extends LayerOptions {
  /** Default 0. */
  maskValue?: number
}

/** Input and output [batch, time, …]; masked steps become zero. The mask goes on to the layers after. See keras.layers.Masking. */
export class Masking extends Layer {
  static override readonly className = 'Masking'
  static override readonly optionNames = ['maskValue']
  readonly maskValue: number

  constructor(options: MaskingOptions = {}) {
    super(options)
    this.maskValue = checkNumber(options.maskValue ?? 0, 'masking: maskValue')
  }

  override call(x: Tensor): Tensor {
    return where(any(notEqual(x, this.maskValue), -1, true), x, 0)
  }

  override computeMask(x: Tensor): Tensor {
    return any(notEqual(x, this.maskValue), -1)
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), maskValue: this.maskValue }
  }
}
