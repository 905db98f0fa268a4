// Arguments that random calls found wrong, one of each kind: what they say. And forms that users of Keras write, which are taken.
import { describe, expect, test } from 'vitest'
import {
  datasets,
  handOver,
  input,
  layers,
  losses,
  metrics,
  model,
  optimizers,
  sequential,
  setSeed,
  tensor,
  text,
  variable,
} from '../src/index'

const x = tensor([[1, 2]])
const odd = (value: unknown): never => value as never
const trapped = new Proxy({}, { get: () => JSON.parse('') as unknown, getPrototypeOf: () => JSON.parse('') as object })
const dense = () => sequential([layers.dense({ units: 1, inputShape: [2] })])
const detached = () => {
  const array = Float32Array.of(1, 2)
  structuredClone(array.buffer, { transfer: [array.buffer] })
  return array
}

const cases: [name: string, call: () => unknown, says: RegExp][] = [
  [
    'a constraint that is no function',
    () => optimizers.sgd().apply([tensor([1])], [variable([1])], odd({})),
    /the third argument must be a function/,
  ],
  [
    'a function that gives no constraint',
    () =>
      optimizers.sgd().apply(
        [tensor([1])],
        [variable([1])],
        odd(() => 3),
      ),
    /it gave 3/,
  ],
  ['variables behind a proxy', () => optimizers.sgd().apply([tensor([1])], odd([trapped])), /expected an array of variables/],
  ['gradients that are no array', () => optimizers.sgd().apply(odd({ length: 1 }), [variable([1])]), /need as many gradients/],
  ['an unknown option of a data set', () => datasets.digits(odd({ testfraction: 0.1 })), /did you mean 'testFraction'/],
  ['a folder that is a number', () => datasets.mnist(odd({ dir: 3 })), /dir must be a path or a URL/],
  [
    'a metric that gives nothing',
    () =>
      metrics
        .getMetric(
          odd(() => undefined),
          odd({ yTrueShape: [1, 2], yPredShape: [1, 2] }),
        )
        .update(x, x),
    /must return a tensor/,
  ],
  ['a loss that gives nothing', () => losses.getLoss(() => odd(undefined)).call(x, x), /must return a tensor/],
  ['an async loss', () => losses.getLoss(odd(async () => x)).call(x, x), /it returned a Promise/],
  ['an array that was handed over', () => handOver(detached(), [2]), /handed over once|needs 2 values/],
  [
    'a cell without states',
    () => layers.stackedRNNCells([layers.gruCell({ units: 2 })]).apply(x),
    /needs the states before the step, 1 of them/,
  ],
  ['states that are no array', () => layers.gruCell({ units: 2 }).apply(x, odd({ states: 3 })), /states must be an array/],
  ['a state too few', () => layers.lstmCell({ units: 2 }).apply(x, { states: [x] }), /2 of them; got 1/],
  ['a state of another size', () => layers.gruCell({ units: 3 }).apply(x, { states: [x] }), /states\[0\] must have shape \[\?, 3\]/],
  ['a printer that is no function', () => dense().summary(odd({ printFn: 3 })), /printFn must be a function/],
  ['model() of nothing', () => model(odd(undefined)), /model/],
  ['sequences too long for any memory', () => text.padSequences([[1], [2]], { maxlen: 2 ** 29 + 8 }), /padSequences: the shape/],
  ['a config that is text', () => losses.deserialize(odd({ className: 'Huber', config: 'delta' })), /must be an object of options/],
  ['a class as a hook', () => fit({ onEpochEnd: class {} }), /must be a function/],
  [
    'an unknown option of a file',
    () => dense().saveWeights(odd({ read() {}, write() {} }), odd({ formt: 'npz' })),
    /did you mean 'format'/,
  ],
  ['a list of no files', () => dense().loadWeights(odd([null])), /expected a list of files/],
  ['two tensors for one', () => layers.flatten().apply([x, x]), /expected one tensor, got an array of 2/],
  ['tensors in an array', () => layers.dense({ units: 1 }).apply([x, x]), /a tensor \(join tensors by ops.stack or ops.concat\)/],
]
const fit = (callback: unknown) => {
  const made = dense()
  made.compile({ loss: 'mse' })
  return made.fit([[1, 2]], [1], { verbose: 0, callbacks: odd(callback) })
}

test.each(cases)('%s', async (_, call, says) => {
  await expect((async () => call())()).rejects.toThrow(says)
  await expect((async () => call())()).rejects.toMatchObject({ name: 'CornusError' })
})

describe('one output in an array', () => {
  const forms: [name: string, x: unknown, y: unknown][] = [
    [
      'tensors alone',
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([[1], [2]]),
    ],
    [
      'arrays of one',
      [
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ],
      [tensor([[1], [2]])],
    ],
    [
      'nested arrays',
      [
        [1, 2],
        [3, 4],
      ],
      [1, 2],
    ],
    [
      'by name',
      {
        a: [
          [1, 2],
          [3, 4],
        ],
      },
      { b: [1, 2] },
    ],
  ]
  test.each(forms)('%s', async (_, xs, y) => {
    const a = input({ shape: [2], name: 'a' })
    const drawn = model({ inputs: [a], outputs: [layers.dense({ units: 1, kernelInitializer: 'ones', name: 'b' }).apply(a)] })
    drawn.compile({ loss: 'mse', optimizer: 'sgd' })
    expect((await drawn.evaluate(odd(xs), odd(y), { sampleWeight: [1, 2] })).loss).toBeCloseTo((2 ** 2 + 2 * 5 ** 2) / 2)
  })
})

