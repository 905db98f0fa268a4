// test/golden/tfjs/*.json: models that TensorFlow.js itself made, saved and asked. Run with a folder where @tensorflow/tfjs is installed:
//   node scripts/golden/tfjs.mjs /path/to/folder
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const tf = createRequire(`${process.argv[2]}/package.json`)('@tensorflow/tfjs')
const L = tf.layers
let seed = 0
const random = (shape) => tf.tidy(() => tf.randomUniform(shape, -1, 1, 'float32', ++seed))
const ids = (shape, most) => tf.tidy(() => tf.randomUniform(shape, 0, most, 'int32', ++seed).toFloat())
const chain = (inputShape, ...layers) => {
  const [first, ...rest] = layers
  return {
    make: () => tf.sequential({ layers: [first({ inputShape }), ...rest.map((make) => make({}))] }),
    x: [random([2, ...inputShape])],
  }
}
const of = (name, options) => (more) => L[name]({ ...options, ...more })
const small = { units: 3 }

const conv = chain(
  [8, 8, 3],
  of('conv2d', { filters: 4, kernelSize: 3, padding: 'same', kernelRegularizer: 'l1l2', activation: 'relu' }),
  of('batchNormalization', {}),
  of('depthwiseConv2d', { kernelSize: 3, depthMultiplier: 2, strides: 1 }),
  of('leakyReLU', { alpha: 0.1 }),
  of('separableConv2d', { filters: 4, kernelSize: [2, 3] }),
  of('thresholdedReLU', { theta: 0.05 }),
  of('maxPooling2d', { poolSize: 2 }),
  of('zeroPadding2d', {
    padding: [
      [1, 0],
      [0, 1],
    ],
  }),
  of('conv2dTranspose', { filters: 2, kernelSize: 2, strides: 2 }),
  of('upSampling2d', { size: [2, 1] }),
  of('cropping2D', {
    cropping: [
      [1, 0],
      [0, 0],
    ],
  }),
  of('prelu', { sharedAxes: [1, 2] }),
  of('averagePooling2d', { poolSize: [2, 2], padding: 'same' }),
  of('elu', {}),
  of('flatten', {}),
  of('dropout', { rate: 0.3 }),
  of('dense', { units: 3, activation: 'softmax', kernelConstraint: 'nonNeg' }),
)
const volumes = chain(
  [4, 5, 4, 2],
  of('conv3d', { filters: 3, kernelSize: 2, activation: 'hardSigmoid' }),
  of('maxPooling3d', { poolSize: [1, 2, 1] }),
  of('conv3dTranspose', { filters: 2, kernelSize: 2 }),
  of('averagePooling3d', { poolSize: 2 }),
  of('flatten', {}),
)
const sequences = chain(
  [6, 4],
  of('conv1d', { filters: 4, kernelSize: 3, padding: 'same', dilationRate: 2 }),
  of('maxPooling1d', { poolSize: 2, strides: 1 }),
  of('lstm', { units: 3, returnSequences: true }),
  of('gru', { units: 3, returnSequences: true, recurrentActivation: 'sigmoid' }),
  of('simpleRNN', { units: 3, returnSequences: true, useBias: false }),
  (more) => L.bidirectional({ layer: L.gru({ units: 2, returnSequences: true }), mergeMode: 'concat', ...more }),
  (more) => L.timeDistributed({ layer: L.dense({ units: 3, activation: 'tanh' }), ...more }),
  (more) => L.rnn({ cell: [L.lstmCell({ units: 2 }), L.gruCell({ units: 3 })], returnSequences: true, ...more }),
  of('layerNormalization', {}),
  of('permute', { dims: [2, 1] }),
  of('reshape', { targetShape: [5, 3] }),
  of('globalAveragePooling1d', {}),
  of('repeatVector', { n: 2 }),
  of('averagePooling1d', { poolSize: 1 }),
  of('globalMaxPooling1d', {}),
)
const images = {
  make: () =>
    tf.sequential({
      layers: [L.convLstm2d({ filters: 2, kernelSize: 2, inputShape: [3, 4, 4, 2] }), L.globalMaxPooling2d({}), L.dense(small)],
    }),
  x: [random([2, 3, 4, 4, 2])],
}
const words = {
  make: () =>
    tf.sequential({
      layers: [
        L.embedding({ inputDim: 7, outputDim: 4, inputLength: 5, maskZero: true }),
        L.spatialDropout1d({ rate: 0.2 }),
        L.lstm({ units: 3 }),
        L.dense({ units: 2, activation: 'sigmoid' }),
      ],
    }),
  x: [ids([3, 5], 7)],
}
const merged = {
  make: () => {
    const [a, b] = [tf.input({ shape: [4], name: 'a' }), tf.input({ shape: [4], name: 'b' })]
    const shared = L.dense({ units: 4, activation: 'swish' })
    const [u, v] = [shared.apply(a), shared.apply(b)]
    const all = ['add', 'multiply', 'average', 'maximum', 'minimum'].map((name) => L[name]().apply([u, v]))
    const joined = L.concatenate({ axis: -1 }).apply([...all, a])
    const nested = tf.sequential({ layers: [L.dense({ units: 3, inputShape: [24] }), L.reLU({ maxValue: 0.5 })] })
    return tf.model({ inputs: [a, b], outputs: [nested.apply(joined), L.softmax().apply(u)] })
  },
  x: [random([2, 4]), random([2, 4])],
}
const states = {
  make: () => {
    const [x, h] = [tf.input({ shape: [4, 3] }), tf.input({ shape: [2] })]
    const [y, after] = L.gru({ units: 2, returnState: true }).apply(x, { initialState: [h] })
    return tf.model({ inputs: [x, h], outputs: [y, after] })
  },
  x: [random([2, 4, 3]), random([2, 2])],
}

