// Callbacks that the library has: what they do over made-up curves as in Keras (scripts/golden/callbacks.py), and in a fit.
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, test, vi } from 'vitest'
import { callbacks, layers, optimizers, sequential, setSeed, tensor, type CallbackHooks, type Logs, type Tensor } from '../src/index'
import { golden } from './support/golden'

interface Case {
  kind: 'earlyStopping' | 'reduceLROnPlateau' | 'modelCheckpoint'
  options: Record<string, unknown>
  curve: number[]
  epochs: number
  rates: number[]
  restored: number | null
  saved: string[]
}

const camel = (options: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value]),
  )

describe('as Keras', () => {
  const { cases } = golden<Case>('callbacks')
  test.each(cases.map((spec, i) => [`${i}: ${spec.kind} ${JSON.stringify(spec.options)}`, spec] as const))(
    '%s',
    async (_, { kind, options, curve, epochs, rates, restored, saved }) => {
      let epoch = 0
      let back: number | null = null
      const kept: string[] = []
      const model = {
        stopTraining: false,
        name: 'made up',
        optimizer: { learningRate: 0.5, variables: [], build: () => {}, swapAverages: () => {}, keepAverages: () => {} },
        metricEntries: [],
        built: true,
        trainableWeights: [],
        variables: [],
        firstNotFinite: async () => undefined,
        getWeights: () => [tensor(epoch)],
        setWeights: ([weight]: readonly Tensor[]) => {
          back = weight!.dataSync()[0]!
        },
      }
      const given = camel(options) as never
      const callback: CallbackHooks =
        kind === 'earlyStopping'
          ? callbacks.earlyStopping(given)
          : kind === 'reduceLROnPlateau'
            ? callbacks.reduceLROnPlateau(given)
            : callbacks.modelCheckpoint('m-{epoch:02d}-{val_loss:.2f}.keras', {
                ...(given as object),
                save: (_model, place) => {
                  kept.push(place)
                },
              })
      const found: number[] = []
      callback.setModel?.(model)
      await callback.onTrainBegin?.({})
      for (; epoch < curve.length && !model.stopTraining; epoch++) {
        const logs: Logs = { loss: curve[epoch]!, val_loss: curve[epoch]! }
        await callback.onEpochBegin?.(epoch, {})
        await callback.onEpochEnd?.(epoch, logs)
        found.push(Number(model.optimizer.learningRate.toFixed(13)))
      }
      await callback.onTrainEnd?.({})
      expect({ epochs: found.length, rates: found, restored: back, saved: kept }).toEqual({ epochs, rates, restored, saved })
    },
  )
})

describe('order and arguments as Keras', () => {
  const { order } = golden<never, { order: (string | number | string[])[][] }>('callbacks')
  test('of fit with validation, and evaluate', async () => {
    const told: unknown[][] = []
    const names = ['Train', 'Epoch', 'TrainBatch', 'Test', 'TestBatch'].flatMap((what) => [`on${what}Begin`, `on${what}End`])
    const hooks = names.map((name) => {
      const keras = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      return [name, (...args: (number | Logs)[]) => void told.push([keras, ...args.slice(0, -1), Object.keys(args.at(-1)!)])]
    })
    const callback = callbacks.lambdaCallback(Object.fromEntries(hooks) as CallbackHooks)
    const net = line()
    const x = [1, 1, 1]
    await net.fit(x, x, { batchSize: 2, epochs: 2, validationData: [x, x], validationFreq: 2, verbose: 0, callbacks: callback })
    await net.evaluate(x, x, { batchSize: 2, callbacks: callback })
    expect(told).toEqual(order)
  })
})

