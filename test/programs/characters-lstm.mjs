// Learns a sentence by heart, one letter after the other, letters one-hot.
import { layers, ops, sequential, setSeed } from 'cornus'

setSeed(13)
const sentence = 'the boats come in and the boats go out '
const letters = [...new Set(sentence)].sort()
const numbers = [...sentence].map((letter) => letters.indexOf(letter))
const steps = 6
const starts = numbers.slice(0, -steps).map((_, i) => i)
const x = ops.oneHot(
  starts.map((i) => numbers.slice(i, i + steps)),
  letters.length,
)
const y = ops.oneHot(
  starts.map((i) => numbers[i + steps]),
  letters.length,
)
const model = sequential([
  layers.lstm({ units: 32, returnSequences: true, inputShape: [steps, letters.length] }),
  layers.lstm({ units: 32 }),
  layers.dense({ units: letters.length, activation: 'softmax' }),
])
model.compile({ optimizer: 'adam', loss: 'categorical_crossentropy', metrics: ['accuracy'] })
model.optimizer.learningRate = 0.02
const { history } = await model.fit(x, y, { epochs: 60, batchSize: 16, verbose: 0 })
const guessed = await model.predict(x).argMax(-1).array()
console.log(guessed.map((i) => letters[i]).join(''))
export const result = history.accuracy.at(-1)
