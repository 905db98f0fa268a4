// The plain functions: losses of each sample from targets and predictions.
export * from './crossentropy'
export * from './hinge'
export { cosineSimilarity, huber, klDivergence, logCosh, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredError, meanSquaredLogarithmicError, poisson } from './regression'
