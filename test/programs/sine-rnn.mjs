// The next value of a wave from the ten before it.
import { layers, sequential, setSeed } from 'cornus'

setSeed(12)
const wave = Array.from({ length: 200 }, (_, t) => Math.sin(t / 5))
const windows = wave.slice(0, -10).map((_, i) => wave.slice(i, i + 10).map((value) => [value]))
const next = wave.slice(10)
const model = sequential([layers.simpleRNN({ units: 16, inputShape: [10, 1] }), layers.dense({ units: 1 })])
model.compile({ optimizer: 'adam', loss: 'mse' })
const { history } = await model.fit(windows, next, { epochs: 30, batchSize: 16, verbose: 0 })
console.log(history.loss.at(-1))
export const result = history.loss.at(-1)