describe('moving averages as Keras', () => {
  interface Averages {
    swapOnEpoch: boolean
    history: { loss: number[]; val_loss: number[] }
    weights: number[]
    last: number
  }
  const { averages } = golden<never, { averages: Averages[] }>('callbacks')
  test.each(averages)('swapOnEpoch: $swapOnEpoch', async ({ swapOnEpoch, history, weights, last }) => {
    const net = sequential([layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones', inputShape: [1] })])
    net.compile({ optimizer: optimizers.sgd({ learningRate: 0.1, useEma: true, emaMomentum: 0.5 }), loss: 'mse' })
    const weight = () => net.getWeights()[0]!.dataSync()[0]!
    const found: number[] = []
    const [x, y] = [
      [1, 2],
      [3, 6],
    ]
    const fitted = await net.fit(x!, y!, {
      epochs: 3,
      batchSize: 1,
      shuffle: false,
      validationData: [x!, y!],
      verbose: 0,
      callbacks: [callbacks.swapEMAWeights({ swapOnEpoch }), { onEpochEnd: () => void found.push(weight()) }],
    })
    const near = (a: readonly number[], b: readonly number[]) => a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 4))
    near(fitted.history.loss, history.loss)
    near(fitted.history.val_loss!, history.val_loss)
    near([...found, weight()], [...weights, last])
  })
  test('without averages it says so', async () => {
    await expect(fit([callbacks.swapEMAWeights()])).rejects.toThrow(/useEma: true/)
  })
})

describe('a training that was interrupted', () => {
  const make = () => {
    setSeed(3)
    const net = sequential([
      layers.dense({ units: 4, activation: 'tanh', inputShape: [2] }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 1 }),
    ])
    net.compile({ optimizer: 'adam', loss: 'mse' })
    return net
  }
  const x = Array.from({ length: 10 }, (_, i) => [Math.sin(i), Math.cos(i)])
  const y = x.map(([a, b]) => a! * b!)
  const memory = () => {
    const files = new Map<string, Uint8Array>()
    const storage = {
      read: (name: string) => files.get(name),
      write: (name: string, bytes: Uint8Array) => void files.set(name, bytes.slice()),
      remove: (name: string) => void files.delete(name),
    }
    return { files, storage }
  }
  const options = { epochs: 4, batchSize: 3, verbose: 0 } as const
  class Cut extends Error {}
  const cutAt = (epoch: number, batch: number): CallbackHooks => {
    let at = 0
    return {
      onEpochBegin: (now) => void (at = now),
      onTrainBatchEnd: (now) => {
        if (at === epoch && now === batch) throw new Cut()
      },
    }
  }
  const values = (net: ReturnType<typeof make>) => net.getWeights().map((weight) => [...weight.dataSync()])

  test.each<[string, Record<string, unknown>, number, number, number[]]>([
    ['after epochs', {}, 2, 1, [2, 3]],
    ['after batches', { saveFreq: 1 }, 2, 1, [2, 3]],
    ['after every third batch', { saveFreq: 3 }, 1, 2, [1, 2, 3]],
    ['at the last batch of an epoch', { saveFreq: 4 }, 1, 0, [1, 2, 3]],
    ['before the first backup', {}, 0, 2, [0, 1, 2, 3]],
  ])('goes on bit by bit: %s', async (_, how, epoch, batch, left) => {
    const whole = make()
    await whole.fit(x, y, options)
    const { files, storage } = memory()
    await expect(
      make().fit(x, y, { ...options, callbacks: [callbacks.backupAndRestore(storage, how), cutAt(epoch, batch)] }),
    ).rejects.toThrow(Cut)
    const again = make()
    setSeed(3)
    const { epoch: epochs } = await again.fit(x, y, { ...options, callbacks: callbacks.backupAndRestore(storage, how) })
    expect(epochs).toEqual(left)
    if (left[0] !== 0) expect(values(again)).toEqual(values(whole))
    expect(files.size).toBe(0) // ended well
  })

  test('a damaged backup, one of another model, and the one before', async () => {
    const { files, storage } = memory()
    const cut = (how: object) => make().fit(x, y, { ...options, callbacks: [callbacks.backupAndRestore(storage, how), cutAt(2, 1)] })
    await expect(cut({ doubleCheckpoint: true })).rejects.toThrow(Cut)
    expect([...files.keys()]).toEqual(['training.backup', 'training.backup.previous'])
    const other = sequential([layers.dense({ units: 1, inputShape: [2] })])
    other.compile({ optimizer: 'adam', loss: 'mse' })
    const back = { ...options, callbacks: callbacks.backupAndRestore(storage) }
    await expect(other.fit(x, y, back)).rejects.toThrow(/another model or optimizer/)
    for (const keep of [5, 40, files.get('training.backup')!.length - 1]) {
      files.set('training.backup', files.get('training.backup')!.slice(0, keep))
      await expect(make().fit(x, y, back)).rejects.toMatchObject({ code: 'BAD_FILE' })
    }
    const twice = callbacks.backupAndRestore(storage, { doubleCheckpoint: true, deleteCheckpoint: false })
    expect((await make().fit(x, y, { ...options, callbacks: twice })).epoch).toEqual([1, 2, 3])
    expect(files.size).toBe(2)
    const unbuilt = sequential([layers.dense(1)])
    unbuilt.compile({ optimizer: 'adam', loss: 'mse' })
    await expect(unbuilt.fit(x, y, back)).rejects.toThrow(/no weights to put it in/)
    expect(() => callbacks.backupAndRestore({ read: () => undefined } as never)).toThrow(/three functions/)
  })
})

