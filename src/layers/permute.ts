// Permute: reorders the axes of each sample.
import type { Tensor } from '../graph/node'
import { transpose } from '../ops/shape'
import { check } from '../util/errors'
import { showShape } from '../util/shape'
import { Layer, type LayerOptions, type PartialShape } from './layer'

export interface PermuteOptions extends LayerOptions {
  /** The order of the axes, counted from 1, without the batch: [2, 1] exchanges the first two. */
  dims: readonly number[]
}

/** See keras.layers.Permute. */
export class Permute extends Layer {
  static override readonly className = 'Permute'
  static override readonly optionNames = ['dims']
  readonly dims: readonly number[]

  constructor(options: PermuteOptions) {
    super(options)
    const dims: unknown = options.dims
    check(Array.isArray(dims) && dims.length > 0 && [...dims].sort((a, b) => a - b).every((d, i) => d === i + 1), 'BAD_ARGUMENT',
      () => `permute: dims must be the numbers 1 to n in some order, not ${JSON.stringify(dims)}`)
    this.dims = dims
  }

  override build(inputShape: PartialShape): void {
    check(inputShape.length === this.dims.length + 1, 'BAD_SHAPE', () => `${this.name}: dims [${this.dims.join(', ')}] do not fit an input of shape ${showShape(inputShape)}`)
  }

  override call(x: Tensor): Tensor {
    return transpose(x, [0, ...this.dims])
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), dims: this.dims }
  }
}
