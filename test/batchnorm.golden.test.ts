// 50 steps of training with batch normalization behind a convolution and a dense layer, against Keras.
import { expect, test } from 'vitest'
import { configure, layers, sequential } from '../src/index'
import type { BatchNormalizationOptions } from '../src/layers/batchNormalization'
import { expectNear, golden, toTensor, unpack, type Packed } from './support/golden'
import { getOptimizer } from './support/parts'
import type { Config } from '../src/util/parts'

interface Case {
  optimizer: { name: string; options: Config }
  /** Options of the first batch normalization. */
  renorm: BatchNormalizationOptions
  initial: Packed[]
  losses: Packed
  /** Moving mean and variance of both layers, after every so many steps. */
  moving: Packed[]
  weights: Packed[]
  predictions: Packed
}
const { data, cases, steps, batchSize, every } = golden<Case, { steps: number; batchSize: number; every: number }>('batchnorm')
const [x, y] = [toTensor(data['x']!), toTensor(data['y']!)]

test.each(
  cases.map((each) => [`${each.optimizer.name} ${JSON.stringify(each.optimizer.options)} ${JSON.stringify(each.renorm)}`, each] as const),
)('%s', async (label, { optimizer, renorm, initial, losses, moving, weights: last, predictions }) => {
  configure({ threads: 1 })
  const model = sequential([
    layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false, inputShape: x.shape.slice(1) }),
    layers.batchNormalization({ momentum: 0.9, ...renorm }),
    layers.reLU(),
    layers.flatten(),
    layers.dense({ units: 6, useBias: false }),
    layers.batchNormalization({ momentum: 0.8, epsilon: 0.01 }),
    layers.dense({ units: 1 }),
  ])
  const rest = [...initial]
  for (const layer of model.layers) if (layer.weights.length) layer.setWeights(rest.splice(0, layer.weights.length).map(toTensor))
  model.compile({ optimizer: getOptimizer({ className: optimizer.name, config: optimizer.options }), loss: 'meanSquaredError' })

  let step = 0
  const averages: Float32Array[] = []
  const batches = x.shape[0]! / batchSize
  const { history } = await model.fit(x, y, {
    batchSize,
    epochs: steps / batches,
    shuffle: false,
    verbose: 0,
    callbacks: {
      onBatchEnd: () => {
        if (++step % every === 0)
          averages.push(...model.layers.flatMap((layer) => layer.nonTrainableWeights.map((weight) => weight.dataSync() as Float32Array)))
      },
    },
  })
  const expected = Float32Array.from(unpack(losses))
  history['loss']!.forEach((loss, epoch) => {
    const mean = expected.subarray(epoch * batches, (epoch + 1) * batches).reduce((a, b) => a + b, 0) / batches
    expect(Math.abs(loss - mean) / mean, `${label}: loss of epoch ${epoch}`).toBeLessThan(1e-5)
  })
  averages.forEach((values, i) => expectNear(values, unpack(moving[i]!), 1e-5, `${label}: moving ${i}`))
  expect(averages.length).toBe(moving.length)
  const final = model.layers.flatMap((layer) => layer.getWeights())
  final.forEach((weight, i) => expectNear(weight.dataSync(), unpack(last[i]!), 2e-5, `${label}: weight ${i}`))
  expectNear(await model.predict(x).data(), unpack(predictions), 2e-5, `${label}: predictions`)
})
