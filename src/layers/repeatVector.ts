// RepeatVector: [batch, features] → [batch, n, features].
import type { Tensor } from '../graph/node'
import { broadcastTo, expandDims } from '../ops/shape'
import { check } from '../util/errors'
import { showShape } from '../util/shape'
import { checkPositive, Layer, type LayerOptions } from './layer'

export interface RepeatVectorOptions extends LayerOptions {
  /** Number of repetitions. */
  n: number
}

/** See keras.layers.RepeatVector. */
export class RepeatVector extends Layer {
  static override readonly className = 'RepeatVector'
  static override readonly optionNames = ['n']
  readonly n: number

  constructor(options: RepeatVectorOptions) {
    super(options)
    this.n = checkPositive(options.n, 'repeatVector', 'n')
  }

  override call(x: Tensor): Tensor {
    check(x.rank === 2, 'BAD_SHAPE', () => `${this.name}: input must be [batch, features], not ${showShape(x.shape)}`)
    return broadcastTo(expandDims(x, 1), [x.shape[0]!, this.n, x.shape[1]!])
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), n: this.n }
  }
}
