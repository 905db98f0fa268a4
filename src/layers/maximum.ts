// Maximum: the greatest of its inputs, element by element.
import type { Tensor } from '../graph/node'
import { maximum as maximumOp } from '../ops/binary'
import type { LayerOptions } from './layer'
import { Merge } from './mergeBase'

/** A list of tensors: layers.maximum().apply([a, b]). See keras.layers.Maximum. */
export class Maximum extends Merge {
  static override readonly className = 'Maximum'

  protected override two(a: Tensor, b: Tensor): Tensor {
    return maximumOp(a, b)
  }
}

export const maximum = (options?: LayerOptions): Maximum => new Maximum(options)
