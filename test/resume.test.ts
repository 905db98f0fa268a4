// Training that was cut off goes on to the same bits: weights, optimizer, logs, whatever is random, at the end of an epoch and within one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  Callback,
  callbacks,
  configure,
  initializers,
  input,
  layers,
  metrics,
  model,
  optimizers,
  sequential,
  setSeed,
  type BatchIterable,
  type FitOptions,
  type Model,
} from '../src'
import { readContents } from '../src/runtime/session'

const wave = (n: number, ...shape: number[]) => {
  const each = shape.reduce((a, b) => a * b, 1)
  const values = Float32Array.from({ length: n * each }, (_, i) => Math.sin(i * 0.7) + Math.cos(i * 0.13))
  const nest = (from: number, dims: readonly number[]): unknown =>
    dims.length === 0
      ? values[from]
      : Array.from({ length: dims[0]! }, (_, i) => nest(from + i * dims.slice(1).reduce((a, b) => a * b, 1), dims.slice(1)))
  return nest(0, [n, ...shape]) as number[][]
}
const labels = (n: number, classes: number) => Array.from({ length: n }, (_, i) => (i * 7) % classes)

type Trained = Pick<Model, 'variables' | 'optimizer' | 'fit'>

interface Case {
  make(): Trained
  x?: unknown
  y?: unknown
  options?: () => FitOptions
}

const compiled = <M extends { compile(options: object): void }>(net: M, options: object): M => {
  net.compile(options)
  return net
}
const plain = (units = 6) => [layers.dense({ units, activation: 'relu', inputShape: [4] }), layers.dense(1)]
const mse = { loss: 'meanSquaredError' }

function* batches(): Generator<[number[][], number[][]]> {
  for (let i = 0; i < 7; i++) yield [wave(4, 4).map((row) => row.map((v) => v * (i + 1))), wave(4, 1)]
}

const cases: { readonly [name: string]: Case } = {
  'adam, shuffled': { make: () => compiled(sequential(plain()), { optimizer: 'adam', ...mse }) },
  'dropout and noise, with and without seeds of their own': {
    make: () =>
      compiled(
        sequential([
          layers.dropout({ rate: 0.3, inputShape: [4] }),
          layers.dense(5),
          layers.dropout({ rate: 0.4, seed: 7 }),
          layers.gaussianNoise({ stddev: 0.1 }),
          layers.dense(1),
        ]),
        { optimizer: 'sgd', ...mse },
      ),
  },
  'images, batch normalization, momentum, validation': {
    make: () =>
      compiled(
        sequential([
          layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 6, 1] }),
          layers.batchNormalization(),
          layers.globalAveragePooling2d(),
          layers.dense({ units: 3, activation: 'softmax' }),
        ]),
        {
          optimizer: optimizers.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
          loss: 'sparseCategoricalCrossentropy',
          metrics: ['accuracy'],
        },
      ),
    x: wave(20, 6, 6, 1),
    y: labels(20, 3),
    options: () => ({ validationSplit: 0.2 }),
  },
  'a stateful LSTM': {
    make: () =>
      compiled(sequential([layers.lstm({ units: 3, stateful: true, dropout: 0.2, batchInputShape: [5, 3, 2] }), layers.dense(1)]), {
        optimizer: 'rmsprop',
        ...mse,
      }),
    x: wave(20, 3, 2),
    y: wave(20, 1),
    options: () => ({ shuffle: false, batchSize: 5 }),
  },
  'averages of the weights, centred rmsprop': {
    make: () =>
      compiled(sequential(plain()), {
        optimizer: optimizers.rmsprop({ momentum: 0.5, centered: true, useEma: true, emaMomentum: 0.9 }),
        ...mse,
      }),
  },
  'gradients added up over three batches': {
    make: () => compiled(sequential(plain()), { optimizer: optimizers.adam({ gradientAccumulationSteps: 3 }), ...mse }),
  },
  'a schedule, nadam': {
    make: () =>
      compiled(sequential(plain()), {
        optimizer: optimizers.nadam({
          learningRate: optimizers.schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 3, decayRate: 0.8 }),
        }),
        ...mse,
      }),
  },
  'a rate that a callback lowers, the best weights in another': {
    make: () => compiled(sequential(plain()), { optimizer: optimizers.sgd({ learningRate: 0.9 }), ...mse }),
    options: () => ({
      callbacks: [
        callbacks.reduceLROnPlateau({ monitor: 'loss', patience: 0, factor: 0.7 }),
        callbacks.earlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true }),
        callbacks.learningRateScheduler((epoch: number, rate: number) => (epoch > 0 ? rate * 0.9 : rate)),
      ],
    }),
  },
  'two inputs and two outputs': {
    make: () => {
      const [a, b] = [input({ shape: [4], name: 'a' }), input({ shape: [2], name: 'b' })]
      const shared = layers.dense(3)
      const joined = layers.concatenate().apply([shared.apply(a), b])
      return compiled(model({ inputs: { a, b }, outputs: { p: layers.dense(1).apply(joined), q: layers.dense(1).apply(joined) } }), {
        optimizer: 'adamax',
        loss: { p: 'meanSquaredError', q: 'meanAbsoluteError' },
      })
    },
    x: { a: wave(20, 4), b: wave(20, 2) },
    y: { p: wave(20, 1), q: wave(20, 1) },
  },
  'metrics with many counts, weights of classes': {
    make: () =>
      compiled(sequential([layers.dense({ units: 1, activation: 'sigmoid', inputShape: [4] })]), {
        optimizer: 'adagrad',
        loss: 'binaryCrossentropy',
        metrics: [metrics.auc({ numThresholds: 20 }), metrics.precision(), 'accuracy'],
      }),
    y: labels(20, 2).map((label) => [label]),
    options: () => ({ classWeight: { 0: 1, 1: 3 } }),
  },
  'a generator, epochs across its end': {
    make: () => compiled(sequential(plain()), { optimizer: 'adam', ...mse }),
    x: batches as unknown as BatchIterable,
    options: () => ({ stepsPerEpoch: 5, batchSize: undefined }),
  },
  'a model that is built by its first batch, ftrl, random weights': {
    make: () =>
      compiled(sequential([layers.dense({ units: 5, kernelInitializer: initializers.heNormal() }), layers.dropout(0.2), layers.dense(1)]), {
        optimizer: 'ftrl',
        ...mse,
      }),
  },
}

