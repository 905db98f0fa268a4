// LeNet-5 on MNIST, twice: as in 1998 (LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition), with
// scaled
// tanh and average pooling with weights of its own; and as it would be built today, with ReLU, maxima and dropout.
//
//   node examples/lenet.mjs --dir path/to/mnist        (or MNIST_DIR in the environment; see mnist-files.mjs)
import { datasets, info, Layer, layers, optimizers, ops, sequential, setSeed } from 'cornus'
import { withMnist } from './mnist-files.mjs'

/** The paper's squashing function, 1.7159 tanh(2x / 3). */
const squash = (x) => ops.mul(ops.tanh(ops.mul(x, 2 / 3)), 1.7159)

/** The paper's sub-sampling: the mean of 2 × 2 pixels, times a weight plus a bias for each channel. */
class SubSampling extends Layer {
  static className = 'SubSampling'

  build(shape) {
    this.scale = this.addWeight({ name: 'scale', shape: [shape.at(-1)], initializer: 'ones' })
    this.bias = this.addWeight({ name: 'bias', shape: [shape.at(-1)], initializer: 'zeros' })
  }

  call(x) {
    return squash(ops.add(ops.mul(ops.averagePool2d(x, 2), this.scale), this.bias))
  }
}

/** Layers C1 to F6 and the output, by the paper's names. The paper's C3 looks at some of the six maps only; here at all. */
const lenet1998 = () =>
  sequential([
    layers.conv2d({ filters: 6, kernelSize: 5, padding: 'same', activation: squash, inputShape: [28, 28, 1] }), // C1
    new SubSampling(), // S2
    layers.conv2d({ filters: 16, kernelSize: 5, activation: squash }), // C3
    new SubSampling(), // S4
    layers.conv2d({ filters: 120, kernelSize: 5, activation: squash }), // C5: 5 × 5 → 1 × 1
    layers.flatten(),
    layers.dense({ units: 84, activation: squash }), // F6
    layers.dense({ units: 10, activation: 'softmax' }), // the paper: distances to ten prototypes
  ])

const lenetToday = () =>
  sequential([
    layers.conv2d({ filters: 6, kernelSize: 5, padding: 'same', activation: 'relu', inputShape: [28, 28, 1] }),
    layers.maxPooling2d(),
    layers.conv2d({ filters: 16, kernelSize: 5, activation: 'relu' }),
    layers.maxPooling2d(),
    layers.flatten(),
    layers.dense({ units: 120, activation: 'relu' }),
    layers.dropout({ rate: 0.25 }),
    layers.dense({ units: 84, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])

export async function main({ dir, epochs = 10 } = {}) {
  const { train, test } = await datasets.mnist({ dir })
  const accuracies = {}
  for (const [name, make] of Object.entries({ 1998: lenet1998, today: lenetToday })) {
    setSeed(1)
    const model = make()
    const batchSize = 128
    const learningRate = optimizers.schedules.cosineDecay({
      initialLearningRate: 0.003,
      decaySteps: epochs * Math.ceil(train.y.size / batchSize),
    })
    model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    console.log(`\nLeNet-5, ${name}`)
    model.summary()
    const begun = performance.now()
    await model.fit(train.x, train.y, { epochs, batchSize })
    const seconds = (performance.now() - begun) / 1000
    const { accuracy } = await model.evaluate(test.x, test.y, { batchSize })
    console.log(`test accuracy ${(100 * accuracy).toFixed(2)} %, ${epochs} epochs in ${seconds.toFixed(1)} s on ${info().threads} threads`)
    accuracies[name] = accuracy
  }
  return accuracies
}

if (process.argv[1] === import.meta.filename) await withMnist('lenet.mjs', main)
