// crossValidate: a new model for each fold, trained on one part and measured on the other.
import type { History } from '../callbacks/history'
import type { DataTree } from '../model/data'
import { Model, type Results } from '../model/model'
import type { FitOptions } from '../model/options'
import { check, CornusError, isInstance, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { flag, integer, nullable, optional, positive, readOptions, type Given, type Kind } from '../util/options'
import { showNumber } from '../util/looks'
import { alignedTable, showsText } from '../util/table'
import { groupKFold, kFold, stratifiedKFold, type Fold } from './folds'
import { functionOf, perSample, seed } from './options'
import { countRows, takeRows, type Labels, type RowTree } from './rows'

/** What a model of one fold is made for. */
export interface FoldData<X = RowTree, Y = RowTree> extends Fold {
  /** From 0. */
  readonly fold: number
  /** The part to train on: for what is fitted before the model, as the mean and variance of a normalization. */
  readonly x: X
  readonly y: Y
}

/** What came of one fold. */
export interface FoldResult extends Fold {
  readonly fold: number
  /** What evaluate gave for the test part. */
  readonly scores: Results
  readonly history: History
}

export interface CrossValidation {
  readonly folds: readonly FoldResult[]
  /** Loss and metrics of the test parts, fold by fold. */
  readonly scores: { readonly [name: string]: readonly number[] }
  readonly mean: { readonly [name: string]: number }
  /** Standard deviations over the folds. */
  readonly std: { readonly [name: string]: number }
  /** All of it as a table for people. */
  readonly text: string
}

const fitting: Kind<FitOptions> = {
  takes: 'options of fit',
  save: () => null,
  read: (value, what) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new CornusError('BAD_ARGUMENT', `${what} must be options of fit, as { epochs: 10 }, not ${showValue(value)}`)
    const held = value as FitOptions & { readonly sampleWeight?: unknown }
    check(
      held.sampleWeight === undefined || held.sampleWeight === null,
      'BAD_ARGUMENT',
      () => `${what}: sampleWeight stands beside fit, so that it is split too: crossValidate(make, x, y, { sampleWeight })`,
    )
    return held
  },
}

const foldList: Kind<readonly Fold[] | null> = {
  takes: 'an array of { train, test }',
  save: () => null,
  read: (value, what) => {
    const isRows = (rows: unknown) => Array.isArray(rows) || rows instanceof Int32Array || rows instanceof Uint32Array
    const isFold = (fold: unknown) => {
      const { train, test } = (fold ?? {}) as Partial<Fold>
      return isRows(train) && isRows(test)
    }
    if (value !== null && !(Array.isArray(value) && value.length > 0 && value.every(isFold)))
      throw new CornusError('BAD_ARGUMENT', `${what} must be an array of { train, test }, as kFold gives, not ${showValue(value)}`)
    return value as readonly Fold[] | null
  },
}

const options = {
  /** Parts. Default 5. */
  splits: optional(integer(2), 5),
  /** How often all is done, each time in a new order. Default 1. */
  repeats: optional(positive, 1),
  /** Samples in a new order before they are parted. Default true. */
  shuffle: optional(flag, true),
  /** The same share of these labels in all folds. */
  stratify: perSample,
  /** Samples of one group stay together. */
  groups: perSample,
  /** Folds of one's own, in the place of all above: timeSeriesSplit(x). */
  folds: optional(foldList, null),
  /** Default: the next of setSeed. */
  seed,
  /** Options of fit: { epochs: 10, batchSize: 32 }. Nothing is printed unless verbose stands there. */
  fit: optional(fitting, {}),
  /** Weights for training and measuring. */
  sampleWeight: perSample,
  /** Batches of evaluate. Default: fit's. */
  batchSize: optional(nullable(positive), null),
  /** 1: a line for each fold, and the table in the end. Default 0. */
  verbose: optional(integer(0, 1), 0),
  /** Told what came of each fold, with its model. */
  onFold: functionOf<(result: FoldResult, model: Model) => void | Promise<void>>('(result, model) => …'),
}
export type CrossValidateOptions = Given<typeof options>

/**
 * Trains a new model for each fold on its training part and measures it on the rest:
 * `const { mean, std } = await crossValidate(() => make(), x, y, { splits: 5, fit: { epochs: 10 } })`.
 * @param makeModel gives a compiled model that was not trained before; it may look at the training part, `{ x, y, fold }`
 */
