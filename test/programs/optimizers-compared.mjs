// Every optimizer on the same line.
import { layers, optimizers, sequential, setSeed } from 'cornus'

const x = [0, 0.25, 0.5, 0.75, 1]
const y = x.map((each) => 2 * each - 1)
export const result = {}
for (const name of ['sgd', 'rmsprop', 'adam', 'adamw', 'adagrad', 'adamax', 'nadam', 'lion', 'lamb', 'ftrl', 'adadelta', 'adafactor']) {
  setSeed(6)
  const model = sequential([layers.dense({ units: 1, inputShape: [1] })])
  model.compile({ optimizer: optimizers[name]({ learningRate: 0.1 }), loss: 'mse' })
  const { history } = await model.fit(x, y, { epochs: 30, verbose: 0 })
  console.log(name, history.loss.at(-1))
  result[name] = history.loss.at(-1) / history.loss[0]
}
