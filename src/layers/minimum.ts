// Minimum: the least of its inputs, element by element.
import type { Tensor } from '../graph/node'
import { minimum as minimumOp } from '../ops/binary'
import type { LayerOptions } from './layer'
import { Merge } from './mergeBase'

/** A list of tensors: layers.minimum().apply([a, b]). See keras.layers.Minimum. */
export class Minimum extends Merge {
  static override readonly className = 'Minimum'

  protected override two(a: Tensor, b: Tensor): Tensor {
    return minimumOp(a, b)
  }
}

export const minimum = (options?: LayerOptions): Minimum => new Minimum(options)
