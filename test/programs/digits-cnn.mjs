// A small convolutional network on the digits that come along.
import { datasets, layers, sequential, setSeed } from 'cornus'

setSeed(10)
const { train, test } = await datasets.digits()
const model = sequential([
  layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1] }),
  layers.maxPooling2d({ poolSize: 2 }),
  layers.flatten(),
  layers.dropout({ rate: 0.2 }),
  layers.dense({ units: 10, activation: 'softmax' }),
])
model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] })
await model.fit(train.x, train.y, { epochs: 10, batchSize: 32, validationData: [test.x, test.y], verbose: 2 })
const { accuracy } = await model.evaluate(test.x, test.y)
const digits = await model.predict(test.x).argMax(-1).data()
console.log(digits.slice(0, 10), (await test.y.data()).slice(0, 10))
export const result = accuracy
