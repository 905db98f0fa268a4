// Glad or cross: words as numbers, an embedding, a recurrent layer.
import { layers, sequential, setSeed, text } from 'cornus'

setSeed(14)
const sentences = [
  'what a good day',
  'a bad bad day',
  'good and fine',
  'this is awful',
  'fine work',
  'awful weather',
  'a good fine evening',
  'bad and awful news',
]
const glad = [1, 0, 1, 0, 1, 0, 1, 0]
const words = text.vocabulary().fit(sentences)
const x = words.encodeAll(sentences)
const model = sequential([
  layers.embedding({ inputDim: words.size, outputDim: 8, maskZero: true, inputShape: [null] }),
  layers.gru({ units: 8 }),
  layers.dense({ units: 1, activation: 'sigmoid' }),
])
model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] })
model.optimizer.learningRate = 0.02
await model.fit(x, glad, { epochs: 40, verbose: 0 })
console.log(await model.predict(words.encodeAll(['a fine day', 'awful'])).array())
export const result = (await model.evaluate(x, glad)).accuracy
