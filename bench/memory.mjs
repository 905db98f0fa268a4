// Memory: the arena of the CNN's training step against the activations that its backward pass needs, and VGG16 at 224 × 224 in all. node
// bench/memory.mjs [--vgg]
import { configure, info, layers, sequential, tensor } from '../dist/index.js'

const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

async function cnn() {
  const batch = 64
  // What the backward pass reads: the input, each layer's output, and the choice of each maximum's window (its input, which is the output
  // before).
  const floats = 28 * 28 + 26 * 26 * 32 + 13 * 13 * 32 + 11 * 11 * 64 + 5 * 5 * 64 + 64 + 10
  const lines = []
  const print = console.error
  console.error = (line) => lines.push(String(line))
  configure({ threads: 1, debug: 1 })
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
  await model.trainOnBatch(tensor(new Float32Array(batch * 784), [batch, 28, 28, 1]), new Int32Array(batch))
  configure({ debug: 0 })
  console.error = print
  const [largest] = lines
    .flatMap((line) => [...line.matchAll(/arena ([\d.]+) MB → ([\d.]+) MB/g)])
    .map(([, all, used]) => ({ all: Number(all), used: Number(used) }))
    .sort((a, b) => b.used - a.used)
  const needed = (4 * batch * floats) / 1e6
  console.log(
    `training step of the CNN, batch ${batch}: arena ${largest.all} MB → ${largest.used} MB with reuse; ` +
      `activations that the backward pass needs ${needed.toFixed(1)} MB: ${(largest.used / needed).toFixed(2)} times`,
  )
}

async function vgg16() {
  const blocks = [
    [2, 64],
    [2, 128],
    [3, 256],
    [3, 512],
    [3, 512],
  ]
  const model = sequential([
    layers.inputLayer({ shape: [224, 224, 3] }),
    ...blocks.flatMap(([count, filters]) => [
      ...Array.from({ length: count }, () => layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' })),
      layers.maxPooling2d(),
    ]),
    layers.flatten(),
    layers.dense({ units: 4096, activation: 'relu' }),
    layers.dense({ units: 4096, activation: 'relu' }),
    layers.dense({ units: 1000, activation: 'softmax' }),
  ])
  const x = tensor(new Float32Array(224 * 224 * 3).fill(0.5), [1, 224, 224, 3])
  await model.predict(x).data()
  const begun = performance.now()
  await model.predict(x).data()
  const { memory } = info()
  console.log(
    `VGG16, 224 × 224, batch 1: ${model.countParams()} weights (${mb(4 * model.countParams())}); ` +
      `wasm ${mb(memory.reserved)} reserved, ${mb(memory.used)} used; process ${mb(process.memoryUsage().rss)} resident, ` +
      `at most ${mb(1024 * process.resourceUsage().maxRSS)}; ${(performance.now() - begun).toFixed(0)} ms`,
  )
}

await cnn()
if (process.argv.includes('--vgg')) await vgg16()
