// Normalization layers: what is trained and what follows, frozen layers, masks, errors, Keras's order of weights.
import { describe, expect, test } from 'vitest'
import { layers, sequential, tensor, zeros, type Layer, type Tensor } from '../src/index'

const batch = tensor([
  [1, 2],
  [3, 6],
  [5, 10],
  [7, 14],
])
const values = (x: Tensor | undefined) => [...x!.dataSync()]
const near = (actual: number[], expected: number[], digits = 5) =>
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits))

describe('batchNormalization', () => {
  test("weights in Keras's order", () => {
    const layer = layers.batchNormalization({ name: 'bn' })
    layer.ensureBuilt([null, 3])
    expect(layer.weights.map(({ name }) => name)).toEqual(['bn/gamma', 'bn/beta', 'bn/moving_mean', 'bn/moving_variance'])
    expect(layer.trainableWeights.length).toBe(2)
    expect(layer.countParams()).toBe(12)
  })

  test('training uses the batch and moves the averages; inference uses the averages', () => {
    const layer = layers.batchNormalization({ momentum: 0.9, epsilon: 0 })
    near(
      values(layer.apply(batch, { training: true })),
      [-3, -3, -1, -1, 1, 1, 3, 3].map((v) => v / Math.sqrt(5)),
    )
    near(values(layer.getWeights()[2]), [0.4, 0.8])
    near(values(layer.getWeights()[3]), [1.4, 2.9])
    near(values(layer.apply(tensor([[1, 2]]))), [0.6 / Math.sqrt(1.4), 1.2 / Math.sqrt(2.9)])
    near(values(layer.getWeights()[2]), [0.4, 0.8])
  })

  test('not trainable: as at inference, nothing moves', () => {
    const layer = layers.batchNormalization({ trainable: false, epsilon: 0 })
    near(values(layer.apply(batch, { training: true })), values(batch))
    near(values(layer.getWeights()[2]), [0, 0])
    expect(layer.trainableWeights).toEqual([])
  })

  test('freezing it after a fit takes effect, even without gamma and beta', async () => {
    const layer = layers.batchNormalization({ center: false, scale: false, momentum: 0.5 })
    const model = sequential([layers.dense({ units: 2, inputShape: [2] }), layer])
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const fit = () => model.fit(batch, zeros([4, 2]), { verbose: 0 })
    await fit()
    layer.trainable = false
    const before = values(layer.getWeights()[0])
    await fit()
    expect(values(layer.getWeights()[0])).toEqual(before)
    layer.trainable = true
    await fit()
    expect(values(layer.getWeights()[0])).not.toEqual(before)
  })

  test('steps that a mask leaves out do not count', () => {
    const x = tensor([
      [[1], [3], [100]],
      [[5], [7], [-50]],
    ])
    const mask = tensor([
      [true, true, false],
      [true, true, false],
    ])
    const layer = layers.batchNormalization({ momentum: 0, epsilon: 0 })
    near(
      values(layer.apply(x, { training: true, mask })),
      [-3, -1, 96, 1, 3, -54].map((v) => v / Math.sqrt(5)),
      4,
    )
    near(values(layer.getWeights()[2]), [4])
    near(values(layer.getWeights()[3]), [5])
    expect(() => layer.apply(x, { training: true, mask: tensor([true, false]) })).toThrow('a mask must have one dimension less')
  })

  test('a nested model in training moves its averages; predict does not', async () => {
    const layer = layers.batchNormalization({ momentum: 0 })
    const model = sequential([sequential([layers.dense({ units: 2, inputShape: [2], kernelInitializer: 'ones' }), layer])])
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    await model.fit(batch, zeros([4, 2]), { verbose: 0, batchSize: 4 })
    near(values(layer.getWeights()[2]), [12, 12])
    await model.predict(tensor([[100, 100]])).data()
    near(values(layer.getWeights()[2]), [12, 12])
  })
})

test('layerNormalization with rmsScaling has no beta', () => {
  const layer = layers.layerNormalization({ rmsScaling: true, epsilon: 0 })
  near(
    values(layer.apply(tensor([[1, 3, 5]]))),
    [1, 3, 5].map((v) => v / Math.sqrt(8 / 3)),
  )
  expect(layer.weights.length).toBe(1)
})

