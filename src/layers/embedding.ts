// Embedding: a row of a table for each index.
import type { ConstraintLike } from '../constraints/index'
import type { TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { Variable } from '../graph/variable'
import type { InitializerLike } from '../initializers/index'
import { notEqual } from '../ops/binary'
import { gather } from '../ops/gather'
import type { RegularizerLike } from '../regularizers/index'
import { check } from '../util/errors'
import { checkPositive, Layer, type LayerOptions, type PartialShape } from './layer'

export interface EmbeddingOptions extends LayerOptions {
  /** Rows of the table: the greatest index plus one. */
  inputDim: number
  /** Length of a row. */
  outputDim: number
  /** Default uniform, from −0.05 to 0.05. */
  embeddingsInitializer?: InitializerLike
  embeddingsRegularizer?: RegularizerLike
  embeddingsConstraint?: ConstraintLike
  /** Index 0 stands for no step: the output's mask leaves it out. Default false. */
  maskZero?: boolean
  /** First contents of the table, [inputDim, outputDim], or an array of it. */
  weights?: TensorLike | readonly TensorLike[] | null
  /**
   * Whether a training step changes only the rows that the batch looked up; the others then cost nothing. 'auto': where it gives the same values (SGD
   * without momentum, Adagrad), and for tables of 2²⁰ numbers or more, where the other rows' running averages stand still instead of fading as in
   * Keras. A weight decay, a regularizer or a constraint takes the whole table in any case. Default 'auto'.
   */
  sparseUpdates?: boolean | 'auto'
  /** Length of the sequences, if it is always the same. */
  inputLength?: number | null
}

/** Indices of any shape […], output […, outputDim]; weight embeddings [inputDim, outputDim]. An index outside is an error. See keras.layers.Embedding. */
export class Embedding extends Layer {
  static override readonly className = 'Embedding'
  static override readonly optionNames = ['inputDim', 'outputDim', 'embeddingsInitializer', 'embeddingsRegularizer', 'embeddingsConstraint', 'maskZero', 'weights', 'inputLength', 'sparseUpdates']
  readonly inputDim: number
  readonly outputDim: number
  readonly maskZero: boolean
  embeddings: Variable | undefined

  constructor(private readonly options: EmbeddingOptions) {
    const { inputLength } = options ?? {}
    super({ ...(inputLength && !options.inputShape && !options.batchInputShape && { inputShape: [checkPositive(inputLength, 'embedding', 'inputLength')] }), ...options })
    this.inputDim = checkPositive(options.inputDim, 'embedding', 'inputDim')
    this.outputDim = checkPositive(options.outputDim, 'embedding', 'outputDim')
    const maskZero: unknown = options.maskZero ?? false
    check(typeof maskZero === 'boolean', 'BAD_ARGUMENT', () => `embedding: maskZero must be true or false, not ${String(maskZero)}`)
    this.maskZero = maskZero
    const sparse: unknown = options.sparseUpdates ?? 'auto'
    check(typeof sparse === 'boolean' || sparse === 'auto', 'BAD_ARGUMENT', () => `embedding: sparseUpdates must be true, false or 'auto', not ${String(sparse)}`)
    if (options.weights) {
      this.ensureBuilt([null])
      this.setWeights(isTable(options.weights) ? [options.weights] : options.weights as readonly TensorLike[])
    }
  }

  override build(_inputShape: PartialShape): void {
    const { embeddingsInitializer = 'uniform', embeddingsRegularizer, embeddingsConstraint } = this.options
    this.embeddings = this.addWeight({
      name: 'embeddings', shape: [this.inputDim, this.outputDim], initializer: embeddingsInitializer, regularizer: embeddingsRegularizer, constraint: embeddingsConstraint,
    })
    this.embeddings.sparseUpdates = this.options.sparseUpdates ?? 'auto'
  }

  override call(x: Tensor): Tensor {
    return gather(this.embeddings!, x)
  }

  override computeMask(x: Tensor): Tensor | undefined {
    return this.maskZero ? notEqual(x, 0) : undefined
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    this.ensureBuilt(inputShape)
    return [...inputShape, this.outputDim]
  }

  override getConfig(): Record<string, unknown> {
    const { inputShape, batchInputShape, weights, ...options } = this.options
    return { ...super.getConfig(), ...options, maskZero: this.maskZero }
  }
}

/** One table, not an array of one. */
const isTable = (weights: TensorLike | readonly TensorLike[]): weights is TensorLike =>
  !Array.isArray(weights) || (Array.isArray(weights[0]) && !Array.isArray((weights[0] as readonly unknown[])[0]) && !ArrayBuffer.isView(weights[0]))
