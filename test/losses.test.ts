import { describe, expect, it } from 'vitest'
import { gradients } from '../src/grad'
import { sigmoid, softmax } from '../src/activations'
import type { Loss } from '../src/losses/index'
import { evaluateSync } from '../src/runtime/session'
import { tensor, type Tensor } from '../src/tensor'
import { expectNear, golden, toTensor, unpack, type Packed } from './support/golden'
import { withRewrites } from './support/rewrites'
import { getLoss, losses } from './support/parts'

interface Case {
  loss: string
  options: object
  reduction: string
  yTrue: string
  yPred: string
  sampleWeight?: string
  value: Packed
  gradient: Packed
  edge?: boolean
}
const { data, cases } = golden<Case>('losses')
const factories = losses as unknown as Record<string, ((options: object) => Loss) | undefined>
const known = cases.filter(({ loss }) => loss !== 'circle' && loss !== 'ctc')
const titleOf = ({ loss, options }: Case) => `${loss} ${JSON.stringify(options)}`
const groups = [...new Set(known.map(titleOf))].map((title) => [title, known.filter((c) => titleOf(c) === title)] as const)

describe('losses equal Keras in value and gradient', () => {
  it.each(groups)('%s', (_, group) => {
    for (const { loss, options, reduction, yTrue, yPred, sampleWeight, value, gradient, edge } of group) {
      const label = `${loss} ${JSON.stringify(options)} ${reduction} ${yTrue} ${yPred} ${sampleWeight ?? ''}`
      const p = toTensor(data[yPred]!)
      const result = factories[loss]!({ ...options, reduction }).call(
        toTensor(data[yTrue]!),
        p,
        sampleWeight ? toTensor(data[sampleWeight]!) : undefined,
      )
      expect(result.shape, label).toEqual(value.shape)
      const [actual, slope] = evaluateSync([result, ...gradients(result.sum(), [p])])
      const tolerance = edge ? 1e-4 : 2e-5
      expectNear(actual!, unpack(value), tolerance, label)
      expectNear(slope!, unpack(gradient), tolerance, `${label} gradient`)
    }
  })
})

/** Both ways to write a loss on the output of a softmax or sigmoid. */
describe('probabilities that come from logits', () => {
  const logits = tensor([
    [2, -1, 0.5],
    [-3, 4, 1],
  ])
  const far = tensor([
    [200, -200, 0],
    [-300, 0, 300],
  ])
  it.each<[string, (x: Tensor) => Tensor, Tensor]>([
    [
      'categoricalCrossentropy',
      (x) => softmax(x),
      tensor([
        [0, 1, 0],
        [0.2, 0.3, 0.5],
      ]),
    ],
    ['sparseCategoricalCrossentropy', (x) => softmax(x), tensor(Int32Array.of(1, 2))],
    [
      'binaryCrossentropy',
      (x) => sigmoid(x),
      tensor([
        [0, 1, 0],
        [1, 0, 1],
      ]),
    ],
  ])('%s', (name, activation, y) => {
    const loss = (x: Tensor, options: object = {}) => factories[name]!({ reduction: 'none', ...options }).call(y, x)
    for (const x of [logits, far]) {
      const direct = () => loss(x, { fromLogits: true })
      const through = () => withRewrites(() => loss(activation(x)))
      expect([...through().dataSync()], 'the same bits as from logits').toEqual([...direct().dataSync()])
      expect([...gradients(through().sum(), [x])[0]!.dataSync()]).toEqual([...gradients(direct().sum(), [x])[0]!.dataSync()])
    }
    const copied = tensor(activation(logits).dataSync() as Float32Array, logits.shape)
    expectNear(loss(copied).dataSync(), loss(logits, { fromLogits: true }).dataSync(), 1e-6, 'as from plain probabilities')
    expect(Math.max(...loss(far, { fromLogits: true }).dataSync()), 'no clipping at 1e-7').toBeGreaterThan(100)
  })
})

