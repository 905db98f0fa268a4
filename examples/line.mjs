// The smallest network there is: one unit, with one weight and one bias, learns y = 2x + 1 from six points.
import { layers, optimizers, sequential, setSeed } from 'cornus'

export async function main() {
  setSeed(1) // the same numbers in every run; leave it out for others each time

  const x = [-1, 0, 1, 2, 3, 4]
  const y = x.map((value) => 2 * value + 1)

  const model = sequential([layers.dense({ units: 1, inputShape: [1] })])
  model.compile({ optimizer: optimizers.sgd({ learningRate: 0.05 }), loss: 'meanSquaredError' })

  // All six samples make one batch; an epoch is one step. fit prints every epoch unless it is told to be silent.
  const { history } = await model.fit(x, y, { epochs: 300, batchSize: 6, verbose: 0 })
  for (const epoch of [1, 10, 100, 300])
    console.log(`loss after epoch ${String(epoch).padStart(3)}: ${history.loss[epoch - 1].toExponential(1)}`)

  const [kernel, bias] = model.getWeights()
  const [weight, offset] = [await kernel.item(), await bias.item()]
  const prediction = await model.predict([10]).item()
  console.log(`\nlearned:  y = ${weight.toFixed(3)} x + ${offset.toFixed(3)}`)
  console.log(`x = 10:   y = ${prediction.toFixed(3)}`)
  return { weight, offset, prediction }
}

if (process.argv[1] === import.meta.filename) await main()
