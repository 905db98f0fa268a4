// The smallest network that learns what no single unit can.
import { layers, optimizers, sequential, setSeed } from 'cornus'

setSeed(1)
const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]
const y = [0, 1, 1, 0]
const model = sequential()
model.add(layers.dense({ units: 8, activation: 'tanh', inputShape: [2] }))
model.add(layers.dense({ units: 1, activation: 'sigmoid' }))
model.compile({ loss: 'binary_crossentropy', optimizer: optimizers.adam({ learningRate: 0.1 }), metrics: ['accuracy'] })
await model.fit(x, y, { epochs: 100, verbose: 0 })
const { accuracy } = await model.evaluate(x, y)
console.log(await model.predict(x).array())
export const result = accuracy