describe('where the first number is lost', () => {
  const run = async (build: () => ReturnType<typeof sequential>, data: number[][], options = {}) => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const net = build()
    net.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'mse' })
    const callback = callbacks.terminateOnNaN(options)
    await net.fit(data, [1, 1], { epochs: 3, batchSize: 1, shuffle: false, verbose: 0, callbacks: callback })
    const said = String(warn.mock.calls[0]?.[0])
    warn.mockRestore()
    return said
  }
  const dense = (name: string) => layers.dense({ units: 1, kernelInitializer: 'ones', name })
  test.each<[string, () => ReturnType<typeof sequential>, number[][], RegExp]>([
    ['the data', () => sequential([layers.dense({ units: 1, inputShape: [1] })]), [[1], [NaN]], /Batch 1: .*first .* the data: x\)/],
    [
      'a layer',
      () =>
        sequential([layers.inputLayer({ shape: [1] }), dense('a'), layers.lambda({ function: (x) => x.log(), name: 'log' }), dense('b')]),
      [[-1], [1]],
      /Batch 0: .*layer log\)/,
    ],
    ['the loss', () => sequential([layers.inputLayer({ shape: [1] }), dense('a')]), [[1e30], [1]], /all layers gave finite numbers/],
  ])('%s', async (_, build, data, message) => expect(await run(build, data)).toMatch(message))
  test('without looking for it', async () => {
    expect(await run(() => sequential([layers.dense({ units: 1, inputShape: [1] })]), [[NaN], [1]], { findLayer: false })).toMatch(
      /the loss is NaN, training ends/,
    )
  })
})

test('lines go into a file, and on in it', async () => {
  const path = `${tmpdir()}/cornus-log-${process.pid}.csv`
  const run = (options = {}) => fit([callbacks.csvLogger(path, options)], 1)
  await run()
  await run({ append: true })
  expect(
    readFileSync(path, 'utf8')
      .split('\n')
      .map((text) => text.split(',')[0]),
  ).toEqual(['epoch', '0', '0', '']) // prettier-ignore
  await run()
  expect(readFileSync(path, 'utf8').split('\n').length).toBe(3)
  rmSync(path)
})

test('progress stands once, where its own place was chosen', async () => {
  const log = vi.spyOn(console, 'log').mockReturnValue()
  await line().fit([1], [1], { verbose: 2, callbacks: callbacks.progbarLogger() })
  await line().evaluate([1], [1], { verbose: 1, callbacks: callbacks.progbarLogger() })
  expect(log.mock.calls.length).toBe(2)
  log.mockRestore()
})

