// Scores of two classes at every threshold: ROC, precision and recall, calibration. As plain data; drawing is somebody else's.
import { check, reading } from '../util/errors'
import { choice, flag, optional, positive, readOptions, type Given, type Kind } from '../util/options'
import { perSample } from './options'
import { labelsOf, matrixOf, sameCount, sortedLabels, weightsOf, type Label, type Labels } from './rows'

const label: Kind<number | string | null> = {
  takes: 'a label',
  save: () => null,
  read: (value, what) => {
    check(value === null || typeof value === 'number' || typeof value === 'string', 'BAD_ARGUMENT', () => `${what} must be a label`)
    return value as number | string | null
  },
}

const shared = {
  /** The label that counts as positive. Default: 1, or the greater of two labels. */
  positive: optional(label, null),
  sampleWeight: perSample,
}
const rocOptions = {
  ...shared,
  /** Leaves out points on a straight line between others. Default true. */
  dropIntermediate: optional(flag, true),
}
export type RocOptions = Given<typeof rocOptions>
export type PrecisionRecallOptions = Given<typeof shared>

/** Whether each sample is positive, its score and weight. */
interface Scored {
  readonly positive: readonly boolean[]
  readonly scores: ArrayLike<number>
  readonly weights: ArrayLike<number>
}

/** Of scores [n, classes] the column of the positive label. */
function scored(yTrue: Labels, yScore: Labels, held: { positive: Label | null; sampleWeight: unknown }, what: string): Scored {
  const truth = labelsOf(yTrue, `${what}: yTrue`)
  const { rows, columns, values } = matrixOf(yScore, `${what}: scores`)
  sameCount(truth.length, rows, what)
  check(rows > 0, 'BAD_DATA', () => `${what}: there are no samples`)
  const labels = sortedLabels(truth)
  check(
    held.positive !== null || labels.length <= 2,
    'BAD_ARGUMENT',
    () => `${what}: there are ${labels.length} labels; say which is positive, as { positive: ${JSON.stringify(labels[0])} }`,
  )
  const wanted = held.positive ?? (labels.includes(1) || labels.every((each) => each === 0) ? 1 : labels.at(-1)!)
  const column = columns < 2 ? 0 : typeof wanted === 'number' ? wanted : labels.indexOf(wanted)
  check(
    Number.isInteger(column) && column >= 0 && column < Math.max(1, columns),
    'BAD_ARGUMENT',
    () => `${what}: the scores have no column for the positive label ${JSON.stringify(wanted)}`,
  )
  const scores = columns < 2 ? values : Float64Array.from({ length: rows }, (_, row) => values[row * columns + column]!)
  const weights = weightsOf(held.sampleWeight, rows, what)
  return { positive: truth.map((each) => each === wanted), scores, weights }
}

/** Positives and negatives with at least each score, from the greatest score down. */
interface Counts {
  readonly truePositives: number[]
  readonly falsePositives: number[]
  readonly thresholds: number[]
}

function countsOf({ positive, scores, weights }: Scored): Counts {
  const order = positive.map((_, i) => i).filter((i) => weights[i]! > 0)
  order.sort((a, b) => scores[b]! - scores[a]! || a - b)
  const counts: Counts = { truePositives: [], falsePositives: [], thresholds: [] }
  let [hits, misses] = [0, 0]
  order.forEach((i, at) => {
    if (positive[i]) hits += weights[i]!
    else misses += weights[i]!
    const next = order[at + 1]
    if (next !== undefined && scores[next] === scores[i]) return
    counts.truePositives.push(hits)
    counts.falsePositives.push(misses)
    counts.thresholds.push(scores[i]!)
  })
  return counts
}

const shareOf = (list: readonly number[]): number[] => list.map((n) => (list.at(-1) ? n / list.at(-1)! : NaN))

export interface RocCurve {
  readonly falsePositiveRate: number[]
  readonly truePositiveRate: number[]
  /** A sample is taken as positive from this score on; the first, Infinity, takes none. */
  readonly thresholds: number[]
  /** Under the curve (AUC): 0.5 by chance, 1 where scores part both classes. NaN where a class is missing. */
  readonly area: number
}

/** How many are found at which price. See sklearn.metrics.roc_curve and roc_auc_score. */
export function rocCurve(yTrue: Labels, scores: Labels, given?: RocOptions): RocCurve {
  const held = readOptions(rocOptions, given, 'rocCurve')
  const { truePositives, falsePositives, thresholds } = countsOf(scored(yTrue, scores, held, 'rocCurve'))
  const places = held.dropIntermediate && thresholds.length > 2 ? corners(truePositives, falsePositives) : thresholds.map((_, i) => i)
  const kept = new Set(places)
  const through = (list: readonly number[]) => [0, ...shareOf(list).filter((_, i) => kept.has(i))]
  const [falsePositiveRate, truePositiveRate] = [through(falsePositives), through(truePositives)]
  return {
    falsePositiveRate,
    truePositiveRate,
    thresholds: [Infinity, ...places.map((i) => thresholds[i]!)],
    area: areaUnder(falsePositiveRate, truePositiveRate),
  }
}

/** First and last point, and those where the steps change. */
function corners(a: readonly number[], b: readonly number[]): number[] {
  const bend = (list: readonly number[], i: number) => list[i - 1]! - 2 * list[i]! + list[i + 1]! !== 0
  return a.flatMap((_, i) => (i === 0 || i === a.length - 1 || bend(a, i) || bend(b, i) ? [i] : []))
}

