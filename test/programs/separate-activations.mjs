// Three clouds of points, three classes; activations as layers of their own.
import { layers, sequential, setSeed } from 'cornus'

setSeed(2)
const centres = [
  [-2, 0],
  [2, 0],
  [0, 3],
]
const labels = Array.from({ length: 150 }, (_, i) => i % 3)
const points = labels.map((label, i) => [centres[label][0] + Math.sin(7 * i) / 2, centres[label][1] + Math.cos(5 * i) / 2])
const model = sequential([
  layers.dense({ units: 12, inputShape: [2] }),
  layers.activation('relu'),
  layers.dense({ units: 3 }),
  layers.activation('softmax'),
])
model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
model.summary()
const { history } = await model.fit(points, labels, { epochs: 60, batchSize: 16, verbose: 0 })
const classes = await model.predict(points).argMax(-1).array()
console.log(classes.slice(0, 6))
export const result = history.accuracy.at(-1)