describe('reduction, weights and masks', () => {
  const y = tensor([
    [0, 0],
    [0, 0],
    [0, 0],
  ])
  const p = tensor([
    [1, 1],
    [2, 2],
    [3, 3],
  ]) // squared errors 1, 4, 9
  type Reduction = NonNullable<losses.LossOptions['reduction']>
  const call = (reduction: Reduction, weight?: number[], mask?: boolean[]) => [
    ...losses
      .meanSquaredError({ reduction })
      .call(y, p, weight && tensor(weight), mask && tensor(mask))
      .dataSync(),
  ]
  it.each<[Reduction, number[] | undefined, boolean[] | undefined, number[]]>([
    ['sumOverBatchSize', undefined, [true, false, true], [5]],
    ['sum_over_batch_size', [1, 5, 3], [true, false, true], [14]],
    ['mean', undefined, [false, false, false], [0]],
    ['sum', [2, 2, 2], [true, false, false], [2]],
    ['meanWithSampleWeight', [1, 2, 1], undefined, [18 / 4]],
    ['mean_with_sample_weight', [0, 0, 0], undefined, [0]],
    ['none', [1, 0, 2], undefined, [1, 0, 18]],
    ['none', undefined, [true, false, true], [1, 0, 9]],
  ])('%s, weights %j, mask %j', (reduction, weight, mask, expected) => expectNear(call(reduction, weight, mask), expected, 1e-6, reduction))

  it('a weight for each sample of a sequence', () => {
    const values = losses.meanSquaredError({ reduction: 'none' }).call(
      tensor([
        [[0], [0], [0]],
        [[0], [0], [0]],
      ]),
      tensor([
        [[1], [2], [3]],
        [[1], [1], [1]],
      ]),
      tensor([2, 10]),
    )
    expect(values.arraySync()).toEqual([
      [2, 8, 18],
      [10, 10, 10],
    ])
  })

  it.each([null, 2])('ignoreClass %s', (ignoreClass) => {
    const labels = tensor(Int32Array.of(0, 2, 1, 0))
    const x = tensor([
      [1, 0, 3],
      [0, 1, 0],
      [2, 2, 1],
      [0, 0, 0],
    ])
    const rows = losses.sparseCategoricalCrossentropy({ fromLogits: true, reduction: 'none' }).call(labels, x).dataSync() as Float32Array
    const counted = [...rows].filter((_, i) => ignoreClass === null || i !== 1)
    const mean = counted.reduce((a, b) => a + b, 0) / counted.length
    expectNear(
      losses.sparseCategoricalCrossentropy({ fromLogits: true, ignoreClass }).call(labels, x).dataSync(),
      [mean],
      1e-6,
      'mean of those that count',
    )
  })

  it('[n] and [n, 1] fit together', () => {
    expect(
      losses
        .meanSquaredError()
        .call([1, 2, 3], tensor([[1], [2], [4]]))
        .dataSync()[0],
    ).toBeCloseTo(1 / 3)
    expect(losses.binaryCrossentropy({ reduction: 'none' }).call(tensor([[1], [0]]), tensor([0.5, 0.5])).shape).toEqual([2])
  })
})

describe('getLoss', () => {
  it.each([
    ['mse', 'MeanSquaredError'],
    ['sparse_categorical_crossentropy', 'SparseCategoricalCrossentropy'],
    ['KLD', 'KLDivergence'],
    ['categoricalHinge', 'CategoricalHinge'],
    ['log_cosh', 'LogCosh'],
    [losses.huber({ delta: 3 }), 'Huber'],
  ] as const)('%s', (identifier, className) => expect(getLoss(identifier).className).toBe(className))

  it('comes back from its config', () => {
    const original = losses.huber({ delta: 3, reduction: 'sum', name: 'mine' })
    expect(original.getConfig()).toEqual({ delta: 3, reduction: 'sum', name: 'mine' })
    const again = getLoss({ className: 'Huber', config: { ...original.getConfig(), dtype: 'float32' } })
    expect(again.getConfig()).toEqual(original.getConfig())
    expect(again.call([[0]], [[5]]).dataSync()[0]).toBeCloseTo(3 * 5 - 4.5)
  })

  it('names', () => {
    expect(losses.klDivergence().name).toBe('klDivergence')
    expect(losses.meanSquaredError().name).toBe('meanSquaredError')
  })

  it('crossentropy chooses by the shapes', () => {
    const loss = getLoss('crossentropy')
    const p = tensor([
      [0.2, 0.8],
      [0.6, 0.4],
    ])
    const expected = -(Math.log(0.8) + Math.log(0.6)) / 2
    expect(loss.call(tensor(Int32Array.of(1, 0)), p).dataSync()[0]).toBeCloseTo(expected)
    expect(
      loss
        .call(
          tensor([
            [0, 1],
            [1, 0],
          ]),
          p,
        )
        .dataSync()[0],
    ).toBeCloseTo(expected)
    expect(loss.call(tensor([[1], [0]]), tensor([[0.8], [0.4]])).dataSync()[0]).toBeCloseTo(expected)
  })

  it('takes a function', () => {
    const loss = getLoss(function twice(y, p) {
      return p.sub(y).mul(2).mean(-1)
    })
    expect(loss.name).toBe('twice')
    expect(loss.call([[0, 0]], [[1, 2]]).dataSync()[0]).toBe(3)
  })

  it.each<[() => unknown, RegExp]>([
    [() => getLoss('mean_square_error'), /unknown loss 'mean_square_error'; did you mean 'meanSquaredError'/],
    [() => getLoss(undefined as never), /expected a name as 'meanSquaredError'/],
    [() => losses.huber({ dellta: 1 } as never), /unknown option 'dellta'; did you mean 'delta'/],
    // @ts-expect-error a misspelt name is caught by types, too
    [() => losses.huber({ reduction: 'avg' }), /reduction must be one of .*'none'; got 'avg'/],
    [() => losses.huber({ delta: -1 }).call([[1]], [[1]]), /delta must be a number from 0, not -1/],
    [() => losses.categoricalCrossentropy({ labelSmoothing: 2 }).call([[1, 0]], [[1, 0]]), /labelSmoothing must be a number from 0 to 1/],
    [() => losses.categoricalCrossentropy().call(tensor([1, 0]), tensor([[0.5, 0.3, 0.2]])), /categoricalCrossentropy/],
  ])('%s is an error', (make, message) => expect(make).toThrow(message))
})
