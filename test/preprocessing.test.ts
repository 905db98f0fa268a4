// Normalization and rescaling: learned from the training part only, a part of the model and of its files, with Keras's config.
import { describe, expect, test } from 'vitest'
import { evaluation, input, layers, model, ops, sequential, tensor, utils, type Tensor } from '../src/index'

const x = [
  [1, 2],
  [3, 6],
]
const values = (t: Tensor) => t.arraySync()

describe('normalization', () => {
  test.each<[string, Parameters<typeof layers.normalization>[0], unknown]>([
    [
      'columns',
      {},
      [
        [-1, -1],
        [1, 1],
      ],
    ], // prettier-ignore
    [
      'all numbers',
      { axis: null },
      [
        [(1 - 3) / Math.sqrt(3.5), -1 / Math.sqrt(3.5)],
        [0, 3 / Math.sqrt(3.5)],
      ],
    ], // prettier-ignore
    [
      'rows',
      0,
      [
        [-1, 1],
        [-1, 1],
      ],
    ], // prettier-ignore
    [
      'each place',
      { axis: [0, 1] },
      [
        [0, 0],
        [0, 0],
      ],
    ], // prettier-ignore
    [
      'and back',
      { invert: true },
      [
        [1 * 1 + 2, 2 * 2 + 4],
        [3 + 2, 6 * 2 + 4],
      ],
    ], // prettier-ignore
  ])('%s', (_, options, wanted) => {
    const layer = layers.normalization(options)
    layer.adapt(x)
    ;(values(layer.apply(x)) as number[][]).forEach((row, i) =>
      row.forEach((value, j) => expect(value).toBeCloseTo((wanted as number[][])[i]![j]!, 5)),
    )
  })
  test('weights as Keras has them, which training leaves alone', async () => {
    const layer = layers.normalization({ inputShape: [2] })
    layer.adapt(tensor(x))
    expect(layer.weights.map(({ name }) => name.split('/')[1])).toEqual(['mean', 'variance', 'count'])
    expect(layer.getWeights().map(values)).toEqual([[2, 4], [1, 4], 0])
    const net = sequential([layer, layers.dense(1)])
    net.compile({ optimizer: 'sgd', loss: 'mse' })
    await net.fit(x, [1, 2], { epochs: 2, verbose: 0 })
    expect(layer.getWeights().map(values)).toEqual([[2, 4], [1, 4], 0])
    expect(net.trainableWeights.length).toBe(2)
  })
  test('batches count as all of them together, and adapting again forgets', () => {
    const many = Array.from({ length: 7 }, (_, i) => [Math.sin(i) * 5, i])
    const [whole, parts] = [layers.normalization(), layers.normalization()]
    whole.adapt([[1, 1]])
    whole.adapt(many)
    parts.adapt([tensor(many.slice(0, 4)), tensor(many.slice(4))].values())
    whole.getWeights().forEach((weight, i) => {
      const other = parts.getWeights()[i]!.dataSync()
      weight.dataSync().forEach((value, k) => expect(other[k]).toBeCloseTo(value, 4))
    })
  })
  test('configs are Keras’s, and weights find their place again', () => {
    const layer = layers.normalization({ axis: [1, 2], mean: [1, 2], variance: [2, 3], invert: true, name: 'n' })
    expect(layer.getConfig()).toMatchObject({ name: 'n', trainable: true, axis: [1, 2], invert: true, mean: [1, 2], variance: [2, 3] })
    expect(layers.normalization().getConfig()).toMatchObject({ axis: [-1], invert: false, mean: null, variance: null })
    const fitted = layers.normalization({ inputShape: [2] })
    fitted.adapt(x)
    const again = layers.deserialize(layers.serialize(fitted))
    again.setWeights(fitted.getWeights())
    expect(values(again.apply([[3, 6]]) as Tensor)).toEqual([[1, 1]])
    expect(values(layers.normalization({ mean: [1, 2], variance: [4, 9] }).apply([[3, 8]]))).toEqual([[1, 2]])
    expect(layers.rescaling({ scale: [1, 2], offset: 0.5, name: 'r' }).getConfig()).toMatchObject({ scale: [1, 2], offset: 0.5 })
  })
  test.each<[string, () => unknown, RegExp]>([
    ['one of two', () => layers.normalization({ mean: 1 }), /variance is missing/],
    ['given and adapted', () => layers.normalization({ mean: 1, variance: 1 }).adapt(x), /mean and variance were given/],
    ['missing numbers', () => layers.normalization().adapt([[NaN, 1]]), /mean at place 0 is NaN/],
    ['nothing', () => layers.normalization().adapt([]), /empty/],
    ['an axis twice', () => layers.normalization({ axis: [1, -1] }).adapt(x), /names one twice/],
    ['an open axis', () => layers.normalization().build([null, null]), /must have a known size/],
    [
      'another width',
      () => {
        const layer = layers.normalization()
        layer.adapt(x)
        return layer.apply([[1, 2, 3]])
      },
      /expected shape/,
    ],
    ['what is no number', () => layers.rescaling({ scale: 'a' as never }), /scale must be a number/],
  ])('wrong: %s', (_, act, message) => expect(act).toThrow(message))
})

describe('rescaling', () => {
  test('by numbers, or between the least and the greatest', () => {
    expect(values(layers.rescaling({ scale: 0.5, offset: 1 }).apply(tensor([2, 4], [2], 'int32')))).toEqual([2, 3])
    expect(values(layers.rescaling(utils.minMaxScaling(x)).apply(x))).toEqual([
      [0, 0],
      [1, 1],
    ]) // prettier-ignore
    expect((values(layers.rescaling(utils.minMaxScaling(x, null, [-1, 1])).apply([[1, 6]])) as number[][])[0]![1]).toBeCloseTo(1, 6)
    expect(values(layers.rescaling(utils.minMaxScaling([[5, 5]], 0)).apply([[5, 5]]))).toEqual([[0, 0]])
  })
})

test('fitted on the training part of each fold, inside of the model', async () => {
  const data = ops.randomNormal([30, 2], 100, 20)
  const means = new Set<string>()
  const { mean } = await evaluation.crossValidate(
    ({ x: train }) => {
      const layer = layers.normalization()
      layer.adapt(train)
      means.add(String(layer.getWeights()[0]!.dataSync()))
      const begin = input({ shape: [2] })
      const net = model({ inputs: begin, outputs: layers.dense(1).apply(layer.apply(begin)) })
      net.compile({ optimizer: 'adam', loss: 'mse' })
      return net
    },
    data,
    data.sum(1).div(100),
    { splits: 3, fit: { epochs: 2 }, seed: 1 },
  )
  expect(means.size).toBe(3)
  expect(mean.loss).toBeGreaterThan(0)
})