test('the learning rate can be set at any time', async () => {
  const net = line()
  net.optimizer.learningRate = 0
  await net.fit([1, 2], [2, 4], { verbose: 0 })
  expect(net.getWeights()[0]!.dataSync()[0]).toBe(0)
  const rates: number[] = []
  await net.fit([1, 2, 3], [2, 4, 6], {
    batchSize: 1,
    verbose: 0,
    callbacks: {
      onTrainBatchBegin: (batch) => {
        net.optimizer.learningRate = batch / 4
      },
      onTrainBatchEnd: () => void rates.push(net.optimizer.learningRate),
    },
  })
  expect(rates).toEqual([0, 0.25, 0.5])
})

const line = () => {
  const model = sequential([layers.dense({ units: 1, useBias: false, kernelInitializer: 'zeros', inputShape: [1] })])
  model.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'mse', metrics: ['mae'] })
  return model
}
const fit = (list: CallbackHooks[], epochs = 3, y = [2, 4]) =>
  line().fit([1, 2], y, { epochs, verbose: 0, validationData: [[1], [2]], callbacks: list })

describe('in a fit', () => {
  test('the schedule of the learning rate, and the rate in the history', async () => {
    const { history } = await fit([callbacks.learningRateScheduler((epoch, rate) => (epoch ? rate / 2 : rate))])
    expect(history.learning_rate!.map((rate) => Number(rate.toFixed(4)))).toEqual([0.1, 0.05, 0.025])
    expect(Object.keys(history)).toEqual(['loss', 'mae', 'val_loss', 'val_mae', 'learning_rate'])
  })
  test('early stopping asks the metric for its direction', async () => {
    const { epoch } = await fit([callbacks.earlyStopping({ monitor: 'mae', minDelta: 10 })], 5)
    expect(epoch).toEqual([0, 1])
    await expect(
      fit([
        {
          onEpochEnd: (_, logs) => {
            logs.mine = 1
          },
        },
        callbacks.earlyStopping({ monitor: 'mine' }),
      ]),
    ).rejects.toThrow(/give mode/)
  })
  test('a loss that is no number ends the training', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    expect((await fit([callbacks.terminateOnNaN()], 5, [Number.NaN, 1])).epoch).toEqual([0])
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('the loss is NaN'))
    warn.mockRestore()
    await expect(fit([callbacks.terminateOnNaN({ raiseError: true })], 5, [Number.NaN, 1])).rejects.toMatchObject({ code: 'BAD_DATA' })
  })
  test('lines of values', async () => {
    const lines: string[] = []
    await line().fit([1], [0], {
      epochs: 2,
      verbose: 0,
      callbacks: [
        callbacks.csvLogger(
          (text) => {
            lines.push(text)
          },
          { separator: ';' },
        ),
      ],
    })
    expect(lines).toEqual(['epoch;loss;mae;val_loss;val_mae\n', '0;0;0;NA;NA\n', '1;0;0;NA;NA\n'])
  })
  test('a checkpoint after batches', async () => {
    const places: string[] = []
    await line().fit([1, 2, 3], [1, 2, 3], {
      batchSize: 1,
      epochs: 2,
      verbose: 0,
      callbacks: [
        callbacks.modelCheckpoint('{epoch}/{batch}', {
          saveFreq: 2,
          save: (_, place) => {
            places.push(place)
          },
        }),
      ],
    })
    expect(places).toEqual(['1/2', '2/1', '2/3'])
  })
})

test.each<[string, () => unknown, RegExp]>([
  ['an option', () => callbacks.earlyStopping({ pacience: 3 } as never), /did you mean 'patience'/],
  ['a factor', () => callbacks.reduceLROnPlateau({ factor: 1 }), /factor must be below 1/],
  ['a schedule', () => callbacks.learningRateScheduler(0.1 as never), /takes a function/],
])('wrong: %s', (_, act, message) => expect(act).toThrow(message))
