// Losses called by hand, and one of one's own.
import { layers, losses, ops, sequential, setSeed, tensor } from 'cornus'

setSeed(5)
const yTrue = tensor([
  [0, 1],
  [1, 0],
])
const yPred = tensor([
  [0.2, 0.8],
  [0.6, 0.4],
])
const each = losses.functions.meanSquaredError(yTrue, yPred)
console.log(await each.array(), await losses.huber({ delta: 0.1 }).call(yTrue, yPred).item())
const weighted = (yTrue, yPred) =>
  ops
    .square(yTrue.sub(yPred))
    .mul(ops.where(yTrue.greater(2), 5, 1))
    .mean(-1)
const model = sequential([layers.dense({ units: 1, inputShape: [1] })])
model.compile({ optimizer: 'sgd', loss: weighted })
const { history } = await model.fit([0, 1, 2, 3], [1, 2, 3, 4], { epochs: 100, verbose: 0 })
export const result = [(await each.array())[0], history.loss.at(-1)]
