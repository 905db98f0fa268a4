// Softmax: eˣ / Σ eˣ along one axis or several.
import { softmax as softmaxOp } from '../activations'
import type { Tensor } from '../graph/node'
import { greater, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { exp } from '../ops/elementwise'
import { logSumExp } from '../ops/reduce'
import { where } from '../ops/select'
import { broadcastTo } from '../ops/shape'
import { check } from '../util/errors'
import { optional, type Given, type Held } from '../util/options'
import { showShape } from '../util/shape'
import { axis, oneOrList } from './kinds'
import { Layer, type CallContext, type LayerOptions } from './layer'

const options = {
  /** Axes whose values add up to 1. Default -1. */
  axis: optional(oneOrList(axis), -1),
}
export type SoftmaxOptions = LayerOptions & Given<typeof options>

/** Any shape. Where a mask (which broadcasts to the input) is false the output is 0. See keras.layers.Softmax. */
export class Softmax extends Layer {
  static override readonly className = 'Softmax'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'axis'
  declare readonly options: Held<typeof options>

  override call(x: Tensor, { mask }: CallContext): Tensor {
    if (!mask) return this.normalized(x)
    const fits = mask.rank <= x.rank && mask.shape.every((d, i) => d === 1 || d === x.shape[i + x.rank - mask.rank])
    check(
      fits,
      'BAD_SHAPE',
      () => `${this.name}: a mask of shape ${showShape(mask.shape)} does not broadcast to the input ${showShape(x.shape)}`,
    )
    const counts = broadcastTo(mask.dtype === 'float32' ? greater(mask, 0.5) : cast(mask, 'bool'), x.shape)
    return where(counts, this.normalized(where(counts, x, LEAST)), 0)
  }

  private normalized(x: Tensor): Tensor {
    const [first, ...others] = [this.options.axis].flat()
    return others.length ? exp(sub(x, logSumExp(x, this.options.axis, true))) : softmaxOp(x, { axis: first! })
  }
}

/** What masked logits become. */
const LEAST = -1e9

export const softmax = (options?: SoftmaxOptions | number): Softmax => new Softmax(options)
