// Trains a few models on generated data and returns the SHA-256 of their weights: the same everywhere, for any number of threads.
// Takes the library as an argument, so that it runs in every runtime, and from src/ in test/bits.test.ts.

/** A cheap generator of its own, with integers only: the data cannot differ between engines. */
function numbers(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 2 ** 23 - 1
  }
}

/** One entry a model: sizes, layers and training; 'wide' has enough work for the threads. */
const models = {
  wide: {
    sizes: [300, 10], batch: 128,
    layers: ({ layers }) => [layers.dense({ units: 256, activation: 'relu', inputShape: [300] }), layers.dropout({ rate: 0.3 }), layers.dense({ units: 10, activation: 'softmax' })],
    compile: ({ optimizers }) => ({ optimizer: optimizers.adam(), loss: 'sparseCategoricalCrossentropy' }),
  },
  rmsprop: {
    sizes: [19, 3], batch: 32,
    layers: ({ layers }) => [layers.dense({ units: 33, activation: 'tanh', inputShape: [19] }), layers.dense({ units: 17, activation: 'sigmoid' }), layers.dense({ units: 3 })],
    compile: ({ optimizers }) => ({ optimizer: optimizers.rmsprop({ centered: true, momentum: 0.5 }), loss: 'meanSquaredError' }),
  },
  nesterov: {
    sizes: [23, 7], batch: 48,
    layers: ({ layers, regularizers }) => [layers.dense({ units: 40, activation: 'elu', kernelRegularizer: regularizers.l2(1e-3), inputShape: [23] }), layers.dense({ units: 7, activation: 'softmax' })],
    compile: ({ optimizers, losses }) => ({ optimizer: optimizers.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }), loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }) }),
  },
  adamw: {
    sizes: [31, 1], batch: 50,
    layers: ({ layers }) => [layers.dense({ units: 64, activation: 'gelu', inputShape: [31] }), layers.dense({ units: 1 })],
    compile: ({ optimizers }) => ({ optimizer: optimizers.adamw({ learningRate: 0.01, weightDecay: 0.01 }), loss: 'meanAbsoluteError' }),
  },
}

/** Trains so many steps; { name: hash }. */
export async function sameBits(cornus, steps = 200) {
  cornus.configure({ deterministic: true })
  const hashes = {}
  for (const [name, { sizes: [inputs, outputs], batch, layers, compile }] of Object.entries(models)) {
    cornus.setSeed(7)
    const model = cornus.sequential(layers(cornus))
    model.compile(compile(cornus))
    const { x, y } = data(cornus, name, 4 * batch, inputs, outputs)
    for (let left = steps; left > 0; left -= 4) await model.fit(x, y, { batchSize: batch, stepsPerEpoch: Math.min(4, left), verbose: 0 })
    hashes[name] = await hash(model.getWeights().map((weight) => weight.dataSync()))
  }
  return hashes
}

function data({ tensor }, name, rows, inputs, outputs) {
  const next = numbers(inputs)
  const x = tensor(Float32Array.from({ length: rows * inputs }, next), [rows, inputs])
  if (name === 'wide') return { x, y: tensor(Int32Array.from({ length: rows }, () => Math.floor((next() + 1) * 0.5 * outputs)), [rows], 'int32') }
  if (name !== 'nesterov') return { x, y: tensor(Float32Array.from({ length: rows * outputs }, next), [rows, outputs]) }
  const oneHot = new Float32Array(rows * outputs)
  for (let row = 0; row < rows; row++) oneHot[row * outputs + Math.floor((next() + 1) * 0.5 * outputs)] = 1
  return { x, y: tensor(oneHot, [rows, outputs]) }
}

async function hash(arrays) {
  const bytes = new Uint8Array(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at)
    at += byteLength
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Names of hashes that are not as committed. */
export const differing = (hashes, expected) => Object.keys(expected).filter((name) => hashes[name] !== expected[name])
