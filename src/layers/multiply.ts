// Multiply: the product of its inputs, element by element.
import type { Tensor } from '../graph/node'
import { mul } from '../ops/binary'
import type { LayerOptions } from './layer'
import { Merge } from './mergeBase'

/** A list of tensors: layers.multiply().apply([a, b]). See keras.layers.Multiply. */
export class Multiply extends Merge {
  static override readonly className = 'Multiply'

  protected override two(a: Tensor, b: Tensor): Tensor {
    return mul(a, b)
  }
}

export const multiply = (options?: LayerOptions): Multiply => new Multiply(options)
