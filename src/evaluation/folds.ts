// Folds: every sample is in the test part of one of them. As scikit-learn's KFold, StratifiedKFold, GroupKFold and TimeSeriesSplit.
import { check, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { flag, integer, nullable, optional, positive, readOptions, type Given, type Held } from '../util/options'
import { permutation } from '../util/shuffle'
import { randomOf, seed } from './options'
import { countRows, labelsOf, type Label, type Labels, type RowTree } from './rows'
import { rowsByLabel } from './split'

/** Rows to train on and rows to test on. */
export interface Fold {
  readonly train: Int32Array
  readonly test: Int32Array
}

const options = {
  /** Parts. Default 5. */
  splits: optional(integer(2), 5),
  /** Samples in a new order before they are parted. Default false, as in scikit-learn; true where `repeats` is given. */
  shuffle: optional(nullable(flag), null),
  /** How often all is done, each time in a new order. Default 1. */
  repeats: optional(positive, 1),
  /** Default: the next of setSeed. */
  seed,
}
export type FoldOptions = Given<typeof options>

/** How many samples: a number, or data. */
const sizeOf = (data: unknown, what: string): number => {
  const count = typeof data === 'number' ? data : countRows(data as RowTree, what)
  check(
    Number.isInteger(count) && count > 0 && count < 2 ** 26,
    'BAD_ARGUMENT',
    () => `${what}: expected samples, or their number, not ${showValue(count)}`,
  )
  return count
}

/** Rows that are not in the test part. */
function foldOf(test: readonly number[] | Int32Array, count: number): Fold {
  const isTest = new Uint8Array(count)
  for (const row of test) isTest[row] = 1
  const train = Int32Array.from({ length: count }, (_, row) => row).filter((row) => !isTest[row])
  return { train, test: Int32Array.from(test).sort() }
}

/** Folds once or several times, each time in a new order. */
function repeated(held: Held<typeof options>, count: number, once: (random: (() => number) | undefined) => Fold[]): Fold[] {
  const { repeats, shuffle, splits } = held
  check(repeats * splits * count < 2 ** 30, 'BAD_ARGUMENT', () => `${repeats} × ${splits} folds of ${count} samples are too many to list`)
  check(shuffle !== false || repeats === 1, 'BAD_ARGUMENT', () => 'repeats without shuffle would give the same folds again')
  const mixes = shuffle ?? repeats > 1
  const random = mixes ? randomOf(held.seed) : undefined
  return Array.from({ length: repeats }, () => once(random)).flat()
}

const checkSplits = (splits: number, count: number, of: string, what: string): void =>
  check(splits <= count, 'BAD_ARGUMENT', () => `${what}: ${count} ${of} cannot be parted into ${splits}; choose fewer splits`)

/** `for (const { train, test } of kFold(x, { splits: 5, shuffle: true })) …`; rows for take(x, train). */
export function kFold(data: RowTree | number, given?: FoldOptions): Fold[] {
  const held = readOptions(options, given, 'kFold')
  const count = sizeOf(data, 'kFold')
  checkSplits(held.splits, count, 'samples', 'kFold')
  return repeated(held, count, (random) => {
    const order = random ? Int32Array.from(permutation(count, random)) : Int32Array.from({ length: count }, (_, row) => row)
    let start = 0
    return Array.from({ length: held.splits }, (_, i) => {
      const size = Math.floor(count / held.splits) + Number(i < count % held.splits)
      return foldOf(order.subarray(start, (start += size)), count)
    })
  })
}

/** Folds with the same share of each label. */
export function stratifiedKFold(y: Labels, given?: FoldOptions): Fold[] {
  const held = readOptions(options, given, 'stratifiedKFold')
  const labels = labelsOf(y, 'stratifiedKFold: y')
  const counts = [...rowsByLabel(labels).values()].map((rows) => rows.length)
  checkSplits(held.splits, Math.max(0, ...counts), 'samples of the most frequent label', 'stratifiedKFold')
  return repeated(held, labels.length, (random) => {
    const parts = allocate(labels, held.splits, random)
    return Array.from({ length: held.splits }, (_, i) =>
      foldOf(
        parts.flatMap((part, row) => (part === i ? [row] : [])),
        labels.length,
      ),
    )
  })
}

/** The part that tests each row: labels in order are dealt out like cards; within a label the parts follow each other, or are mixed. */
function allocate(labels: readonly Label[], splits: number, random: (() => number) | undefined): number[] {
  const classes = [...new Set(labels)] // by first appearance
  const codes = labels.map((label) => classes.indexOf(label)).sort((a, b) => a - b)
  const shares = classes.map((_, code) => Array.from({ length: splits }, (_, part) => dealt(codes, code, part, splits)))
  const parts = Array<number>(labels.length)
  classes.forEach((label, code) => {
    const list = nth(shares, code).flatMap((n, part) => Array<number>(n).fill(part))
    const order = random ? permutation(list.length, random) : undefined
    let next = 0
    labels.forEach((each, row) => {
      if (each === label) parts[row] = nth(list, order ? nth(order, next++) : next++)
    })
  })
  return parts
}

const dealt = (codes: readonly number[], code: number, part: number, splits: number): number =>
  codes.reduce((n, each, i) => n + Number(i % splits === part && each === code), 0)

/** Folds in which no group is in both parts; the greatest groups first, each to the smallest part. */
export function groupKFold(groups: Labels, given?: FoldOptions): Fold[] {
  const held = readOptions(options, given, 'groupKFold')
  const labels = labelsOf(groups, 'groupKFold: groups')
  const rows = [...rowsByLabel(labels).values()]
  checkSplits(held.splits, rows.length, 'groups', 'groupKFold')
  return repeated(held, labels.length, (random) => {
    const order = random ? Array.from(permutation(rows.length, random)) : rows.map((_, i) => rows.length - 1 - i)
    order.sort((a, b) => nth(rows, b).length - nth(rows, a).length)
    const parts: number[][] = Array.from({ length: held.splits }, () => [])
    for (const place of order) {
      const smallest = parts.reduce((best, part) => (part.length < best.length ? part : best))
      smallest.push(...rows[place]!)
    }
    return parts.map((part) => foldOf(part, labels.length))
  })
}

const timeOptions = {
  /** Folds. Default 5. */
  splits: optional(integer(2), 5),
  /** Samples of each test part. Default: samples / (splits + 1). */
  testSize: optional(nullable(positive), null),
  /** Samples to train on at most, the latest. Default: all before the test part. */
  maxTrainSize: optional(nullable(positive), null),
  /** Samples left out between both parts. Default 0. */
  gap: optional(integer(0), 0),
}
export type TimeSeriesOptions = Given<typeof timeOptions>

/** Folds of samples in the order of time: each is tested on what follows what it was trained on. */
export function timeSeriesSplit(data: RowTree | number, given?: TimeSeriesOptions): Fold[] {
  const { splits, testSize, maxTrainSize, gap } = readOptions(timeOptions, given, 'timeSeriesSplit')
  const count = sizeOf(data, 'timeSeriesSplit')
  const size = testSize ?? Math.floor(count / (splits + 1))
  check(
    size > 0 && count - gap - size * splits > 0,
    'BAD_ARGUMENT',
    () => `timeSeriesSplit: ${count} samples are too few for ${splits} test parts of ${size}${gap ? ` and a gap of ${gap}` : ''}`,
  )
  const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i)
  check(splits * count < 2 ** 30, 'BAD_ARGUMENT', () => `timeSeriesSplit: ${splits} folds of ${count} samples are too many to list`)
  return Array.from({ length: splits }, (_, i) => {
    const start = count - (splits - i) * size
    const end = start - gap
    return { train: range(maxTrainSize === null ? 0 : Math.max(0, end - maxTrainSize), end), test: range(start, start + size) }
  })
}
