// fit and its relatives: calls that overlap, structure that changes, sources, weights of classes, options that are wrong.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import {
  configure,
  CornusError,
  layers,
  losses,
  metrics,
  optimizers,
  sequential,
  setSeed,
  tensor,
  type CallbackHooks,
  type Layer,
  type Logs,
  type Sequential,
} from '../src/index'

beforeEach(() => {
  configure({ threads: 1, deterministic: true })
  setSeed(7)
})

/** y = w·x, w = 0 at first. */
const line = (options: object = {}): Sequential => {
  const model = sequential([layers.dense({ units: 1, useBias: false, kernelInitializer: 'zeros', inputShape: [1] })])
  model.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'mse', ...options })
  return model
}
const weightOf = (model: Layer): number => model.getWeights()[0]!.dataSync()[0]!
const quiet = { verbose: 0 } as const

describe('calls that overlap', () => {
  test('each evaluation counts for itself', async () => {
    const model = line({ metrics: ['mae'] })
    const [a, b] = await Promise.all([model.evaluate([1, 1], [1, 1], { batchSize: 1 }), model.evaluate([1, 1], [3, 3], { batchSize: 1 })])
    expect([a, b]).toEqual([
      { loss: 1, mae: 1 },
      { loss: 9, mae: 3 },
    ])
    const each = await Promise.all([1, 2, 3, 4].map((y) => model.testOnBatch([1], [y])))
    expect(each.map(({ loss }) => loss)).toEqual([1, 4, 9, 16])
  })

  test('evaluating while fit is under way leaves its history alone', async () => {
    const run = async (callbacks: CallbackHooks[], model = line()) =>
      (await model.fit([1, 2, 3, 4], [2, 4, 6, 8], { epochs: 3, batchSize: 1, shuffle: false, ...quiet, callbacks })).history
    const plain = await run([])
    const model = line()
    const during: number[] = []
    expect(
      await run(
        [
          {
            onBatchEnd: async () => {
              during.push((await model.evaluate([1], [100])).loss)
            },
          },
        ],
        model,
      ),
    ).toEqual(plain)
    expect(during.length).toBe(12)
    const other = line()
    const [{ history }, ...evaluations] = await Promise.all([
      other.fit([1, 2, 3, 4], [2, 4, 6, 8], { epochs: 3, batchSize: 1, shuffle: false, ...quiet }),
      other.evaluate([0], [2]),
      other.evaluate([0], [3]),
    ])
    expect(history).toEqual(plain)
    expect(evaluations.map(({ loss }) => loss)).toEqual([4, 9])
  })

  test('predict and trainOnBatch go on during fit; a second fit and compile do not', async () => {
    const model = line()
    const fit = model.fit([1, 2], [2, 4], { epochs: 20, ...quiet })
    await expect(model.fit([1], [1])).rejects.toMatchObject({ code: 'BUSY' })
    expect(() => model.compile({ loss: 'mse' })).toThrow(/fit is under way/)
    await model.predict([1]).data()
    await model.trainOnBatch([1], [2])
    expect((await fit).epoch.length).toBe(20)
  })
})

