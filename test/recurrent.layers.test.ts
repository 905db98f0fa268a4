import { describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import {
  configure,
  layers,
  ops,
  RNNCell,
  sequential,
  setSeed,
  tensor,
  type AnyLayer,
  type CellContext,
  type Layer,
  type PartialShape,
  type StepOutputs,
  type Tensor,
  type Variable,
  type LossLike,
} from '../src/index'
import { maskOf } from '../src/layers/layer'
import { makeRandom } from '../src/util/shuffle'

configure({ threads: 1 })

const random = (shape: number[], seed = 1) => {
  const next = makeRandom(seed)
  return tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * next() - 1),
    shape,
  )
}
const near = (a: Tensor, b: Tensor, tolerance = 1e-6) => {
  expect(a.shape).toEqual(b.shape)
  const [x, y] = [a.dataSync(), b.dataSync()]
  x.forEach((v, i) => expect(Math.abs(v - y[i]!), `element ${i}: ${v} and ${y[i]}`).toBeLessThanOrEqual(tolerance))
}
const same = (a: Tensor, b: Tensor) => {
  expect(a.shape).toEqual(b.shape)
  expect([...a.dataSync()]).toEqual([...b.dataSync()])
}

class Minimal extends RNNCell {
  readonly stateSize = 4
  kernel: Variable | undefined
  recurrent: Variable | undefined

  override build([, features]: PartialShape): void {
    this.kernel = this.addWeight({ name: 'kernel', shape: [features!, 4] })
    this.recurrent = this.addWeight({ name: 'recurrent', shape: [4, 4] })
  }

  override call(x: Tensor, { states: [h] }: CellContext): StepOutputs {
    const y = ops.tanh(ops.add(ops.matmul(x, this.kernel!), ops.matmul(h!, this.recurrent!)))
    return [y, [y]]
  }
}

/** A sum of what came in so far, and a count of steps; the output has another size than the states. */
class Counting extends RNNCell {
  readonly stateSize = [3, 1]
  override readonly outputSize = 1

  override call(x: Tensor, { states }: CellContext): StepOutputs {
    const [total, count] = [states[0]!.add(x), states[1]!.add(1)]
    return [total.sum(1, true).div(count), [total, count]]
  }
}

const kinds: [string, (options?: object) => AnyLayer][] = [
  ['simpleRNN', (options) => layers.simpleRNN({ units: 5, ...options })],
  ['lstm', (options) => layers.lstm({ units: 5, ...options })],
  ['gru', (options) => layers.gru({ units: 5, ...options })],
  ['gru before', (options) => layers.gru({ units: 5, resetAfter: false, ...options })],
  ['lstm relu', (options) => layers.lstm({ units: 5, activation: 'relu', ...options })],
  ['rnn of cells', (options) => layers.rnn({ cell: [layers.gruCell({ units: 4 }), layers.lstmCell({ units: 5 })], ...options })],
  ['bidirectional', (options) => layers.bidirectional({ layer: layers.lstm({ units: 5, ...options }) })],
]
const recurrent = kinds.slice(0, 6)

describe('custom cells', () => {
  test('a class of ten lines', () => {
    const layer = layers.rnn({ cell: new Minimal(), returnSequences: true })
    const y = layer.apply(random([2, 3, 2]))
    expect(y.shape).toEqual([2, 3, 4])
    expect(layer.weights.map(({ shape }) => shape)).toEqual([
      [2, 4],
      [4, 4],
    ])
    const reference = layers.simpleRNN({ units: 4, useBias: false, returnSequences: true })
    reference.ensureBuilt([2, 3, 2])
    reference.setWeights(layer.getWeights())
    near(y, reference.apply(random([2, 3, 2])))
  })

  test('states and output of other sizes', () => {
    const layer = layers.rnn({ cell: new Counting(), returnState: true })
    const [y, total, count] = layer.apply(
      tensor([
        [
          [1, 2, 3],
          [1, 1, 1],
        ],
      ]),
    )
    expect([y!.arraySync(), total!.arraySync(), count!.arraySync()]).toEqual([[[4.5]], [[2, 3, 4]], [[2]]])
    expect(layer.computeOutputShape([null, 7, 3])).toEqual([
      [null, 1],
      [null, 3],
      [null, 1],
    ])
    const masked = layers.rnn({ cell: new Counting(), returnSequences: true }).apply(
      tensor([
        [
          [9, 9, 9],
          [1, 2, 3],
          [9, 9, 9],
          [1, 1, 1],
        ],
      ]),
      { mask: [[false, true, false, true]] },
    )
    expect(masked.arraySync()).toEqual([[[0], [6], [6], [4.5]]])
  })

  test('trains in a model', async () => {
    setSeed(1)
    const model = sequential([layers.rnn({ cell: new Minimal(), inputShape: [5, 2] }), layers.dense({ units: 1 })])
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
    const { history } = await model.fit(random([32, 5, 2]), random([32, 1], 2), { epochs: 5, verbose: 0 })
    expect(history['loss']![4]!).toBeLessThan(history['loss']![0]!)
  })
})

