// trainTestSplit: samples in two parts, by chance, by class, by group or in order. Sizes as scikit-learn's train_test_split.
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { flag, number, optional, nullable, readOptions, type Given } from '../util/options'
import type { DataTree } from '../model/data'
import { permutation } from '../util/shuffle'
import { perSample, randomOf, seed } from './options'
import { countRows, labelsOf, sortedLabels, takeRows, type Label, type RowTree } from './rows'

const share = nullable(number(0))
const options = {
  /** Below 1 a share of the samples, else their number. Default 0.25, or what trainSize leaves. */
  testSize: optional(share, null),
  /** The same of the training part. Default: what the test part leaves. */
  trainSize: optional(share, null),
  /** By chance. Default true; false: the last samples are the test part, as data in the order of time want it. */
  shuffle: optional(flag, true),
  /** The same share of each of these labels in both parts. */
  stratify: perSample,
  /** Samples of one group all go to the same part; sizes are then shares of groups. */
  groups: perSample,
  /** A time for each sample: the test part is the latest. */
  time: perSample,
  /** Default: the next of setSeed. */
  seed,
  /** Weights that are split with x and y. */
  sampleWeight: perSample,
}
export type SplitOptions = Given<typeof options>

/** One of the parts; `rows` says where its samples stood. */
export interface Part<X, Y> {
  readonly x: X
  readonly y: Y
  readonly sampleWeight?: DataTree
  readonly rows: Int32Array
}
export interface Split<X, Y> {
  readonly train: Part<X, Y>
  readonly test: Part<X, Y>
}

/**
 * Two parts of the samples: `const { train, test } = trainTestSplit(x, y, { testSize: 0.2, stratify: y })`. Each part is `{ x, y, rows }`,
 * as validationData takes it. See sklearn.model_selection.train_test_split.
 */
export function trainTestSplit<X extends RowTree, Y extends RowTree | undefined = undefined>(
  x: X,
  y?: Y,
  given?: SplitOptions,
): Split<X, Y> {
  const held = readOptions(options, given, 'trainTestSplit')
  const { sampleWeight } = held
  const count = countRows(
    { x, ...(hasValue(y) && { y }), ...(sampleWeight && { sampleWeight: sampleWeight as RowTree }) },
    'trainTestSplit',
  )
  const { train, test } = splitRows(count, held)
  const part = (rows: Int32Array): Part<X, Y> => ({
    x: takeRows(x, rows),
    y: hasValue(y) ? takeRows(y, rows) : (undefined as Y),
    ...(sampleWeight && { sampleWeight: takeRows(sampleWeight as RowTree, rows) as DataTree }),
    rows,
  })
  return { train: part(train), test: part(test) }
}

const hasValue = <Y>(y: Y): y is Y & RowTree => y !== undefined && y !== null

interface Parts {
  readonly train: Int32Array
  readonly test: Int32Array
}

interface How {
  readonly testSize: number | null
  readonly trainSize: number | null
  readonly shuffle: boolean
  readonly stratify: unknown
  readonly groups: unknown
  readonly time: unknown
  readonly seed: number | null
}

function splitRows(count: number, how: How): Parts {
  const { stratify, groups, time, shuffle } = how
  const chosen = Object.entries({ stratify, groups, time }).filter(([, value]) => value !== null && value !== undefined)
  check(chosen.length <= 1, 'BAD_ARGUMENT', () => `trainTestSplit: give one of ${chosen.map(([name]) => name).join(' and ')}, not both`)
  check(shuffle || !chosen.length || time, 'BAD_ARGUMENT', () => 'trainTestSplit: stratify and groups need shuffle: true')
  if (stratify) return byClass(labelsFor(stratify, count, 'stratify'), how)
  if (groups) return byGroup(labelsFor(groups, count, 'groups'), how)
  if (time) return inOrder(byTime(labelsFor(time, count, 'time')), how)
  if (!shuffle)
    return inOrder(
      Int32Array.from({ length: count }, (_, i) => i),
      how,
    )
  const { train, test } = partSizes(count, how)
  const order = Int32Array.from(permutation(count, randomOf(how.seed)))
  return { test: order.slice(0, test), train: order.slice(test, test + train) }
}

function labelsFor(given: unknown, count: number, what: string): Label[] {
  const labels = labelsOf(given, `trainTestSplit: ${what}`)
  check(labels.length === count, 'BAD_SHAPE', () => `trainTestSplit: ${what} has ${labels.length} values for ${count} samples`)
  return labels
}

