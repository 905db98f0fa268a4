// What does not lie in the kernels: the cost of a call, and of the first one.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { random, randomInts } from '../data.mjs'
import { clock, contender } from '../measure.mjs'

const run = promisify(execFile)
const first = fileURLToPath(new URL('../first.mjs', import.meta.url))

/** A training step on targets that are class numbers. */
function sparseStep({ layers, sequential, tensor }, { units, x, labels }) {
  const net = sequential([layers.dense({ units, activation: 'softmax', inputShape: [x.shape[1]] })])
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  const [input, target] = [tensor(x.data, x.shape), tensor(labels.data, labels.shape)]
  return contender('cornus', () => net.trainOnBatch(input, target))
}

/** Builds and trains a network in fresh processes, which say what it took. */
function firstSteps(root, layers) {
  const one = contender('cornus', () => undefined)
  return {
    ...one,
    async time(calls) {
      let ms = 0
      for (let i = 0; i < calls; i++)
        ms += Number((await run(process.execPath, [first, root, String(layers), clock.cpu ? 'cpu' : ''])).stdout)
      return ms
    },
  }
}

export const rows = [
  {
    name: 'train sparse (32-1000, classes by number; batch 256)',
    unit: 'ms',
    cornus: ({ cornus }) => sparseStep(cornus, { units: 1000, x: random([256, 32]), labels: randomInts([256], 1000) }),
  },
  { name: 'first step (50 dense layers, fresh process)', unit: 'ms', cornus: ({ root }) => firstSteps(root, 50) },
].map((row) => ({ family: 'small', ...row }))
