// Four-fold validation: four models, each tested on what it has not seen.
import { layers, sequential, setSeed, tensor } from 'cornus'

setSeed(20)
const x = Array.from({ length: 40 }, (_, i) => [i / 20 - 1])
const y = x.map(([a]) => 3 * a - 1)
const errors = []
for (let fold = 0; fold < 4; fold++) {
  const isTest = x.map((_, i) => i % 4 === fold)
  const pick = (list, wanted) => tensor(list.filter((_, i) => isTest[i] === wanted))
  const model = sequential([layers.dense({ units: 1, inputShape: [1] })])
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] })
  model.optimizer.learningRate = 0.2
  await model.fit(pick(x, false), pick(y, false), { epochs: 40, batchSize: 8, verbose: 0 })
  const { mae } = await model.evaluate(pick(x, true), pick(y, true))
  errors.push(mae)
}
console.log(errors)
export const result = Math.max(...errors)
