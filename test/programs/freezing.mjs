// A trained body is frozen, a new head is trained, then both together.
import { datasets, layers, optimizers, sequential, setSeed } from 'cornus'

setSeed(17)
const { train } = await datasets.digits()
const body = sequential([layers.flatten({ inputShape: [8, 8, 1] }), layers.dense({ units: 32, activation: 'relu' })])
const all = sequential([body, layers.dense({ units: 10, activation: 'softmax' })])
all.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
await all.fit(train.x, train.y, { epochs: 3, verbose: 0 })

body.trainable = false
const even = train.y.mod(2).equal(0)
const model = sequential([body, layers.dense({ units: 1, activation: 'sigmoid' })])
model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] })
const before = await body.getWeights()[0].array()
await model.fit(train.x, even, { epochs: 3, verbose: 0 })
const frozen = JSON.stringify(before) === JSON.stringify(await body.getWeights()[0].array())

body.trainable = true
model.compile({ optimizer: optimizers.adam({ learningRate: 1e-4 }), loss: 'binaryCrossentropy', metrics: ['accuracy'] })
await model.fit(train.x, even, { epochs: 2, verbose: 0 })
const { accuracy } = await model.evaluate(train.x, even)
console.log(frozen, accuracy)
export const result = [frozen, JSON.stringify(before) !== JSON.stringify(await body.getWeights()[0].array()), accuracy]
