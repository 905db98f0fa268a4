// The plain functions: values of each sample from targets and predictions. Losses are metrics too.
export * from './accuracy'
export {
  binaryCrossentropy, binaryFocalCrossentropy, categoricalCrossentropy, categoricalFocalCrossentropy, categoricalGeneralizedCrossEntropy, categoricalHinge, dice, hinge, huber,
  klDivergence, logCosh, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredError, meanSquaredLogarithmicError, poisson, sparseCategoricalCrossentropy, squaredHinge, tversky,
} from '../losses/functions'
export { concordanceCorrelation, cosineSimilarity, pearsonCorrelation } from './regression'
