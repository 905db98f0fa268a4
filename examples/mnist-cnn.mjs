// MNIST with a small convolutional network: two convolutions, two dense layers, 121,930 weights.
//
//   node examples/mnist-cnn.mjs --dir path/to/mnist        (or MNIST_DIR in the environment; see mnist-files.mjs)
import { datasets, info, layers, optimizers, sequential, setSeed } from 'cornus'
import { withMnist } from './mnist-files.mjs'

export async function main({ dir, epochs = 5 } = {}) {
  setSeed(1)
  const { train, test } = await datasets.mnist({ dir })

  const model = sequential([
    layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }), // 28 × 28 × 1 → 26 × 26 × 32
    layers.maxPooling2d(), // → 13 × 13 × 32
    layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }), // → 11 × 11 × 64
    layers.maxPooling2d(), // → 5 × 5 × 64
    layers.flatten(),
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])
  const batchSize = 64
  const learningRate = optimizers.schedules.cosineDecay({
    initialLearningRate: 0.001,
    decaySteps: epochs * Math.ceil(train.y.size / batchSize),
  })
  model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  model.summary()

  const begun = performance.now()
  await model.fit(train.x, train.y, { epochs, batchSize })
  const seconds = (performance.now() - begun) / 1000

  const { loss, accuracy } = await model.evaluate(test.x, test.y, { batchSize })
  console.log(`\ntest loss ${loss.toFixed(4)}, test accuracy ${(100 * accuracy).toFixed(2)} %`)
  console.log(`${epochs} epochs in ${seconds.toFixed(1)} s on ${info().threads} threads`)
  return { loss, accuracy }
}

if (process.argv[1] === import.meta.filename) await withMnist('mnist-cnn.mjs', main)