/** Samples of both parts: a share of the test part is rounded up, one of the training part down. */
function partSizes(count: number, { testSize, trainSize }: How, of = 'samples'): { train: number; test: number } {
  const whole = (size: number, round: (x: number) => number) => (size < 1 ? round(size * count) : size)
  const wanted = testSize ?? (trainSize === null ? 0.25 : null)
  const test = wanted === null ? count - whole(trainSize!, Math.floor) : whole(wanted, Math.ceil)
  const train = trainSize === null ? count - test : whole(trainSize, Math.floor)
  check(
    Number.isInteger(test) && Number.isInteger(train) && test > 0 && train > 0 && test + train <= count,
    'BAD_ARGUMENT',
    () =>
      `trainTestSplit: ${count} ${of} cannot be split into ${train} for training and ${test} for the test; ` +
      'sizes below 1 are shares, others numbers; both parts must hold some',
  )
  return { train, test }
}

function inOrder(order: Int32Array, how: How): Parts {
  const { train, test } = partSizes(order.length, how)
  return { train: order.slice(0, train), test: order.slice(train, train + test) }
}

const byTime = (times: readonly Label[]): Int32Array =>
  Int32Array.from(times.map((_, i) => i).sort((a, b) => (nth(times, a) < nth(times, b) ? -1 : nth(times, a) > nth(times, b) ? 1 : a - b)))

/** Rows of each label, in the order of the labels. */
export function rowsByLabel(labels: readonly Label[]): Map<Label, number[]> {
  const rows = new Map<Label, number[]>(sortedLabels(labels).map((label) => [label, []]))
  labels.forEach((label, row) => rows.get(label)!.push(row))
  return rows
}

function byGroup(groups: readonly Label[], how: How): Parts {
  const rows = [...rowsByLabel(groups).values()]
  const { train, test } = partSizes(rows.length, how, 'groups')
  const order = permutation(rows.length, randomOf(how.seed))
  const isTest = new Set(order.subarray(0, test))
  const isTrain = new Set(order.subarray(test, test + train))
  const of = (places: ReadonlySet<number>) => Int32Array.from([...places].flatMap((place) => nth(rows, place))).sort()
  return { train: of(isTrain), test: of(isTest) }
}

function byClass(labels: readonly Label[], how: How): Parts {
  const classes = [...rowsByLabel(labels).values()]
  const { train, test } = partSizes(labels.length, how)
  const least = Math.min(...classes.map((rows) => rows.length))
  check(least > 1, 'BAD_ARGUMENT', () => 'trainTestSplit: stratify needs at least two samples of each label; one label has a single one')
  check(
    train >= classes.length && test >= classes.length,
    'BAD_ARGUMENT',
    () => `trainTestSplit: ${classes.length} labels need as many samples in both parts; they have ${train} and ${test}`,
  )
  const random = randomOf(how.seed)
  const ofTrain = proportional(
    classes.map((rows) => rows.length),
    train,
    random,
  )
  const ofTest = proportional(
    classes.map((rows, i) => rows.length - nth(ofTrain, i)),
    test,
    random,
  )
  const parts: { train: number[]; test: number[] } = { train: [], test: [] }
  classes.forEach((rows, i) => {
    const mixed = Array.from(permutation(rows.length, random), (place) => nth(rows, place))
    parts.train.push(...mixed.slice(0, ofTrain[i]))
    parts.test.push(...mixed.slice(ofTrain[i], nth(ofTrain, i) + nth(ofTest, i)))
  })
  const mix = (rows: readonly number[]) => Int32Array.from(permutation(rows.length, random), (place) => nth(rows, place))
  return { train: mix(parts.train), test: mix(parts.test) }
}

/** Whole numbers that sum to `total`, as near as can be to shares of the counts; the greatest remainders first, ties by chance. */
function proportional(counts: readonly number[], total: number, random: () => number): number[] {
  const sum = counts.reduce((n, count) => n + count, 0)
  const exact = counts.map((count) => (count / sum) * total)
  const whole = exact.map(Math.floor)
  const missing = total - whole.reduce((n, count) => n + count, 0)
  const chance = Array.from(permutation(counts.length, random))
  const order = chance.sort((a, b) => nth(exact, b) - nth(whole, b) - (nth(exact, a) - nth(whole, a)))
  for (const place of order.slice(0, missing)) whole[place]!++
  return whole
}