/** Files in memory. */
function folder() {
  const files = new Map<string, Uint8Array>()
  return {
    files,
    read: (name: string) => files.get(name)?.slice(),
    write: (name: string, bytes: Uint8Array) => void files.set(name, bytes.slice()),
    remove: (name: string) => void files.delete(name),
  }
}

const EPOCHS = 3
class Cut extends Error {}
/** Ends the training when so many steps were taken in all, before the next one begins. */
class CutAfter extends Callback {
  private left: number
  constructor(steps: number) {
    super()
    this.left = steps
  }
  onTrainBatchBegin(): void {
    if (this.left-- === 0) throw new Cut()
  }
}

const bits = (net: Trained) =>
  [...net.variables, ...net.optimizer.variables].map(({ storage }) => Array.from(new Int32Array(readContents(storage).buffer)))

/** The last epochs of a history. */
const tail = ({ epoch, history }: { epoch: number[]; history: { [name: string]: number[] } }, epochs: number) => ({
  epoch: epoch.slice(-epochs),
  history: Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values.slice(-epochs)])),
})

async function train({ make, x = wave(20, 4), y = wave(20, 1), options }: Case, more: FitOptions, seed: number) {
  setSeed(seed)
  const net = make()
  const own = options?.() ?? {}
  const all = {
    epochs: EPOCHS,
    batchSize: 6,
    verbose: 0,
    ...own,
    ...more,
    callbacks: [...((own.callbacks as Callback[]) ?? []), ...((more.callbacks as Callback[]) ?? [])],
  } as FitOptions
  const fit = () => (typeof x === 'function' ? net.fit(x as BatchIterable, all) : net.fit(x as number[][], y as number[][], all))
  const history = await fit().catch((error: unknown) => {
    if (error instanceof Cut || (error as Error).cause instanceof Cut) return undefined
    throw error
  })
  return { net, history: history?.toJSON() }
}

describe.each([1, 2])('%d threads', (threads) => {
  beforeAll(() => configure({ threads }))
  afterAll(() => configure({ threads: 1 }))

  describe.each(Object.entries(cases))('%s', (_, each) => {
    it('cut off within the first epoch, at an end, within the second', { timeout: 60_000 }, async () => {
      const whole = await train(each, {}, 1)
      const expected = bits(whole.net)
      for (const steps of [1, 4, 6]) {
        const place = folder()
        const resume = { place, saveFreq: 1 }
        const cut = await train(each, { resume, callbacks: [new CutAfter(steps)] }, 1)
        expect(cut.history).toBeUndefined()
        expect([...place.files.keys()]).toEqual(['training.safetensors'])
        const again = await train(each, { resume, callbacks: [] }, 1000 + steps)
        expect(bits(again.net)).toEqual(expected)
        expect(again.history).toEqual(tail(whole.history!, again.history!.epoch.length))
        expect(again.history!.epoch).toContain(EPOCHS - 1)
      }
    })
  })
})

