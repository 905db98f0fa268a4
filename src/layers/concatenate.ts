// Concatenate: its inputs behind each other along an axis.
import type { Tensor } from '../graph/node'
import { any } from '../ops/reduce'
import { broadcastTo, concat, expandDims } from '../ops/shape'
import { fill } from '../tensor'
import { optional, type Given, type Held } from '../util/options'
import { maskOf } from './context'
import { axis } from './kinds'
import { Layer, type LayerOptions } from './layer'
import { severalOf } from './mergeBase'

const options = {
  /** Default -1, the last one. */
  axis: optional(axis, -1),
}
export type ConcatenateOptions = LayerOptions & Given<typeof options>

/** A list of tensors whose shapes differ in one axis: layers.concatenate().apply([a, b]). See keras.layers.Concatenate. */
export class Concatenate extends Layer {
  static override readonly className = 'Concatenate'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'axis'
  declare readonly options: Held<typeof options>

  override call(x: Tensor | readonly Tensor[]): Tensor {
    return concat(severalOf(this, x), this.options.axis)
  }

  /** A step counts where a part of it does; inputs without a mask count whole. */
  override computeMask(x: Tensor | readonly Tensor[]): Tensor | undefined {
    const tensors = severalOf(this, x)
    if (tensors.every((each) => maskOf(each) === undefined)) return undefined
    const masks = tensors.map((each) => {
      const mask = maskOf(each) ?? fill(each.shape, 1, 'bool')
      return mask.rank < each.rank ? broadcastTo(expandDims(mask, -1), each.shape) : mask
    })
    return any(concat(masks, this.options.axis), -1)
  }
}

export const concatenate = (options?: ConcatenateOptions | number): Concatenate => new Concatenate(options)
