// The work of wide-check.mjs: programs that use each kernel, in a process of its own, narrow or wide. Told how often to run which, it
// prints the time of
// each record of each run to stderr.
import { compile, configure, grad, info, layers, ops, optimizers, sequential, tensor, Variable } from '../dist/index.js'

configure({ threads: 1, debug: 0 })
const noise = (...shape) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
    shape,
  )
const [a, b, image, filter, slim, rows] = [
  noise(256, 256),
  noise(256, 256),
  noise(4, 28, 28, 32),
  noise(3, 3, 32, 64),
  noise(3, 3, 32, 1),
  noise(200, 100),
]
const seq = noise(32, 20, 32)
const unary = [
  'exp',
  'log',
  'tanh',
  'sigmoid',
  'relu',
  'gelu',
  'elu',
  'selu',
  'softplus',
  'silu',
  'erf',
  'sqrt',
  'square',
  'sin',
  'abs',
  'neg',
  'round',
]
const binary = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference']
const fn = (f) => {
  const c = compile(f)
  return () => c()
}
const training = (list, x, y) => {
  const model = sequential(list)
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  return () => model.trainOnBatch(x, y)
}
const labels = (n) => Int32Array.from({ length: n }, (_, i) => i % 10)
const weights = noise(512, 256)
const programs = [
  ...unary.map((name) => fn(() => ops[name](a).sum())),
  ...unary.slice(0, 12).map((name) => fn(() => grad((x) => ops[name](x).sum())(a))),
  ...binary.map((name) => fn(() => ops[name](a, b).sum())),
  fn(() => ops.add(a, noise(256)).sum()),
  fn(() => a.matmul(b).sum()),
  fn(() => ops.softmax(rows).max()),
  fn(() => ops.logSoftmax(rows).max()),
  fn(() => ops.mean(rows, 0)),
  fn(() => ops.mean(rows, 1)),
  fn(() => ops.max(rows, 1)),
  fn(() => ops.max(rows, 0)),
  ...[ops.argMax, ops.argMin, ops.min, ops.prod].flatMap((op) => [fn(() => op(rows, 0)), fn(() => op(rows, 1))]),
  fn(() => ops.logSumExp(rows, 1)),
  ...[ops.softmax, ops.logSoftmax].map((op) => fn(() => grad((x) => op(x).square().sum())(rows))),
  ...['pow', 'mod', 'floorDiv'].map((name) => fn(() => ops[name](a, b).sum())),
  fn(() => ops.randomUniform([256, 256]).sum()),
  fn(() => ops.randomNormal([256, 256]).sum()),
  fn(() => ops.dropout(a, 0.5).sum()),
  fn(() => a.transpose().add(1)),
  fn(() => ops.where(ops.greater(a, b), a, b)),
  fn(() => ops.truncatedNormal([256, 256]).sum()),
  fn(() => ops.bernoulli([256, 256]).sum()),
  fn(() => ops.conv2d(image, filter)),
  fn(() => grad((x) => ops.depthwiseConv2d(x, slim, { padding: 'same' }).square().sum())(image)),
  fn(() => grad((w) => ops.depthwiseConv2d(image, w, { padding: 'same' }).square().sum())(slim)),
  fn(() => grad((x) => ops.averagePool2d(x).square().sum())(image)),
  training(
    [
      layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
      layers.maxPooling2d(),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d(),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    noise(16, 28, 28, 1),
    labels(16),
  ),
  training([layers.lstm({ units: 64, inputShape: [20, 32] }), layers.dense({ units: 10, activation: 'softmax' })], seq, labels(32)),
  training([layers.gru({ units: 64, inputShape: [20, 32] }), layers.dense({ units: 10, activation: 'softmax' })], seq, labels(32)),
  training([layers.simpleRNN({ units: 64, inputShape: [20, 32] }), layers.dense({ units: 10, activation: 'softmax' })], seq, labels(32)),
  training(
    [
      layers.embedding({ inputDim: 500, outputDim: 32, inputLength: 20 }),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    tensor(
      Int32Array.from({ length: 640 }, (_, i) => (i * 37) % 500),
      [32, 20],
    ),
    labels(32),
  ),
  training(
    [
      layers.conv2d({ filters: 6, kernelSize: 5, activation: 'tanh', inputShape: [28, 28, 1] }),
      layers.averagePooling2d(),
      layers.conv2d({ filters: 16, kernelSize: 5, activation: 'tanh' }),
      layers.averagePooling2d(),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    noise(16, 28, 28, 1),
    labels(16),
  ),
  training(
    [
      layers.conv2d({ filters: 32, kernelSize: 3, inputShape: [28, 28, 1] }),
      layers.batchNormalization(),
      layers.layerNormalization(),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    noise(16, 28, 28, 1),
    labels(16),
  ),
  ...Object.entries(optimizers)
    .filter(([name, make]) => typeof make === 'function' && /^[a-z]/.test(name) && !/get|is/.test(name))
    .map(([, make]) => {
      const w = new Variable(weights, {}),
        optimizer = make()
      return fn(() => optimizer.apply([weights], [w]))
    }),
]

for (const [place, run] of programs.entries()) {
  try {
    await run()
  } catch (error) {
    console.error(`failed: program ${place}: ${error.message}`)
  }
}
if (process.argv[2] && !info().wide.on) throw new Error(info().wide.why)
process.on('message', async ({ place, runs, timed }) => {
  if (place === undefined) process.exit()
  console.error(`program ${place}`)
  configure({ debug: timed ? 2 : 0 })
  for (let i = 0; i < runs; i++) await programs[place]?.()
  configure({ debug: 0 })
  process.send({ programs: programs.length })
})
process.send({ programs: programs.length })
