// Losses by the names that users know: losses.huber({ delta: 2 }); the plain functions are losses.functions.huber(yTrue, yPred).
import type { TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { CornusError } from '../util/errors'
import { checkCalled, camelName, isSavedPart, loadPart, makePart, resolveOwn, savePart, withDefaults, type Config, type ConfigValue, type DeserializeOptions, type SavedPart } from '../util/parts'
import type { Shape } from '../util/shape'
import { countedLabels } from './crossentropy'
import * as functions from './functions'
import { Loss, type LossFunction, type LossOptions } from './loss'
import type { Named } from '../util/options'

export { functions, Loss, type LossOptions }
export type { LossFunction, Reduction } from './loss'

type Rule<O extends object> = (yTrue: TensorLike, yPred: TensorLike, options?: O) => Tensor

/** A factory from a function and the defaults of its options. */
function factory<O extends object>(className: string, fn: Rule<O>, defaults: Required<O>) {
  return (options?: O & LossOptions): Loss => {
    const all = withDefaults<O & LossOptions>(options, { ...defaults, reduction: 'sumOverBatchSize', name: camelName(className) } as never, className)
    const { reduction, name, ...config } = all as unknown as Required<LossOptions> & { ignoreClass?: number | null }
    const valid = typeof config.ignoreClass === 'number' ? countedLabels(config.ignoreClass) : undefined
    return new Loss((yTrue, yPred) => fn(yTrue, yPred, config as O), { className, name, reduction, config: config as Config, valid })
  }
}

const CROSSENTROPY = { fromLogits: false, labelSmoothing: 0, axis: -1 }

export const meanSquaredError = factory('MeanSquaredError', functions.meanSquaredError, {})
export const meanAbsoluteError = factory('MeanAbsoluteError', functions.meanAbsoluteError, {})
export const meanAbsolutePercentageError = factory('MeanAbsolutePercentageError', functions.meanAbsolutePercentageError, {})
export const meanSquaredLogarithmicError = factory('MeanSquaredLogarithmicError', functions.meanSquaredLogarithmicError, {})
export const huber = factory('Huber', functions.huber, { delta: 1 })
export const logCosh = factory('LogCosh', functions.logCosh, {})
export const poisson = factory('Poisson', functions.poisson, {})
export const klDivergence = factory('KLDivergence', functions.klDivergence, {})
export const cosineSimilarity = factory('CosineSimilarity', functions.cosineSimilarity, { axis: -1 })
export const hinge = factory('Hinge', functions.hinge, {})
export const squaredHinge = factory('SquaredHinge', functions.squaredHinge, {})
export const categoricalHinge = factory('CategoricalHinge', functions.categoricalHinge, {})
export const binaryCrossentropy = factory('BinaryCrossentropy', functions.binaryCrossentropy, CROSSENTROPY)
export const categoricalCrossentropy = factory('CategoricalCrossentropy', functions.categoricalCrossentropy, CROSSENTROPY)
export const sparseCategoricalCrossentropy = factory('SparseCategoricalCrossentropy', functions.sparseCategoricalCrossentropy, { fromLogits: false, ignoreClass: null, axis: -1 })
export const binaryFocalCrossentropy = factory('BinaryFocalCrossentropy', functions.binaryFocalCrossentropy, { ...CROSSENTROPY, applyClassBalancing: false, alpha: 0.25, gamma: 2 })
export const categoricalFocalCrossentropy = factory('CategoricalFocalCrossentropy', functions.categoricalFocalCrossentropy, { ...CROSSENTROPY, alpha: 0.25, gamma: 2 })
export const categoricalGeneralizedCrossEntropy = factory('CategoricalGeneralizedCrossEntropy', functions.categoricalGeneralizedCrossEntropy, { q: 0.5 })
export const dice = factory('Dice', functions.dice, { axis: null })
export const tversky = factory('Tversky', functions.tversky, { alpha: 0.5, beta: 0.5, axis: null })

const table = {
  meanSquaredError, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredLogarithmicError, huber, logCosh, poisson, klDivergence, cosineSimilarity, hinge, squaredHinge,
  categoricalHinge, binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy, binaryFocalCrossentropy, categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy, dice, tversky,
}
const aliases = { mse: meanSquaredError, mae: meanAbsoluteError, mape: meanAbsolutePercentageError, msle: meanSquaredLogarithmicError, bce: binaryCrossentropy, kld: klDivergence, kullbackLeiblerDivergence: klDivergence, cosineProximity: cosineSimilarity, huberLoss: huber }

export type LossName = keyof typeof table | keyof typeof aliases | 'logcosh' | 'crossentropy' | 'ce'
/** A name (in Keras's spelling too), a loss, or a function of targets and predictions. 'crossentropy' chooses by the shapes. */
export type LossLike = Named<LossName> | Loss | LossFunction | SavedPart

/** The loss that is meant. */
export function getLoss(given: LossLike | string): Loss {
  const identifier = resolveOwn(given)
  checkCalled(identifier, table, 'losses')
  if (typeof identifier === 'function') return new Loss(identifier)
  if (identifier === 'crossentropy' || identifier === 'ce') return new Loss(crossentropy)
  if (typeof identifier === 'string' || isSavedPart(identifier)) return makePart<Loss>({ ...table, ...aliases }, identifier, 'loss')
  if (!(identifier instanceof Loss)) throw new CornusError('BAD_ARGUMENT', `loss: expected a name as 'meanSquaredError', a loss, as losses.huber({ delta: 2 }), or a function of targets and predictions, not ${String(identifier)}`)
  return identifier
}

/** A loss as it goes into a file. */
export function serialize(loss: LossLike): ConfigValue {
  const part = getLoss(loss)
  return savePart({ className: part.className, getConfig: () => part.getConfig(), own: part.className === part.fn.name ? part.fn : undefined }, 'keras.losses', table)
}

/** The loss that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart | string, options?: DeserializeOptions): Loss => loadPart(() => getLoss(saved), options)

/** Whether predictions are of two classes (one number each), or targets are class numbers. */
export const kindOf = (yTrue: Shape, yPred: Shape): 'binary' | 'sparse' | 'categorical' => {
  if (yPred.at(-1) === 1) return 'binary'
  return yTrue.length < yPred.length || yTrue.at(-1) === 1 ? 'sparse' : 'categorical'
}

const BY_KIND = { binary: functions.binaryCrossentropy, sparse: functions.sparseCategoricalCrossentropy, categorical: functions.categoricalCrossentropy }

/** Binary, sparse or categorical cross-entropy, whichever fits the shapes. */
function crossentropy(yTrue: Tensor, yPred: Tensor): Tensor {
  return BY_KIND[kindOf(yTrue.shape, yPred.shape)](yTrue, yPred)
}
