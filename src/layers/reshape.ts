// Reshape: another shape for each sample.
import type { Tensor } from '../graph/node'
import { reshape } from '../ops/shape'
import { check } from '../util/errors'
import { showShape, sizeOf, type Shape } from '../util/shape'
import { Layer, type LayerOptions } from './layer'

export interface ReshapeOptions extends LayerOptions {
  /** Shape of one sample, without the batch; one size may be −1 and is worked out. */
  targetShape: Shape
}

/** See keras.layers.Reshape. A view: nothing is copied. */
export class Reshape extends Layer {
  static override readonly className = 'Reshape'
  static override readonly optionNames = ['targetShape']
  readonly targetShape: Shape

  constructor(options: ReshapeOptions) {
    super(options)
    const shape: unknown = options.targetShape
    check(Array.isArray(shape) && shape.every((d) => Number.isInteger(d) && d >= -1) && shape.filter((d) => d === -1).length <= 1, 'BAD_ARGUMENT',
      () => `reshape: targetShape must be an array of integers with at most one -1, not ${JSON.stringify(shape)}`)
    this.targetShape = shape as Shape
  }

  override call(x: Tensor): Tensor {
    const [batch, ...sample] = x.shape
    const known = sizeOf(this.targetShape.filter((d) => d !== -1))
    const target = this.targetShape.map((d) => (d === -1 ? sizeOf(sample) / known : d))
    check(sizeOf(target) === sizeOf(sample) && target.every(Number.isInteger), 'BAD_SHAPE',
      () => `${this.name}: a sample of shape ${showShape(sample)} (${sizeOf(sample)} values) does not fit into ${showShape(this.targetShape)}`)
    return reshape(x, [batch!, ...target])
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), targetShape: this.targetShape }
  }
}
