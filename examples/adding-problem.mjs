// The adding problem: 100 random numbers, two of them marked; the answer is the sum of these two. To get it right a
// network must carry a number over many steps. LSTM and GRU learn it; a simple recurrent layer does not.
// (Hochreiter, Schmidhuber, 1997.)
import { layers, optimizers, sequential, setSeed, tensor } from 'cornus'

const STEPS = 100
const BATCH = 32
const GOAL = 0.01 // mean squared error; whoever always says 1 has 0.167

export async function main({ kinds = ['lstm', 'gru', 'simpleRNN'], rounds = 30 } = {}) {
  const results = {}
  for (const kind of kinds) results[kind] = await learn(kind, rounds)
  return results
}

async function learn(kind, rounds) {
  setSeed(1)
  const random = randomNumbers(7)
  const model = sequential([layers[kind]({ units: 16, inputShape: [STEPS, 2] }), layers.dense({ units: 1 })])
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.02, clipnorm: 1 }), loss: 'meanSquaredError' })
  const test = samples(1000, random)
  const start = Date.now()
  let error = Infinity
  let steps = 0
  while (error >= GOAL && steps < rounds * 100) {
    const train = samples(BATCH * 100, random)
    await model.fit(train.x, train.y, { batchSize: BATCH, verbose: 0 })
    steps += 100
    error = (await model.evaluate(test.x, test.y, { batchSize: 250 })).loss
  }
  const seconds = ((Date.now() - start) / 1000).toFixed(1)
  console.log(`${kind}: error ${error.toFixed(4)} after ${steps} steps of ${BATCH} (${seconds} s)${error < GOAL ? '' : ': not learned'}`)
  return { error, steps }
}

/** x [n, steps, 2]: numbers, and marks at one place in each half; y [n, 1]. */
function samples(n, random) {
  const [x, y] = [new Float32Array(n * STEPS * 2), new Float32Array(n)]
  for (let i = 0; i < n; i++) {
    for (let t = 0; t < STEPS; t++) x[2 * (i * STEPS + t)] = random()
    for (const half of [0, 1]) {
      const at = i * STEPS + Math.floor(((half + random()) * STEPS) / 2)
      x[2 * at + 1] = 1
      y[i] += x[2 * at]
    }
  }
  return { x: tensor(x, [n, STEPS, 2]), y: tensor(y, [n, 1]) }
}

/** Numbers from 0 to 1, the same in every run. */
function randomNumbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

if (process.argv[1] === import.meta.filename) await main()
