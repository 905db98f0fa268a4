// Permute: reorders the axes of each sample.
import type { Tensor } from '../graph/node'
import { transpose } from '../ops/shape'
import { check } from '../util/errors'
import { kindOf, type Given, type Held } from '../util/options'
import { showShape } from '../util/shape'
import { Layer, type LayerOptions, type PartialShape } from './layer'

const order = kindOf<readonly number[]>(
  'the numbers 1 to n in some order',
  (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.length < 6 &&
    value.every(Number.isInteger) &&
    [...(value as number[])].sort((a, b) => a - b).every((d, i) => d === i + 1),
)

const options = {
  /** The order of the axes, counted from 1, without the batch: [2, 1] exchanges the first two. */
  dims: order,
}
export type PermuteOptions = LayerOptions & Given<typeof options>

/** See keras.layers.Permute. */
export class Permute extends Layer {
  static override readonly className = 'Permute'
  static override readonly options = options
  static override readonly positional = 'dims'
  declare readonly options: Held<typeof options>

  override build(inputShape: PartialShape): void {
    this.checkInput(inputShape)
  }

  override checkInput(shape: PartialShape): void {
    const { dims } = this.options
    check(
      shape.length === dims.length + 1,
      'BAD_SHAPE',
      () =>
        `${this.name}: dims [${dims.join(', ')}] do not fit an input of shape ${showShape(shape)}; ` +
        'give one number for each axis but the batch',
    )
  }

  override call(x: Tensor): Tensor {
    return transpose(x, [0, ...this.options.dims])
  }
}

export const permute = (options: PermuteOptions | PermuteOptions['dims']): Permute => new Permute(options)
