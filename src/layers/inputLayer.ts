// InputLayer: says what a model takes.
import type { DType, Tensor } from '../graph/node'
import { check } from '../util/errors'
import { checkPartial, Layer, type LayerOptions, type PartialShape } from './layer'

export interface InputOptions {
  /** Shape of one sample, without the batch; null where any size will do. */
  shape?: PartialShape
  /** Shape with the batch in front. */
  batchShape?: PartialShape
  dtype?: DType
  name?: string
}

/** See keras.Input. */
export class InputLayer extends Layer {
  static override readonly className = 'InputLayer'
  static override readonly supportsMasking = true
  readonly dtype: DType

  constructor({ shape, batchShape, dtype = 'float32', name }: InputOptions) {
    const options: LayerOptions = name === undefined ? {} : { name }
    check(Array.isArray(shape) || Array.isArray(batchShape), 'BAD_ARGUMENT', () => "inputLayer: give 'shape' (of one sample) or 'batchShape'")
    super({ ...options, batchInputShape: checkPartial(batchShape ?? [null, ...shape!], 'inputLayer: shape') })
    this.dtype = dtype
  }

  override call(x: Tensor): Tensor {
    return x
  }

  override getConfig(): Record<string, unknown> {
    return { name: this.name, batchShape: this.inputShape, dtype: this.dtype }
  }
}
