// What beginners get wrong about the shapes and values of data, told before a loss meets them: what was given, what was expected, the line to write.
import type { Tensor } from '../graph/node'
import type { Loss } from '../losses/index'
import { describeFault, type DataFault } from '../plan/faults'
import { any } from '../ops/reduce'
import { greater, less, logicalOr } from '../ops/binary'
import { check, CornusError } from '../util/errors'
import { warnOnce } from '../util/env'
import { showShape, sizeOf, type Shape } from '../util/shape'
import type { Batch } from './data'

/** Losses of class numbers, whose targets have an axis less than the predictions. */
const OF_CLASS_NUMBERS = new Set(['SparseCategoricalCrossentropy', 'CategoricalGeneralizedCrossEntropy'])
/** Losses of targets as the predictions are. */
const OF_LIKE_SHAPES = new Set([
  'MeanSquaredError', 'MeanAbsoluteError', 'MeanAbsolutePercentageError', 'MeanSquaredLogarithmicError', 'Huber', 'LogCosh', 'Poisson', 'KLDivergence',
  'CosineSimilarity', 'Hinge', 'SquaredHinge', 'CategoricalHinge', 'BinaryCrossentropy', 'CategoricalCrossentropy', 'BinaryFocalCrossentropy', 'CategoricalFocalCrossentropy',
])

/** Throws where targets and predictions do not belong to such a loss. Losses of one's own may do as they like. */
export function checkTargets(loss: Loss, target: Shape, output: Tensor): void {
  const classes = output.shape.at(-1)
  if (output.op.name === 'softmax' && classes === 1) {
    throw new CornusError('BAD_SHAPE', `a softmax over one unit is 1 whatever the input; of two classes write ` +
      `layers.dense({ units: 1, activation: 'sigmoid' }) with loss: 'binaryCrossentropy', or units: 2 with loss: 'sparseCategoricalCrossentropy'`)
  }
  if (OF_CLASS_NUMBERS.has(loss.className)) checkClassNumbers(loss, target, output.shape)
  else if (OF_LIKE_SHAPES.has(loss.className)) checkLikeShapes(loss, target, output.shape)
  warnAboutLogits(loss, output)
}

function checkClassNumbers(loss: Loss, target: Shape, output: Shape): void {
  const { axis = -1 } = loss.getConfig()
  if (axis !== -1) return
  const classes = output.at(-1)
  const told = `${loss.name}: targets ${showShape(target)}, output ${showShape(output)}`
  check(classes !== 1, 'BAD_SHAPE', () => `${told}: one unit has one class only; with one sigmoid unit and labels 0 and 1 write loss: 'binaryCrossentropy'`)
  const wanted = output.slice(0, -1)
  const last = target.at(-1)
  if (target.length === output.length && last === classes) {
    throw new CornusError('BAD_SHAPE', `${told}: one-hot rows were given, and class numbers ${showShape(wanted)} are expected; write loss: 'categoricalCrossentropy', or y.argMax(-1)`)
  }
  if (target.length + (last === 1 ? -1 : 0) < wanted.length) throw tooManyAxes(told, output)
}

function checkLikeShapes(loss: Loss, target: Shape, output: Shape): void {
  const [given, made] = [withoutLast(target, output.length), withoutLast(output, target.length)]
  if (given.length === made.length && given.every((d, i) => d === made[i])) return
  const told = `${loss.name}: targets ${showShape(target)}, output ${showShape(output)}`
  const categorical = loss.className.startsWith('Categorical')
  if (categorical && target.length < output.length) {
    throw new CornusError('BAD_SHAPE', `${told}: one-hot rows ${showShape(output)} are expected; for class numbers write loss: 'sparseCategoricalCrossentropy'`)
  }
  if (target.length < output.length) throw tooManyAxes(told, output)
  const [wanted, units] = [target.at(-1), output.at(-1)]
  throw new CornusError('BAD_SHAPE', `${told}: they must have the same shape; ${wanted === units || target.length !== output.length
    ? `write a last layer that gives ${showShape([null, ...target.slice(1)])}`
    : `the last layer has ${units} unit${units === 1 ? '' : 's'}: write layers.dense({ units: ${wanted} }), or targets ${showShape(output)}`}`)
}