describe('structure that changes between steps', () => {
  const two = () => {
    const model = sequential([
      layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones', inputShape: [1] }),
      layers.activation({ activation: 'relu' }),
    ])
    model.compile({ optimizer: optimizers.sgd({ learningRate: 0.1, weightDecay: 0.5 }), loss: 'mse' })
    return model
  }
  test('pop and add', async () => {
    const model = two()
    expect((await model.evaluate([-1], [1])).loss).toBe(1)
    model.pop()
    expect((await model.evaluate([-1], [1])).loss).toBe(4)
    expect([...(await model.predict([-1]).data())]).toEqual([-1])
    model.add(layers.activation({ activation: 'softplus' }))
    expect((await model.evaluate([0], [0])).loss).toBeCloseTo(Math.LN2 ** 2, 5)
  })
  test.each<[string, (model: Sequential) => void, (before: number, after: number) => boolean]>([
    [
      'freezing',
      (model) => {
        model.layers[0]!.trainable = false
      },
      (before, after) => after === before,
    ],
    [
      'freezing a weight',
      (model) => {
        model.weights[0]!.trainable = false
      },
      (before, after) => after === before,
    ],
    [
      'freezing and thawing',
      (model) => {
        model.trainable = false
        model.trainable = true
      },
      (before, after) => after !== before,
    ],
    ['weight decay', (model) => model.optimizer.excludeFromWeightDecay({ names: ['kernel'] }), (before, after) => after === before],
    [
      'compile',
      (model) => model.compile({ optimizer: optimizers.sgd({ learningRate: 0 }), loss: 'mse' }),
      (before, after) => after === before,
    ],
  ])('%s counts at the next step', async (_, change, right) => {
    const model = two()
    await model.trainOnBatch([0], [0]) // the gradient is 0: only decay moves the weight
    change(model)
    const before = weightOf(model)
    await model.trainOnBatch([0], [0])
    expect(right(before, weightOf(model))).toBe(true)
  })
  test('a model that is frozen and thawed at every step is not traced again', async () => {
    const model = line()
    let calls = 0
    const { call } = model.layers[0]!
    model.layers[0]!.call = function (this: Layer, ...args) {
      calls++
      return call.apply(this, args)
    } as typeof call
    for (let i = 0; i < 10; i++) {
      model.trainable = i % 2 === 0
      await model.testOnBatch([1], [1])
    }
    expect(calls).toBe(2)
  })
  test('a layer added during fit is part of the next step', async () => {
    const model = line()
    const told: number[] = []
    await model.fit([1], [5], {
      epochs: 2,
      ...quiet,
      callbacks: {
        onEpochEnd: (epoch) => {
          if (epoch === 0) model.add(layers.dense({ units: 1, kernelInitializer: 'zeros', biasInitializer: 'ones' }))
        },
        onBatchEnd: (_, { loss }) => {
          told.push(loss!)
        },
      },
    })
    expect(told).toEqual([25, 16]) // the new layer gives 1 at first
    expect(model.getWeights().length).toBe(3)
  })
})

/** Batches of one sample x = y = i, which say when they were asked for and closed. */
function counted(most = Infinity, log: string[] = []) {
  const source = {
    opened: 0,
    closed: 0,
    log,
    [Symbol.asyncIterator]: () => {
      source.opened++
      let i = 0
      return {
        next: async () => {
          log.push(`next ${i}`)
          return i < most
            ? { done: false as const, value: [[i], [i++]] as [number[], number[]] }
            : { done: true as const, value: undefined }
        },
        return: async () => {
          source.closed++
          return { done: true as const, value: undefined }
        },
      }
    },
  }
  return source
}
const seen = () => {
  const xs: number[][] = []
  const callbacks: CallbackHooks = {
    onEpochBegin: () => {
      xs.push([])
    },
    onBatchEnd: (_, logs: Logs) => {
      xs.at(-1)!.push(logs.loss!)
    },
  }
  return { xs, callbacks }
}
/** The loss of a batch is that of x = i alone where w stays 0: means over 0, 1, 4, 9 … */
const still = () => line({ optimizer: optimizers.sgd({ learningRate: 0 }) })