describe('activation layers', () => {
  const x = tensor([[-2, -0.5, 0, 1, 3]])
  test.each<[string, Layer, number[]]>([
    ['reLU', layers.reLU({ maxValue: 2, negativeSlope: 0.5, threshold: 0.5 }), [-1.25, -0.5, -0.25, 1, 2]],
    ['leakyReLU', layers.leakyReLU(), [-0.6, -0.15, 0, 1, 3]],
    ['leakyReLU alpha', layers.leakyReLU({ alpha: 0.1 }), [-0.2, -0.05, 0, 1, 3]],
    ['elu', layers.elu({ alpha: 2 }), [2 * Math.expm1(-2), 2 * Math.expm1(-0.5), 0, 1, 3]],
    ['prelu', layers.prelu({ alphaInitializer: 'ones' }), [-2, -0.5, 0, 1, 3]],
    ['identity', layers.identity(), [-2, -0.5, 0, 1, 3]],
  ])('%s', (_, layer, expected) => near(values(layer.apply(x)), expected))

  test('softmax over two axes, and with a mask', () => {
    near(values(layers.softmax({ axis: [1, 2] }).apply(zeros([1, 2, 2]))), [0.25, 0.25, 0.25, 0.25])
    const mask = tensor([
      [true, true, false],
      [false, false, false],
    ])
    near(
      values(
        layers.softmax().apply(
          tensor([
            [1, 1, 5],
            [1, 2, 3],
          ]),
          { mask },
        ),
      ),
      [0.5, 0.5, 0, 0, 0, 0],
    )
    expect(() => layers.softmax().apply(zeros([2, 3]), { mask: tensor([true, false]) })).toThrow('does not broadcast')
  })

  test('activityRegularization adds to the loss', async () => {
    const model = sequential([layers.activityRegularization({ l1: 0.5, l2: 0.25, inputShape: [2] })])
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const { loss } = await model.evaluate(tensor([[1, -2]]), tensor([[1, -2]]))
    expect(loss).toBeCloseTo(0.5 * 3 + 0.25 * 5)
  })
})

describe('errors', () => {
  test.each<[string, () => unknown, string]>([
    ['axes as a list', () => layers.batchNormalization({ axis: [1, 2] }), 'axis must be an integer'],
    ['axis outside', () => layers.batchNormalization({ axis: 4 }).apply(zeros([2, 3])), 'axis'],
    ['momentum', () => layers.batchNormalization({ momentum: 2 }), 'momentum'],
    ['epsilon', () => layers.layerNormalization({ epsilon: -1 }), 'epsilon must be a number from 0'],
    ['unknown option', () => layers.batchNormalization({ centre: true } as never), "unknown option 'centre'"],
    ['groups', () => layers.groupNormalization({ groups: 4 }).apply(zeros([2, 3, 6])), 'groups 4 must divide the 6 channels'],
    ['default groups', () => layers.groupNormalization().apply(zeros([2, 3, 6])), 'groups 32 must divide the 6 channels'],
    ['group axis', () => layers.groupNormalization({ groups: 1, axis: 0 }).apply(zeros([2, 3])), 'is the batch'],
    ['shared axes', () => layers.prelu({ sharedAxes: [0] }), 'sharedAxes[0] must be an integer from 1'],
    ['negative slope', () => layers.leakyReLU({ negativeSlope: -1 }), 'negativeSlope'],
    [
      'another width',
      () => {
        const layer = layers.layerNormalization()
        layer.apply(zeros([2, 3]))
        layer.apply(zeros([2, 4]))
      },
      'was built for inputs of shape [?, 3]',
    ],
    ['unknown channels', () => layers.batchNormalization().ensureBuilt([null, null]), 'must have a known size'],
    ['rate', () => layers.gaussianDropout({ rate: 1 }), 'rate must be a number from 0 to below 1'],
    ['noise shape', () => layers.dropout({ rate: 0.5, noiseShape: [0] }), 'noiseShape must be'],
    [
      'spatial rank',
      () => layers.spatialDropout2d({ rate: 0.5 }).apply(zeros([2, 3, 4])),
      'input must be [batch, height, width, channels]',
    ],
  ])('%s', (_, run, message) => expect(run).toThrow(message))
})
