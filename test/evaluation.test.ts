// Splits, folds, reports and curves: as scikit-learn (scripts/golden/evaluation.py), and in a training.
import { describe, expect, test, vi } from 'vitest'
import { evaluation, layers, ops, optimizers, sequential, setSeed, tensor, utils, variable, type CrossValidation } from '../src/index'
import { golden } from './support/golden'

type Rows = { train: number[]; test: number[] }[]
interface Golden {
  folds: { y: number[]; groups: number[]; splits: number; kFold: Rows; stratified: Rows; grouped: Rows | null; time: Rows }[]
  reports: {
    y: number[]
    p: number[]
    weight: number[] | null
    normalize: 'true' | 'pred' | 'all' | null
    matrix: number[][]
    report: Record<string, Record<string, number>>
    accuracy: number
  }[]
  curves: (Record<'y' | 'score' | 'fpr' | 'tpr' | 'thresholds' | 'precision' | 'recall' | 'cuts' | 'observed' | 'predicted', number[]> &
    Record<'auc' | 'averagePrecision' | 'prAuc' | 'bins' | 'brier', number> & {
      weight: number[] | null
      drop: boolean
      strategy: 'uniform' | 'quantile'
    })[]
  classWeights: { y: number[]; weights: number[] }[]
}
const { folds, reports, curves, classWeights } = golden<never, Golden>('evaluation')

const lists = (made: readonly { train: Int32Array; test: Int32Array }[]) =>
  made.map(({ train, test: held }) => ({ train: [...train], test: [...held] }))
const near = (found: readonly number[], wanted: readonly number[]) => {
  expect(found.length).toBe(wanted.length)
  found.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 10))
}

describe('as scikit-learn', () => {
  test.each(folds.map((each, i) => [i, each] as const))('folds %i', (_, { y, groups, splits, kFold, stratified, grouped, time }) => {
    expect(lists(evaluation.kFold(y, { splits }))).toEqual(kFold)
    expect(lists(evaluation.stratifiedKFold(y, { splits }))).toEqual(stratified)
    if (grouped) expect(lists(evaluation.groupKFold(groups, { splits }))).toEqual(grouped)
    expect(lists(evaluation.timeSeriesSplit(y, { splits, gap: 1, testSize: 2, maxTrainSize: 7 }))).toEqual(time)
  })

  test.each(reports.map((each, i) => [i, each] as const))('reports %i', (_, { y, p, weight, normalize, matrix, report, accuracy }) => {
    const found = evaluation.confusionMatrix(y, p, { sampleWeight: weight, normalize })
    found.matrix.forEach((row, i) => near(row, matrix[i]!))
    const made = evaluation.classificationReport(tensor(y, [y.length], 'int32'), Int32Array.from(p), { sampleWeight: weight })
    const names = { f1: 'f1-score', precision: 'precision', recall: 'recall', support: 'support' } as const
    const compare = (own: object, theirs: Record<string, number>) =>
      Object.entries(own).forEach(([key, value]) => expect(value).toBeCloseTo(theirs[names[key as keyof typeof names]]!, 10))
    for (const [label, scores] of Object.entries(made.classes)) compare(scores, report[label]!)
    compare(made.macro, report['macro avg']!)
    compare(made.weighted, report['weighted avg']!)
    expect(made.accuracy).toBeCloseTo(accuracy, 10)
  })

  test.each(curves.map((each, i) => [i, each] as const))('curves %i', (_, wanted) => {
    const { y, score, weight, drop, bins, strategy } = wanted
    const roc = evaluation.rocCurve(y, score, { sampleWeight: weight, dropIntermediate: drop })
    near(roc.falsePositiveRate, wanted.fpr)
    near(roc.truePositiveRate, wanted.tpr)
    expect(roc.thresholds).toEqual([Infinity, ...wanted.thresholds])
    expect(roc.area).toBeCloseTo(wanted.auc, 10)
    const pr = evaluation.precisionRecallCurve(y, score, { sampleWeight: weight })
    near(pr.precision, wanted.precision)
    near(pr.recall, wanted.recall)
    near(pr.thresholds, wanted.cuts)
    expect([pr.averagePrecision, pr.area].map((x) => x.toFixed(9))).toEqual(
      [wanted.averagePrecision, wanted.prAuc].map((x) => x.toFixed(9)),
    )
    const calibration = evaluation.calibrationCurve(y, score, { bins, strategy })
    near(calibration.observed, wanted.observed)
    near(calibration.predicted, wanted.predicted)
    expect(calibration.brier).toBeCloseTo(wanted.brier, 10)
  })

  test.each(classWeights)('class weights of $y', ({ y, weights }) => {
    near(Object.values(utils.classWeights(y)), weights)
    near(Object.values(utils.classWeights(tensor(y))), weights)
  })
})