describe('sources', () => {
  test('an endless source is opened once, walked on, and closed at the end', async () => {
    const source = counted()
    const { xs, callbacks } = seen()
    await still().fit(source, { stepsPerEpoch: 2, epochs: 3, callbacks, ...quiet })
    expect(xs.map((epoch) => epoch[0])).toEqual([0, 4, 16])
    expect(source).toMatchObject({ opened: 1, closed: 1 })
    expect(source.log.length).toBe(6) // nothing is fetched that is not used
  })
  test('the next batch is fetched while a step runs', async () => {
    const log: string[] = []
    await still().fit(counted(3, log), {
      ...quiet,
      callbacks: {
        onBatchEnd: (batch) => {
          log.push(`step ${batch}`)
        },
      },
    })
    expect(log).toEqual(['next 0', 'next 1', 'step 0', 'next 2', 'step 1', 'next 3', 'step 2'])
  })
  test('two fits share a generator; a generator function begins anew', async () => {
    function* batches() {
      for (let i = 0; ; i++) yield [[i], [i]] as [number[], number[]]
    }
    const first = async (data: Parameters<Sequential['fit']>[0]) =>
      (await still().fit(data as never, { stepsPerEpoch: 2, ...quiet })).history.loss![0]
    const generator = batches()
    expect([await first(generator as never), await first(generator as never)]).toEqual([0.5, 6.5])
    expect([await first(batches), await first(batches)]).toEqual([0.5, 0.5])
  })
  test('stepsPerEpoch on arrays goes on where the last epoch stopped, and gives the batch size', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const { xs, callbacks } = seen()
    await still().fit([0, 1, 2, 3, 4], [0, 1, 2, 3, 4], { stepsPerEpoch: 2, batchSize: 1, epochs: 4, shuffle: false, callbacks, ...quiet })
    expect(xs.map((epoch) => epoch.length)).toEqual([2, 2, 1, 2])
    expect(xs.map((epoch) => epoch[0])).toEqual([0, 4, 16, 0])
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
    const steps: number[] = []
    await still().fit([0, 1, 2, 3, 4], [0, 1, 2, 3, 4], {
      stepsPerEpoch: 3,
      callbacks: {
        onBatchEnd: (step) => {
          steps.push(step)
        },
      },
      ...quiet,
    })
    expect(steps).toEqual([0, 1, 2])
  })
  test('validationSteps; onTestBatchEnd gets loss and metrics so far', async () => {
    const told: Logs[] = []
    const { history } = await still().fit([1], [1], {
      validationData: counted(),
      validationSteps: 3,
      epochs: 2,
      callbacks: {
        onTestBatchEnd: (_, logs) => {
          told.push(logs)
        },
      },
      ...quiet,
    })
    expect(history.val_loss).toEqual([5 / 3, 5 / 3].map(Math.fround))
    expect(told.slice(0, 3)).toEqual([{ loss: 0 }, { loss: 0.5 }, { loss: Math.fround(5 / 3) }])
  })

  const broken: [string, (i: number) => unknown, RegExp][] = [
    [
      'throws',
      () => {
        throw new Error('disk gone')
      },
      /batch 2 of the data: the iterator threw disk gone/,
    ],
    ['ends early', () => undefined, /the data ended after 2 of 5 steps/],
    ['gives a wrong shape', () => [[[1, 2]], [1]], /expected x of shape \[\?, 1\], got \[1, 2\]/],
    ['gives no targets', () => [[1]], /batch 2 of the data: expected \[x, y\]/],
    ['gives text', () => [['a'], [1]], /value\[0\]/],
  ]
  test.each(broken)('an iterator that %s', async (_, third, message) => {
    let closed = false
    const model = line()
    function* batches() {
      try {
        yield [[1], [1]]
        yield [[1], [1]]
        const item = third(2)
        if (item) yield item
      } finally {
        closed = true
      }
    }
    await expect(model.fit(batches() as never, { stepsPerEpoch: 5, ...quiet })).rejects.toMatchObject({
      code: expect.stringMatching(/BAD_DATA|BAD_SHAPE/),
      message: expect.stringMatching(message),
    })
    expect(closed).toBe(true)
    const reference = line()
    await reference.fit([1, 1], [1, 1], { batchSize: 1, ...quiet })
    expect(weightOf(model)).toBe(weightOf(reference)) // as after the last full step
    expect((await model.fit([1], [1], quiet)).epoch).toEqual([0])
  })

  test.each<[string, (hang: Promise<never>) => object]>([
    ['an iterator', (hang) => ({ data: { [Symbol.asyncIterator]: () => ({ next: () => hang, return: () => hang }) } })],
    ['a callback', (hang) => ({ callbacks: { onBatchEnd: () => hang } })],
    ['a validation', (hang) => ({ validationData: { [Symbol.asyncIterator]: () => ({ next: () => hang }) } })],
  ])('%s that never answers does not keep an abort from ending fit', async (_, make) => {
    const { data, ...options } = make(new Promise<never>(() => {})) as { data?: never }
    const model = line()
    const controller = new AbortController()
    const fit = data
      ? model.fit(data, { signal: controller.signal, ...quiet })
      : model.fit([1], [1], { signal: controller.signal, ...options, ...quiet })
    setTimeout(() => controller.abort(), 20)
    await expect(fit).rejects.toMatchObject({ code: 'ABORTED' })
    expect((await model.fit([1], [1], quiet)).epoch).toEqual([0])
  })
})