describe.each(kinds)('%s', (_, make) => {
  test('a padded and masked batch gives what its sequences give alone', () => {
    const layer = make()
    const x = random([3, 6, 2])
    const lengths = [6, 4, 1]
    const y = layer.apply(x, { mask: lengths.map((n) => Array.from({ length: 6 }, (_, t) => t < n)) }) as Tensor
    lengths.forEach((n, row) => near(y.slice([row], [1]), layer.apply(x.slice([row, 0], [1, n])) as Tensor))
    const shifted = ops.concat([random([3, 2, 2], 5), x], 1)
    near(
      layer.apply(shifted, { mask: [0, 1, 2].map(() => [false, false, true, true, true, true, true, true]) }) as Tensor,
      layer.apply(x) as Tensor,
    )
  })

  test('sequences end with the last output', () => {
    const [all, last] = [make({ returnSequences: true }), make()]
    const x = random([2, 4, 3])
    const y = all.apply(x) as Tensor
    last.ensureBuilt(x.shape)
    last.setWeights(all.getWeights())
    if (last.className !== 'Bidirectional') near(y.slice([0, 3], [2, 1]).squeeze(1), last.apply(x) as Tensor)
    expect(all.computeOutputShape([null, null, 3])).toEqual([null, null, y.shape[2]])
    expect(last.computeOutputShape([null, null, 3])).toEqual([null, y.shape[2]])
  })
})

describe.each(recurrent)('%s', (_, make) => {
  test('stateful in chunks is one long call, bit for bit', () => {
    const layer = make({ stateful: true, returnSequences: true })
    const x = random([2, 9, 3])
    const long = layer.apply(x) as Tensor
    layer.resetStates()
    const chunks = [
      [0, 2],
      [2, 5],
      [7, 2],
    ].map(([from, n]) => layer.apply(x.slice([0, from!], [2, n!])) as Tensor)
    same(ops.concat(chunks, 1), long)
    expect(() => layer.apply(random([3, 2, 3]))).toThrow('all must be of one size')
    expect(layer.weights.every((weight) => weight.trainable)).toBe(true)
  })

  test('returned states are where a next call goes on', () => {
    const layer = make({ returnState: true }) as AnyLayer & { copy(changes: object): AnyLayer }
    const x = random([2, 6, 3])
    const whole = layer.apply(x) as Tensor[]
    const [, ...states] = layer.apply(x.slice([0, 0], [2, 4])) as Tensor[]
    const rest = layer.apply(x.slice([0, 4], [2, 2]), { initialState: states }) as Tensor[]
    whole.forEach((each, i) => same(rest[i]!, each))
    ;(layer.apply([x.slice([0, 4], [2, 2]), ...states]) as Tensor[]).forEach((each, i) => same(each, whole[i]!))
    expect(() => layer.apply(x, { initialState: [random([2, 99])] })).toThrow('initial states must be')
  })

  test('goBackwards walks the reversed sequence', () => {
    const [there, back] = [make({ returnSequences: true }), make({ returnSequences: true, goBackwards: true })]
    const x = random([2, 4, 3])
    const y = there.apply(x.reverse(1)) as Tensor
    back.ensureBuilt(x.shape)
    back.setWeights(there.getWeights())
    near(back.apply(x) as Tensor, y)
  })
})

describe('stateful models', () => {
  test('predict and fit keep states, resetStates forgets them', async () => {
    const model = sequential([layers.gru({ units: 3, stateful: true, batchInputShape: [2, 4, 1] }), layers.dense({ units: 1 })])
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const x = random([2, 4, 1])
    const first = await model.predict(x).data()
    const second = await model.predict(x).data()
    expect([...second]).not.toEqual([...first])
    model.resetStates()
    expect([...(await model.predict(x).data())]).toEqual([...first])
    await model.fit(random([8, 4, 1]), random([8, 1]), { batchSize: 2, epochs: 2, verbose: 0, shuffle: false })
  })
})