export async function crossValidate<X extends RowTree, Y extends RowTree>(
  makeModel: (data: FoldData<X, Y>) => unknown,
  x: X,
  y: Y,
  given?: CrossValidateOptions,
): Promise<CrossValidation> {
  const held = readOptions(options, given, 'crossValidate')
  if (typeof makeModel !== 'function')
    throw new CornusError('BAD_ARGUMENT', `crossValidate: expected a function that makes a compiled model, not ${showValue(makeModel)}`)
  const { sampleWeight, onFold, verbose } = held
  const weights = sampleWeight as RowTree | null
  const count = countRows({ x, y, ...(weights && { weights }) }, 'crossValidate')
  const seen = new Set<object>()
  const results: FoldResult[] = []
  const plan = foldsOf(count, held)
  for (const [fold, { train, test }] of plan.entries()) {
    const part = { x: takeRows(x, train), y: takeRows(y, train) }
    const net = checkModel(await makeModel({ ...part, fold, train, test }), seen)
    const weighted = (rows: Int32Array) => (weights ? { sampleWeight: takeRows(weights, rows) as DataTree } : {})
    const fit = { verbose: 0 as const, ...held.fit, ...weighted(train) }
    const history = await net.fit(part.x as DataTree, part.y as DataTree, fit)
    const batchSize = held.batchSize ?? held.fit.batchSize
    const measured = { ...(batchSize && { batchSize }), ...weighted(test) }
    const scores = await net.evaluate(takeRows(x, test) as DataTree, takeRows(y, test) as DataTree, measured)
    const result = { fold, train, test, scores, history }
    results.push(result)
    if (verbose) console.log(`fold ${fold + 1}/${plan.length} - ${shown(scores)}`)
    await onFold?.(result, net)
  }
  const found = summaryOf(results)
  if (verbose) console.log(found.text)
  return found
}

const shown = (scores: Results): string =>
  Object.entries(scores)
    .map(([name, value]) => `${name}: ${showNumber(value)}`)
    .join(' - ')

interface Plan {
  readonly splits: number
  readonly repeats: number
  readonly shuffle: boolean
  readonly stratify: Labels | null | undefined
  readonly groups: Labels | null | undefined
  readonly folds: readonly Fold[] | null
  readonly seed: number | null
}

function foldsOf(count: number, { stratify, groups, folds, splits, repeats, shuffle, seed: from }: Plan): readonly Fold[] {
  if (folds) return folds.map(({ train, test }) => ({ train: Int32Array.from(train), test: Int32Array.from(test) }))
  check(!stratify || !groups, 'BAD_ARGUMENT', () => 'crossValidate: give stratify or groups, not both')
  const how = { splits, repeats, shuffle, seed: from }
  if (stratify) return stratifiedKFold(stratify, how)
  return groups ? groupKFold(groups, how) : kFold(count, how)
}

function checkModel(net: unknown, seen: Set<object>): Model {
  if (!isInstance(net, Model))
    throw new CornusError('BAD_ARGUMENT', `crossValidate: makeModel must return a compiled model, not ${showValue(net)}`)
  check(
    !seen.has(net),
    'BAD_ARGUMENT',
    () => 'crossValidate: makeModel gave the same model twice; it knows the test part by now: make a new one in each call',
  )
  seen.add(net)
  return net
}

const meanOf = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length

function summaryOf(folds: readonly FoldResult[]): CrossValidation {
  const names = Object.keys(nth(folds, 0).scores)
  const scores = Object.fromEntries(names.map((name) => [name, folds.map((fold) => fold.scores[name]!)]))
  const mean = Object.fromEntries(names.map((name) => [name, meanOf(scores[name]!)]))
  const std = Object.fromEntries(names.map((name) => [name, Math.sqrt(meanOf(scores[name]!.map((value) => (value - mean[name]!) ** 2)))]))
  const row = (title: string, values: { readonly [name: string]: number }) => [title, ...names.map((name) => showNumber(values[name]!))]
  const text = alignedTable([
    ['fold', ...names],
    ...folds.map(({ fold, scores: own }) => row(String(fold + 1), own)),
    row('mean', mean),
    row('std', std),
  ])
  return showsText({ folds, scores, mean, std, text })
}
