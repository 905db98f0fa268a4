// Layers that draw random numbers: distributions, shapes of masks, seeds.
import { beforeEach, describe, expect, test } from 'vitest'
import { layers, ones, sequential, setSeed, tensor, zeros, type Layer, type Tensor } from '../src/index'

beforeEach(() => setSeed(42))
const train = (layer: Layer, x: Tensor): Float32Array => layer.apply(x, { training: true }).dataSync() as Float32Array
const meanOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length
const deviationOf = (values: ArrayLike<number>) => {
  const mean = meanOf(values)
  return Math.sqrt(meanOf(Array.from(values, (v) => (v - mean) ** 2)))
}
const many = ones([400, 100])

describe('distributions', () => {
  test('gaussianNoise', () => {
    const values = train(layers.gaussianNoise({ stddev: 0.3 }), many)
    expect(meanOf(values)).toBeCloseTo(1, 2)
    expect(deviationOf(values)).toBeCloseTo(0.3, 2)
  })
  test('gaussianDropout has the variance of dropout', () => {
    const values = train(layers.gaussianDropout({ rate: 0.2 }), many)
    expect(meanOf(values)).toBeCloseTo(1, 2)
    expect(deviationOf(values)).toBeCloseTo(Math.sqrt(0.2 / 0.8), 2)
  })
  test('alphaDropout keeps mean and variance', () => {
    const x = layers.gaussianNoise({ stddev: 1 }).apply(zeros([400, 100]), { training: true })
    const values = train(layers.alphaDropout({ rate: 0.3 }), x)
    expect(Math.abs(meanOf(values))).toBeLessThan(0.02)
    expect(Math.abs(deviationOf(values) - 1)).toBeLessThan(0.02)
  })
  test('alphaDropout of one noiseShape drops whole rows', () => {
    const values = train(layers.alphaDropout({ rate: 0.5, noiseShape: [null, 1] }), many)
    for (let row = 0; row < 400; row++) expect(new Set(values.subarray(row * 100, row * 100 + 100)).size).toBe(1)
    expect(new Set(values).size).toBe(2)
  })
})

describe('spatial dropout drops whole channels', () => {
  test.each<[string, Layer, number[], number]>([
    ['1d', layers.spatialDropout1d({ rate: 0.5 }), [20, 6, 8], 2],
    ['2d', layers.spatialDropout2d({ rate: 0.5 }), [20, 3, 4, 8], 3],
    ['2d, channels first', layers.spatialDropout2d({ rate: 0.5, dataFormat: 'channelsFirst' }), [20, 8, 3, 4], 1],
    ['3d', layers.spatialDropout3d({ rate: 0.5 }), [20, 2, 3, 2, 8], 4],
    ['3d, channels first', layers.spatialDropout3d({ rate: 0.5, dataFormat: 'channels_first' }), [20, 8, 2, 3, 2], 1],
  ])('%s', (_, layer, shape, axis) => {
    const values = train(layer, ones(shape))
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
    const found = new Map<string, number>()
    values.forEach((value, i) => {
      const key = `${Math.floor(i / (values.length / 20))} ${Math.floor(i / inner) % 8}`
      expect(found.get(key) ?? value).toBe(value)
      found.set(key, value)
    })
    expect(new Set(found.values())).toEqual(new Set([0, 2]))
    expect(meanOf([...found.values()])).toBeGreaterThan(0.7)
    expect(meanOf([...found.values()])).toBeLessThan(1.3)
  })
})

const noisy: [string, (seed?: number) => Layer][] = [
  ['dropout', (seed) => layers.dropout({ rate: 0.5, seed: seed ?? null })],
  ['spatialDropout1d', (seed) => layers.spatialDropout1d({ rate: 0.5, seed: seed ?? null })],
  ['gaussianNoise', (seed) => layers.gaussianNoise({ stddev: 0.5, seed: seed ?? null })],
  ['gaussianDropout', (seed) => layers.gaussianDropout({ rate: 0.5, seed: seed ?? null })],
  ['alphaDropout', (seed) => layers.alphaDropout({ rate: 0.5, seed: seed ?? null })],
]
describe.each(noisy)('%s', (_, make) => {
  const x = ones([4, 5, 6])
  test('setSeed begins the same numbers again', () => {
    const first = train(make(), x)
    expect(train(make(), x)).not.toEqual(first)
    setSeed(42)
    expect(train(make(), x)).toEqual(first)
  })
  test('a seed gives numbers of its own, other ones at each call', () => {
    const layer = make(7)
    const [first, second] = [train(layer, x), train(layer, x)]
    expect(second).not.toEqual(first)
    const again = make(7)
    setSeed(1)
    expect([train(again, x), train(again, x)]).toEqual([first, second])
    expect(train(make(8), x)).not.toEqual(first)
  })
  test('does nothing at inference', () => expect(make().apply(x).dataSync()).toEqual(x.dataSync()))
})

test('a seeded layer in fit: the same training each time, other masks at each step', async () => {
  const run = async (seed: number) => {
    setSeed(3)
    const model = sequential([
      layers.gaussianNoise({ stddev: 1, seed, inputShape: [3] }),
      layers.dense({ units: 1, kernelInitializer: 'ones' }),
    ])
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const x = tensor([
      [1, 2, 3],
      [3, 2, 1],
    ])
    const { history } = await model.fit(x, tensor([[6], [6]]), { epochs: 3, verbose: 0, shuffle: false })
    return history['loss']
  }
  const first = await run(5)
  expect(await run(5)).toEqual(first)
  expect(await run(6)).not.toEqual(first)
  expect(new Set(first).size).toBe(3)
})