describe('dropout', () => {
  test('one mask for all steps, in training only', () => {
    setSeed(3)
    const layer = layers.simpleRNN({
      units: 64,
      dropout: 0.5,
      activation: 'linear',
      useBias: false,
      recurrentInitializer: 'zeros',
      kernelInitializer: 'identity',
      returnSequences: true,
    })
    const x = ops.add(ops.mul(random([2, 5, 64]), 0), 1)
    const y = layer.apply(x, { training: true }).arraySync() as number[][][]
    for (const row of y) {
      expect(new Set(row[0])).toEqual(new Set([0, 2]))
      for (const step of row) expect(step).toEqual(row[0])
    }
    expect(new Set(layer.apply(x).dataSync())).toEqual(new Set([1]))
  })

  test.each(recurrent.slice(0, 5))('%s: recurrentDropout drops states alike at every step', (_, make) => {
    setSeed(4)
    const layer = make({ units: 16, recurrentDropout: 0.5, returnSequences: true })
    const x = random([1, 3, 2])
    const [plain, dropped] = [layer.apply(x) as Tensor, layer.apply(x, { training: true }) as Tensor]
    near(plain.slice([0, 0], [1, 1]), dropped.slice([0, 0], [1, 1])) // nothing to drop before the first step
    expect([...dropped.dataSync()]).not.toEqual([...plain.dataSync()])
    const [dx] = gradients(dropped.sum(), [x])
    expect(dx!.dataSync().every(Number.isFinite)).toBe(true)
  })
})

