// Reshape: another shape for each sample.
import type { Tensor } from '../graph/node'
import { reshape as reshapeOp } from '../ops/shape'
import { check } from '../util/errors'
import { GREATEST_INTEGER, kindOf, type Given, type Held } from '../util/options'
import { MAX_RANK, showShape, sizeOf, type Shape } from '../util/shape'
import { Layer, type LayerOptions } from './layer'

const isSize = (d: unknown) => Number.isInteger(d) && (d as number) >= -1 && (d as number) < GREATEST_INTEGER
const target = kindOf<Shape>(
  'an array of integers with at most one -1',
  (value) =>
    Array.isArray(value) &&
    value.length < MAX_RANK &&
    Array.from(value, isSize).every(Boolean) &&
    value.filter((d) => d === -1).length <= 1,
)

const options = {
  /** Shape of one sample, without the batch; one size may be −1 and is worked out. */
  targetShape: target,
}
export type ReshapeOptions = LayerOptions & Given<typeof options>

/** See keras.layers.Reshape. A view: nothing is copied. */
export class Reshape extends Layer {
  static override readonly className = 'Reshape'
  static override readonly options = options
  static override readonly positional = 'targetShape'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    const { targetShape } = this.options
    const [batch, ...sample] = x.shape
    const known = sizeOf(targetShape.filter((d) => d !== -1))
    const shape = targetShape.map((d) => (d === -1 ? sizeOf(sample) / known : d))
    check(
      sizeOf(shape) === sizeOf(sample) && shape.every(Number.isInteger),
      'BAD_SHAPE',
      () => `${this.name}: a sample of shape ${showShape(sample)} (${sizeOf(sample)} values) does not fit into ${showShape(targetShape)}`,
    )
    return reshapeOp(x, [batch!, ...shape])
  }
}

export const reshape = (options: ReshapeOptions | ReshapeOptions['targetShape']): Reshape => new Reshape(options)
