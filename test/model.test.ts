import { beforeEach, describe, expect, test } from 'vitest'
import {
  Callback,
  compile,
  configure,
  CornusError,
  grad,
  info,
  layers,
  ops,
  optimizers,
  sequential,
  setSeed,
  Tensor,
  tensor,
  valueAndGrad,
  variable,
  Layer,
  type Logs,
} from '../src/index'
import { session } from '../src/runtime/session'

beforeEach(() => {
  configure({ threads: 1, deterministic: true })
  setSeed(7)
})

/** 3 inputs, 2 classes that a line divides. */
const points = Array.from({ length: 200 }, (_, i) => [Math.sin(i * 1.7), Math.cos(i * 0.9), Math.sin(i * 0.31)])
const labels = points.map(([a, b]) => Number(a! + b! > 0))

const classifier = () => {
  const model = sequential([
    layers.dense({ units: 16, activation: 'relu', inputShape: [3] }),
    layers.dense({ units: 2, activation: 'softmax' }),
  ])
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.02 }), loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] })
  return model
}
const weightsOf = (model: { getWeights(): Tensor[] }) => model.getWeights().map((w) => [...w.dataSync()])

describe('fit, evaluate, predict', () => {
  test('a network learns, and history, evaluate and predict agree', async () => {
    const model = classifier()
    const { history, epoch } = await model.fit(points, labels, { epochs: 12, batchSize: 20, validationSplit: 0.2, verbose: 0 })
    expect(epoch).toEqual([...Array(12).keys()])
    expect(Object.keys(history)).toEqual(['accuracy', 'loss', 'val_accuracy', 'val_loss'])
    expect(history.accuracy!.at(-1)).toBeGreaterThan(0.95)
    const { loss, accuracy } = await model.evaluate(points, labels)
    expect(loss).toBeLessThan(0.25)
    const classes = await model.predict(points).argMax(-1).data()
    expect(accuracy).toBeCloseTo(labels.filter((label, i) => label === classes[i]).length / labels.length, 6)
  })

  test('the same seed gives the same weights, another one does not', async () => {
    const train = async (seed: number) => {
      setSeed(seed)
      const model = sequential([
        layers.dense({ units: 8, activation: 'tanh', inputShape: [3] }),
        layers.dropout({ rate: 0.3 }),
        layers.dense({ units: 1, activation: 'sigmoid' }),
      ])
      model.compile({ optimizer: 'rmsprop', loss: 'binaryCrossentropy' })
      await model.fit(points, labels, { epochs: 2, batchSize: 16, verbose: 0 })
      return weightsOf(model)
    }
    const first = await train(3)
    expect(await train(3)).toEqual(first)
    expect(await train(4)).not.toEqual(first)
  })

  test('iterables, generators of batches and tensors give the same step', async () => {
    const batch = { x: points.slice(0, 10), y: labels.slice(0, 10) }
    const results: number[][][] = []
    for (const data of [
      [batch],
      new Set([[batch.x, batch.y]]),
      {
        [Symbol.asyncIterator]: async function* () {
          yield batch
        },
      },
    ]) {
      setSeed(1)
      const model = classifier()
      await model.fit(data as never, undefined, { verbose: 0 })
      results.push(weightsOf(model))
    }
    setSeed(1)
    const model = classifier()
    await model.fit(tensor(batch.x), Int32Array.from(batch.y), { batchSize: 10, shuffle: false, verbose: 0 })
    for (const weights of results) expect(weights).toEqual(weightsOf(model))
  })

  test('class weights equal sample weights', async () => {
    const run = async (options: object) => {
      setSeed(2)
      const model = classifier()
      await model.fit(points, labels, { shuffle: false, verbose: 0, ...options })
      return weightsOf(model)
    }
    expect(await run({ classWeight: { 1: 3 } })).toEqual(await run({ sampleWeight: labels.map((label) => (label ? 3 : 1)) }))
  })

  test('callbacks are told, in order, and may stop the training', async () => {
    const told: string[] = []
    class Watch extends Callback {
      onTrainBegin() {
        told.push('begin')
      }
      onEpochEnd(epoch: number, logs: Logs) {
        told.push(`epoch ${epoch} ${Object.keys(logs).join()}`)
        if (epoch === 1) this.model!.stopTraining = true
      }
      onTrainEnd() {
        told.push('end')
      }
    }
    let batches = 0
    await classifier().fit(points, labels, {
      epochs: 9,
      batchSize: 100,
      verbose: 0,
      callbacks: [
        new Watch(),
        {
          onBatchEnd: (_, logs) => {
            batches++
            expect(logs.loss).toBeGreaterThan(0)
          },
        },
      ],
    })
    expect(told).toEqual(['begin', 'epoch 0 accuracy,loss', 'epoch 1 accuracy,loss', 'end'])
    expect(batches).toBe(4)
  })

  test('initialEpoch goes on counting; the learning rate can be set between', async () => {
    const model = classifier()
    const { epoch } = await model.fit(points, labels, { epochs: 3, initialEpoch: 1, verbose: 0 })
    expect(epoch).toEqual([1, 2])
    model.optimizer.learningRate = 0
    const before = weightsOf(model)
    await model.fit(points, labels, { verbose: 0 })
    expect(weightsOf(model)).toEqual(before)
    expect(model.optimizer.learningRate).toBe(0)
  })

  test('frozen layers keep their weights', async () => {
    const model = classifier()
    await model.fit(points, labels, { verbose: 0 })
    model.layers[0]!.trainable = false
    const before = weightsOf(model)
    await model.fit(points, labels, { verbose: 0 })
    const after = weightsOf(model)
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2))
    expect(after[2]).not.toEqual(before[2])
  })

  test('trainOnBatch, testOnBatch', async () => {
    const model = classifier()
    const first = await model.testOnBatch(points, labels)
    const { loss } = await model.trainOnBatch(points, labels)
    expect(loss).toBeCloseTo(first.loss, 6)
    expect((await model.testOnBatch(points, labels)).loss).toBeLessThan(first.loss)
  })

  test('regularizers and activity regularizers count in the loss', async () => {
    const w = [
      [1, -2],
      [3, 4],
    ]
    const loss = async (options: object) => {
      const model = sequential([layers.dense({ units: 2, useBias: false, inputShape: [2], ...options })])
      model.compile({ loss: 'meanSquaredError' })
      model.setWeights([w])
      return (await model.evaluate([[1, 0]], [[1, -2]])).loss
    }
    expect(await loss({})).toBeCloseTo(0, 6)
    expect(await loss({ kernelRegularizer: 'l2' })).toBeCloseTo(0.01 * 30, 5)
    expect(await loss({ activityRegularizer: 'l1' })).toBeCloseTo(0.01 * 3, 5)
  })

  test('an aborted fit stops, and the model goes on working', async () => {
    const model = classifier()
    const controller = new AbortController()
    const fit = model.fit(points, labels, {
      epochs: 1000,
      verbose: 0,
      signal: controller.signal,
      callbacks: {
        onEpochEnd: (epoch: number) => {
          if (epoch === 2) controller.abort()
        },
      },
    })
    await expect(fit).rejects.toMatchObject({ code: 'ABORTED' })
    expect((await model.fit(points, labels, { verbose: 0 })).epoch).toEqual([0])
  })

  test('fit during fit is an error; the first goes on', async () => {
    const model = classifier()
    const first = model.fit(points, labels, { epochs: 3, verbose: 0 })
    await expect(model.fit(points, labels, { verbose: 0 })).rejects.toMatchObject({ code: 'BUSY' })
    expect((await first).epoch).toEqual([0, 1, 2])
  })
})

