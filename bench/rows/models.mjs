// Whole networks: a training step and a prediction on one batch.
import { oneHot, random, randomInts } from '../data.mjs'
import { models as onnx } from '../peers/onnx-models.mjs'

const labels = (batch, classes) => oneHot(randomInts([batch], classes), classes)

/** name, what it is, batch, input, layers: for us, and for tfjs with its own option names. */
const networks = [
  {
    name: 'small',
    text: '4-16-3',
    x: random([32, 4]),
    classes: 3,
    optimizer: 'adam',
    layers: (l) => [l.dense({ units: 16, activation: 'relu', inputShape: [4] }), l.dense({ units: 3, activation: 'softmax' })],
  },
  {
    name: 'deep',
    text: '21 dense layers of 16',
    x: random([1, 16]),
    tasks: ['predict'],
    optimizer: 'adam',
    layers: (l) => Array.from({ length: 21 }, (_, i) => l.dense({ units: 16, activation: 'relu', ...(i === 0 && { inputShape: [16] }) })),
  },
  {
    name: 'mlp',
    text: '784-512-dropout-10',
    x: random([128, 784]),
    optimizer: 'rmsprop',
    layers: (l) => [
      l.dense({ units: 512, activation: 'relu', inputShape: [784] }),
      l.dropout({ rate: 0.5 }),
      l.dense({ units: 10, activation: 'softmax' }),
    ],
  },
  {
    name: 'cnn',
    text: '28×28: conv 32, pool, conv 64, pool, dense 64, 10',
    x: random([64, 28, 28, 1]),
    optimizer: 'adam',
    needs: 'conv2d',
    layers: (l) => [
      l.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
      l.maxPooling2d({ poolSize: 2 }),
      l.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      l.maxPooling2d({ poolSize: 2 }),
      l.flatten(),
      l.dense({ units: 64, activation: 'relu' }),
      l.dense({ units: 10, activation: 'softmax' }),
    ],
  },
  {
    name: 'lenet',
    text: '28×28: conv 6 5×5, pool, conv 16 5×5, pool, dense 120, 84, 10',
    x: random([64, 28, 28, 1]),
    optimizer: 'adam',
    needs: 'conv2d',
    layers: (l) => [
      l.conv2d({ filters: 6, kernelSize: 5, padding: 'same', activation: 'tanh', inputShape: [28, 28, 1] }),
      l.averagePooling2d({ poolSize: 2 }),
      l.conv2d({ filters: 16, kernelSize: 5, activation: 'tanh' }),
      l.averagePooling2d({ poolSize: 2 }),
      l.flatten(),
      l.dense({ units: 120, activation: 'tanh' }),
      l.dense({ units: 84, activation: 'tanh' }),
      l.dense({ units: 10, activation: 'softmax' }),
    ],
  },
  {
    name: 'lstm',
    text: '64, T 50, input 32',
    x: random([32, 50, 32]),
    optimizer: 'adam',
    needs: 'lstm',
    layers: (l, recurrent) => [l.lstm({ units: 64, inputShape: [50, 32], ...recurrent }), l.dense({ units: 10, activation: 'softmax' })],
  },
  {
    name: 'gru',
    text: '64, T 50, input 32',
    x: random([32, 50, 32]),
    optimizer: 'adam',
    needs: 'gru',
    layers: (l, recurrent) => [l.gru({ units: 64, inputShape: [50, 32], ...recurrent }), l.dense({ units: 10, activation: 'softmax' })],
  },
  {
    name: 'conv1d',
    text: '32 k7 on 200×32, max, 10',
    x: random([32, 200, 32]),
    optimizer: 'adam',
    needs: 'conv1d',
    layers: (l) => [
      l.conv1d({ filters: 32, kernelSize: 7, activation: 'relu', inputShape: [200, 32] }),
      l.globalMaxPooling1d(),
      l.dense({ units: 10, activation: 'softmax' }),
    ],
  },
  {
    name: 'embedding',
    text: '1000→32 on 50, flatten, 10',
    x: randomInts([32, 50], 1000),
    optimizer: 'adam',
    needs: 'embedding',
    layers: (l) => [
      l.embedding({ inputDim: 1000, outputDim: 32, inputLength: 50, inputShape: [50] }),
      l.flatten(),
      l.dense({ units: 10, activation: 'softmax' }),
    ],
  },
  {
    name: 'table',
    text: 'embedding 50000→32 on 50, flatten, 10',
    x: randomInts([32, 50], 50_000),
    optimizer: 'adam',
    needs: 'embedding',
    layers: (l) => [
      l.embedding({ inputDim: 50_000, outputDim: 32, inputLength: 50, inputShape: [50] }),
      l.flatten(),
      l.dense({ units: 10, activation: 'softmax' }),
    ],
  },
]

/** Wider, longer, and one step at a time. */
const recurrentRows = ['lstm', 'gru'].flatMap((kind) =>
  [
    ['256', 256, 50, 32],
    ['512', 512, 50, 32],
    ['long', 64, 1000, 8],
    ['streaming', 64, 1, 1],
  ].map(([which, units, steps, batch]) => ({
    name: `${kind} ${which}`,
    family: `${kind}s`,
    text: `${units}, T ${steps}, input 32`,
    x: random([batch, steps, 32]),
    optimizer: 'adam',
    needs: kind,
    tasks: which === 'streaming' ? ['predict'] : undefined,
    layers: (l, recurrent) => [l[kind]({ units, inputShape: [steps, 32], ...recurrent }), l.dense({ units: 10, activation: 'softmax' })],
  })),
)

// What tfjs must be told to compute the same as Keras does, and without a QR of its own.
const TFJS_RECURRENT = { recurrentActivation: 'sigmoid', recurrentInitializer: 'glorotUniform' }
const tfjsOptimizer = (name) => (tf) => (name === 'rmsprop' ? tf.train.rmsprop(0.001, 0.9) : tf.train.adam(0.001))
const tfjsModel =
  ({ layers }) =>
  (tf, l) => {
    const model = l.sequential()
    for (const layer of layers(l.layers, TFJS_RECURRENT)) model.add(layer)
    return model
  }

export const rows = [...networks, ...recurrentRows].flatMap((network) =>
  (network.tasks ?? ['train', 'predict']).map((task) => {
    const { name, family = name, text, x, classes = 10, optimizer, layers, needs } = network
    const train = task === 'train'
    const batch = x.shape[0]
    const y = train ? labels(batch, classes) : undefined
    const forTfjs = tfjsModel(network)
    // tfjs takes seconds to minutes for a step of these in plain JavaScript.
    const slow = (train && ['cnn', 'lenet', 'conv1d', 'embedding', 'table'].includes(name)) || recurrentRows.includes(network)
    return {
      family,
      name: `${task} ${name} (${text}; batch ${batch})`,
      unit: 'ms',
      cornus: (c) => c.model(layers, { x, y, optimizer, needs }),
      tfjs: (t) => t.model(forTfjs, { x, y, optimizer: tfjsOptimizer(optimizer) }),
      'tfjs js': (t) => t.model(forTfjs, { x, y, optimizer: tfjsOptimizer(optimizer), backend: 'cpu' }),
      slow,
      ort: train || !onnx[name] ? undefined : (o) => o.model(onnx[name](), { feeds: { x: onnx.feed(name, x) }, optimize: true }),
      torch: { kind: 'model', name, train, optimizer },
    }
  }),
)
