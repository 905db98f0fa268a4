// Regression: columns of very different size are normalized with the training data's mean and deviation.
import { layers, sequential, setSeed, tensor } from 'cornus'

setSeed(3)
const rooms = Array.from({ length: 120 }, (_, i) => 1 + (i % 6))
const area = rooms.map((n, i) => 30 * n + ((i * 37) % 40))
const price = rooms.map((n, i) => 20 * n + 1.5 * area[i])
const x = tensor(rooms.map((n, i) => [n, area[i]]))
const [mean, deviation] = [x.mean(0), x.std(0)]
const normalized = x.sub(mean).div(deviation)
const model = sequential([layers.dense({ units: 16, activation: 'relu', inputShape: [2] }), layers.dense({ units: 1 })])
model.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['mae'] })
model.optimizer.learningRate = 0.05
const { history } = await model.fit(normalized, price, { epochs: 120, validationSplit: 0.2, verbose: 0 })
const [[guess]] = await model
  .predict(
    tensor([[3, 100]])
      .sub(mean)
      .div(deviation),
  )
  .array()
console.log(`3 rooms, 100 m²: ${guess}`, history.val_mae.at(-1))
export const result = Math.abs(guess - 210)
