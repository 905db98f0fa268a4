// Subtract: the first of two inputs less the second.
import type { Tensor } from '../graph/node'
import { sub } from '../ops/binary'
import type { LayerOptions } from './layer'
import { Merge, severalOf } from './mergeBase'

/** Two tensors: layers.subtract().apply([a, b]). See keras.layers.Subtract. */
export class Subtract extends Merge {
  static override readonly className = 'Subtract'

  override call(x: Tensor | readonly Tensor[]): Tensor {
    return super.call(severalOf(this, x, 2, 2))
  }

  protected override two(a: Tensor, b: Tensor): Tensor {
    return sub(a, b)
  }
}

export const subtract = (options?: LayerOptions): Subtract => new Subtract(options)