/** [n, 1] counts as [n] beside a shape of another rank. */
const withoutLast = (shape: Shape, rank: number): Shape => (shape.length === rank + 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape)

function tooManyAxes(told: string, output: Shape): CornusError {
  const mend = output.length === 3
    ? 'leave out returnSequences in the last recurrent layer, or write layers.flatten() before the last dense layer'
    : 'write layers.flatten() or layers.globalAveragePooling2d() before the last dense layer'
  return new CornusError('BAD_SHAPE', `${told}: the output has more axes than the targets; ${mend}`)
}

const OF_PROBABILITIES: { readonly [className: string]: string } = {
  BinaryCrossentropy: 'sigmoid', BinaryFocalCrossentropy: 'sigmoid', CategoricalCrossentropy: 'softmax', SparseCategoricalCrossentropy: 'softmax', CategoricalFocalCrossentropy: 'softmax',
}

function warnAboutLogits(loss: Loss, { op, attrs }: Tensor): void {
  const activation = OF_PROBABILITIES[loss.className]
  const linear = (op.name === 'dense' && attrs.activation === 'linear') || op.name === 'matmul'
  if (!activation || !linear || loss.getConfig().fromLogits === true) return
  warnOnce(`${loss.name} takes probabilities, and the last layer has no activation: write activation: '${activation}', or losses.${camel(loss.className)}({ fromLogits: true })`)
}

const camel = (className: string): string => className[0]!.toLowerCase() + className.slice(1)

/** What finds labels that are neither 0 nor 1 nor between: a tensor to evaluate, or nothing where the loss takes any. */
export const outsideUnitInterval = (loss: Loss | undefined, y: Tensor): Tensor | undefined =>
  loss && /^Binary.*Crossentropy$/.test(loss.className) && y.dtype !== 'bool' ? any(logicalOr(less(y, 0), greater(y, 1))) : undefined

/** The error for a label that is not within 0 and 1. */
export function labelOutside(loss: Loss, values: ArrayLike<number>, shape: Shape): CornusError {
  const at = Array.from(values).findIndex((value) => value < 0 || value > 1)
  const sample = Math.floor(at / sizeOf(shape.slice(1)))
  return new CornusError('BAD_DATA', `${loss.name}: label ${values[at]} of sample ${sample} is outside 0 to 1; with more than two classes write ` +
    `layers.dense({ units: n, activation: 'softmax' }) and loss: 'sparseCategoricalCrossentropy'`)
}

/** An error of a data check in the words of whoever gave the data: the sample's place there, the layer and what to change in it. */
export function ofSample(error: unknown, batch: Batch, lastLayer: string | undefined): unknown {
  const fault = error instanceof CornusError ? (error.fault as DataFault | undefined) : undefined
  if (!fault || fault.shape[0] !== batch.size) return error
  const [row = 0, ...rest] = fault.position
  const { what, value, high } = fault
  const beyond = Number.isInteger(value) && value > high
  const layer = lastLayer === undefined ? 'the last layer' : `layer '${lastLayer}'`
  const mend = what === 'label' && beyond ? `, or write units: ${value + 1} in ${layer}` : what === 'index' && beyond ? `, or write inputDim: ${value + 1} in the embedding` : ''
  const position = [batch.sampleAt(row), ...rest]
  return new CornusError('BAD_DATA', describeFault({ ...fault, position }) + mend, { fault: { ...fault, position }, cause: error })
}

/** How to bring samples into the shape that a model takes, where that can be told from their sizes. */
export function reshapeAdvice(given: Shape, expected: readonly (number | null)[]): string {
  const sample = expected.slice(1)
  if (sample.some((d) => d === null)) return ''
  const wanted = sizeOf(sample as Shape)
  if (sizeOf(given) === wanted && given[0] !== 1) return `; one sample needs an axis of samples in front: write tensor(x).reshape([1, ${sample.join(', ')}])`
  if (sizeOf(given.slice(1)) === wanted) return `; the sizes agree: write tensor(x).reshape([${[given[0], ...sample].join(', ')}])`
  return ''
}
