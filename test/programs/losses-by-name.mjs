// The losses of the course, by the names that Keras gives them.
import { layers, sequential, setSeed } from 'cornus'

const names = [
  'mean_squared_error',
  'mean_absolute_error',
  'mean_absolute_percentage_error',
  'mean_squared_logarithmic_error',
  'squared_hinge',
  'hinge',
  'categorical_hinge',
  'logcosh',
  'huber',
  'categorical_crossentropy',
  'binary_crossentropy',
  'kullback_leibler_divergence',
  'poisson',
  'cosine_proximity',
  'cosine_similarity',
]
const x = [
  [1, 2],
  [2, 1],
  [0, 1],
  [1, 0],
]
const y = [
  [0, 1],
  [1, 0],
  [0, 1],
  [1, 0],
]
export const result = {}
for (const loss of names) {
  setSeed(4)
  const model = sequential([layers.dense({ units: 2, activation: 'softmax', inputShape: [2] })])
  model.compile({ loss, optimizer: 'sgd' })
  const { history } = await model.fit(x, y, { epochs: 20, verbose: 0 })
  console.log(loss, history.loss[0], '→', history.loss.at(-1))
  result[loss] = history.loss.at(-1) - history.loss[0]
}