/** The area under points (x, y), by trapezoids; x goes up or down. See sklearn.metrics.auc. */
export const areaUnder = (x: readonly number[], y: readonly number[]): number => reading('areaUnder', () => area(x, y))

function area(x: readonly number[], y: readonly number[]): number {
  const areNumbers = (list: unknown) => Array.isArray(list) && list.length > 1 && list.every((each) => typeof each === 'number')
  const right = areNumbers(x) && areNumbers(y) && x.length === y.length
  check(right, 'BAD_ARGUMENT', () => 'areaUnder: expected two arrays of as many numbers, at least two')
  const steps = x.slice(1).map((each, i) => each - x[i]!)
  const oneWay = steps.every((step) => !(step < 0)) || steps.every((step) => !(step > 0))
  check(oneWay, 'BAD_ARGUMENT', () => 'areaUnder: x must go up or down, not both')
  return Math.abs(steps.reduce((sum, step, i) => sum + (step * (y[i]! + y[i + 1]!)) / 2, 0))
}

export interface PrecisionRecallCurve {
  /** For each threshold, then 1. */
  readonly precision: number[]
  /** For each threshold, then 0. */
  readonly recall: number[]
  /** Rising. */
  readonly thresholds: number[]
  /** Σ (Rₙ − Rₙ₋₁) Pₙ. */
  readonly averagePrecision: number
  /** Under the curve, by trapezoids. */
  readonly area: number
}

/** Precision and recall at every threshold. See sklearn.metrics.precision_recall_curve and average_precision_score. */
export function precisionRecallCurve(yTrue: Labels, scores: Labels, given?: PrecisionRecallOptions): PrecisionRecallCurve {
  const held = readOptions(shared, given, 'precisionRecallCurve')
  const { truePositives, falsePositives, thresholds } = countsOf(scored(yTrue, scores, held, 'precisionRecallCurve'))
  const all = truePositives.at(-1) ?? 0
  const precision = [...truePositives.map((hits, i) => (hits + falsePositives[i]! ? hits / (hits + falsePositives[i]!) : 0)).reverse(), 1]
  const recall = [...truePositives.map((hits) => (all ? hits / all : 1)).reverse(), 0]
  const averagePrecision = precision.slice(0, -1).reduce((sum, p, i) => sum + (recall[i]! - recall[i + 1]!) * p, 0)
  return { precision, recall, thresholds: thresholds.reverse(), averagePrecision, area: areaUnder(recall, precision) }
}

const calibrationOptions = {
  ...shared,
  /** Default 5. */
  bins: optional(positive, 5),
  /** Bins of the same width, or with as many samples. Default 'uniform'. */
  strategy: optional(choice('uniform', 'quantile'), 'uniform'),
}
export type CalibrationOptions = Given<typeof calibrationOptions>

/** Bins that hold samples, from low to high. */
export interface Calibration {
  /** Mean predicted probability. */
  readonly predicted: number[]
  /** Share of positives. */
  readonly observed: number[]
  readonly counts: number[]
  /** Σ |observed − predicted| by the weight of the bins (ECE). */
  readonly expectedError: number
  /** Mean (probability − truth)². */
  readonly brier: number
}

/** Whether of what is called 70 % probable 70 % come true. See sklearn.calibration.calibration_curve. */
export function calibrationCurve(yTrue: Labels, probabilities: Labels, given?: CalibrationOptions): Calibration {
  const held = readOptions(calibrationOptions, given, 'calibrationCurve')
  const { positive, scores, weights } = scored(yTrue, probabilities, held, 'calibrationCurve')
  const values = Array.from(scores)
  const stray = values.find((value) => !(value >= 0 && value <= 1))
  check(stray === undefined, 'BAD_DATA', () => `calibrationCurve: expected probabilities from 0 to 1, not ${stray}`)
  const edges = held.strategy === 'uniform' ? Array.from({ length: held.bins + 1 }, (_, i) => i / held.bins) : quantiles(values, held.bins)
  const inner = edges.slice(1, -1)
  const bins = edges.map(() => ({ weight: 0, count: 0, sum: 0, positives: 0 }))
  values.forEach((value, i) => {
    const bin = bins[inner.filter((edge) => edge < value).length]!
    bin.count++
    bin.weight += weights[i]!
    bin.sum += value * weights[i]!
    bin.positives += Number(positive[i]) * weights[i]!
  })
  const filled = bins.filter(({ weight }) => weight > 0)
  const total = filled.reduce((sum, { weight }) => sum + weight, 0)
  return {
    predicted: filled.map(({ sum, weight }) => sum / weight),
    observed: filled.map(({ positives, weight }) => positives / weight),
    counts: filled.map(({ count }) => count),
    expectedError: filled.reduce((sum, bin) => sum + Math.abs(bin.positives - bin.sum) / total, 0),
    brier: values.reduce((sum, value, i) => sum + (weights[i]! * (value - Number(positive[i])) ** 2) / total, 0),
  }
}

/** As numpy.percentile: linear between neighbours. */
function quantiles(values: readonly number[], bins: number): number[] {
  const sorted = [...values].sort((a, b) => a - b)
  return Array.from({ length: bins + 1 }, (_, i) => {
    const place = (i / bins) * (sorted.length - 1)
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
    return low + (high - low) * (place - Math.floor(place))
  })
}