describe('weights', () => {
  test('regularizers and constraints on all of them; the forget gate starts at one', () => {
    const layer = layers.lstm({
      units: 2,
      kernelRegularizer: 'l2',
      recurrentRegularizer: 'l2',
      biasRegularizer: 'l2',
      kernelConstraint: 'nonNeg',
      recurrentConstraint: 'nonNeg',
      biasConstraint: 'nonNeg',
    })
    layer.ensureBuilt([null, 3, 4])
    expect(layer.allWeights.map(({ regularizer, constraint }) => Boolean(regularizer && constraint))).toEqual([true, true, true])
    expect(layer.bias!.arraySync()).toEqual([0, 0, 1, 1, 0, 0, 0, 0])
    expect(layers.gru({ units: 2 }).computeOutputShape([null, 3, 4])).toEqual([null, 2])
    const gru = layers.gru({ units: 2 })
    gru.ensureBuilt([null, 3, 4])
    expect(gru.weights.map(({ shape }) => shape)).toEqual([
      [4, 6],
      [2, 6],
      [2, 6],
    ])
  })

  test('bidirectional copies its layer; weights are set forwards first', () => {
    const inner = layers.gru({ units: 2 })
    const both = layers.bidirectional({ layer: inner })
    both.ensureBuilt([null, 3, 4])
    expect([both.weights.length, inner.built]).toEqual([6, false])
    expect([both.forwardLayer.name, both.backwardLayer.name]).toEqual([`forward_${inner.name}`, `backward_${inner.name}`])
    const again = layers.bidirectional({ layer: layers.gru({ units: 2 }), weights: both.getWeights() })
    same(again.apply(random([2, 3, 4])), both.apply(random([2, 3, 4])))
  })

  test('bidirectional over images; a convolutional cell in a stack', () => {
    const x = random([1, 3, 4, 4, 1])
    const both = layers.bidirectional({ layer: layers.convLstm2d({ filters: 2, kernelSize: 3, padding: 'same', returnSequences: true }) })
    expect(both.apply(x).shape).toEqual([1, 3, 4, 4, 4])
    expect(both.computeOutputShape([null, null, 4, 4, 1])).toEqual([null, null, 4, 4, 4])
    const cell = () => layers.convLstm2dCell({ filters: 2, kernelSize: 2 })
    const stack = layers.rnn({ cell: [cell(), cell()] })
    expect(stack.apply(x).shape).toEqual([1, 2, 2, 2])
    expect(layers.bidirectional({ layer: stack }).apply(x).shape).toEqual([1, 2, 2, 4])
    expect(layers.convLstm3d({ filters: 2, kernelSize: 2 }).apply(random([1, 2, 3, 3, 3, 1])).shape).toEqual([1, 2, 2, 2, 2])
    const first = layers.convLstm1d({ filters: 2, kernelSize: 2, dataFormat: 'channelsFirst', returnSequences: true })
    const last = layers.convLstm1d({ filters: 2, kernelSize: 2, returnSequences: true })
    const steps = random([2, 3, 4, 5])
    const y = first.apply(steps)
    last.ensureBuilt([null, 3, 5, 4])
    last.setWeights(first.getWeights())
    near(y.transpose([0, 1, 3, 2]), last.apply(steps.transpose([0, 1, 3, 2])))
  })

  test('timeDistributed batch normalization takes statistics of each step', () => {
    const layer = layers.timeDistributed({ layer: layers.batchNormalization() })
    const y = layer.apply(random([8, 3, 2]), { training: true })
    near(
      y.mean(0),
      tensor([
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
      1e-5,
    )
  })
})

describe('masks', () => {
  const ids = tensor(
    [
      [3, 1, 0, 0],
      [2, 2, 5, 0],
    ],
    undefined,
    'int32',
  )
  const masked = (...rest: AnyLayer[]) =>
    rest.reduce<Tensor>((y, layer) => layer.apply(y) as Tensor, layers.embedding({ inputDim: 6, outputDim: 4, maskZero: true }).apply(ids))
  test.each<[string, () => AnyLayer[], boolean]>([
    ['embedding', () => [], true],
    ['dense', () => [layers.dense({ units: 2 }), layers.activation({ activation: 'relu' }), layers.dropout({ rate: 0.5 })], true],
    ['lstm of sequences', () => [layers.lstm({ units: 2, returnSequences: true })], true],
    ['lstm', () => [layers.lstm({ units: 2 })], false],
    ['bidirectional', () => [layers.bidirectional({ layer: layers.lstm({ units: 2, returnSequences: true }) })], true],
    ['timeDistributed', () => [layers.timeDistributed({ layer: layers.dense({ units: 2 }) })], true],
    ['flatten', () => [layers.flatten()], false],
    ['conv1d', () => [layers.conv1d({ filters: 2, kernelSize: 1 })], false],
    ['reshape', () => [layers.reshape({ targetShape: [4, 2, 2] })], false],
  ])('%s', (_, chain, goesOn) => {
    const mask = maskOf(masked(...chain()))
    expect(mask?.arraySync()).toEqual(
      goesOn
        ? [
            [true, true, false, false],
            [true, true, true, false],
          ]
        : undefined,
    )
  })

  test('masked positions count neither in the loss nor in metrics', async () => {
    const model = sequential([
      layers.masking({ inputShape: [3, 1] }),
      layers.timeDistributed({ layer: layers.dense({ units: 1, kernelInitializer: 'ones' }) }),
    ])
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] })
    const { loss, ...metrics } = await model.evaluate(
      tensor([
        [[1], [2], [0]],
        [[4], [0], [0]],
      ]),
      tensor([
        [[0], [0], [9]],
        [[0], [9], [9]],
      ]),
    )
    expect([loss, ...Object.values(metrics)].map((v) => Math.round(v * 1e4) / 1e4)).toEqual([7, 2.3333]) // (1 + 4 + 16) / 3
  })

  // The values that Keras 3.15 gives for these networks.
  const weights = (shape: readonly number[]) =>
    tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i % 7) - 3) / 10),
      shape,
    )
  test.each<[string, () => Layer[], Tensor, LossLike, number[]]>([
    [
      'classes',
      () => [layers.lstm({ units: 2, returnSequences: true }), layers.dense({ units: 3, activation: 'softmax' })],
      tensor([
        [0, 1, 2, 0],
        [1, 1, 0, 2],
      ]),
      'sparseCategoricalCrossentropy',
      [1.1452969, 0],
    ],
    [
      'both ways',
      () => [
        layers.bidirectional({ layer: layers.gru({ units: 2, returnSequences: true }) }),
        layers.timeDistributed({ layer: layers.dense({ units: 1 }) }),
      ],
      tensor([
        [[1], [2], [3], [4]],
        [[0], [1], [0], [1]],
      ]),
      'mse',
      [1.9258071, 1.1714153],
    ],
    ['the last step', () => [layers.gru({ units: 2 }), layers.dense({ units: 1 })], tensor([[1], [2]]), 'mse', [3.7494018, 1.8684995]],
  ])("an embedding's mask up to loss and metric: %s", async (_, rest, y, loss, expected) => {
    const model = sequential([layers.embedding({ inputDim: 6, outputDim: 3, maskZero: true, inputShape: [4] }), ...rest()])
    model.compile({ loss, metrics: [loss === 'mse' ? 'mae' : 'accuracy'] })
    model.setWeights(model.weights.map(({ shape }) => weights(shape)))
    const { loss: found, ...metrics } = await model.evaluate(ids, y)
    for (const [i, value] of [found, ...Object.values(metrics)].entries()) expect(value).toBeCloseTo(expected[i]!, 5)
  })
})

