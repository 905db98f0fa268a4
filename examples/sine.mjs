// A forecast: two GRUs on top of each other read 60 values of a noisy sine wave and say the next 20. Guessing "as the last value" is the
// mark to beat.
import { layers, optimizers, sequential, setSeed, tensor } from 'cornus'
import { uniform } from './uniform.mjs'

const [READ, SAY] = [60, 20]

/** Waves of random length and phase, with noise on what is read and none on what is to be said. */
function waves(count, seed) {
  const random = uniform(seed)
  const [x, y] = [new Float32Array(count * READ), new Float32Array(count * SAY)]
  for (let i = 0; i < count; i++) {
    const [length, phase] = [12 + 24 * random(), 2 * Math.PI * random()]
    const wave = (t) => Math.sin((2 * Math.PI * t) / length + phase)
    for (let t = 0; t < READ; t++) x[i * READ + t] = wave(t) + 0.3 * (random() + random() - 1)
    for (let t = 0; t < SAY; t++) y[i * SAY + t] = wave(READ + t)
  }
  return { x: tensor(x, [count, READ, 1]), y: tensor(y, [count, SAY]) }
}

export async function main({ epochs = 12 } = {}) {
  setSeed(1)
  const [train, test] = [waves(2000, 1), waves(200, 2)]
  const model = sequential([
    layers.gru({ units: 32, returnSequences: true, inputShape: [READ, 1] }), // its outputs of all steps go to the next
    layers.gru({ units: 32 }),
    layers.dense({ units: SAY }),
  ])
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.005 }), loss: 'meanSquaredError' })
  model.summary()
  await model.fit(train.x, train.y, { epochs, batchSize: 50 })
  const { loss } = await model.evaluate(test.x, test.y, { verbose: 0 })
  const last = test.x.slice([0, READ - 1, 0], [200, 1, 1]).reshape([200, 1])
  const [naive] = await test.y.sub(last).square().mean().data()
  console.log(`\nmean squared error ${loss.toFixed(4)}; of the guess "as the last value": ${naive.toFixed(4)}\n`)
  const [read, truth, said] = await Promise.all([test.x.data(), test.y.data(), model.predict(test.x).data()])
  draw(read.subarray(0, READ), truth.subarray(0, SAY), said.subarray(0, SAY))
  return { loss, naive }
}

/** · what was read, + what came, o what was said (● where they meet). */
function draw(read, truth, said) {
  const rows = 13
  const lines = Array.from({ length: rows }, () => Array(READ + SAY).fill(' '))
  const row = (value) => Math.min(rows - 1, Math.max(0, Math.round(((1.3 - value) / 2.6) * (rows - 1))))
  read.forEach((value, t) => (lines[row(value)][t] = '·'))
  truth.forEach((value, t) => (lines[row(value)][READ + t] = '+'))
  said.forEach((value, t) => (lines[row(value)][READ + t] = lines[row(value)][READ + t] === '+' ? '●' : 'o'))
  console.log(`${lines.map((line) => line.join('')).join('\n')}\n${'read'.padEnd(READ)}said`)
}

if (process.argv[1] === import.meta.filename) await main()
