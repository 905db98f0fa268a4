// A long sequence: 500 noisy values in which a rise and a fall are hidden; which came first? Convolutions with strides make 25 steps of the
// 500, and
// a GRU keeps what it saw. Alone, the same GRU walks through all 500.
import { layers, optimizers, sequential, setSeed, tensor } from 'cornus'
import { uniform } from './uniform.mjs'

const LENGTH = 500

/** x [count, LENGTH, 1]; y is 1 where the rise came before the fall. */
function signals(count, seed) {
  const random = uniform(seed)
  const [x, y] = [new Float32Array(count * LENGTH), new Int32Array(count)]
  for (let i = 0; i < count; i++) {
    for (let t = 0; t < LENGTH; t++) x[i * LENGTH + t] = 0.5 * (random() + random() - 1)
    const places = [Math.floor(random() * 210), 250 + Math.floor(random() * 210)]
    y[i] = random() < 0.5 ? 1 : 0
    places.forEach((place, k) => {
      for (let t = 0; t < 30; t++) x[i * LENGTH + place + t] += (k === 1 - y[i] ? 1 : -1) * (t / 15 - 1) // from −1 to 1, or the reverse
    })
  }
  return { x: tensor(x, [count, LENGTH, 1]), y: tensor(y, [count], 'int32') }
}

const networks = {
  'CNN + GRU': () => [
    layers.conv1d({ filters: 16, kernelSize: 9, strides: 4, padding: 'same', activation: 'relu', inputShape: [LENGTH, 1] }),
    layers.conv1d({ filters: 24, kernelSize: 9, strides: 5, padding: 'same', activation: 'relu' }), // 25 steps
    layers.gru({ units: 24 }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
  GRU: () => [layers.gru({ units: 24, inputShape: [LENGTH, 1] }), layers.dense({ units: 1, activation: 'sigmoid' })],
}

export async function main({ epochs = 6, samples = 1600 } = {}) {
  const [train, test] = [signals(samples, 1), signals(400, 2)]
  const results = {}
  for (const [name, make] of Object.entries(networks)) {
    setSeed(1)
    const model = sequential(make())
    model.compile({ optimizer: optimizers.adam({ learningRate: 0.005, clipnorm: 1 }), loss: 'binaryCrossentropy', metrics: ['accuracy'] })
    const begun = performance.now()
    await model.fit(train.x, train.y, { epochs, batchSize: 32, verbose: 0 })
    const seconds = (performance.now() - begun) / 1000
    const { accuracy } = await model.evaluate(test.x, test.y, { verbose: 0 })
    console.log(
      `${name.padEnd(10)} ${(100 * accuracy).toFixed(1).padStart(5)} % of 400 new signals after ${epochs} epochs, ${seconds.toFixed(1)} s`,
    )
    results[name] = accuracy
  }
  return results
}

if (process.argv[1] === import.meta.filename) await main()
