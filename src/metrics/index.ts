// Metrics by the names that users know: metrics.auc({ curve: 'PR' }); the plain functions are metrics.functions.binaryAccuracy(yTrue, yPred).
import type { TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { countedLabels } from '../losses/crossentropy'
import { kindOf, type Loss, type LossFunction } from '../losses/index'
import { CornusError } from '../util/errors'
import { plainName } from '../util/names'
import { checkCalled, camelName, isSavedPart, loadPart, makePart, resolveOwn, savePart, withDefaults, type Config, type ConfigValue, type DeserializeOptions, type Factories, type SavedPart } from '../util/parts'
import type { Shape } from '../util/shape'
import {
  auc, ConfusionMetric, falseNegatives, falsePositives, precision, precisionAtRecall, recall, recallAtPrecision, sensitivityAtSpecificity, specificityAtSensitivity, trueNegatives, truePositives,
} from './confusion'
import { FBetaScore, type F1Options, type FBetaOptions } from './fscore'
import * as functions from './functions'
import { binaryIoU, IoU, iou, meanIoU, oneHotIoU, oneHotMeanIoU } from './iou'
import { Mean, MeanOf, Sum } from './mean'
import { Metric, type MetricOptions } from './metric'
import { R2Score, RootMeanSquaredError, type R2Options } from './regression'
import type { Named } from '../util/options'

export { ConfusionMetric, FBetaScore, functions, IoU, Mean, MeanOf, Metric, R2Score, Sum, type MetricOptions }
export { auc, falseNegatives, falsePositives, precision, precisionAtRecall, recall, recallAtPrecision, sensitivityAtSpecificity, specificityAtSensitivity, trueNegatives, truePositives }
export { binaryIoU, iou, meanIoU, oneHotIoU, oneHotMeanIoU }

export const mean = (options?: MetricOptions): Mean => new Mean(options)
export const sum = (options?: MetricOptions): Sum => new Sum(options)
export const rootMeanSquaredError = (options?: MetricOptions): RootMeanSquaredError => new RootMeanSquaredError(options)
export const r2Score = (options?: R2Options): R2Score => new R2Score(options)
export const f1Score = (options?: F1Options): FBetaScore => new FBetaScore(options, 'F1Score')
export const fBetaScore = (options?: FBetaOptions): FBetaScore => new FBetaScore(options)

type Rule<O extends object> = (yTrue: TensorLike, yPred: TensorLike, options?: O) => Tensor

/** A factory of means of a function. */
function meanOf<O extends object>(className: string, fn: Rule<O>, defaults: Required<O>, direction: 'up' | 'down') {
  return (options?: O & MetricOptions): MeanOf => {
    const { name, ...config } = withDefaults<O & MetricOptions>(options, { ...defaults, name: camelName(className) } as never, className) as Required<MetricOptions> & { ignoreClass?: number | null }
    const valid = typeof config.ignoreClass === 'number' ? countedLabels(config.ignoreClass) : undefined
    return new MeanOf((yTrue, yPred) => fn(yTrue, yPred, config as O), { name, className, direction, config: config as Config, valid })
  }
}

const CROSSENTROPY = { fromLogits: false, labelSmoothing: 0, axis: -1 }

export const accuracy = meanOf('Accuracy', functions.accuracy, {}, 'up')
export const binaryAccuracy = meanOf('BinaryAccuracy', functions.binaryAccuracy, { threshold: 0.5 }, 'up')
export const categoricalAccuracy = meanOf('CategoricalAccuracy', functions.categoricalAccuracy, {}, 'up')
export const sparseCategoricalAccuracy = meanOf('SparseCategoricalAccuracy', functions.sparseCategoricalAccuracy, {}, 'up')
export const topKCategoricalAccuracy = meanOf('TopKCategoricalAccuracy', functions.topKCategoricalAccuracy, { k: 5 }, 'up')
export const sparseTopKCategoricalAccuracy = meanOf('SparseTopKCategoricalAccuracy', functions.sparseTopKCategoricalAccuracy, { k: 5 }, 'up')
export const meanSquaredError = meanOf('MeanSquaredError', functions.meanSquaredError, {}, 'down')
export const meanAbsoluteError = meanOf('MeanAbsoluteError', functions.meanAbsoluteError, {}, 'down')
export const meanAbsolutePercentageError = meanOf('MeanAbsolutePercentageError', functions.meanAbsolutePercentageError, {}, 'down')
export const meanSquaredLogarithmicError = meanOf('MeanSquaredLogarithmicError', functions.meanSquaredLogarithmicError, {}, 'down')
export const logCoshError = meanOf('LogCoshError', functions.logCosh, {}, 'down')
export const cosineSimilarity = meanOf('CosineSimilarity', functions.cosineSimilarity, { axis: -1 }, 'up')
export const pearsonCorrelation = meanOf('PearsonCorrelation', functions.pearsonCorrelation, { axis: -1 }, 'up')
export const concordanceCorrelation = meanOf('ConcordanceCorrelation', functions.concordanceCorrelation, { axis: -1 }, 'up')
export const klDivergence = meanOf('KLDivergence', functions.klDivergence, {}, 'down')
export const poisson = meanOf('Poisson', functions.poisson, {}, 'down')
export const hinge = meanOf('Hinge', functions.hinge, {}, 'down')
export const squaredHinge = meanOf('SquaredHinge', functions.squaredHinge, {}, 'down')
export const categoricalHinge = meanOf('CategoricalHinge', functions.categoricalHinge, {}, 'down')
export const binaryCrossentropy = meanOf('BinaryCrossentropy', functions.binaryCrossentropy, CROSSENTROPY, 'down')
export const categoricalCrossentropy = meanOf('CategoricalCrossentropy', functions.categoricalCrossentropy, CROSSENTROPY, 'down')
export const sparseCategoricalCrossentropy = meanOf('SparseCategoricalCrossentropy', functions.sparseCategoricalCrossentropy, { fromLogits: false, ignoreClass: null, axis: -1 }, 'down')

/** By name; those in `demanding` need options, so that a bare name tells what is missing. */
const table = {
  mean, sum, accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy, topKCategoricalAccuracy, sparseTopKCategoricalAccuracy,
  meanSquaredError, rootMeanSquaredError, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredLogarithmicError, logCoshError, cosineSimilarity, pearsonCorrelation, concordanceCorrelation,
  r2Score, klDivergence, poisson, hinge, squaredHinge, categoricalHinge, binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy,
  truePositives, falsePositives, trueNegatives, falseNegatives, precision, recall, auc, f1Score, fBetaScore, binaryIoU,
}
const demanding = { sensitivityAtSpecificity, specificityAtSensitivity, precisionAtRecall, recallAtPrecision, iou, meanIoU, oneHotIoU, oneHotMeanIoU }
const aliases = { mse: meanSquaredError, mae: meanAbsoluteError, mape: meanAbsolutePercentageError, msle: meanSquaredLogarithmicError, bce: binaryCrossentropy, logcosh: logCoshError, cosineProximity: cosineSimilarity }

const all = { ...table, ...demanding, ...aliases } as unknown as Factories<Metric>

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

/** The metric that is meant; one made from a name keeps that name as its key. */
export function getMetric(given: MetricLike | string, { yTrueShape, yPredShape, loss }: MetricContext): Metric {
  const identifier = resolveOwn(given)
  checkCalled(identifier, all, 'metrics')
  if (typeof identifier === 'function') return new MeanOf(identifier)
  if (typeof identifier === 'string') {
    const plain = plainName(identifier)
    const kind = kindOf(yTrueShape, yPredShape)
    const metric = plain === 'accuracy' || plain === 'acc' ? ACCURACIES[kind]()
      : plain === 'crossentropy' || plain === 'ce' ? CROSSENTROPIES[kind]({ fromLogits: loss?.getConfig().fromLogits === true })
      : makePart<Metric>(all, identifier, 'metric')
    metric.name = identifier
    return metric
  }
  if (isSavedPart(identifier)) return makePart<Metric>(all, identifier, 'metric')
  if (!(identifier instanceof Metric)) throw new CornusError('BAD_ARGUMENT', `metric: expected a name as 'accuracy', a metric, as metrics.auc(), or a function of targets and predictions, not ${String(identifier)}`)
  return identifier
}

/** A metric as it goes into a file. */
export const serialize = (metric: Metric): ConfigValue =>
  savePart({ className: metric.className, getConfig: () => metric.getConfig(), own: metric instanceof MeanOf && metric.className === metric.fn.name ? metric.fn : undefined }, 'keras.metrics', all)

/** The metric that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart | string, options?: DeserializeOptions): Metric => loadPart(() => getMetric(saved, { yTrueShape: [], yPredShape: [] }), options)
