// The plain functions: values of each sample from targets and predictions. Losses are metrics too.
export * from './accuracy'
export * from '../losses/functions'
export { concordanceCorrelation, cosineSimilarity, pearsonCorrelation } from './regression'