describe('a place for checkpoints', () => {
  const each = cases['adam, shuffled']!
  const count = () => {
    let steps = 0
    return { steps: () => steps, callback: { onTrainBatchEnd: () => void steps++ } }
  }

  it('a training that has ended is not repeated, and goes on when more epochs are asked for', async () => {
    const place = folder()
    const first = await train(each, { resume: place }, 1)
    const counter = count()
    const again = await train(each, { resume: place, callbacks: [counter.callback] }, 2)
    expect(counter.steps()).toBe(0)
    expect(bits(again.net)).toEqual(bits(first.net))
    expect(again.history).toEqual({ epoch: [], history: {} })
    const longer = await train(each, { resume: place, epochs: 5, callbacks: [counter.callback] }, 3)
    expect(counter.steps()).toBe(8)
    const whole = await train(each, { epochs: 5 }, 1)
    expect(bits(longer.net)).toEqual(bits(whole.net))
    expect(longer.history).toEqual(tail(whole.history!, 2))
  })

  it('is left as it was, or empty on request', async () => {
    const place = folder()
    await train(each, { resume: { place, deleteAtEnd: true } }, 1)
    expect(place.files.size).toBe(0)
    const kept = folder()
    await train(each, { resume: { place: kept } }, 1)
    expect(kept.files.size).toBe(1)
  })

  it('a callback says what its state is, in a class or an object', async () => {
    const made = () => {
      const own = {
        seen: [] as number[],
        onEpochEnd: (epoch: number) => void own.seen.push(epoch),
        getState: () => own.seen,
        setState: (s: unknown) => void (own.seen = s as number[]),
      }
      return own
    }
    class Counter extends Callback {
      best = Infinity
      last = -0
      names: string[] | undefined
      onEpochEnd(epoch: number, logs: object): void {
        this.best = Math.min(this.best, epoch)
        this.names = Object.keys(logs)
      }
    }
    const place = folder()
    await train(each, { resume: { place, saveFreq: 1 }, callbacks: [made(), new Counter(), new CutAfter(6)] as Callback[] }, 1)
    const [own, counter] = [made(), new Counter()]
    await train(each, { resume: place, callbacks: [counter, own] as Callback[] }, 2)
    expect(own.seen).toEqual([0, 1, 2])
    expect(counter).toMatchObject({ best: 0, last: -0, names: ['loss'] })
  })

  const other = () => compiled(sequential(plain(7)), { optimizer: 'adam', ...mse })
  const sgd = () => compiled(sequential(plain()), { optimizer: optimizers.sgd({ momentum: 0.9 }), ...mse })
  const rows: [string, Case, FitOptions, RegExp][] = [
    [
      'another model',
      { make: other },
      {},
      /is the checkpoint of another model or optimizer, or of other data: .*kernel has shape \[4, 7\] here, \[4, 6\] there/,
    ],
    ['another optimizer', { make: sgd }, {}, /another model or optimizer/],
    [
      'other data',
      { ...each, x: wave(30, 4), y: wave(30, 1) },
      {},
      /had 20 samples in 4 batches, shuffled; this one has 30 samples in 5 batches/,
    ],
    ['another size of batches', each, { batchSize: 4 }, /20 samples in 4 batches.*20 samples in 5 batches/],
    ['another order', each, { shuffle: false }, /not shuffled/],
  ]
  it.each(rows)('of another training is refused: %s', async (_, now, options, message) => {
    const place = folder()
    await train(each, { resume: { place, saveFreq: 1 }, callbacks: [new CutAfter(2)] }, 1)
    await expect(train(now, { resume: place, ...options }, 1)).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringMatching(message),
    })
  })

  it.each<[string, unknown, RegExp]>([
    ['a number', 3, /resume must be a folder or other place of files/],
    ['an empty text', '', /resume must be a folder/],
    ['an unknown option', { place: 'a', freq: 3 }, /resume must be/],
    ['a wrong frequency', { place: 'a', saveFreq: -1 }, /resume.saveFreq must be an integer from 0/],
  ])('%s is no place', async (_, resume, message) => {
    await expect(train(each, { resume: resume as string }, 1)).rejects.toThrow(message)
  })

  it('a damaged file is an error, not a training from the beginning', async () => {
    const place = folder()
    await train(each, { resume: place }, 1)
    const [name, bytes] = [...place.files][0]!
    for (const damaged of [bytes.subarray(0, 100), bytes.slice().fill(0, 0, 8), new TextEncoder().encode('{}')]) {
      place.files.set(name, damaged)
      await expect(train(each, { resume: place }, 1)).rejects.toMatchObject({ code: 'BAD_FILE' })
    }
  })

  it('an iterator that gives less than before is an error', async () => {
    const source = cases['a generator, epochs across its end']!
    const place = folder()
    await train(source, { resume: { place, saveFreq: 1 }, callbacks: [new CutAfter(4)] }, 1)
    const short = { ...source, x: (() => [...batches()].slice(0, 2)) as unknown as BatchIterable }
    await expect(train(short, { resume: place }, 1)).rejects.toThrow(/data end before the batch where the training was cut off/)
  })
})
