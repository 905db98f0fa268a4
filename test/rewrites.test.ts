// Each rewrite can be switched off by its name: the same values, within rounding.
import { afterEach, describe, expect, it } from 'vitest'
import {
  activations,
  configure,
  layers,
  losses,
  ops,
  optimizers,
  sequential,
  setSeed,
  tensor,
  variable,
  valueAndGrad,
  type Sequential,
  type Tensor,
} from '../src/index'
import { rewriteNames, type RewriteChoice } from '../src/graph/rewrites'
import { rewrites } from '../src/ops/rewrites'
import { planObservers, type Plan } from '../src/plan/plan'

afterEach(() => configure({ rewrites: true }))

const values = (n: number, shift = 0) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7 + shift))
const of = (shape: number[], shift = 0) =>
  tensor(
    values(
      shape.reduce((a, b) => a * b, 1),
      shift,
    ),
    shape,
  )

/** Trains for some steps, and gives weights and predictions. */
const trained = (make: () => Sequential, x: Tensor, y: Tensor) => async () => {
  setSeed(7)
  const model = make()
  const { history } = await model.fit(x, y, { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 })
  return [
    ...(history.loss as number[]),
    ...(await (await model.predict(x)).data()),
    ...(await Promise.all(model.weights.map((w) => w.data()))).flatMap((w) => [...w]),
  ]
}
const compiled = (
  model: Sequential,
  loss: 'meanSquaredError' | 'binaryCrossentropy' | 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy',
) => {
  model.compile({ optimizer: optimizers.sgd({ learningRate: 0.05 }), loss })
  return model
}
const images = of([8, 6, 6, 2])
const sequences = of([8, 5, 3])
const classes = tensor(Int32Array.from({ length: 8 }, (_, i) => i % 3))

const works: Record<string, () => Promise<number[]>> = {
  'dense, relu, softmax': trained(
    () =>
      compiled(
        sequential([
          layers.dense({ units: 6, activation: 'relu', inputShape: [3] }),
          layers.activation('tanh'),
          layers.dense({ units: 3, activation: 'softmax' }),
        ]),
        'sparseCategoricalCrossentropy',
      ),
    of([8, 3]),
    classes,
  ),
  sigmoid: trained(
    () =>
      compiled(
        sequential([
          layers.dense({ units: 4, inputShape: [3] }),
          layers.activation('sigmoid'),
          layers.dense({ units: 1, activation: 'sigmoid' }),
        ]),
        'binaryCrossentropy',
      ),
    of([8, 3]),
    of([8, 1]).greater(0).cast('float32'),
  ),
  'convolution, pooling, batch normalization': trained(
    () =>
      compiled(
        sequential([
          layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', inputShape: [6, 6, 2] }),
          layers.batchNormalization(),
          layers.activation('relu'),
          layers.maxPooling2d(),
          layers.conv2d({ filters: 3, kernelSize: 2 }),
          layers.batchNormalization(),
          layers.flatten(),
          layers.dense({ units: 3, activation: 'softmax' }),
        ]),
        'categoricalCrossentropy',
      ),
    images,
    ops.oneHot(classes, 3),
  ),
  recurrent: trained(
    () =>
      compiled(
        sequential([
          layers.lstm({ units: 4, returnSequences: true, inputShape: [5, 3] }),
          layers.gru({ units: 3 }),
          layers.dense({ units: 1 }),
        ]),
        'meanSquaredError',
      ),
    sequences,
    of([8, 1]),
  ),
  embedding: trained(
    () =>
      compiled(
        sequential([layers.embedding({ inputDim: 9, outputDim: 4, inputShape: [2] }), layers.flatten(), layers.dense({ units: 1 })]),
        'meanSquaredError',
      ),
    tensor(
      Int32Array.from({ length: 16 }, (_, i) => (i * 5) % 9),
      [8, 2],
    ),
    of([8, 1]),
  ),
  'a table looked up twice': async () => {
    const table = variable(of([6, 3]))
    const rule = optimizers.adagrad({ learningRate: 0.1 })
    for (let i = 0; i < 3; i++) {
      const { grads } = valueAndGrad(
        () =>
          table
            .gather([0, 2])
            .square()
            .sum()
            .add(table.gather([2, 5]).sum()),
        [table],
      )
      rule.apply(grads, [table])
    }
    return [...(await table.data())]
  },
  'losses of activations': async () => {
    const x = of([4, 3])
    const y = ops.oneHot([0, 1, 2, 1], 3)
    const all = [
      losses.categoricalCrossentropy().call(y, activations.softmax(x)),
      losses.binaryCrossentropy().call(y, activations.sigmoid(x)),
    ] as Tensor[]
    return (await Promise.all(all.map((loss) => loss.data()))).flatMap((data) => [...data])
  },
}

const choices: [string, RewriteChoice][] = [
  ...rewriteNames.map((name): [string, RewriteChoice] => [name, { [name]: false }]),
  ['all', false],
]

describe.each(Object.entries(works))('%s', (_, work) => {
  it.each(choices)('without %s', async (_name, choice) => {
    configure({ rewrites: true })
    const expected = await work()
    configure({ rewrites: choice })
    const found = await work()
    expect(found.length).toBe(expected.length)
    found.forEach((value, i) =>
      expect(Math.abs(value - expected[i]!), `value ${i}: ${value}, not ${expected[i]}`).toBeLessThan(2e-4 * (1 + Math.abs(expected[i]!))),
    )
  })
})

it('every rewrite changes what some of these compute with', async () => {
  const recordsWith = async (choice: RewriteChoice) => {
    configure({ rewrites: choice })
    let seen = ''
    const observer = (plan: Plan) => void (seen += plan.records.map(({ kernel }) => kernel).join())
    planObservers.add(observer)
    for (const work of Object.values(works)) await work()
    planObservers.delete(observer)
    return seen
  }
  const all = await recordsWith(true)
  expect(rewrites.map(({ name }) => name)).toEqual([...rewriteNames])
  for (const name of rewriteNames) expect(await recordsWith({ [name]: false }), name).not.toBe(all)
})

it('a name that is none is an error', () => {
  expect(() => configure({ rewrites: { scalling: false } as never })).toThrow(/configure: rewrites must be .*scaling/)
  expect(() => configure({ rewrites: 'off' as never })).toThrow(/configure: rewrites/)
})
