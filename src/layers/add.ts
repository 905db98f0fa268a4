// Add: the sum of its inputs.
import type { Tensor } from '../graph/node'
import { add as addOp } from '../ops/binary'
import type { LayerOptions } from './layer'
import { Merge } from './mergeBase'

/** A list of tensors: layers.add().apply([a, b]). See keras.layers.Add. */
export class Add extends Merge {
  static override readonly className = 'Add'

  protected override two(a: Tensor, b: Tensor): Tensor {
    return addOp(a, b)
  }
}

export const add = (options?: LayerOptions): Add => new Add(options)