describe('errors', () => {
  test.each<[string, () => unknown, string]>([
    ['units', () => layers.lstm({ units: 0 }), 'units must be a positive integer'],
    ['unknown option', () => layers.gru({ units: 2, resetafter: true } as never), "unknown option 'resetafter'"],
    ['rank', () => layers.lstm({ units: 2 }).apply(random([2, 3])), 'input must be [batch, time, features]'],
    [
      'features',
      () => {
        const layer = layers.lstm({ units: 2 })
        layer.apply(random([2, 3, 4]))
        layer.apply(random([2, 3, 5]))
      },
      'last size 4',
    ],
    ['dropout', () => layers.lstm({ units: 2, dropout: 2 }), 'dropout must be a number from 0 to 1'],
    // @ts-expect-error a misspelt name is caught by types, too
    ['activation', () => layers.simpleRNN({ units: 2, activation: 'tan' }), 'activation'],
    ['cell', () => layers.rnn({ cell: layers.dense({ units: 2 }) as never }), 'RNN: cell must be a cell'],
    ['no cells', () => layers.stackedRNNCells({ cells: [] }), 'cells must be an array of at least one'],
    ['merge mode', () => layers.bidirectional({ layer: layers.gru({ units: 2 }), mergeMode: 'max' as never }), 'mergeMode'],
    [
      'bidirectional of dense',
      () => layers.bidirectional({ layer: layers.dense({ units: 2 }) as never }),
      'layer must be a recurrent layer',
    ],
    [
      'both ways alike',
      () => layers.bidirectional({ layer: layers.gru({ units: 2 }), backwardLayer: layers.gru({ units: 2 }) }),
      'goBackwards: true',
    ],
    [
      'other sequences',
      () =>
        layers.bidirectional({
          layer: layers.gru({ units: 2 }),
          backwardLayer: layers.gru({ units: 2, goBackwards: true, returnSequences: true }),
        }),
      'same returnSequences',
    ],
    [
      'time distributed',
      () => layers.timeDistributed({ layer: layers.dense({ units: 2 }) }).apply(random([2, 3])),
      'at least 3 dimensions',
    ],
    [
      'index outside',
      () =>
        layers
          .embedding({ inputDim: 4, outputDim: 2 })
          .apply(tensor([[1, 4]]))
          .dataSync(),
      '4',
    ],
    [
      'negative index',
      () =>
        layers
          .embedding({ inputDim: 4, outputDim: 2 })
          .apply(tensor([[1, -1]]))
          .dataSync(),
      '-1',
    ],
    ['embedding', () => layers.embedding({ inputDim: 4 } as never), 'outputDim is missing; expected a positive integer'],
    ['mask', () => layers.lstm({ units: 2 }).apply(random([2, 3, 4]), { mask: [[true]] }), 'the mask must be [2, 3]'],
    ['mask of a cell', () => layers.rnn({ cell: new Minimal() }).apply(random([2, 3, 4]), { mask: [[true]] }), 'the mask must be [2, 3]'],
    ['convLstm', () => layers.convLstm2d({ filters: 2, kernelSize: 3 }).apply(random([1, 2, 5, 5])), 'spatial'],
    ['states of a layer without', () => layers.lstm({ units: 2 }).resetStates([random([1, 2])]), 'keeps no states'],
    [
      'several outputs in a model',
      () => sequential([layers.lstm({ units: 2, returnState: true, inputShape: [3, 1] }) as never, layers.dense({ units: 1 })]),
      'several',
    ],
  ])('%s', (_, make, message) => expect(make).toThrow(message))
})

test('embedding: weights, config and shapes', () => {
  const table = [
    [1, 2],
    [3, 4],
    [5, 6],
  ]
  for (const weights of [table, [table], tensor(table), [tensor(table)]]) {
    const layer = layers.embedding({ inputDim: 3, outputDim: 2, weights: weights as never })
    expect(layer.apply(tensor([2, 0])).arraySync()).toEqual([
      [5, 6],
      [1, 2],
    ])
  }
  expect(layers.embedding({ inputDim: 3, outputDim: 2 }).computeOutputShape([null, 7])).toEqual([null, 7, 2])
  expect(layers.embedding({ inputDim: 3, outputDim: 2, maskZero: true }).getConfig()).toMatchObject({
    inputDim: 3,
    outputDim: 2,
    maskZero: true,
  })
})