describe('own functions and layers', () => {
  test('compile traces once a shape; variables and random numbers are part of it', async () => {
    let traced = 0
    const total = variable([0, 0])
    const step = compile((x: Tensor) => {
      traced++
      total.assign(total.add(x))
      return { twice: x.mul(2), total: total.read() }
    })
    expect(await (await step([1, 2])).twice.array()).toEqual([2, 4])
    const { total: seen } = step.sync([1, 1])
    expect(seen.arraySync()).toEqual([2, 3])
    expect(total.arraySync()).toEqual([2, 3])
    expect(traced).toBe(1)
  })

  test('valueAndGrad and an optimizer by hand equal trainOnBatch', async () => {
    const build = () => {
      setSeed(5)
      const model = sequential([layers.dense({ units: 4, activation: 'tanh', inputShape: [3] }), layers.dense({ units: 1 })])
      model.compile({ optimizer: optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }), loss: 'meanSquaredError' })
      return model
    }
    const [a, b] = [build(), build()]
    const sgd = optimizers.sgd({ learningRate: 0.1, momentum: 0.9 })
    const y = labels.map((label) => [label])
    for (let step = 0; step < 3; step++) {
      await a.trainOnBatch(points, y)
      const { grads } = valueAndGrad(() => ops.squaredDifference(b.apply(points), y).mean(), b.trainableWeights)
      sgd.apply(grads, b.trainableWeights)
    }
    weightsOf(a)
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(weightsOf(b).flat()[i]!, 5))
  })

  test('gradients of gradients, and to inputs', async () => {
    const cube = (x: Tensor) => x.mul(x).mul(x).sum()
    const once = grad(cube)
    const twice = grad((x: Tensor) => once(x).sum())
    expect(await once([2, 3]).array()).toEqual([12, 27])
    expect(await twice([2, 3]).array()).toEqual([12, 18])
  })

  test('a tensor read from a variable keeps its contents', async () => {
    const v = variable([1, 2])
    const before = v.mul(10)
    v.assign([5, 6])
    expect(await before.array()).toEqual([10, 20])
    expect(await v.mul(10).array()).toEqual([50, 60])
  })

  test("a layer of one's own", async () => {
    class Scale extends Layer {
      static override readonly className = 'Scale'
      factor: ReturnType<Layer['addWeight']> | undefined
      override build() {
        this.factor = this.addWeight({ name: 'factor', shape: [1], initializer: 'ones' })
      }
      override call(x: Tensor) {
        return x.mul(this.factor!)
      }
    }
    const model = sequential([new Scale({ inputShape: [1] })])
    model.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'mse' })
    await model.fit([1, 2, 3, 4], [2, 4, 6, 8], { epochs: 60, verbose: 0 })
    expect(await model.getWeights()[0]!.item()).toBeCloseTo(2, 2)
  })
})

