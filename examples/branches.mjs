// Graphs of layers: two branches, several outputs with weights, an Inception block, a residual block, twins that share their weights.
// node examples/branches.mjs
import { input, layers, model, ops, optimizers, setSeed, tensor } from 'cornus'

/** Points on a plane with a price that depends on both branches, and a class. */
function makeData(n) {
  const places = Array.from({ length: n }, (_, i) => [Math.sin(i * 1.7), Math.cos(i * 2.3)])
  const facts = Array.from({ length: n }, (_, i) => [Math.sin(i * 0.9), Math.cos(i * 0.4), Math.sin(i * 3.1)])
  const price = places.map(([x, y], i) => [x * y + 0.5 * facts[i][0]])
  const kind = places.map(([x], i) => Number(x + facts[i][1] > 0))
  return { x: { places, facts }, y: { price, kind } }
}

function branched() {
  const [places, facts] = [input({ shape: [2], name: 'places' }), input({ shape: [3], name: 'facts' })]
  const left = layers.dense({ units: 16, activation: 'tanh' }).apply(places)
  const right = layers.dense({ units: 16, activation: 'tanh' }).apply(facts)
  const both = layers.dense({ units: 32, activation: 'relu' }).apply(ops.concat([left, right], -1))
  const price = layers.dense({ units: 1, name: 'price' }).apply(both)
  const kind = layers.dense({ units: 2, activation: 'softmax', name: 'kind' }).apply(both)
  return model({ inputs: { places, facts }, outputs: { price, kind } })
}

/** Windows of three sizes side by side, and the image itself around them. */
export function inception(x, filters) {
  const conv = (kernelSize, y) => layers.conv2d({ filters, kernelSize, padding: 'same', activation: 'relu' }).apply(y)
  const pooled = layers.maxPooling2d({ poolSize: 3, strides: 1, padding: 'same' }).apply(x)
  return ops.concat([conv(1, x), conv(3, conv(1, x)), conv(5, conv(1, x)), conv(1, pooled)], -1)
}

/** What comes in, and what two convolutions add to it. */
export function residual(x, filters) {
  const conv = (activation, y) => layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation }).apply(y)
  return conv('linear', conv('relu', x)).add(x).relu()
}

/** Twins: the same layers see two points; how far apart are they? */
async function twins(epochs) {
  const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [2], name: 'b' })]
  const eye = layers.dense({ units: 8, activation: 'tanh' })
  const apart = eye.apply(a).sub(eye.apply(b)).square()
  const net = model({ inputs: [a, b], outputs: layers.dense({ units: 1, activation: 'sigmoid' }).apply(apart) })
  net.compile({ optimizer: optimizers.adam({ learningRate: 0.02 }), loss: 'binaryCrossentropy', metrics: ['accuracy'] })
  const points = (k) => Array.from({ length: 200 }, (_, i) => [Math.sin(i * k), Math.cos(i * k * 1.3)])
  const [p, q] = [points(1.1), points(2.7)]
  const far = p.map(([x, y], i) => [Number(Math.hypot(x - q[i][0], y - q[i][1]) > 1)])
  const { history } = await net.fit([tensor(p), tensor(q)], far, { epochs, verbose: 0 })
  return { accuracy: history.accuracy.at(-1), weights: net.countParams() }
}

export async function main({ epochs = 60 } = {}) {
  setSeed(1)
  const { x, y } = makeData(256)
  const net = branched()
  net.compile({
    optimizer: optimizers.adam({ learningRate: 0.01 }),
    loss: { price: 'mse', kind: 'sparseCategoricalCrossentropy' },
    lossWeights: { price: 1, kind: 0.5 },
    metrics: { kind: ['accuracy'] },
  })
  net.summary()
  const { history } = await net.fit(x, y, { epochs, verbose: 0 })

  const image = input({ shape: [8, 8, 4], name: 'image' })
  const blocks = model({ inputs: image, outputs: residual(inception(image, 4), 16), name: 'blocks' })
  const { flops } = await blocks.profile()

  const { accuracy, weights } = await twins(epochs)
  const first = history.price_loss[0]
  const last = history.price_loss.at(-1)
  console.log(
    `Two branches and two outputs: the price's loss went from ${first.toFixed(3)} to ${last.toFixed(4)}, the kind is right in ` +
      `${(100 * history.kind_accuracy.at(-1)).toFixed(0)} %; an Inception and a residual block take ${flops} operations; ` +
      `twins of ${weights} weights tell near from far in ${(100 * accuracy).toFixed(0)} %.`,
  )
  return { first, last, kind: history.kind_accuracy.at(-1), twins: accuracy, flops }
}

if (process.argv[1] === import.meta.filename) await main()
