// Softmax: eˣ / Σ eˣ along one axis or several.
import { softmax } from '../activations'
import type { Tensor } from '../graph/node'
import { greater, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { exp } from '../ops/elementwise'
import { logSumExp } from '../ops/reduce'
import { where } from '../ops/select'
import { broadcastTo } from '../ops/shape'
import { check } from '../util/errors'
import { showShape } from '../util/shape'
import { Layer, type CallContext, type LayerOptions } from './layer'
import { checkAxis } from './normalizationBase'

export interface SoftmaxOptions extends LayerOptions {
  /** Axes whose values add up to 1. Default -1. */
  axis?: number | readonly number[]
}

/** Any shape. Where a mask (which broadcasts to the input) is false the output is 0. See keras.layers.Softmax. */
export class Softmax extends Layer {
  static override readonly className = 'Softmax'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['axis']
  readonly axis: number | readonly number[]

  constructor(options: SoftmaxOptions = {}) {
    super(options)
    this.axis = checkAxis(options.axis ?? -1, this.className, true)
  }

  override call(x: Tensor, { mask }: CallContext): Tensor {
    if (!mask) return this.normalized(x)
    const fits = mask.rank <= x.rank && mask.shape.every((d, i) => d === 1 || d === x.shape[i + x.rank - mask.rank])
    check(fits, 'BAD_SHAPE', () => `${this.name}: a mask of shape ${showShape(mask.shape)} does not broadcast to the input ${showShape(x.shape)}`)
    const counts = broadcastTo(mask.dtype === 'float32' ? greater(mask, 0.5) : cast(mask, 'bool'), x.shape)
    return where(counts, this.normalized(where(counts, x, LEAST)), 0)
  }

  private normalized(x: Tensor): Tensor {
    const axes = [this.axis].flat()
    return axes.length === 1 ? softmax(x, { axis: axes[0]! }) : exp(sub(x, logSumExp(x, axes, true)))
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis }
  }
}

/** What masked logits become. */
const LEAST = -1e9