describe('trainTestSplit', () => {
  const n = 40
  const x = Array.from({ length: n }, (_, i) => [i, i + 0.5])
  const y = Int32Array.from({ length: n }, (_, i) => Number(i % 4 === 0))

  test.each<[string, () => { train: { x: number[][] }; test: { x: number[][] } }]>([
    ['nested arrays', () => evaluation.trainTestSplit(x, y, { testSize: 0.3, seed: 1 })],
    [
      'tensors',
      () => {
        const { train, test: held } = evaluation.trainTestSplit(tensor(x), y, { testSize: 0.3, seed: 1 })
        return { train: { x: train.x.arraySync<number[][]>() }, test: { x: held.x.arraySync<number[][]>() } }
      },
    ],
    [
      'objects by name',
      () => {
        const flat = Float32Array.from(x, ([first]) => first!)
        const { train, test: held } = evaluation.trainTestSplit({ a: flat, b: variable(tensor(x)) }, y, { testSize: 0.3, seed: 1 })
        expect([...train.x.a]).toEqual((train.x.b as unknown as { arraySync(): number[][] }).arraySync().map(([first]) => first))
        const back = (list: Float32Array) => [...list].map((value) => [value, value + 0.5])
        return { train: { x: back(train.x.a) }, test: { x: back(held.x.a) } }
      },
    ],
  ])('rows of %s, each once', (_, split) => {
    const { train, test: held } = split()
    expect([train.x.length, held.x.length]).toEqual([28, 12])
    expect([...train.x, ...held.x].sort((a, b) => a[0]! - b[0]!)).toEqual(x)
    expect(train.x).not.toEqual(x.slice(0, 28))
  })
  test('x and y stay together, and weights with them', () => {
    const weights = Float32Array.from(y, (label, i) => label * 100 + i)
    const { train, test: held } = evaluation.trainTestSplit(x, y, { sampleWeight: weights, seed: 2 })
    for (const part of [train, held]) {
      expect([...part.y]).toEqual([...part.rows].map((row) => y[row]))
      expect(part.x.map(([first]) => first)).toEqual([...part.rows])
      expect([...(part.sampleWeight as Float32Array)]).toEqual([...part.rows].map((row) => weights[row]))
    }
    expect(held.rows.length).toBe(10)
  })
  test('labels in the same shares', () => {
    for (const seed of [1, 2, 3]) {
      const { train, test: held } = evaluation.trainTestSplit(x, y, { stratify: y, testSize: 0.2, seed })
      const ones = (part: Int32Array) => part.filter((label) => label === 1).length
      expect([ones(train.y), ones(held.y), train.rows.length, held.rows.length]).toEqual([8, 2, 32, 8])
    }
  })
  test('groups stay whole', () => {
    const groups = Array.from({ length: n }, (_, i) => `group ${i % 8}`)
    const { train, test: held } = evaluation.trainTestSplit(x, y, { groups, testSize: 0.25, seed: 4 })
    const of = (rows: Int32Array) => new Set([...rows].map((row) => groups[row]))
    expect([of(train.rows).size, of(held.rows).size]).toEqual([6, 2])
    expect([...of(train.rows)].filter((group) => of(held.rows).has(group))).toEqual([])
  })
  test('the latest are the test', () => {
    const time = Array.from({ length: n }, (_, i) => (i * 7) % n)
    const { train, test: held } = evaluation.trainTestSplit(x, undefined, { time, testSize: 5 })
    expect(Math.max(...[...train.rows].map((row) => time[row]!))).toBeLessThan(Math.min(...[...held.rows].map((row) => time[row]!)))
    expect([...evaluation.trainTestSplit(x, y, { shuffle: false }).test.rows]).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39])
  })
  test('the same seed, the same parts; without one, those of setSeed', () => {
    const rows = () => [...evaluation.trainTestSplit(x, y).test.rows]
    setSeed(3)
    const first = rows()
    expect(rows()).not.toEqual(first)
    setSeed(3)
    expect(rows()).toEqual(first)
  })
  test.each<[string, () => unknown, RegExp]>([
    ['lengths', () => evaluation.trainTestSplit(x, [1, 2]), /x has 40 samples, .*y has 2/],
    ['sizes', () => evaluation.trainTestSplit(x, y, { testSize: 40 }), /40 samples cannot be split into 0 for training and 40/],
    ['both ways', () => evaluation.trainTestSplit(x, y, { stratify: y, groups: y }), /one of stratify and groups/],
    ['a lone label', () => evaluation.trainTestSplit([1, 2, 3], undefined, { stratify: [0, 0, 1] }), /two samples of each label/],
    ['folds', () => evaluation.kFold(3, { splits: 4 }), /3 samples cannot be parted into 4/],
    ['a row', () => evaluation.take(x, [0, 40]), /no row 40/],
    ['many labels', () => evaluation.rocCurve([0, 1, 2], [0.1, 0.2, 0.3]), /3 labels; say which is positive/],
    ['probabilities', () => evaluation.calibrationCurve([0, 1], [0.5, 1.5]), /probabilities from 0 to 1/],
    ['counts', () => evaluation.confusionMatrix([0, 1], [1]), /yTrue has 2 samples, the predictions 1/],
    ['classes', () => utils.toCategorical([0, 3], 2), /value 1 is 3; with 2 classes/],
  ])('wrong: %s', (_, act, message) => expect(act).toThrow(message))
})