const cases = { conv, volumes, sequences, images, words, merged, states }
const toBase64 = (buffer) => Buffer.from(buffer).toString('base64')
const bytesOf = (data) => (Array.isArray(data) ? Buffer.concat(data.map((part) => Buffer.from(part))) : Buffer.from(data))
const values = async (tensors) => Promise.all([tensors].flat().map(async (t) => ({ shape: t.shape, data: Array.from(await t.data()) })))

async function save(model, options) {
  let artifacts
  await model.save(
    tf.io.withSaveHandler(async (given) => ((artifacts = given), { modelArtifactsInfo: { dateSaved: new Date() } })),
    options,
  )
  return artifacts
}

/** A training step, whose optimizer is saved too. */
async function train(model, x) {
  model.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['mse'] })
  const y = [model.predict(x.length > 1 ? x : x[0])].flat().map((t) => tf.zerosLike(t))
  await model.fit(x.length > 1 ? x : x[0], y.length > 1 ? y : y[0], { epochs: 1, verbose: 0, batchSize: 2 })
}

for (const [name, given] of Object.entries(cases)) {
  const { make, x } = given
  const model = make()
  for (const weight of model.weights)
    weight.write(
      tf.randomUniform(weight.shape, /variance/.test(weight.name) ? 0.5 : -0.7, 0.7 + /variance/.test(weight.name), 'float32', ++seed),
    )
  const y = await values(model.predict(x.length > 1 ? x : x[0]))
  const trained = name === 'merged' || name === 'words'
  if (trained) await train(model, x)
  const after = trained ? await values(model.predict(x.length > 1 ? x : x[0])) : y
  const artifacts = await save(model, { includeOptimizer: trained })
  const { weightData, ...json } = artifacts
  writeFileSync(
    new URL(`../../test/golden/tfjs/${name}.json`, import.meta.url),
    JSON.stringify({ json, bytes: toBase64(bytesOf(weightData)), x: await values(x), y: after }),
  )
  console.log(name, JSON.stringify(json).length, bytesOf(weightData).length)
}
