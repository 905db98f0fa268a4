import { describe, expect, it } from 'vitest'
import { ones, tensor } from '../src/tensor'
import { compile } from '../src/transform'
import type { Config } from '../src/util/parts'
import { expectNear, golden, toTensor, unpack, type Packed } from './support/golden'
import { getMetric, metrics } from './support/parts'

interface Case {
  metric: string
  options: object
  updates: { values: string[]; sampleWeight?: string }[]
  results: Packed[]
}
const { data, cases } = golden<Case>('metrics')
const context = { yTrueShape: [4, 1], yPredShape: [4, 1] }

describe('metrics equal Keras after each update', () => {
  it.each(cases.map((c) => [`${c.metric} ${JSON.stringify(c.options)} ${c.updates[0]!.sampleWeight ? 'weighted' : ''}`, c] as const))(
    '%s',
    (label, { metric: name, options, updates, results }) => {
      const metric = getMetric({ className: name, config: options as Config }, context)
      updates.forEach(({ values, sampleWeight }, i) => {
        const [y, p, weight] = [...values, ...(sampleWeight ? [sampleWeight] : [])].map((key) => toTensor(data[key]!))
        if (values.length === 1) metric.update(y!, p as never)
        else metric.update(y!, p!, weight)
        expect(metric.result().shape, label).toEqual(results[i]!.shape)
        expectNear(metric.result().dataSync(), unpack(results[i]!), 2e-5, `${label}, update ${i}`)
      })
    },
  )
})

it('reset starts from the beginning', () => {
  const metric = metrics.meanSquaredError()
  metric.update([[0], [0]], [[1], [3]])
  expect(metric.result().dataSync()[0]).toBe(5)
  metric.reset()
  expect(metric.result().dataSync()[0]).toBe(0)
  metric.update([[0]], [[2]])
  expect(metric.result().dataSync()[0]).toBe(4)
})

it('gathers in a traced function', async () => {
  const metric = metrics.binaryAccuracy()
  const step = compile((y, p) => {
    metric.update(y, p)
    return metric.result()
  })
  expect([...(await step(tensor([[1], [0]]), tensor([[0.7], [0.9]]))).dataSync()]).toEqual([0.5])
  expect([...(await step(tensor([[1], [0]]), tensor([[0.7], [0.1]]))).dataSync()]).toEqual([0.75])
  expect(metric.result().dataSync()[0]).toBe(0.75)
})

it('a mask leaves positions out', () => {
  const metric = metrics.accuracy()
  metric.update(
    tensor([
      [1, 2, 3],
      [1, 2, 3],
    ]),
    tensor([
      [1, 2, 0],
      [1, 0, 0],
    ]),
    undefined,
    tensor([
      [true, true, false],
      [true, false, false],
    ]),
  )
  expect(metric.result().dataSync()[0]).toBe(1)
})

it('many thresholds: zeros and ones stand where Keras has them', () => {
  const metric = metrics.auc({ numThresholds: 3 })
  metric.update(tensor([[0], [0], [1], [1]]), tensor([[0], [0.5], [0.3], [0.9]]))
  expect(metric.result().dataSync()[0]).toBeCloseTo(0.75)
})

describe('getMetric', () => {
  it.each([
    ['accuracy', [8, 1], [8, 1], 'BinaryAccuracy'],
    ['acc', [8], [8, 10], 'SparseCategoricalAccuracy'],
    ['Accuracy', [8, 1], [8, 10], 'SparseCategoricalAccuracy'],
    ['accuracy', [8, 10], [8, 10], 'CategoricalAccuracy'],
    ['accuracy', [8, 5], [8, 5, 10], 'SparseCategoricalAccuracy'],
    ['crossentropy', [8, 1], [8, 1], 'BinaryCrossentropy'],
    ['ce', [8, 10], [8, 10], 'CategoricalCrossentropy'],
    ['mse', [8, 1], [8, 1], 'MeanSquaredError'],
    ['mean_squared_error', [8, 1], [8, 1], 'MeanSquaredError'],
    ['AUC', [8, 1], [8, 1], 'AUC'],
    ['RootMeanSquaredError', [8, 1], [8, 1], 'RootMeanSquaredError'],
  ])('%s of %j and %j', (name, yTrueShape, yPredShape, className) => {
    const metric = getMetric(name as 'mse', { yTrueShape, yPredShape })
    expect(metric.className).toBe(className)
    expect(metric.name).toBe(name)
  })

  it('takes a function, a metric, a config', () => {
    const own = getMetric(function gap(y, p) {
      return p.sub(y).abs().mean(-1)
    }, context)
    expect(own.name).toBe('gap')
    own.update([[1], [2]], [[2], [4]])
    expect(own.result().dataSync()[0]).toBe(1.5)
    const auc = metrics.auc({ curve: 'PR', name: 'area' })
    expect(getMetric(auc, context)).toBe(auc)
    const again = getMetric({ className: auc.className, config: { ...auc.getConfig(), dtype: 'float32' } }, context)
    expect(again.getConfig()).toEqual(auc.getConfig())
    expect(again.name).toBe('area')
  })

  it.each([
    metrics.precision({ thresholds: [0.1, 0.2], classId: 1 }),
    metrics.truePositives(),
    metrics.recallAtPrecision({ precision: 0.5 }),
    metrics.f1Score({ average: 'micro' }),
    metrics.fBetaScore({ beta: 2 }),
    metrics.meanIoU({ numClasses: 3 }),
    metrics.iou({ numClasses: 3, targetClassIds: [1] }),
    metrics.binaryIoU(),
    metrics.oneHotMeanIoU({ numClasses: 2 }),
    metrics.r2Score({ classAggregation: null }),
    metrics.topKCategoricalAccuracy({ k: 3 }),
  ])('%# comes back from its config', (metric) => {
    const again = getMetric({ className: metric.className, config: metric.getConfig() }, context)
    expect(again.className).toBe(metric.className)
    expect(again.getConfig()).toEqual(metric.getConfig())
  })

  it.each<[() => unknown, RegExp]>([
    [() => getMetric('acuracy' as 'accuracy', context), /unknown metric 'acuracy'; did you mean 'accuracy'/],
    [() => getMetric({} as never, context), /expected a name as 'accuracy'/],
    [() => getMetric('meanIoU', context), /numClasses is missing; expected a positive integer/],
    [() => getMetric('precisionAtRecall', context), /recall is missing; expected a number from 0 to 1/],
    [() => metrics.precision({ thresholds: 2 }), /thresholds must be a number from 0 to 1, not 2/],
    [() => metrics.auc({ curve: 'ROCK' as 'ROC' }), /curve must be one of 'ROC', 'PR', 'PRGAIN'; got 'ROCK'; did you mean 'ROC'/],
    [() => metrics.f1Score({ beta: 1 } as never), /F1Score: unknown option 'beta'/],
    [() => metrics.f1Score().update(ones([3]), ones([3])), /expected targets and predictions \[samples, classes\]/],
    [() => metrics.iou({ numClasses: 2, targetClassIds: [2] }), /targetClassIds must lie from 0 to 1, not 2/],
  ])('%s is an error', (make, message) => expect(make).toThrow(message))
})
