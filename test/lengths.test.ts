// Sequences whose length differs from batch to batch: few compilations, and the results of unpadded batches.
import { describe, expect, test } from 'vitest'
import { layers, model, input, ops, optimizers, sequential, setSeed, Model, type Layer, type Sequential, type Tensor } from '../src/index'
import { paddedLength } from '../src/model/lengths'
import { planObservers } from '../src/plan/plan'

const tokens = (length: number) => [0, 1].map((row) => Array.from({ length }, (_, i) => 1 + ((i * 7 + row * 3 + length) % 9)))
const floats = (length: number) => tokens(length).map((row) => row.map((token) => [token / 9, 1 - token / 5]))
const words = () => layers.embedding({ inputDim: 10, outputDim: 4, maskZero: true, inputShape: [null] })

interface Form {
  readonly make: () => Layer[]
  readonly x: (length: number) => unknown
  /** Whether targets have steps. */
  readonly steps: boolean
}
const forms: { readonly [name: string]: Form } = {
  'the last state of an LSTM': { make: () => [words(), layers.lstm(5), layers.dense(1)], x: tokens, steps: false },
  'every step of a GRU both ways': {
    make: () => [
      words(),
      layers.bidirectional({ layer: layers.gru({ units: 3, returnSequences: true }) }),
      layers.dense({ units: 4, activation: 'softmax' }),
    ],
    x: tokens,
    steps: true,
  },
  'numbers that are masked': {
    make: () => [
      layers.masking({ maskValue: -1, inputShape: [null, 2] }),
      layers.simpleRNN({ units: 4, returnSequences: true }),
      layers.lstm({ units: 3, goBackwards: true }),
      layers.dense(1),
    ],
    x: floats,
    steps: false,
  },
}
const batchOf = ({ x, steps }: Form, length: number) => ({
  x: x(length) as number[][],
  y: steps ? tokens(length).map((row) => row.map((token) => token % 4)) : [[length / 100], [1]],
})

function made({ make, steps }: Form): Sequential {
  setSeed(5)
  const net = sequential(make())
  net.compile({
    optimizer: optimizers.sgd({ learningRate: 0.05 }),
    loss: steps ? 'sparseCategoricalCrossentropy' : 'mse',
    metrics: steps ? [] : ['mae'],
  })
  return net
}
/** The same model, whose batches stay as they are. */
function unpadded(form: Form): Sequential {
  const net = made(form)
  net.padded = (batch) => batch
  return net
}

async function plans(run: () => Promise<unknown>): Promise<number> {
  let count = 0
  const observer = () => void count++
  planObservers.add(observer)
  await run()
  planObservers.delete(observer)
  return count
}

describe.each(Object.entries(forms))('%s', (_, form) => {
  test('losses, metrics and weights are those of unpadded batches', async () => {
    const lengths = [3, 9, 5, 7, 11, 13, 10, 21, 6, 17]
    const data = lengths.map((length) => batchOf(form, length))
    const [padded, plain] = [made(form), unpadded(form)]
    const options = { epochs: 2, verbose: 0, validationData: data } as const
    const [a, b] = [await padded.fit(data, options), await plain.fit(data, options)]
    for (const [name, values] of Object.entries(b.history))
      values.forEach((value, i) => expect(a.history[name]![i], name).toBeCloseTo(value, 5))
    padded.getWeights().forEach((weight, i) => {
      const other = plain.getWeights()[i]!.dataSync()
      weight.dataSync().forEach((value, k) => expect(value).toBeCloseTo(other[k]!, 5))
    })
  })
  test('200 lengths are at most 12 Programs', async () => {
    const net = made(form)
    const data = Array.from({ length: 200 }, (_unused, i) => batchOf(form, 1 + ((i * 37) % 200)))
    const count = await plans(() => net.fit(data, { verbose: 0 }))
    expect(count).toBeLessThanOrEqual(12) // those that read and keep metrics too
  })
})

test('what is predicted for padded steps has the bits of unpadded ones', () => {
  const net = made(forms['the last state of an LSTM']!)
  const [short] = tokens(9)
  const long = [...short!, 0, 0, 0]
  expect([...net.predict([long]).dataSync()]).toEqual([...net.predict([short!]).dataSync()])
})

test('lengths: two for each doubling, from 16', () => {
  expect([1, 16, 17, 25, 33, 48, 49, 200].map(paddedLength)).toEqual([16, 16, 24, 32, 48, 48, 64, 256])
})

describe('batches stay as they are where padding could change something', () => {
  const drawn = (build: (x: Tensor) => Tensor) => {
    const x = input({ shape: [null], dtype: 'int32' })
    return model({ inputs: x, outputs: build(x) })
  }
  const table = () => layers.embedding({ inputDim: 10, outputDim: 4, maskZero: true })
  test.each<[string, () => Model<Tensor>, boolean]>([
    ['a drawn chain is padded', () => drawn((x) => layers.dense(1).apply(layers.lstm(3).apply(table().apply(x)))), true],
    [
      'a metric of all steps',
      () => drawn((x) => layers.dense(1).apply(layers.lstm({ units: 3, returnSequences: true }).apply(table().apply(x)))),
      false,
    ],
    [
      'no mask',
      () => sequential([layers.embedding({ inputDim: 10, outputDim: 4, inputShape: [null] }), layers.lstm(3), layers.dense(1)]),
      false,
    ],
    ['a convolution', () => sequential([words(), layers.conv1d({ filters: 2, kernelSize: 1 }), layers.lstm(3), layers.dense(1)]), false],
    ['pooling', () => sequential([words(), layers.globalMaxPooling1d(), layers.dense(1)]), false],
    ['dropout', () => sequential([words(), layers.lstm({ units: 3, dropout: 0.5 }), layers.dense(1)]), false],
    [
      'states that stay',
      () =>
        sequential([
          layers.embedding({ inputDim: 10, outputDim: 4, maskZero: true, batchInputShape: [2, null] }),
          layers.lstm({ units: 3, stateful: true }),
          layers.dense(1),
        ]),
      false,
    ],
    [
      'an op between layers',
      () => drawn((x) => layers.dense(1).apply(layers.lstm({ units: 3, returnSequences: true }).apply(table().apply(x)).sum(1))),
      false,
    ],
    ['a penalty on outputs', () => sequential([words(), layers.lstm({ units: 3, activityRegularizer: 'l2' }), layers.dense(1)]), false],
    ['a layer of one’s own', () => sequential([words(), layers.lstm(3), layers.lambda((x) => ops.mul(x, 2)), layers.dense(1)]), false],
  ])('%s', async (_, make, padded) => {
    const net = make()
    const perStep = net.computeOutputShape([2, 5]).length === 3
    net.compile({ optimizer: 'sgd', loss: 'mse', metrics: perStep ? ['mae'] : [] })
    const seen: number[] = []
    const pad = net.padded.bind(net)
    net.padded = (batch) => {
      const found = pad(batch)
      seen.push(found.specs[0]!.shape[1]!)
      return found
    }
    await net.fit(
      [3, 4, 5, 6].map((length) => ({ x: tokens(length), y: perStep ? tokens(length).map((row) => row.map((n) => [n])) : [[1], [0]] })),
      { verbose: 0 },
    )
    expect(seen).toEqual(padded ? [3, 16, 16, 16] : [3, 4, 5, 6])
  })
})
