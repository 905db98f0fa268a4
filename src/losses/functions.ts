// The plain functions: losses of each sample from targets and predictions.
export {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  dice,
  sparseCategoricalCrossentropy,
  tversky,
} from './crossentropy'
export { categoricalHinge, hinge, squaredHinge } from './hinge'
export {
  cosineSimilarity,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
} from './regression'
