// Two threads against one, and what a meeting of threads costs: `npm run bench:threads`, or node bench/threads.mjs rounds pattern. Each row
// is timed in turns, lowest of several rounds.
import { compile, configure, info, layers, ops, sequential, tensor } from '../dist/index.js'

const noise = (...shape) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.random() - 0.5),
    shape,
  )

/** A function of tensors, called as users call it. */
function call(fn, ...args) {
  const compiled = compile(fn)
  return () => compiled(...args)
}

function mlp() {
  const model = sequential([
    layers.dense({ units: 512, activation: 'relu', inputShape: [784] }),
    layers.dropout({ rate: 0.5 }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])
  model.compile({ optimizer: 'rmsprop', loss: 'sparseCategoricalCrossentropy' })
  const [x, y] = [noise(128, 784), Int32Array.from({ length: 128 }, (_, i) => i % 10)]
  return { train: () => model.trainOnBatch(x, y), predict: () => model.predict(x, { batchSize: 128 }).data() }
}

function recurrent(kind) {
  const model = sequential([layers[kind]({ units: 64, inputShape: [50, 32] }), layers.dense({ units: 10, activation: 'softmax' })])
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  const [x, y] = [noise(32, 50, 32), Int32Array.from({ length: 32 }, (_, i) => i % 10)]
  return () => model.trainOnBatch(x, y)
}

function cnn() {
  const model = sequential([
    layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
    layers.maxPooling2d(),
    layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d(),
    layers.flatten(),
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
  const [x, y] = [noise(64, 28, 28, 1), Int32Array.from({ length: 64 }, (_, i) => i % 10)]
  return () => model.trainOnBatch(x, y)
}

/** Eight products in one Program, so that the copies in and out count little. */
const products = (n) =>
  call(
    (a, b) =>
      [1, 2, 3, 4, 5, 6, 7, 8].reduce((sum, k) => sum.add(a.mul(k).matmul(b).slice([0, 0], [1, 1])), ops.arange(0, 1, 1, 'float32')),
    noise(n, n),
    noise(n, n),
  )
const tiny = call((x) => Array.from({ length: 20 }).reduce((y, _, i) => y.mul(1 + i / 100).add(i), x), noise(16))

const { train, predict } = mlp()
const rows = {
  'gemm 384 × 8': products(384),
  'gemm 512 × 8': products(512),
  'gemm 768 × 8': products(768),
  'train mlp, batch 128': train,
  'predict mlp, batch 128': predict,
  'train cnn, batch 64': cnn(),
  'train lstm, batch 32': recurrent('lstm'),
  'train gru, batch 32': recurrent('gru'),
  'tanh of 10⁶': call((x) => x.tanh().sum(), noise(1000, 1000)),
  'softmax 1000 × 1000': call((x) => x.softmax().max(), noise(1000, 1000)),
  'sum of 10⁶': call((x) => x.sum(), noise(1000, 1000)),
  '20 tiny records': tiny,
}

async function once(run, count) {
  const start = performance.now()
  for (let i = 0; i < count; i++) await run()
  return (performance.now() - start) / count
}

for (const name of Object.keys(rows)) if (process.argv[3] && !new RegExp(process.argv[3]).test(name)) delete rows[name]
const rounds = Number(process.argv[2] ?? 6)
const lowest = Object.fromEntries(Object.keys(rows).map((name) => [name, { 1: Infinity, 2: Infinity }]))
for (let round = 0; round < rounds; round++) {
  for (const threads of [1, 2]) {
    configure({ threads })
    for (const [name, run] of Object.entries(rows)) {
      await once(run, 3)
      const count = Math.max(3, Math.min(200, Math.round(60 / (await once(run, 1)))))
      lowest[name][threads] = Math.min(lowest[name][threads], await once(run, count))
    }
  }
}
console.log(`Node ${process.version}, ${info().build} build, ${info().why}\n`)
console.log('| row | 1 thread, ms | 2 threads, ms | times as fast |\n|---|---:|---:|---:|')
for (const [name, { 1: one, 2: two }] of Object.entries(lowest))
  console.log(`| ${name} | ${one.toFixed(3)} | ${two.toFixed(3)} | ${(one / two).toFixed(2)} |`)