describe('class weights', () => {
  const classWeight = { 0: 1, 1: 2, 2: 5 }
  const outputs = tensor([
    [
      [0.2, 0.3, 0.5],
      [0.6, 0.2, 0.2],
    ],
    [
      [0.1, 0.8, 0.1],
      [0.3, 0.3, 0.4],
    ],
    [
      [0.5, 0.25, 0.25],
      [0.2, 0.2, 0.6],
    ],
  ])
  const labels = [
    [0, 1],
    [1, 0],
    [2, 2],
  ]
  const p = outputs.arraySync() as number[][][]
  const expected =
    labels.flatMap((row, n) => row.map((label, t) => -Math.log(p[n]![t]![label]!) * classWeight[label as 0])).reduce((a, b) => a + b) / 6
  const oneHot = labels.map((row) => row.map((label) => [0, 1, 2].map((k) => Number(k === label))))
  const identity = (loss: string, shape: number[]) => {
    const model = sequential([layers.activation({ activation: 'linear', inputShape: shape })])
    model.compile({ loss: loss as never, optimizer: optimizers.sgd({ learningRate: 0 }) })
    return model
  }
  test.each<[string, string, unknown]>([
    ['labels of each time step', 'sparseCategoricalCrossentropy', labels],
    ['labels in a last axis of one', 'sparseCategoricalCrossentropy', labels.map((row) => row.map((label) => [label]))],
    ['one-hot targets', 'categoricalCrossentropy', oneHot],
  ])('%s', async (_, loss, y) => {
    const model = identity(loss, [2, 3])
    expect((await model.trainOnBatch(outputs, y as never, { classWeight })).loss).toBeCloseTo(expected, 5)
    const weighed = await model.trainOnBatch(outputs, y as never, { classWeight, sampleWeight: [2, 2, 2] })
    expect(weighed.loss).toBeCloseTo(2 * expected, 5)
    const { history } = await model.fit(outputs, y as never, {
      classWeight,
      sampleWeight: tensor([
        [1, 1],
        [1, 1],
        [1, 1],
      ]),
      ...quiet,
    })
    expect(history.loss![0]).toBeCloseTo(expected, 5)
  })
  test('label images', async () => {
    const images = outputs.reshape([1, 3, 2, 3])
    expect((await identity('sparseCategoricalCrossentropy', [3, 2, 3]).trainOnBatch(images, [labels], { classWeight })).loss).toBeCloseTo(
      expected,
      5,
    )
  })
  test('validation is not weighed', async () => {
    const { history } = await still().fit([1, 1], [1, 1], { validationSplit: 0.5, classWeight: { 1: 10 }, ...quiet })
    expect(history).toEqual({ loss: [10], val_loss: [1] })
  })
  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'yes or no for each of several',
      () => identity('binaryCrossentropy', [2]).trainOnBatch([[0.2, 0.8]], [[0, 1]], { classWeight }),
      /hold 2 yes-or-no answers/,
    ],
    [
      'sample weights of a greater rank',
      () => still().trainOnBatch([1], [1], { classWeight, sampleWeight: [[1, 2]] }),
      /does not fit classes/,
    ],
  ])('an error: %s', (_, act, message) => expect(act()).rejects.toMatchObject({ message: expect.stringMatching(message) }))
})

describe('logs and history', () => {
  test('keys stand in the order of their names, as Keras has them; metrics of several values stay one array', async () => {
    const model = sequential([layers.activation({ activation: 'linear', inputShape: [2] })])
    model.compile({ loss: 'mse', metrics: ['mae', metrics.recall({ thresholds: [0.1, 0.9], name: 'found' })], weightedMetrics: ['mae'] })
    const { history } = await model.fit([[0, 1]], [[0, 1]], { validationData: [[[0, 1]], [[0, 1]]], ...quiet })
    expect(Object.keys(history)).toEqual(['found', 'loss', 'mae', 'val_found', 'val_loss', 'val_mae', 'val_weighted_mae', 'weighted_mae'])
    expect(history.found).toEqual([[1, 1]])
  })
  test("callbacks are told in Keras's order", async () => {
    const told: string[] = []
    const hooks = [
      'onTrainBegin',
      'onEpochBegin',
      'onTrainBatchBegin',
      'onTrainBatchEnd',
      'onTestBegin',
      'onTestBatchBegin',
      'onTestBatchEnd',
      'onTestEnd',
      'onEpochEnd',
      'onTrainEnd',
    ] as const
    await still().fit([1, 2, 3], [1, 2, 3], {
      batchSize: 2,
      validationSplit: 0.4,
      callbacks: Object.fromEntries(
        hooks.map((hook) => [
          hook,
          () => {
            told.push(hook)
          },
        ]),
      ),
      ...quiet,
    })
    expect(told).toEqual(
      [
        'onTrainBegin',
        'onEpochBegin',
        'onTrainBatchBegin',
        'onTrainBatchEnd',
        'onTestBegin',
        'onTestBatchBegin',
        'onTestBatchEnd',
        'onTestBatchBegin',
        'onTestBatchEnd',
        'onTestEnd',
        'onEpochEnd',
        'onTrainEnd',
      ].filter((_, i) => i < 7 || i > 8),
    )
  })
})

