// Losses by the names that users know: losses.huber({ delta: 2 }); the plain functions are losses.functions.huber(yTrue, yPred).
import type { TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { isInstance } from '../util/errors'
import {
  extra,
  flag,
  integer,
  nullable,
  number,
  oneOrMore,
  optional,
  readOptions,
  saveOptions,
  type Given,
  type Held,
  type Named,
  type OptionTable,
} from '../util/options'
import {
  loadPart,
  nameOption,
  partOf,
  resolveOwn,
  savePart,
  type ConfigValue,
  type DeserializeOptions,
  type Family,
  type SavedPart,
} from '../util/parts'
import { checkShape, type Shape } from '../util/shape'
import { countedLabels } from './crossentropy'
import * as functions from './functions'
import { Loss, reductions, type LossFunction, type LossOptions } from './loss'
import type { TargetKind } from './targets'

export { functions, Loss, type LossOptions }
export type { LossFunction, Reduction } from './loss'

type Rule<O> = (yTrue: TensorLike, yPred: TensorLike, options?: O) => Tensor

const reduction = optional(reductions, 'sumOverBatchSize')

/** A factory from a function and the table of its options. */
function factory<T extends OptionTable>(className: string, kind: TargetKind, fn: Rule<Held<T>>, own: T, kerasName?: string) {
  const table = { ...own, reduction, name: nameOption(className, kerasName) }
  return (options?: Given<T> & LossOptions): Loss => {
    const held = readOptions(table as typeof table & OptionTable, options, className)
    const {
      reduction: how,
      name,
      ...rest
    } = held as Held<typeof table> & { fromLogits?: boolean; ignoreClass?: number | null; axis?: unknown }
    const { fromLogits, ignoreClass, axis } = rest
    return new Loss((yTrue, yPred) => fn(yTrue, yPred, rest as Held<T>), {
      className,
      name,
      reduction: how,
      config: saveOptions(table, held),
      valid: typeof ignoreClass === 'number' ? countedLabels(ignoreClass) : undefined,
      targets: { kind, axis, ...(fromLogits !== undefined && { fromLogits }) },
    })
  }
}

const axis = integer()
const axes = nullable(oneOrMore(axis))
const share = number(0, 1)

/** Options of cross-entropies. */
export const CROSSENTROPY = {
  /** Whether predictions are logits instead of probabilities. Default false. */
  fromLogits: optional(flag, false),
  /** How far targets are drawn toward the uniform distribution. Default 0. */
  labelSmoothing: optional(share, 0),
  /** Axis of the classes. Default the last. */
  axis: optional(axis, -1),
}
/** Options of cross-entropy of class numbers. */
export const SPARSE = {
  fromLogits: optional(flag, false),
  /** A class that does not count: the loss at its positions is 0, and means are over the others. */
  ignoreClass: optional(nullable(integer()), null),
  axis: extra(axis, -1),
}
const FOCAL = {
  ...CROSSENTROPY,
  /** Weight of class 1. Default 0.25. */
  alpha: optional(number(0), 0.25),
  /** How much easy samples count less. Default 2. */
  gamma: optional(number(0), 2),
}
const HUBER = {
  /** Where squares turn into lines. Default 1. */
  delta: extra(number(0), 1),
}
const DIRECTION = { axis: extra(axis, -1) }
const REGION = {
  /** Axes that are summed over. Default null: all. */
  axis: optional(axes, null),
}

export const meanSquaredError = factory('MeanSquaredError', 'values', functions.meanSquaredError, {})
export const meanAbsoluteError = factory('MeanAbsoluteError', 'values', functions.meanAbsoluteError, {})
export const meanAbsolutePercentageError = factory('MeanAbsolutePercentageError', 'values', functions.meanAbsolutePercentageError, {})
export const meanSquaredLogarithmicError = factory('MeanSquaredLogarithmicError', 'values', functions.meanSquaredLogarithmicError, {})
export const huber = factory('Huber', 'values', functions.huber, HUBER, 'huber_loss')
export const logCosh = factory('LogCosh', 'values', functions.logCosh, {})
export const poisson = factory('Poisson', 'values', functions.poisson, {})
export const klDivergence = factory('KLDivergence', 'oneHot', functions.klDivergence, {})
export const cosineSimilarity = factory('CosineSimilarity', 'values', functions.cosineSimilarity, DIRECTION)
export const hinge = factory('Hinge', 'values', functions.hinge, {})
export const squaredHinge = factory('SquaredHinge', 'values', functions.squaredHinge, {})
export const categoricalHinge = factory('CategoricalHinge', 'oneHot', functions.categoricalHinge, {})
export const binaryCrossentropy = factory('BinaryCrossentropy', 'binary', functions.binaryCrossentropy, CROSSENTROPY)
export const categoricalCrossentropy = factory('CategoricalCrossentropy', 'oneHot', functions.categoricalCrossentropy, CROSSENTROPY)
export const sparseCategoricalCrossentropy = factory(
  'SparseCategoricalCrossentropy',
  'classes',
  functions.sparseCategoricalCrossentropy,
  SPARSE,
)
export const binaryFocalCrossentropy = factory('BinaryFocalCrossentropy', 'binary', functions.binaryFocalCrossentropy, {
  ...FOCAL,
  /** Weigh the classes by alpha and 1 − alpha. Default false. */
  applyClassBalancing: optional(flag, false),
})
export const categoricalFocalCrossentropy = factory('CategoricalFocalCrossentropy', 'oneHot', functions.categoricalFocalCrossentropy, {
  ...FOCAL,
  /** Weight of each class, or one for all. Default 0.25. */
  alpha: optional(oneOrMore(number(0)), 0.25),
})
export const categoricalGeneralizedCrossEntropy = factory(
  'CategoricalGeneralizedCrossEntropy',
  'classes',
  functions.categoricalGeneralizedCrossEntropy,
  {
    /** Between cross-entropy (near 0) and absolute error (1). Default 0.5. */
    q: optional(number(Number.MIN_VALUE, 1), 0.5),
  },
)
export const dice = factory('Dice', 'values', functions.dice, REGION)
export const tversky = factory('Tversky', 'values', functions.tversky, {
  /** Weight of what was missed. Default 0.5. */
  alpha: optional(number(0), 0.5),
  /** Weight of what was found wrongly. Default 0.5. */
  beta: optional(number(0), 0.5),
  ...REGION,
})

const table = {
  meanSquaredError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredLogarithmicError,
  huber,
  logCosh,
  poisson,
  klDivergence,
  cosineSimilarity,
  hinge,
  squaredHinge,
  categoricalHinge,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  binaryFocalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  dice,
  tversky,
}
const aliases = {
  mse: meanSquaredError,
  mae: meanAbsoluteError,
  mape: meanAbsolutePercentageError,
  msle: meanSquaredLogarithmicError,
  bce: binaryCrossentropy,
  kld: klDivergence,
  kullbackLeiblerDivergence: klDivergence,
  huberLoss: huber,
  cosineProximity: cosineSimilarity,
}

export type LossName = keyof typeof table | keyof typeof aliases | 'logcosh' | 'crossentropy' | 'ce'
/** A name (in Keras's spelling too), a loss, or a function of targets and predictions. 'crossentropy' chooses by the shapes. */
export type LossLike = Named<LossName> | Loss | LossFunction | SavedPart

const family: Family<Loss, LossFunction> = {
  kind: 'loss',
  room: 'losses',
  table: { ...table, ...aliases },
  expected: "a name as 'meanSquaredError', a loss, as losses.huber({ delta: 2 }), or a function of targets and predictions",
  own: (fn) => new Loss(fn),
  isPart: (x): x is Loss => isInstance(x, Loss),
}

/** The loss that is meant. */
export function getLoss(given: LossLike | string): Loss {
  const identifier = resolveOwn(given)
  return identifier === 'crossentropy' || identifier === 'ce' ? new Loss(crossentropy) : partOf(identifier, family)
}

/** A loss as it goes into a file. */
export function serialize(loss: LossLike): ConfigValue {
  const part = getLoss(loss)
  return savePart(
    { className: part.className, getConfig: () => part.getConfig(), own: part.className === part.fn.name ? part.fn : undefined },
    'keras.losses',
    table,
  )
}

/** The loss that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart | string, options?: DeserializeOptions): Loss =>
  loadPart(() => getLoss(saved as LossLike), options)

/** Whether predictions are of two classes (one number each), or targets are class numbers. */
export const kindOf = (yTrue: Shape, yPred: Shape): 'binary' | 'sparse' | 'categorical' => {
  checkShape(yTrue, 'shape of the targets')
  checkShape(yPred, 'shape of the predictions')
  if (yPred.at(-1) === 1) return 'binary'
  return yTrue.length < yPred.length || yTrue.at(-1) === 1 ? 'sparse' : 'categorical'
}

const BY_KIND = { binary: binaryCrossentropy(), sparse: sparseCategoricalCrossentropy(), categorical: categoricalCrossentropy() }

/** Binary, sparse or categorical cross-entropy, whichever fits the shapes. */
function crossentropy(yTrue: Tensor, yPred: Tensor): Tensor {
  return BY_KIND[kindOf(yTrue.shape, yPred.shape)].fn(yTrue, yPred)
}
