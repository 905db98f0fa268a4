// Two classes: height and weight to sex. Six invented people are enough to show how a network draws the border.
import { layers, optimizers, sequential, setSeed } from 'cornus'

const people = [
  // cm, kg, 0 woman or 1 man
  [158, 52, 0],
  [164, 57, 0],
  [169, 63, 0],
  [174, 78, 1],
  [181, 80, 1],
  [190, 91, 1],
]

/** Inputs near 0 and of like size make learning quick: centimetres around 172, kilograms around 70, both divided by their spread. */
const scaled = ([height, weight]) => [(height - 172) / 11, (weight - 70) / 14]

export async function main() {
  setSeed(3)
  const x = people.map(scaled)
  const y = people.map(([, , sex]) => sex)

  const model = sequential([
    layers.dense({ units: 4, activation: 'tanh', inputShape: [2] }),
    layers.dense({ units: 1, activation: 'sigmoid' }), // one output between 0 and 1: the probability of class 1
  ])
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: 'binaryCrossentropy', metrics: ['accuracy'] })
  model.summary()

  await model.fit(x, y, { epochs: 100, batchSize: 6, verbose: 0 })
  const { loss, accuracy } = await model.evaluate(x, y)
  console.log(`\nloss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(2)} on the six\n`)

  // People that it has not seen
  const others = [
    [160, 55],
    [186, 85],
    [171, 68],
  ]
  const probabilities = await model.predict(others.map(scaled)).data()
  others.forEach(([height, weight], i) => console.log(`${height} cm, ${weight} kg: a man with probability ${probabilities[i].toFixed(3)}`))
  return { loss, accuracy, probabilities }
}

if (process.argv[1] === import.meta.filename) await main()
