// True and false positives and negatives at thresholds, and what is made of them. Rules of keras.metrics.
import { toNode } from '../graph/convert'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { divideNoNan, sameRank } from '../losses/loss'
import { add, equal, greater, greaterEqual, less, logicalAnd, logicalOr, maximum, minimum, mul, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { EPSILON } from '../ops/crossEntropy'
import { ceil, clip, log, sigmoid } from '../ops/elementwise'
import { arange, segmentSum } from '../ops/gather'
import { matmul } from '../ops/matmul'
import { max, mean, sum } from '../ops/reduce'
import { where } from '../ops/select'
import { broadcastTo, expandDims, reshape, slice, split, stack } from '../ops/shape'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import {
  choice,
  extra,
  flag,
  integer,
  listOf,
  nullable,
  number,
  oneOrMore,
  optional,
  positive,
  readOptions,
  saveOptions,
  type Given,
  type Held,
  type OptionTable,
} from '../util/options'
import { nameOption, type Config } from '../util/parts'
import { showShape } from '../util/shape'
import { Metric, type MetricOptions } from './metric'

const COUNTS = ['truePositives', 'falsePositives', 'trueNegatives', 'falseNegatives'] as const
type Count = (typeof COUNTS)[number]
type Counts = Readonly<Record<Count, Tensor>>

interface Rule {
  /** Predictions above a threshold are positive. */
  thresholds: readonly number[]
  /** Whether thresholds lie evenly from 0 to 1: then predictions are sorted into buckets instead of compared with each. */
  evenly?: boolean
  /** Only the k highest predictions of a sample can be positive. */
  topK?: number | null
  /** Look at one class only. */
  classId?: number | null
  /** Count each label on its own. */
  multiLabel?: boolean
  labelWeights?: readonly number[] | null
  fromLogits?: boolean
}

/** Counts of one batch at each of T thresholds: [T, labels], where labels is 1 unless they are counted on their own. */
function countsOf(yTrue: Tensor, yPred: Tensor, sampleWeight: Tensor | undefined, rule: Rule): Counts {
  let [p, y] = sameRank(cast(yPred, 'float32'), cast(cast(yTrue, 'bool'), 'float32'))
  if (rule.fromLogits) p = sigmoid(p)
  let weights = sampleWeight && sameRank(y, expandDims(cast(sampleWeight, 'float32'), -1), false)[1]
  if (rule.topK) p = onlyTop(p, rule.topK)
  if (typeof rule.classId === 'number') [y, p] = [oneClass(y, rule.classId), oneClass(p, rule.classId)]
  if (rule.labelWeights && !rule.multiLabel) weights = weights ? mul(weights, rule.labelWeights) : toNode(rule.labelWeights)
  const labels = rule.multiLabel ? nth(p.shape, 1) : 1
  const columns = (x: Tensor) => reshape(x, [-1, labels])
  const weighted = (x: Tensor) => columns(weights ? mul(x, broadcastTo(weights, x.shape)) : x)
  const [positive, negative] = [weighted(y), weighted(sub(1, y))]
  const [hits, alarms] = rule.evenly
    ? byBuckets(columns(p), positive, negative, rule.thresholds)
    : byComparing(columns(p), positive, negative, rule.thresholds)
  return {
    truePositives: hits,
    falsePositives: alarms,
    trueNegatives: sub(sum(negative, 0), alarms),
    falseNegatives: sub(sum(positive, 0), hits),
  }
}

/** Weights of positives and negatives [n, labels] that are predicted above each threshold. */
function byComparing(p: Tensor, positive: Tensor, negative: Tensor, thresholds: readonly number[]): [Tensor, Tensor] {
  const above = cast(greater(expandDims(p, 0), reshape(toNode(thresholds), [-1, 1, 1])), 'float32')
  return [sum(mul(above, positive), 1), sum(mul(above, negative), 1)]
}

/**
 * The same for thresholds i / (T − 1): a prediction in bucket b lies above the thresholds before b. A first threshold below 0 lies below
 * all.
 */
function byBuckets(p: Tensor, positive: Tensor, negative: Tensor, thresholds: readonly number[]): [Tensor, Tensor] {
  const [labels, count] = [nth(p.shape, 1), thresholds.length]
  const bucket = maximum(cast(ceil(mul(clip(p, 0, 1), count - 1)), 'int32'), nth(thresholds, 0) < 0 ? 1 : 0)
  const place = reshape(add(mul(bucket, labels), arange(0, labels)), [-1])
  const inBuckets = segmentSum(reshape(stack([positive, negative], -1), [-1, 2]), place, count * labels)
  const above = cast(greater(arange(0, count), expandDims(arange(0, count), 1)), 'float32')
  const [hits, alarms] = split(reshape(matmul(above, reshape(inBuckets, [count, labels * 2])), [count, labels, 2]), 2, -1)
  return [reshape(hits!, [count, labels]), reshape(alarms!, [count, labels])]
}

const LOWEST = -1e10

/** All but the k highest of each row (of equals the first) far below every threshold. */
function onlyTop(p: Tensor, k: number): Tensor {
  const places = arange(0, nth(p.shape, -1))
  const [here, there] = [expandDims(p, -1), expandDims(p, -2)]
  const before = logicalOr(greater(there, here), logicalAnd(equal(there, here), less(places, expandDims(places, 1))))
  return where(less(sum(before, -1), k), p, LOWEST)
}

function oneClass(x: Tensor, classId: number): Tensor {
  check(
    x.rank > 1 && classId < nth(x.shape, -1),
    'BAD_SHAPE',
    () => `classId ${classId} needs predictions of more classes, not shape ${showShape(x.shape)}`,
  )
  return slice(
    x,
    x.shape.map((_, i) => (i === x.rank - 1 ? classId : 0)),
    x.shape.map((d, i) => (i === x.rank - 1 ? 1 : d)),
  )
}

interface Fields {
  name: string
  config: Config
  rule: Rule
  /** Counts that are kept. */
  kept: readonly Count[]
  labels?: number | undefined
  result: (counts: Counts) => Tensor
}

/** A metric made of counts at thresholds. */
export class ConfusionMetric extends Metric {
  override readonly direction: 'up' | 'down' | null
  private held: Partial<Record<Count, Variable>> | undefined

  constructor(
    readonly className: string,
    private readonly fields: Fields,
    direction: 'up' | null = 'up',
  ) {
    super(fields.name)
    this.direction = direction
    if (!fields.rule.multiLabel || fields.labels) this.build(fields.labels)
  }

  private build(labels: number | undefined): Partial<Record<Count, Variable>> {
    const { rule, kept } = this.fields
    const shape = rule.multiLabel && labels ? [rule.thresholds.length, labels] : [rule.thresholds.length]
    this.held = Object.fromEntries(kept.map((count) => [count, this.addVariable(count, shape)]))
    return this.held
  }

  protected override record(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const { rule } = this.fields
    check(
      !rule.multiLabel || yPred.rank === 2,
      'BAD_SHAPE',
      () => `${this.name}: with multiLabel predictions must be [samples, labels], not ${showShape(yPred.shape)}`,
    )
    const held = this.held ?? this.build(yPred.shape[1])
    const counts = countsOf(yTrue, yPred, sampleWeight, rule)
    for (const count of this.fields.kept) this.addTo(held[count]!, reshape(counts[count], held[count]!.shape))
  }

  override result(): Tensor {
    const held = this.held ?? this.build(1)
    return this.fields.result(Object.fromEntries(this.fields.kept.map((count) => [count, held[count]!.read()])) as Counts)
  }

  override getConfig(): Config {
    return { name: this.name, dtype: 'float32', ...this.fields.config }
  }
}

const THRESHOLDS = {
  /** One or more numbers from 0 to 1; of several the result has one value each. Default 0.5. */
  thresholds: optional(nullable(oneOrMore(number(0, 1))), null),
}
const CLASS = {
  /** Look at one class only. */
  classId: optional(nullable(integer(0)), null),
}
const RANKED = {
  ...THRESHOLDS,
  /** Count the k highest predictions of each sample as positive. */
  topK: optional(nullable(positive), null),
  ...CLASS,
}
export type ThresholdOptions = MetricOptions & Given<typeof THRESHOLDS>
export type PrecisionOptions = MetricOptions & Given<typeof RANKED>

/** A vector of one as a scalar. */
const single = (x: Tensor): Tensor => (x.size === 1 ? reshape(x, []) : x)
const share = (a: Tensor, b: Tensor): Tensor => divideNoNan(a, add(a, b))

const counting = (className: string, count: Count) => {
  const table = { name: nameOption(className), ...THRESHOLDS }
  return (options?: ThresholdOptions): ConfusionMetric => {
    const held = readOptions(table, options, className)
    const rule = { thresholds: [held.thresholds ?? 0.5].flat() }
    return new ConfusionMetric(
      className,
      { name: held.name, config: saveOptions(table, held), kept: [count], rule, result: (counts) => single(counts[count]) },
      null,
    )
  }
}

/** Number (or weight) of positives predicted positive. */
export const truePositives = counting('TruePositives', 'truePositives')
/** Number (or weight) of negatives predicted positive. */
export const falsePositives = counting('FalsePositives', 'falsePositives')
/** Number (or weight) of negatives predicted negative. */
export const trueNegatives = counting('TrueNegatives', 'trueNegatives')
/** Number (or weight) of positives predicted negative. */
export const falseNegatives = counting('FalseNegatives', 'falseNegatives')

const sharing = (className: string, other: 'falsePositives' | 'falseNegatives') => {
  const table = { name: nameOption(className), ...RANKED }
  return (options?: PrecisionOptions): ConfusionMetric => {
    const held = readOptions(table, options, className)
    const { topK, classId, name } = held
    const rule = { thresholds: [held.thresholds ?? (topK === null ? 0.5 : LOWEST)].flat(), topK, classId }
    const kept = ['truePositives', other] as const
    return new ConfusionMetric(className, {
      name,
      config: saveOptions(table, held),
      kept,
      rule,
      result: (counts) => single(share(counts.truePositives, counts[other])),
    })
  }
}

/** How many of those predicted positive are. */
export const precision = sharing('Precision', 'falsePositives')
/** How many of the positives are predicted so. */
export const recall = sharing('Recall', 'falseNegatives')

/** i / (count − 1) from 0 to 1. */
const evenThresholds = (count: number) => (count === 1 ? [0.5] : Array.from({ length: count }, (_, i) => i / (count - 1)))

const SHARES = {
  sensitivity: ({ truePositives, falseNegatives }: Counts) => share(truePositives, falseNegatives),
  recall: ({ truePositives, falseNegatives }: Counts) => share(truePositives, falseNegatives),
  specificity: ({ trueNegatives, falsePositives }: Counts) => share(trueNegatives, falsePositives),
  precision: ({ truePositives, falsePositives }: Counts) => share(truePositives, falsePositives),
}

type AtOptions<K extends string> = MetricOptions & { readonly [key in K]: number } & {
  /** Default 200. */
  numThresholds?: number
  /** Look at one class only. */
  classId?: number | null
}

/** The best of one share over all thresholds where another is at least as given. */
const best = <K extends keyof typeof SHARES>(className: string, wanted: keyof typeof SHARES, given: K) => {
  const common = { name: nameOption(className), numThresholds: optional(positive, 200), ...CLASS }
  const table: typeof common & OptionTable = { ...common, [given]: number(0, 1) }
  return (options: AtOptions<K>): ConfusionMetric => {
    const held = readOptions(table, options, className)
    const { name, numThresholds: count, classId } = held as Held<typeof common>
    const least = held[given] as number
    return new ConfusionMetric(className, {
      name,
      config: saveOptions(table, held),
      kept: COUNTS,
      rule: { thresholds: evenThresholds(count), evenly: count > 1, classId },
      result: (counts) => max(where(greaterEqual(SHARES[given](counts), least), SHARES[wanted](counts), 0)),
    })
  }
}

/** The best sensitivity (recall) among thresholds whose specificity is at least as given. */
export const sensitivityAtSpecificity = best('SensitivityAtSpecificity', 'sensitivity', 'specificity')
export const specificityAtSensitivity = best('SpecificityAtSensitivity', 'specificity', 'sensitivity')
export const precisionAtRecall = best('PrecisionAtRecall', 'precision', 'recall')
export const recallAtPrecision = best('RecallAtPrecision', 'recall', 'precision')

const AUC = {
  name: nameOption('AUC'),
  /** Default 200. */
  numThresholds: optional(integer(2), 200),
  /** Default 'ROC': recall over false positive rate; 'PR': precision over recall; 'PRGAIN': the same as gains (Flach, Kull, 2015). */
  curve: optional(choice('ROC', 'PR', 'PRGAIN'), 'ROC'),
  /** Default 'interpolation'. */
  summationMethod: optional(choice('interpolation', 'minoring', 'majoring'), 'interpolation'),
  /** Thresholds between 0 and 1, instead of numThresholds even ones. */
  thresholds: extra(nullable(listOf(number(0, 1))), null),
  /** Mean of the areas of each label. Default false: all labels together. */
  multiLabel: optional(flag, false),
  numLabels: optional(nullable(positive), null),
  labelWeights: optional(nullable(listOf(number(0))), null),
  fromLogits: optional(flag, false),
}
export type AUCOptions = Given<typeof AUC>

/** Area under a curve over all thresholds. See keras.metrics.AUC. */
export function auc(options?: AUCOptions): ConfusionMetric {
  const held = readOptions(AUC, options, 'AUC')
  const { name, curve, summationMethod: method, thresholds } = held
  const inner = thresholds ? [...thresholds].sort((a, b) => a - b) : evenThresholds(held.numThresholds).slice(1, -1)
  const { multiLabel, labelWeights, fromLogits, numLabels } = held
  const overLabels = (areas: Tensor): Tensor => {
    const each = sum(areas, 0)
    return !multiLabel ? each : labelWeights ? divideNoNan(sum(mul(each, labelWeights)), sum(labelWeights)) : mean(each)
  }
  return new ConfusionMetric('AUC', {
    name,
    config: saveOptions(AUC, held),
    kept: COUNTS,
    labels: numLabels ?? undefined,
    rule: { thresholds: [-EPSILON, ...inner, 1 + EPSILON], evenly: !thresholds, multiLabel, labelWeights, fromLogits },
    result: (counts) =>
      overLabels(curve === 'PR' && method === 'interpolation' ? areasUnderPR(counts) : areas(CURVES[curve](counts), method)),
  })
}

const CURVES: Record<'ROC' | 'PR' | 'PRGAIN', (counts: Counts) => [x: Tensor, y: Tensor]> = {
  ROC: ({ truePositives, falsePositives, trueNegatives, falseNegatives }) => [
    share(falsePositives, trueNegatives),
    share(truePositives, falseNegatives),
  ],
  PR: ({ truePositives, falsePositives, falseNegatives }) => [share(truePositives, falseNegatives), share(truePositives, falsePositives)],
  PRGAIN: ({ truePositives, falsePositives, trueNegatives, falseNegatives }) => {
    const scale = divideNoNan(add(truePositives, falseNegatives), add(trueNegatives, falsePositives))
    const gain = (wrong: Tensor, none: number) =>
      where(equal(truePositives, 0), none, sub(1, mul(scale, divideNoNan(wrong, truePositives))))
    return [maximum(gain(falseNegatives, 0), 0), gain(falsePositives, 1)]
  },
}

/** All but the last, all but the first threshold. */
const neighbours = (x: Tensor): [Tensor, Tensor] => {
  const rest = x.shape.slice(1)
  return [slice(x, 0, [nth(x.shape, 0) - 1, ...rest]), slice(x, 1, [nth(x.shape, 0) - 1, ...rest])]
}

/** Areas between neighbouring thresholds. */
function areas([x, y]: [Tensor, Tensor], method: 'interpolation' | 'minoring' | 'majoring'): Tensor {
  const [x0, x1] = neighbours(x)
  const [y0, y1] = neighbours(y)
  const height = method === 'interpolation' ? mul(add(y0, y1), 0.5) : method === 'minoring' ? minimum(y0, y1) : maximum(y0, y1)
  return mul(sub(x0, x1), height)
}

/** Areas under precision and recall, between points interpolated by their counts. Davis, Goadrich, ICML 2006. */
function areasUnderPR({ truePositives, falsePositives, falseNegatives }: Counts): Tensor {
  const [tp0, tp1] = neighbours(truePositives)
  const [p0, p1] = neighbours(add(truePositives, falsePositives))
  const slope = divideNoNan(sub(tp0, tp1), maximum(sub(p0, p1), 0))
  const intercept = sub(tp1, mul(slope, p1))
  const ratio = where(logicalAnd(greater(p0, 0), greater(p1, 0)), divideNoNan(p0, maximum(p1, 0)), 1)
  return divideNoNan(mul(slope, add(sub(tp0, tp1), mul(intercept, log(ratio)))), maximum(add(tp1, neighbours(falseNegatives)[1]), 0))
}
