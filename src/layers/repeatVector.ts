// RepeatVector: [batch, features] → [batch, n, features].
import type { Tensor } from '../graph/node'
import { broadcastTo, expandDims } from '../ops/shape'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { positive, type Given, type Held } from '../util/options'
import { showShape } from '../util/shape'
import { Layer, type LayerOptions } from './layer'

const options = {
  /** Number of repetitions. */
  n: positive,
}
export type RepeatVectorOptions = LayerOptions & Given<typeof options>

/** See keras.layers.RepeatVector. */
export class RepeatVector extends Layer {
  static override readonly className = 'RepeatVector'
  static override readonly options = options
  static override readonly positional = 'n'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    check(x.rank === 2, 'BAD_SHAPE', () => `${this.name}: input must be [batch, features], not ${showShape(x.shape)}`)
    return broadcastTo(expandDims(x, 1), [nth(x.shape, 0), this.options.n, nth(x.shape, 1)])
  }
}

export const repeatVector = (options: RepeatVectorOptions | number): RepeatVector => new RepeatVector(options)
