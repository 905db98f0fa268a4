// InputLayer: says what a model takes.
import { dtypeKind } from '../graph/dtypes'
import type { DType, Tensor } from '../graph/node'
import { check } from '../util/errors'
import { extra, kindOf, nullable, optional, type Given, type Held } from '../util/options'
import { partialShape } from './kinds'
import { Layer, type LayerOptions, type PartialShape } from './layer'

const no = kindOf<false>('false: it is not supported', (value) => value === false)

const options = {
  /** Shape of one sample, without the batch; null where any size will do. */
  shape: extra(nullable(partialShape((size) => `shape: [${size}], the shape of one sample`)), null),
  /** Shape with the batch in front. */
  batchShape: optional(nullable(partialShape((size) => `batchShape: [null, ${size}]`)), null),
  dtype: optional(dtypeKind, 'float32'),
  sparse: optional(no, false),
  ragged: optional(no, false),
  optional: optional(no, false),
}
export type InputOptions = Pick<LayerOptions, 'name'> & Given<typeof options>

/** See keras.Input. */
export class InputLayer extends Layer {
  static override readonly className = 'InputLayer'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'shape'
  static override readonly renamed = { batchInputShape: 'batchShape', inputShape: 'shape' }
  declare readonly options: Held<typeof options>

  constructor(given: InputOptions | PartialShape) {
    super(given as LayerOptions)
    const { shape, batchShape } = this.options
    check(shape || batchShape, 'BAD_ARGUMENT', () => "inputLayer: give 'shape' (of one sample, as shape: [28, 28, 1]) or 'batchShape'")
    this.inputShape = batchShape ?? [null, ...shape!]
  }

  get dtype(): DType {
    return this.options.dtype
  }

  override call(x: Tensor): Tensor {
    return x
  }

  override getConfig(): Record<string, unknown> {
    const { trainable, shape, ...config } = super.getConfig()
    return { ...config, batchShape: this.inputShape }
  }
}

export const inputLayer = (options: InputOptions | (InputOptions['shape'] & {})): InputLayer => new InputLayer(options)