test('a layer that keeps states in a drawn model learns its batch from data', async () => {
  const a = input({ shape: [3, 2] })
  const drawn = model({ inputs: a, outputs: layers.dense({ units: 1 }).apply(layers.lstm({ units: 2, stateful: true }).apply(a)) })
  drawn.compile({ loss: 'mse' })
  const data = Array.from({ length: 4 }, () => [
    [1, 2],
    [3, 4],
    [5, 6],
  ])
  await drawn.fit(data, [1, 2, 3, 4], { batchSize: 2, verbose: 0 })
  await expect(drawn.fit(data, [1, 2, 3, 4], { batchSize: 3, verbose: 0 })).rejects.toThrow(/began with batches of 2; got one of 3/)
})

test('shapes that are changed after the call do not matter', () => {
  const [shape, order] = [
    [2, 3],
    [2, 1],
  ]
  const drawn = sequential([layers.permute({ dims: order, inputShape: shape }), layers.reshape({ targetShape: shape })])
  shape[0] = 7
  order[0] = 9
  expect(drawn.computeOutputShape([null, 2, 3])).toEqual([null, 2, 3])
})

test.each([{}, { clipnorm: 1 }, { globalClipnorm: 1 }, { clipvalue: 1 }, { useEma: true }, { gradientAccumulationSteps: 2 }])(
  'a model without a weight to train: %o',
  async (options) => {
    const frozen = sequential([
      layers.dense({ units: 1, inputShape: [2], trainable: false }),
      layers.batchNormalization({ center: false, scale: false }),
    ])
    for (const optimizer of ['sgd', 'adam', 'ftrl', 'adafactor', 'lamb'] as const) {
      frozen.compile({ loss: 'mse', optimizer: optimizers[optimizer](options) })
      expect((await frozen.fit([[1, 2]], [1], { verbose: 0, epochs: 2 })).history.loss).toHaveLength(2)
    }
  },
)

test('a generator may give every batch in the same arrays', async () => {
  const trained = async (shared: boolean) => {
    setSeed(1)
    const made = sequential([layers.dense({ units: 3, activation: 'softmax', inputShape: [2] })])
    made.compile({ loss: 'sparseCategoricalCrossentropy' })
    const [xs, ys] = [new Float32Array(8), new Int32Array(4)]
    const batches = function* () {
      for (let k = 0; k < 5; k++) {
        xs.forEach((_, i) => (xs[i] = Math.sin(i + k)))
        ys.forEach((_, i) => (ys[i] = (i + k) % 3))
        const y = shared ? ys : ys.slice()
        yield [tensor(xs, [4, 2]), y] as const
      }
    }
    await made.fit(batches, { epochs: 2, verbose: 0 })
    return made.getWeights().map((weight) => [...weight.dataSync()])
  }
  expect(await trained(true)).toEqual(await trained(false))
})

test('a call that fails leaves the counts of the call before', async () => {
  const made = sequential([layers.dense({ units: 3, activation: 'softmax', inputShape: [2] })])
  made.compile({ loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  const counts = () => made.metrics.map((metric) => [...metric.result().dataSync()])
  await made.fit(
    [
      [1, 2],
      [3, 4],
    ],
    [0, 2],
    { verbose: 0 },
  )
  const before = counts()
  for (const call of [
    () => made.trainOnBatch([[1, 2]], [3]),
    () => made.testOnBatch([[1, 2]], [-1]),
    () => made.evaluate([[1, 2]], [5], { verbose: 0 }),
    () => made.fit([[1, 2]], [0.5], { verbose: 0 }),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'BAD_DATA' })
    expect(counts()).toEqual(before)
  }
})

test('wrong data and wrong validation data are one error, and none that nobody waits for', async () => {
  const stray: unknown[] = []
  const note = (error: unknown) => void stray.push(error)
  process.on('unhandledRejection', note)
  const made = sequential([layers.dense({ units: 1, inputShape: [2] })])
  made.compile({ loss: 'mse' })
  for (const validationData of [odd(3), [odd('x'), odd('y')] as const, () => odd(3)])
    await expect(made.fit(odd('x'), odd('y'), { verbose: 0, validationData })).rejects.toMatchObject({ name: 'CornusError' })
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('unhandledRejection', note)
  expect(stray).toEqual([])
})

test('IoU weighs every position of a weighted sample', async () => {
  const [y, p] = [
    tensor([
      [1, 0],
      [1, 1],
    ]),
    tensor([
      [0.9, 0.1],
      [0.2, 0.8],
    ]),
  ]
  const [each, one] = [metrics.binaryIoU(), metrics.binaryIoU()]
  each.update(
    y,
    p,
    tensor([
      [2, 2],
      [3, 3],
    ]),
  )
  one.update(y, p, tensor([2, 3]))
  expect(one.result().dataSync()).toEqual(each.result().dataSync())
})
