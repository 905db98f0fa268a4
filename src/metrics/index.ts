// Metrics by the names that users know: metrics.auc({ curve: 'PR' }); the plain functions are metrics.functions.binaryAccuracy(yTrue,
// yPred).
import type { TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { countedLabels } from '../losses/crossentropy'
import { CROSSENTROPY, kindOf, SPARSE, type LossFunction } from '../losses/index'
import { Loss } from '../losses/loss'
import type { TargetKind } from '../losses/targets'
import { check, isInstance, showValue } from '../util/errors'
import { plainName } from '../util/names'
import {
  extra,
  integer,
  nullable,
  number,
  optional,
  positive,
  readOptions,
  saveOptions,
  type Given,
  type Held,
  type Kind,
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
  type Factories,
  type Family,
  type SavedPart,
} from '../util/parts'
import { checkShape, type Shape } from '../util/shape'
import {
  auc,
  ConfusionMetric,
  falseNegatives,
  falsePositives,
  precision,
  precisionAtRecall,
  recall,
  recallAtPrecision,
  sensitivityAtSpecificity,
  specificityAtSensitivity,
  trueNegatives,
  truePositives,
} from './confusion'
import { FBetaScore, type F1Options, type FBetaOptions } from './fscore'
import * as functions from './functions'
import { binaryIoU, IoU, iou, meanIoU, oneHotIoU, oneHotMeanIoU } from './iou'
import { Mean, MeanOf, Sum } from './mean'
import { Metric, type MetricOptions } from './metric'
import { R2Score, RootMeanSquaredError, type R2Options } from './regression'

export { ConfusionMetric, FBetaScore, functions, IoU, Mean, MeanOf, Metric, R2Score, Sum, type MetricOptions }
export {
  auc,
  falseNegatives,
  falsePositives,
  precision,
  precisionAtRecall,
  recall,
  recallAtPrecision,
  sensitivityAtSpecificity,
  specificityAtSensitivity,
  trueNegatives,
  truePositives,
}
export { binaryIoU, iou, meanIoU, oneHotIoU, oneHotMeanIoU }

export const mean = (options?: MetricOptions): Mean => new Mean(options)
export const sum = (options?: MetricOptions): Sum => new Sum(options)
export const rootMeanSquaredError = (options?: MetricOptions): RootMeanSquaredError => new RootMeanSquaredError(options)
export const r2Score = (options?: R2Options): R2Score => new R2Score(options)
export const f1Score = (options?: F1Options): FBetaScore => new FBetaScore(options, 'F1Score')
export const fBetaScore = (options?: FBetaOptions): FBetaScore => new FBetaScore(options)

type Rule<O> = (yTrue: TensorLike, yPred: TensorLike, options?: O) => Tensor

/** A factory of means of a function, from the table of its options. */
function meanOf<T extends OptionTable>(
  className: string,
  kind: TargetKind,
  fn: Rule<Held<T>>,
  own: T,
  direction: 'up' | 'down',
  kerasName?: string,
) {
  const table = { name: nameOption(className, kerasName), ...own }
  return (options?: Given<T> & MetricOptions): MeanOf => {
    const held = readOptions(table as typeof table & OptionTable, options, className)
    const { name, ...rest } = held as Held<T> & { name: string; ignoreClass?: number | null; axis?: unknown }
    const valid = typeof rest.ignoreClass === 'number' ? countedLabels(rest.ignoreClass) : undefined
    return new MeanOf((yTrue, yPred) => fn(yTrue, yPred, rest as Held<T>), {
      name,
      className,
      direction,
      config: saveOptions(table, held),
      valid,
      targets: { kind, axis: rest.axis },
    })
  }
}

const TOP = {
  /** How many of the highest predictions count. Default 5. */
  k: optional(positive, 5),
}
const ALONG = { axis: optional(integer(), -1) }
const DIRECTION = { axis: extra(integer(), -1) }
const BINARY = { ...CROSSENTROPY, axis: extra(integer(), -1) }
const CLASSES = { ...SPARSE, axis: optional(integer(), -1) }
const THRESHOLD = {
  /** Predictions above it are 1. Default 0.5. */
  threshold: optional(number(), 0.5),
}

export const accuracy = meanOf('Accuracy', 'values', functions.accuracy, {}, 'up')
export const binaryAccuracy = meanOf('BinaryAccuracy', 'binary', functions.binaryAccuracy, THRESHOLD, 'up')
export const categoricalAccuracy = meanOf('CategoricalAccuracy', 'oneHot', functions.categoricalAccuracy, {}, 'up')
export const sparseCategoricalAccuracy = meanOf('SparseCategoricalAccuracy', 'classes', functions.sparseCategoricalAccuracy, {}, 'up')
export const topKCategoricalAccuracy = meanOf('TopKCategoricalAccuracy', 'oneHot', functions.topKCategoricalAccuracy, TOP, 'up')
export const sparseTopKCategoricalAccuracy = meanOf(
  'SparseTopKCategoricalAccuracy',
  'classes',
  functions.sparseTopKCategoricalAccuracy,
  TOP,
  'up',
)
export const meanSquaredError = meanOf('MeanSquaredError', 'values', functions.meanSquaredError, {}, 'down')
export const meanAbsoluteError = meanOf('MeanAbsoluteError', 'values', functions.meanAbsoluteError, {}, 'down')
export const meanAbsolutePercentageError = meanOf(
  'MeanAbsolutePercentageError',
  'values',
  functions.meanAbsolutePercentageError,
  {},
  'down',
)
export const meanSquaredLogarithmicError = meanOf(
  'MeanSquaredLogarithmicError',
  'values',
  functions.meanSquaredLogarithmicError,
  {},
  'down',
)
export const logCoshError = meanOf('LogCoshError', 'values', functions.logCosh, {}, 'down', 'logcosh')
export const cosineSimilarity = meanOf('CosineSimilarity', 'values', functions.cosineSimilarity, DIRECTION, 'up')
export const pearsonCorrelation = meanOf('PearsonCorrelation', 'values', functions.pearsonCorrelation, ALONG, 'up')
export const concordanceCorrelation = meanOf('ConcordanceCorrelation', 'values', functions.concordanceCorrelation, ALONG, 'up')
export const klDivergence = meanOf('KLDivergence', 'oneHot', functions.klDivergence, {}, 'down')
export const poisson = meanOf('Poisson', 'values', functions.poisson, {}, 'down')
export const hinge = meanOf('Hinge', 'values', functions.hinge, {}, 'down')
export const squaredHinge = meanOf('SquaredHinge', 'values', functions.squaredHinge, {}, 'down')
export const categoricalHinge = meanOf('CategoricalHinge', 'oneHot', functions.categoricalHinge, {}, 'down')
export const binaryCrossentropy = meanOf('BinaryCrossentropy', 'binary', functions.binaryCrossentropy, BINARY, 'down')
export const categoricalCrossentropy = meanOf('CategoricalCrossentropy', 'oneHot', functions.categoricalCrossentropy, CROSSENTROPY, 'down')
export const sparseCategoricalCrossentropy = meanOf(
  'SparseCategoricalCrossentropy',
  'classes',
  functions.sparseCategoricalCrossentropy,
  CLASSES,
  'down',
)

/** By name; those in `demanding` need options, so that a bare name tells what is missing. */
const table = {
  mean,
  sum,
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  topKCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  meanSquaredError,
  rootMeanSquaredError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredLogarithmicError,
  logCoshError,
  cosineSimilarity,
  pearsonCorrelation,
  concordanceCorrelation,
  r2Score,
  klDivergence,
  poisson,
  hinge,
  squaredHinge,
  categoricalHinge,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  truePositives,
  falsePositives,
  trueNegatives,
  falseNegatives,
  precision,
  recall,
  auc,
  f1Score,
  fBetaScore,
  binaryIoU,
}
const demanding = {
  sensitivityAtSpecificity,
  specificityAtSensitivity,
  precisionAtRecall,
  recallAtPrecision,
  iou,
  meanIoU,
  oneHotIoU,
  oneHotMeanIoU,
}
const aliases = {
  mse: meanSquaredError,
  mae: meanAbsoluteError,
  mape: meanAbsolutePercentageError,
  msle: meanSquaredLogarithmicError,
  bce: binaryCrossentropy,
  logcosh: logCoshError,
  cosineProximity: cosineSimilarity,
}

const all = { ...table, ...demanding, ...aliases } as Factories<Metric>

export type MetricName = keyof typeof table | keyof typeof aliases | 'acc' | 'crossentropy' | 'ce'
/** A name (in Keras's spelling too), a metric, or a function of targets and predictions. */
export type MetricLike = Named<MetricName> | Metric | LossFunction | SavedPart

/** What 'accuracy' and 'crossentropy' are decided by. */
export interface MetricContext {
  readonly yTrueShape: Shape
  readonly yPredShape: Shape
  readonly loss?: Loss | undefined
}

const ACCURACIES = { binary: binaryAccuracy, sparse: sparseCategoricalAccuracy, categorical: categoricalAccuracy }
const CROSSENTROPIES = { binary: binaryCrossentropy, sparse: sparseCategoricalCrossentropy, categorical: categoricalCrossentropy }

const shape: Kind<Shape> = { takes: 'a shape', save: (held) => held, read: checkShape }
const someLoss: Kind<Loss> = {
  takes: 'a loss',
  save: () => null,
  read(value, what) {
    check(isInstance(value, Loss), 'BAD_ARGUMENT', () => `${what} must be a loss, not ${showValue(value)}`)
    return value
  },
}
const CONTEXT = { yTrueShape: shape, yPredShape: shape, loss: optional(nullable(someLoss), null) }

const family: Family<Metric, LossFunction> = {
  kind: 'metric',
  room: 'metrics',
  table: all,
  expected: "a name as 'accuracy', a metric, as metrics.auc(), or a function of targets and predictions",
  own: (fn) => new MeanOf(fn),
  isPart: (x): x is Metric => isInstance(x, Metric),
}

/** The metric that is meant; one made from a name keeps that name as its key. */
export function getMetric(given: MetricLike | string, context: MetricContext): Metric {
  const { yTrueShape, yPredShape, loss } = readOptions(CONTEXT, context, 'getMetric')
  const identifier = resolveOwn(given)
  if (typeof identifier !== 'string') return partOf(identifier, family)
  const plain = plainName(identifier)
  const kind = kindOf(yTrueShape, yPredShape)
  const metric =
    plain === 'accuracy' || plain === 'acc'
      ? ACCURACIES[kind]()
      : plain === 'crossentropy' || plain === 'ce'
        ? CROSSENTROPIES[kind]({ fromLogits: loss?.getConfig().fromLogits === true })
        : partOf(identifier, family)
  metric.name = identifier
  return metric
}

/** A metric as it goes into a file. */
export function serialize(given: MetricLike): ConfigValue {
  const metric = getMetric(given, { yTrueShape: [], yPredShape: [] })
  const own = metric instanceof MeanOf && metric.className === metric.fn.name ? metric.fn : undefined
  return savePart({ className: metric.className, getConfig: () => metric.getConfig(), own }, 'keras.metrics', all)
}

/** The metric that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart | string, options?: DeserializeOptions): Metric =>
  loadPart(() => getMetric(saved as MetricLike, { yTrueShape: [], yPredShape: [] }), options)
