// What layers have in common that make one tensor of several of the same shape, element by element.
import type { Tensor } from '../graph/node'
import { logicalOr } from '../ops/binary'
import { expandDims } from '../ops/shape'
import { check } from '../util/errors'
import { maskOf } from './context'
import { Layer } from './layer'

/** The tensors that a layer was called on, which must be so many. */
export function severalOf(layer: Layer, x: Tensor | readonly Tensor[], least = 1, most = Infinity): readonly Tensor[] {
  const tensors = Array.isArray(x) ? (x as readonly Tensor[]) : [x as Tensor]
  const count = most === least ? `${least}` : `at least ${least}`
  check(
    tensors.length >= least && tensors.length <= most,
    'BAD_ARGUMENT',
    () => `${layer.name} takes a list of ${count} tensors, as apply([a, b]); it got ${tensors.length}`,
  )
  return tensors
}

/** Inputs of the same shape, or that broadcast; one of fewer axes gets new ones behind the batch. */
export abstract class Merge extends Layer {
  static override readonly supportsMasking = true
  static override readonly options = {}

  /** Of two tensors, or of what came out so far and the next one. */
  protected abstract two(a: Tensor, b: Tensor): Tensor

  override call(x: Tensor | readonly Tensor[]): Tensor {
    const tensors = severalOf(this, x)
    const rank = Math.max(...tensors.map((each) => each.rank))
    const [first, ...others] = tensors.map((each) => widened(each, rank))
    return others.reduce((a, b) => this.two(a, b), first!)
  }

  /** A step counts that counts in one of the inputs, if all have masks. */
  override computeMask(x: Tensor | readonly Tensor[]): Tensor | undefined {
    const masks = severalOf(this, x).map((each) => maskOf(each))
    return masks.every((mask) => mask !== undefined) ? masks.reduce((a, b) => logicalOr(a, b)) : undefined
  }
}

function widened(x: Tensor, rank: number): Tensor {
  let wide = x
  while (wide.rank < rank) wide = expandDims(wide, 1)
  return wide
}