describe('folds', () => {
  test('every sample is tested once in each repetition, each in a new order', () => {
    for (const made of [
      evaluation.kFold(23, { splits: 4, repeats: 3, seed: 1 }),
      evaluation.stratifiedKFold(
        Array.from({ length: 23 }, (_, i) => i % 3),
        { splits: 4, repeats: 3, seed: 1 },
      ),
    ]) {
      expect(made.length).toBe(12)
      for (const repeat of [0, 1, 2]) {
        const tests = made.slice(repeat * 4, repeat * 4 + 4).flatMap(({ test: rows }) => [...rows])
        expect(tests.sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, i) => i))
      }
      expect([...made[0]!.test]).not.toEqual([...made[4]!.test])
    }
  })
})

describe('scores', () => {
  test('scores of several columns, texts and one-hot rows are labels', () => {
    const { labels, matrix } = evaluation.confusionMatrix(['cat', 'dog', 'cat'], ['cat', 'cat', 'cat'])
    expect([labels, matrix]).toEqual([
      ['cat', 'dog'],
      [
        [2, 0],
        [1, 0],
      ],
    ])
    const scores = tensor([
      [0.1, 0.9],
      [0.8, 0.2],
    ])
    expect(evaluation.confusionMatrix(utils.toCategorical([1, 1]), scores).matrix).toEqual([
      [0, 0],
      [1, 1],
    ])
    expect(evaluation.classificationReport([1, 0, 1], [0.7, 0.2, 0.4]).accuracy).toBeCloseTo(2 / 3)
    expect(evaluation.rocCurve([1, 0], scores).area).toBe(1)
  })
  test('a report says itself in words', () => {
    const { text } = evaluation.classificationReport([0, 1, 1], [0, 1, 0], { names: ['no', 'yes'] })
    expect(text).toMatchInlineSnapshot(`
      "               precision  recall      f1  support
      no                0.5000  1.0000  0.6667        1
      yes               1.0000  0.5000  0.6667        2
      accuracy                          0.6667        3
      macro mean        0.7500  0.7500  0.6667        3
      weighted mean     0.8333  0.6667  0.6667        3"
    `)
  })
  test('the area under points', () => {
    expect(evaluation.areaUnder([0, 1, 2], [0, 1, 0])).toBe(1)
    expect(() => evaluation.areaUnder([0, 2, 1], [0, 1, 0])).toThrow(/up or down/)
  })
})

describe('duplicates', () => {
  test('rows that are the same in all their parts', () => {
    const a = {
      x: tensor([
        [1, 2],
        [3, 4],
        [1, 2],
      ]),
      word: ['a', 'b', 'a'],
    } // prettier-ignore
    const b = {
      x: tensor([
        [1, 2],
        [1, 2],
        [3, 5],
      ]),
      word: ['a', 'b', 'b'],
    } // prettier-ignore
    const { count, pairs, share, text } = evaluation.duplicates(a, b)
    expect([count, pairs, share.toFixed(2)]).toEqual([1, [[0, 0]], '0.33'])
    expect(text).toMatch(/1 of 3 samples/)
    expect(evaluation.duplicates([1, 2], Float32Array.of(3)).count).toBe(0)
  })
})