describe('errors say what was given, what was expected, how to mend it', () => {
  const model = () => classifier()
  const cases: [string, () => unknown, string, RegExp][] = [
    ['units', () => layers.dense({ units: -1 }), 'BAD_ARGUMENT', /units must be a positive integer, not -1/],
    [
      'unknown option',
      () => layers.dense({ units: 3, activaton: 'relu' } as never),
      'BAD_ARGUMENT',
      /unknown option 'activaton'; did you mean 'activation'/,
    ],
    ['no options', () => layers.dense(null as never), 'BAD_ARGUMENT', /expected an object of options/],
    [
      'layers not in an array',
      () => (sequential as (...all: unknown[]) => unknown)(layers.dense({ units: 1 }), layers.dense({ units: 1 })),
      'BAD_ARGUMENT',
      /one array/,
    ],
    ['units as text', () => layers.dense({ units: '12' as never }), 'BAD_ARGUMENT', /'12'/],
    // @ts-expect-error a misspelt name is caught by types, too
    ['activation', () => layers.dense({ units: 1, activation: 'rellu' }), 'UNKNOWN_NAME', /did you mean 'relu'/],
    ['rate', () => layers.dropout({ rate: 2 }), 'BAD_ARGUMENT', /from 0 to 1, not 2/],
    ['ragged', () => tensor([[1, 2], [3]]), 'BAD_DATA', /value\[1\] has length 1; expected 2/],
    ['text in data', () => tensor([[1, 'a' as never]]), 'BAD_DATA', /value\[0\]\[1\]/],
    ['shape', () => tensor([1, 2, 3], [2, 2]), 'BAD_SHAPE', /needs 4 values; 3 were given/],
    ['huge shape', () => ops.broadcastTo(1, [65536, 65536, 2]), 'BAD_SHAPE', /2\^30/],
    ['broadcast', () => ops.add([1, 2], [1, 2, 3]), 'BAD_SHAPE', /\[2\] and \[3\]/],
    ['matmul', () => ops.matmul([[1, 2]], [[1, 2]]), 'BAD_SHAPE', /inner dimensions 2 and 1/],
    ['axis', () => ops.sum([1], 3), 'BAD_ARGUMENT', /axis 3 is out of range/],
    ['reshape', () => ops.reshape([1, 2, 3], [2, -1]), 'BAD_SHAPE', /do not fit/],
    ['configure', () => configure({ treads: 2 } as never), 'BAD_ARGUMENT', /unknown option 'treads'/],
    ['threads', () => configure({ threads: 0 }), 'BAD_ARGUMENT', /integer from 1 to 64/],
    [
      'loss',
      () => sequential([layers.dense({ units: 1 })]).compile({ loss: 'mean_squared_eror' as never }),
      'UNKNOWN_NAME',
      /did you mean/,
    ],
    ['optimizer', () => sequential([]).compile({ optimizer: 'adm' as never }), 'UNKNOWN_NAME', /adam/],
    ['compile option', () => sequential([]).compile({ lose: 'mse' } as never), 'BAD_ARGUMENT', /unknown option 'lose'/],
    ['not a layer', () => sequential([{} as never]), 'BAD_ARGUMENT', /layers\[0\] must be a layer, as layers.dense/],
    ['no such layer', () => model().getLayer('nope'), 'UNKNOWN_NAME', /has no layer 'nope'/],
    ['weights', () => model().setWeights([[1]]), 'BAD_ARGUMENT', /needs 4 arrays/],
    ['weight shape', () => model().setWeights([[[1]], [1], [1], [1]]), 'BAD_SHAPE', /kernel has shape \[3, 16\]/],
    ['predict shape', () => model().predict([[1, 2]]), 'BAD_SHAPE', /expected x of shape \[\?, 3\], got \[1, 2\]/],
    ['assign', () => variable([1, 2]).assign([1, 2, 3]), 'BAD_SHAPE', /has shape \[2\]/],
    ['not scalar', () => valueAndGrad(() => tensor([1, 2]), []), 'BAD_SHAPE', /must return a scalar/],
    ['seed', () => setSeed(0.5), 'BAD_ARGUMENT', /expected an integer/],
  ]
  test.each(cases)('%s', (_, act, code, message) => {
    let error: unknown
    try {
      act()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(CornusError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })
  const rejected: [string, () => Promise<unknown>, string, RegExp][] = [
    ['not compiled', () => sequential([layers.dense({ units: 1, inputShape: [1] })]).fit([1], [1]), 'NOT_COMPILED', /call compile/],
    ['fit option', () => model().fit(points, labels, { epoch: 3 } as never), 'BAD_ARGUMENT', /unknown option 'epoch'/],
    ['epochs', () => model().fit(points, labels, { epochs: -1 }), 'BAD_ARGUMENT', /epochs must be an integer from 0/],
    ['lengths', () => model().fit(points, labels.slice(1), { verbose: 0 }), 'BAD_SHAPE', /x has 200 samples, y has 199/],
    [
      'weights for an iterable',
      () => model().fit(new Set([[points, labels]]) as never, { sampleWeight: [1, 2], verbose: 0 } as never),
      'BAD_ARGUMENT',
      /needs x and y as arrays/,
    ],
    ['no y', () => model().fit(points, undefined, { verbose: 0 }), 'BAD_ARGUMENT', /targets y are missing/],
    [
      'label range',
      () =>
        model().fit(
          points,
          labels.map((label) => label + 1),
          { verbose: 0 },
        ),
      'BAD_DATA',
      /label 2 of sample \d+ is outside 0 to 1; the predictions have 2 classes/,
    ],
    ['batch form', () => model().fit([3, null][Symbol.iterator]() as never, undefined, { verbose: 0 }), 'BAD_DATA', /batch 0/],
    [
      'empty x',
      () => model().fit(tensor(new Float32Array(0), [0, 3]), tensor(new Int32Array(0)), { verbose: 0 }),
      'BAD_SHAPE',
      /no samples/,
    ],
  ]
  test.each(rejected)('%s', async (_, act, code, message) => {
    await expect(act()).rejects.toMatchObject({ name: 'CornusError', code, message: expect.stringMatching(message) })
  })
  test('values are not known while a function is traced', () => {
    expect(() => compile((x: Tensor) => tensor([x.dataSync()[0]!])).sync([1])).toThrow(/not known while/)
  })
})

test('nothing leaks: blocks and pages stay as they are', async () => {
  const model = classifier()
  const batch = { x: tensor(points.slice(0, 32)), y: Int32Array.from(labels.slice(0, 32)) }
  const run = async (steps: number) => {
    for (let i = 0; i < steps; i++) {
      await model.trainOnBatch(batch.x, batch.y)
      await model.predict(batch.x).data()
    }
  }
  await run(50)
  const { memory } = info()
  await run(500)
  const after = info().memory // may be less: what earlier tests left is collected meanwhile
  expect(after.blocks).toBeLessThanOrEqual(memory.blocks)
  expect(after.used).toBeLessThanOrEqual(memory.used)
  expect(after.reserved).toBe(memory.reserved)
  expect(session.cachedPrograms).toBeLessThan(257)
})
