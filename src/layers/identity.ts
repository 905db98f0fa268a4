// Identity: the input as it is.
import type { Tensor } from '../graph/node'
import { Layer, type LayerOptions } from './layer'

/** See keras.layers.Identity. */
export class Identity extends Layer {
  static override readonly className = 'Identity'
  static override readonly supportsMasking = true
  static override readonly options = {}

  override call(x: Tensor): Tensor {
    return x
  }
}

export const identity = (options?: LayerOptions): Identity => new Identity(options)
