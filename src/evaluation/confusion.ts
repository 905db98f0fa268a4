// What a classifier takes for what: the confusion matrix, and precision, recall and F1 by class. As scikit-learn counts.
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { choice, nullable, number, optional, readOptions, type Given } from '../util/options'
import { alignedTable, showsText } from '../util/table'
import { labelList, perSample } from './options'
import { labelsOf, sameCount, sortedLabels, weightsOf, type Label, type Labels } from './rows'

const shared = {
  /** Classes in this order; others are left out. Default: all that occur, sorted. */
  labels: optional(labelList, null),
  sampleWeight: perSample,
  /** Scores above it are class 1, where predictions are probabilities in one column. Default 0.5. */
  threshold: optional(number(), 0.5),
}

const matrixOptions = {
  ...shared,
  /** Shares of the true class (rows), of the predicted class (columns) or of all; default null: counts. */
  normalize: optional(nullable(choice('true', 'pred', 'all')), null),
}
export type ConfusionOptions = Given<typeof matrixOptions>

export interface Confusion {
  readonly labels: readonly Label[]
  /** Row: the true class; column: the predicted one. */
  readonly matrix: number[][]
}

/**
 * How often each class (row) was taken for each (column). Predictions are labels, scores [n, classes] (the greatest counts) or
 * probabilities of class 1. See sklearn.metrics.confusion_matrix.
 */
export function confusionMatrix(yTrue: Labels, yPred: Labels, given?: ConfusionOptions): Confusion {
  const held = readOptions(matrixOptions, given, 'confusionMatrix')
  const { labels, matrix } = counted(yTrue, yPred, held, 'confusionMatrix')
  const rows = matrix.map(sum)
  const columns = matrix.map((_, j) => sum(matrix.map((row) => nth(row, j))))
  const whole = { true: (i: number) => nth(rows, i), pred: (_: number, j: number) => nth(columns, j), all: () => sum(rows) }
  const { normalize } = held
  return normalize === null
    ? { labels, matrix }
    : { labels, matrix: matrix.map((row, i) => row.map((n, j) => ratio(n, whole[normalize](i, j)))) }
}

const sum = (list: readonly number[]): number => list.reduce((total, n) => total + n, 0)
const ratio = (n: number, of: number, otherwise = 0): number => (of === 0 ? otherwise : n / of)

interface Counting {
  readonly labels: readonly Label[] | null
  readonly sampleWeight: unknown
  readonly threshold: number
}

function counted(yTrue: Labels, yPred: Labels, { labels: wanted, sampleWeight, threshold }: Counting, what: string): Confusion {
  const [truth, predicted] = [labelsOf(yTrue, `${what}: yTrue`), labelsOf(yPred, `${what}: yPred`, threshold)]
  sameCount(truth.length, predicted.length, what)
  const weights = weightsOf(sampleWeight, truth.length, what)
  const labels = wanted ?? sortedLabels([...truth, ...predicted])
  const places = new Map(labels.map((label, i) => [label, i]))
  const matrix = labels.map(() => Array<number>(labels.length).fill(0))
  truth.forEach((label, i) => {
    const [row, column] = [places.get(label), places.get(nth(predicted, i))]
    if (row !== undefined && column !== undefined) nth(matrix, row)[column]! += nth(weights, i)
  })
  return { labels, matrix }
}

const reportOptions = {
  ...shared,
  /** Names in the place of the labels, in their order. */
  names: optional(labelList, null),
  /** What a ratio is whose denominator is zero. Default 0. */
  zeroDivision: optional(number(0, 1), 0),
}
export type ReportOptions = Given<typeof reportOptions>

/** How well one class is found. */
export interface ClassScores {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** Samples of the class. */
  readonly support: number
}

export interface ClassificationReport {
  readonly classes: { readonly [label: string]: ClassScores }
  readonly accuracy: number
  /** Means over classes. */
  readonly macro: ClassScores
  /** Means over samples. */
  readonly weighted: ClassScores
  /** All of it as a table for people. */
  readonly text: string
}

/** Precision, recall and F1 of every class, and their means. See sklearn.metrics.classification_report. */
export function classificationReport(yTrue: Labels, yPred: Labels, given?: ReportOptions): ClassificationReport {
  const what = 'classificationReport'
  const held = readOptions(reportOptions, given, what)
  const { sampleWeight, threshold, names } = held
  const [truth, predicted] = [labelsOf(yTrue, `${what}: yTrue`), labelsOf(yPred, `${what}: yPred`, threshold)]
  sameCount(truth.length, predicted.length, what)
  const labels = held.labels ?? sortedLabels([...truth, ...predicted])
  check(!names || names.length === labels.length, 'BAD_ARGUMENT', () => `${what}: ${names!.length} names for ${labels.length} classes`)
  const weights = weightsOf(sampleWeight, truth.length, what)
  const scores = scoresOf(truth, predicted, labels, weights, held.zeroDivision)
  const total = sum(Array.from(weights))
  const right = truth.reduce<number>((n, label, i) => n + (label === predicted[i] ? nth(weights, i) : 0), 0)
  const support = sum(scores.map((each) => each.support))
  const mean = (weight: (each: ClassScores) => number, of: number): ClassScores => ({
    precision: ratio(sum(scores.map((each) => each.precision * weight(each))), of),
    recall: ratio(sum(scores.map((each) => each.recall * weight(each))), of),
    f1: ratio(sum(scores.map((each) => each.f1 * weight(each))), of),
    support,
  })
  const found = {
    classes: Object.fromEntries(scores.map((each, i) => [String((names ?? labels)[i]), each])),
    accuracy: ratio(right, total),
    macro: mean(() => 1, scores.length),
    weighted: mean((each) => each.support, support),
  }
  return showsText({ ...found, text: tableOf(found, total) })
}

function scoresOf(
  truth: readonly Label[],
  predicted: readonly Label[],
  labels: readonly Label[],
  weights: ArrayLike<number>,
  zero: number,
): ClassScores[] {
  const places = new Map(labels.map((label, i) => [label, i]))
  const [hits, asked, there] = [0, 1, 2].map(() => Array<number>(labels.length).fill(0)) as [number[], number[], number[]]
  truth.forEach((label, i) => {
    const [row, column] = [places.get(label), places.get(nth(predicted, i))]
    if (row !== undefined) there[row]! += nth(weights, i)
    if (column !== undefined) asked[column]! += nth(weights, i)
    if (row !== undefined && row === column) hits[row]! += nth(weights, i)
  })
  return labels.map((_, i) => ({
    precision: ratio(nth(hits, i), nth(asked, i), zero),
    recall: ratio(nth(hits, i), nth(there, i), zero),
    f1: ratio(2 * nth(hits, i), nth(asked, i) + nth(there, i), zero),
    support: nth(there, i),
  }))
}

function tableOf({ classes, accuracy, macro, weighted }: Omit<ClassificationReport, 'text'>, total: number): string {
  const cells = ({ precision, recall, f1, support }: ClassScores) => [...[precision, recall, f1].map((x) => x.toFixed(4)), String(support)]
  return alignedTable([
    ['', 'precision', 'recall', 'f1', 'support'],
    ...Object.entries(classes).map(([name, scores]) => [name, ...cells(scores)]),
    ['accuracy', '', '', accuracy.toFixed(4), String(total)],
    ['macro mean', ...cells(macro)],
    ['weighted mean', ...cells(weighted)],
  ])
}