describe('options that are wrong', () => {
  const model = line()
  const fit = (options: object) => () => model.fit([1], [1], options as never)
  test.each<[string, () => unknown, RegExp]>([
    ['callbacks', fit({ callbacks: 3 }), /fit: callbacks must be a callback/],
    ['a hook', fit({ callbacks: { onEpochEnded() {} } }), /no hook 'onEpochEnded'; did you mean 'onEpochEnd'/],
    [
      'a hook of Keras',
      fit({ callbacks: [{ on_epoch_end() {} }] }),
      /callbacks\[0\]: there is no hook 'on_epoch_end'; did you mean 'onEpochEnd'/,
    ],
    ['a hook that is none', fit({ callbacks: { onEpochEnd: 3 } }), /callbacks.onEpochEnd must be a function, not 3/],
    ['signal', fit({ signal: {} }), /fit: signal must be an AbortSignal/],
    ['classWeight', fit({ classWeight: 'abc' }), /classWeight must be an object of a factor/],
    ['a class', fit({ classWeight: { a: 1 } }), /'a' has 1/],
    ['validationSplit', fit({ validationSplit: 1 }), /from 0 to below 1/],
    ['validationData', fit({ validationData: 3 }), /validationData must be/],
    ['evaluate', () => model.evaluate([1], [1], { batchsize: 3 } as never), /unknown option 'batchsize'; did you mean 'batchSize'/],
    ['predict', () => model.predict([1], { batch_size: 3 } as never), /did you mean 'batchSize'/],
    ['trainOnBatch', () => model.trainOnBatch([1], [1], { sample_weight: [1] } as never), /did you mean 'sampleWeight'/],
    ['compile', () => model.compile({ metric: ['mae'] } as never), /did you mean 'metrics'/],
    ['a metric', () => model.compile({ loss: 'mse', metrics: ['acuracy'] as never }), /did you mean 'accuracy'/],
    ['lossWeights', () => model.compile({ loss: 'mse', lossWeights: 'a' as never }), /lossWeights must be numbers/],
    ['no y', () => model.trainOnBatch([1]), /targets y are missing/],
  ])('%s', async (_, act, message) => {
    const error = await (async () => act())().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(CornusError)
    expect((error as CornusError).message).toMatch(message)
  })
})

test.each([true, false])('an error in data names the sample, whatever the order (shuffle: %s)', async (shuffle) => {
  const model = sequential([layers.dense({ units: 3, activation: 'softmax', inputShape: [1] })])
  model.compile({ loss: 'sparseCategoricalCrossentropy' })
  const labels = Array.from({ length: 40 }, (_, i) => (i === 27 ? 3 : i % 3))
  await expect(model.fit(labels, labels, { batchSize: 4, shuffle, ...quiet })).rejects.toMatchObject({
    code: 'BAD_DATA',
    message: expect.stringMatching(/label 3 of sample 27 is outside 0 to 2; .*3 classes/),
  })
})

test('a fit whose first step fails leaves the random order as it was', async () => {
  const draw = async (fail: boolean) => {
    const model = sequential([layers.dense({ units: 3, activation: 'softmax', inputShape: [2] })])
    model.compile({ optimizer: 'sgd', loss: losses.sparseCategoricalCrossentropy() })
    setSeed(3)
    if (fail)
      await expect(
        model.fit(
          [
            [1, 2],
            [3, 4],
          ],
          [0, 3],
          quiet,
        ),
      ).rejects.toMatchObject({ code: 'BAD_DATA' })
    return sequential([layers.dense({ units: 3, inputShape: [2] })])
      .getWeights()[0]!
      .arraySync()
  }
  expect(await draw(true)).toEqual(await draw(false))
})
