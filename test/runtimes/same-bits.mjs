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
    sizes: [300, 10],
    batch: 128,
    layers: ({ layers }) => [
      layers.dense({ units: 256, activation: 'relu', inputShape: [300] }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    compile: ({ optimizers }) => ({ optimizer: optimizers.adam(), loss: 'sparseCategoricalCrossentropy' }),
  },
  rmsprop: {
    sizes: [19, 3],
    batch: 32,
    layers: ({ layers }) => [
      layers.dense({ units: 33, activation: 'tanh', inputShape: [19] }),
      layers.dense({ units: 17, activation: 'sigmoid' }),
      layers.dense({ units: 3 }),
    ],
    compile: ({ optimizers }) => ({ optimizer: optimizers.rmsprop({ centered: true, momentum: 0.5 }), loss: 'meanSquaredError' }),
  },
  nesterov: {
    sizes: [23, 7],
    batch: 48,
    layers: ({ layers, regularizers }) => [
      layers.dense({ units: 40, activation: 'elu', kernelRegularizer: regularizers.l2(1e-3), inputShape: [23] }),
      layers.dense({ units: 7, activation: 'softmax' }),
    ],
    compile: ({ optimizers, losses }) => ({
      optimizer: optimizers.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
      loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }),
    }),
  },
  adamw: {
    sizes: [31, 1],
    batch: 50,
    layers: ({ layers }) => [layers.dense({ units: 64, activation: 'gelu', inputShape: [31] }), layers.dense({ units: 1 })],
    compile: ({ optimizers }) => ({ optimizer: optimizers.adamw({ learningRate: 0.01, weightDecay: 0.01 }), loss: 'meanAbsoluteError' }),
  },
  cnn: {
    sizes: [12 * 12 * 3, 10],
    batch: 32,
    layers: ({ layers }) => [
      layers.reshape({ targetShape: [12, 12, 3], inputShape: [432] }),
      layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      layers.batchNormalization(),
      layers.maxPooling2d(),
      layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
      layers.separableConv2d({ filters: 20, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
      layers.averagePooling2d(),
      layers.flatten(),
      layers.layerNormalization(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    compile: ({ optimizers }) => ({ optimizer: optimizers.adam(), loss: 'sparseCategoricalCrossentropy' }),
  },
  lstm: {
    sizes: [12, 10],
    batch: 16,
    tokens: 50,
    layers: ({ layers }) => [
      layers.embedding({ inputDim: 50, outputDim: 12, maskZero: true, inputShape: [12] }),
      layers.bidirectional({ layer: layers.lstm({ units: 20, returnSequences: true }) }),
      layers.lstm({ units: 9 }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    compile: ({ optimizers }) => ({ optimizer: optimizers.rmsprop(), loss: 'sparseCategoricalCrossentropy' }),
  },
  gru: {
    sizes: [60, 10],
    batch: 16,
    layers: ({ layers }) => [
      layers.reshape({ targetShape: [20, 3], inputShape: [60] }),
      layers.conv1d({ filters: 8, kernelSize: 3, padding: 'causal', activation: 'relu' }),
      layers.gru({ units: 17, returnSequences: true }),
      layers.simpleRNN({ units: 11 }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    compile: ({ optimizers }) => ({ optimizer: optimizers.nadam(), loss: 'sparseCategoricalCrossentropy' }),
  },
}

/** Trains so many steps; { name: hash }. */
export async function sameBits(cornus, steps = 200) {
  cornus.configure({ deterministic: true })
  const hashes = {}
  for (const [
    name,
    {
      sizes: [inputs, outputs],
      batch,
      tokens,
      layers,
      compile,
    },
  ] of Object.entries(models)) {
    cornus.setSeed(7)
    const model = cornus.sequential(layers(cornus))
    model.compile(compile(cornus))
    const { x, y } = data(cornus, name, 4 * batch, inputs, outputs, tokens)
    for (let left = steps; left > 0; left -= 4) await model.fit(x, y, { batchSize: batch, stepsPerEpoch: Math.min(4, left), verbose: 0 })
    hashes[name] = await hash(model.getWeights().map((weight) => weight.dataSync()))
  }
  return hashes
}

function data({ tensor }, name, rows, inputs, outputs, tokens) {
  const next = numbers(inputs)
  const whole = (most) => Math.floor((next() + 1) * 0.5 * most)
  const x = tokens
    ? tensor(
        Int32Array.from({ length: rows * inputs }, () => whole(tokens)),
        [rows, inputs],
        'int32',
      )
    : tensor(Float32Array.from({ length: rows * inputs }, next), [rows, inputs])
  if (['wide', 'cnn', 'lstm', 'gru'].includes(name))
    return {
      x,
      y: tensor(
        Int32Array.from({ length: rows }, () => whole(outputs)),
        [rows],
        'int32',
      ),
    }
  if (name !== 'nesterov') return { x, y: tensor(Float32Array.from({ length: rows * outputs }, next), [rows, outputs]) }
  const oneHot = new Float32Array(rows * outputs)
  for (let row = 0; row < rows; row++) oneHot[row * outputs + whole(outputs)] = 1
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
