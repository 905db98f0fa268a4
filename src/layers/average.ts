// Average: the mean of its inputs.
import type { Tensor } from '../graph/node'
import { add, div } from '../ops/binary'
import type { LayerOptions } from './layer'
import { Merge, severalOf } from './mergeBase'

/** A list of tensors: layers.average().apply([a, b]). See keras.layers.Average. */
export class Average extends Merge {
  static override readonly className = 'Average'

  override call(x: Tensor | readonly Tensor[]): Tensor {
    return div(super.call(x), severalOf(this, x).length)
  }

  protected override two(a: Tensor, b: Tensor): Tensor {
    return add(a, b)
  }
}

export const average = (options?: LayerOptions): Average => new Average(options)
