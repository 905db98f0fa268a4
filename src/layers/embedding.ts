// Embedding: a row of a table for each index.
import type { TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { notEqual } from '../ops/binary'
import { lookUpRows } from '../ops/gather'
import { showValue, CornusError } from '../util/errors'
import { extra, flag, kindOf, nullable, optional, positive, type Given, type Held, type Kind } from '../util/options'
import { absent, constraint, initializer, regularizer } from './kinds'
import { Layer, type LayerOptions, type PartialShape } from './layer'

/** First contents are in the weights once they are made; they are not saved with the options. */
const contents: Kind<TensorLike | readonly TensorLike[] | null> = {
  takes: 'a table, or an array of one',
  save: () => null,
  read: (value, what) => {
    if (typeof value !== 'object')
      throw new CornusError('BAD_ARGUMENT', `${what} must be a table, or an array of one, not ${showValue(value)}`)
    return value as TensorLike | null
  },
}

const options = {
  /** Rows of the table: the greatest index plus one. */
  inputDim: positive,
  /** Length of a row. */
  outputDim: positive,
  /** Default uniform, from −0.05 to 0.05. */
  embeddingsInitializer: optional(initializer, 'uniform'),
  embeddingsRegularizer: optional(regularizer, null),
  activityRegularizer: optional(regularizer, null),
  embeddingsConstraint: optional(constraint, null),
  /** Index 0 stands for no step: the output's mask leaves it out. Default false. */
  maskZero: optional(flag, false),
  quantizationConfig: optional(absent, null),
  /** First contents of the table, [inputDim, outputDim], or an array of it. */
  weights: extra(contents, null),
  /**
   * Whether a training step changes only the rows that the batch looked up; the others then cost nothing. 'auto': where it gives the same
   * values (SGD
   * without momentum, Adagrad), and for tables of 2²⁰ numbers or more, where the other rows' running averages stand still instead of fading
   * as in
   * Keras. A weight decay, a regularizer or a constraint takes the whole table in any case. Default 'auto'.
   */
  sparseUpdates: extra(
    kindOf<boolean | 'auto'>("true, false or 'auto'", (value) => typeof value === 'boolean' || value === 'auto'),
    'auto',
  ),
  /** Length of the sequences, if it is always the same. */
  inputLength: extra(nullable(positive), null),
}
export type EmbeddingOptions = LayerOptions & Given<typeof options>

/**
 * Indices of any shape […], output […, outputDim]; weight embeddings [inputDim, outputDim]. An index outside is an error. See
 * keras.layers.Embedding.
 */
export class Embedding extends Layer {
  static override readonly className = 'Embedding'
  static override readonly options = options
  declare readonly options: Held<typeof options>
  embeddings: Variable | undefined

  constructor(given: EmbeddingOptions) {
    super(given)
    const { inputLength, weights } = this.options
    if (inputLength !== null) this.inputShape ??= [null, inputLength]
    if (weights === null) return
    this.ensureBuilt([null])
    this.setWeights(isTable(weights) ? [weights] : (weights as readonly TensorLike[]))
  }

  get inputDim(): number {
    return this.options.inputDim
  }

  get outputDim(): number {
    return this.options.outputDim
  }

  get maskZero(): boolean {
    return this.options.maskZero
  }

  override build(_inputShape: PartialShape): void {
    const { inputDim, outputDim, embeddingsInitializer, embeddingsRegularizer, embeddingsConstraint, sparseUpdates } = this.options
    this.embeddings = this.addWeight({
      name: 'embeddings',
      shape: [inputDim, outputDim],
      initializer: embeddingsInitializer,
      regularizer: embeddingsRegularizer,
      constraint: embeddingsConstraint,
    })
    this.embeddings.sparseUpdates = sparseUpdates
  }

  override call(x: Tensor): Tensor {
    return lookUpRows(this.embeddings!, x)
  }

  override computeMask(x: Tensor): Tensor | undefined {
    return this.maskZero ? notEqual(x, 0) : undefined
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    this.ensureBuilt(inputShape)
    return [...inputShape, this.outputDim]
  }
}

/** One table, not an array of one. */
const isTable = (weights: TensorLike | readonly TensorLike[]): weights is TensorLike =>
  !Array.isArray(weights) ||
  (Array.isArray(weights[0]) && !Array.isArray((weights[0] as readonly unknown[])[0]) && !ArrayBuffer.isView(weights[0]))

export const embedding = (options: EmbeddingOptions): Embedding => new Embedding(options)