describe('utils as Keras', () => {
  test.each<[string, { arraySync(): unknown }, unknown]>([
    [
      'toCategorical',
      utils.toCategorical([0, 2]),
      [
        [1, 0, 0],
        [0, 0, 1],
      ],
    ], // prettier-ignore
    [
      'toCategorical of a column',
      utils.toCategorical([[1], [0]], 2),
      [
        [0, 1],
        [1, 0],
      ],
    ], // prettier-ignore
    [
      'normalize',
      utils.normalize([
        [3, 4],
        [0, 0],
      ]),
      [
        [Math.fround(0.6), Math.fround(0.8)],
        [0, 0],
      ],
    ], // prettier-ignore
    ['normalize by the sum', utils.normalize([[1, 3]], -1, 1), [[0.25, 0.75]]],
    [
      'normalize columns',
      utils.normalize(
        [
          [2, 1],
          [0, 0],
        ],
        0,
        Infinity,
      ),
      [
        [1, 1],
        [0, 0],
      ],
    ], // prettier-ignore
  ])('%s', (_, found, wanted) => expect(found.arraySync()).toEqual(wanted))
})

describe('crossValidate', () => {
  const x = Array.from({ length: 30 }, (_, i) => [i / 30])
  const y = x.map(([value]) => 2 * value! + 1)
  const make = () => {
    const net = sequential([layers.dense({ units: 1, kernelInitializer: 'zeros', inputShape: [1] })])
    net.compile({ optimizer: optimizers.sgd({ learningRate: 0.3 }), loss: 'mse', metrics: ['mae'] })
    return net
  }

  test('a new model for each fold; scores, means and a table', async () => {
    const parts: number[] = []
    const models = new Set<object>()
    const found = await evaluation.crossValidate(
      ({ x: train, fold }) => {
        parts.push(fold, train.length)
        return make()
      },
      x,
      y,
      { splits: 3, repeats: 2, fit: { epochs: 20, batchSize: 5 }, seed: 1, onFold: (_, net) => void models.add(net) },
    )
    expect(parts).toEqual([0, 20, 1, 20, 2, 20, 3, 20, 4, 20, 5, 20])
    expect(models.size).toBe(6)
    expect(Object.keys(found.scores)).toEqual(['loss', 'mae'])
    expect(found.scores.mae!.length).toBe(6)
    expect(found.mean.loss).toBeCloseTo(found.scores.loss!.reduce((sum, value) => sum + value) / 6, 10)
    expect(found.mean.mae).toBeLessThan(0.2)
    expect(found.text.split('\n').length).toBe(9)
    expect(found.folds[0]!.history.history.loss.length).toBe(20)
  })
  test('objects by name, weights, labels and folds of one’s own; progress', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const options = { splits: 3, fit: { epochs: 1 }, verbose: 1 }
    const run = (more: object): Promise<CrossValidation> => evaluation.crossValidate(make, tensor(x), tensor(y), { ...options, ...more })
    const labels = x.map((_, i) => i % 2)
    for (const more of [{ stratify: labels }, { groups: labels.map((label, i) => label + i) }, { sampleWeight: tensor(y) }])
      expect((await run(more)).folds.length).toBe(3)
    expect((await run({ folds: evaluation.timeSeriesSplit(x, { splits: 2 }) })).folds.map(({ test: rows }) => rows.length)).toEqual([
      10, 10,
    ])
    expect(log.mock.calls.filter(([text]) => /^fold \d\/3 - loss/.test(String(text))).length).toBe(9)
    log.mockRestore()
  })
  test('wrong models are told', async () => {
    const one = make()
    await expect(evaluation.crossValidate(() => one, x, y, { splits: 2 })).rejects.toThrow(/same model twice/)
    await expect(evaluation.crossValidate(() => ({}), x, y)).rejects.toThrow(/must return a compiled model/)
    await expect(evaluation.crossValidate(make, x, y, { fit: { sampleWeight: y } })).rejects.toThrow(/stands beside fit/)
  })
  test('a weighted sample counts as often', async () => {
    const weights = x.map((_, i) => (i < 15 ? 0 : 1))
    const { folds: found } = await evaluation.crossValidate(make, ops.mul(tensor(x), 1), y, {
      splits: 2,
      shuffle: false,
      sampleWeight: weights,
      fit: { epochs: 1 },
    })
    expect(found[0]!.scores.loss).toBe(0) // its test part has no weight
  })
})
