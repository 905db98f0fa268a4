// Models of one's own classes, with several inputs and outputs; parts of sequential models.
import { describe, expect, test } from 'vitest'
import { layers, Model, model, ops, optimizers, sequential, setSeed, tensor, type Layer, type StepData, type Tensor } from '../src/index'

const sgd = () => optimizers.sgd({ learningRate: 0.05 })
const quiet = { verbose: 0 } as const

describe('class MyModel extends Model', () => {
  class Own extends Model {
    readonly first = layers.dense({ units: 4, activation: 'tanh', name: 'first' })
    readonly rest = { drop: layers.dropout({ rate: 0.9 }), list: [layers.dense({ units: 1, name: 'last' })] }
    dropping = false
    override call(x: Tensor) {
      const h = this.first.apply(x)
      return this.rest.list[0]!.apply(this.dropping ? this.rest.drop.apply(h) : h)
    }
  }
  const x = [
    [1, 2],
    [3, 4],
    [0, 1],
    [2, 2],
  ]
  const y = [[1], [2], [0], [1]]

  test('trains as the same layers in a row, from the same seed', async () => {
    setSeed(4)
    const own = new Own()
    own.compile({ optimizer: sgd(), loss: 'mse' })
    await own.fit(x, y, { epochs: 3, batchSize: 2, shuffle: false, ...quiet })
    setSeed(4)
    const row = sequential([layers.dense({ units: 4, activation: 'tanh', inputShape: [2] }), layers.dense({ units: 1 })])
    row.compile({ optimizer: sgd(), loss: 'mse' })
    await row.fit(x, y, { epochs: 3, batchSize: 2, shuffle: false, ...quiet })
    expect(own.layers.map(({ name }) => name)).toEqual(['first', 'dropout', 'last'])
    own.getWeights().forEach((weight, i) => expect(weight.arraySync()).toEqual(row.getWeights()[i]!.arraySync()))
    expect(own.predict(x).arraySync()).toEqual(row.predict(x).arraySync())
  })

  test('layers inside know whether it trains', async () => {
    const own = new Own()
    own.dropping = true
    own.compile({ optimizer: optimizers.sgd({ learningRate: 0 }), loss: 'mse' })
    const { loss } = await own.evaluate(x, y)
    const trained = await Promise.all([1, 2, 3, 4].map(() => own.trainOnBatch(x, y)))
    expect(new Set([loss, ...trained.map((each) => each.loss)]).size).toBeGreaterThan(3)
    expect((await own.evaluate(x, y)).loss).toBe(loss)
  })

  test('several inputs in an array; outputs by name', async () => {
    class Pair extends Model<{ sum: Tensor; scaled: Tensor }> {
      readonly scale = layers.dense({ units: 1, kernelInitializer: 'ones' })
      override call([a, b]: readonly Tensor[]) {
        return { sum: a!.add(b!), scaled: this.scale.apply(ops.concat([a!, b!], -1)) }
      }
    }
    const pair = new Pair()
    pair.compile({ optimizer: sgd(), loss: { sum: 'mse', scaled: 'mae' }, lossWeights: { scaled: 3 }, metrics: { scaled: ['mse'] } })
    const [a, b] = [tensor([[1], [2]]), tensor([[3], [4]])]
    const results = await pair.trainOnBatch([a, b], { sum: [[4], [5]], scaled: [[4], [6]] })
    expect(results).toEqual({ loss: 0.5, scaled_loss: 0, scaled_mse: 0, sum_loss: 0.5 }) // sums are 4 and 6
    const { sum, scaled } = pair.predict([a, b])
    expect([sum.arraySync(), scaled.shape]).toEqual([
      [[4], [6]],
      [2, 1],
    ])
  })
})

describe('a sequential model is a graph, too', () => {
  const made = () =>
    sequential([
      layers.dense({ units: 3, kernelInitializer: 'ones', inputShape: [2], name: 'block1' }),
      layers.dense({ units: 2, kernelInitializer: 'ones', name: 'block2' }),
      layers.dense({ units: 1, name: 'head' }),
    ])
  test('a part of it is a model that shares its weights', () => {
    const net = made()
    const part = model({ inputs: net.input, outputs: net.getLayer('block2').output })
    expect(part.predict([[1, 2]]).arraySync()).toEqual([[9, 9]])
    net.getLayer('block1').setWeights([ops.broadcastTo(2, [2, 3]), ops.broadcastTo(0, [3])])
    expect(part.predict([[1, 2]]).arraySync()).toEqual([[18, 18]])
    expect(net.output.shape).toEqual([null, 1])
  })
  test('it is drawn anew when layers came or went', () => {
    const net = made()
    expect(model({ inputs: net.input, outputs: net.output }).layers.length).toBe(4)
    net.pop()
    expect(
      model({ inputs: net.input, outputs: net.output })
        .predict([[1, 2]])
        .arraySync(),
    ).toEqual([[9, 9]])
    expect((net.layers as readonly Layer[]).map(({ calls }) => calls.length)).toEqual([1, 1])
  })
  test('without an input shape it says what to give', () => {
    expect(() => sequential([layers.dense({ units: 1 })]).input).toThrow(/give the first layer an inputShape/)
  })
})

test('a step of one’s own reports its own loss, under any name', async () => {
  class Halved extends Model {
    readonly d = layers.dense({ units: 1, kernelInitializer: 'ones', useBias: false })
    override call(x: Tensor) {
      return this.d.apply(x)
    }
    override trainStep({ x, y }: StepData) {
      const loss = this.computeLoss({ x, y: y!, prediction: this.apply(x as Tensor) })
      return { loss: loss.div(2) }
    }
  }
  const net = new Halved()
  net.compile({ optimizer: sgd(), loss: 'mse' })
  expect((await net.trainOnBatch([[3]], [[1]])).loss).toBe(2)
  const { history } = await net.fit([[3], [5]], [[1], [1]], { batchSize: 1, shuffle: false, ...quiet })
  expect(history.loss).toEqual([8]) // of the last step
  expect((await net.evaluate([[3]], [[1]])).loss).toBe(4)
})
