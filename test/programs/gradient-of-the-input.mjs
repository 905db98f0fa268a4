// Which input makes a trained network happiest? Gradient ascent on x.
import { grad, layers, optimizers, sequential, setSeed, tensor } from 'cornus'

setSeed(9)
const model = sequential([layers.dense({ units: 16, activation: 'tanh', inputShape: [2] }), layers.dense({ units: 1 })])
model.compile({ optimizer: optimizers.adam({ learningRate: 0.02 }), loss: 'mse' })
const points = Array.from({ length: 81 }, (_, i) => [(i % 9) / 4 - 1, Math.floor(i / 9) / 4 - 1])
await model.fit(
  points,
  points.map(([a, b]) => -((a - 0.5) ** 2) - (b + 0.25) ** 2),
  { epochs: 300, verbose: 0 },
)
const slope = grad((x) => model.apply(x).sum())
let x = tensor([[0, 0]])
for (let i = 0; i < 100; i++) x = tensor(await x.add(slope(x).mul(0.1)).array())
const [[a, b]] = await x.array()
console.log(a, b)
export const result = [a, b]
