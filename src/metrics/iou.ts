// Intersection over union of classes, from a confusion matrix.
import { toNode } from '../graph/convert'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { add, div, greater, greaterEqual, less, logicalAnd, mul, notEqual, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { EPSILON } from '../ops/crossEntropy'
import { gather, segmentSum } from '../ops/gather'
import { argMax, sum } from '../ops/reduce'
import { where } from '../ops/select'
import { broadcastTo, reshape } from '../ops/shape'
import { eye, ones } from '../tensor'
import { CornusError } from '../util/errors'
import {
  flag,
  integer,
  listOf,
  nullable,
  number,
  optional,
  positive,
  readOptions,
  saveOptions,
  type Given,
  type Held,
} from '../util/options'
import { nameOption, type Config } from '../util/parts'
import { sizeOf, type Shape } from '../util/shape'
import { Metric } from './metric'

const COMMON = {
  /** A class whose positions do not count. */
  ignoreClass: optional(nullable(integer()), null),
  /** Whether predictions are class numbers (default) or scores. */
  sparseYPred: optional(flag, true),
  /** Axis of one-hot classes. Default the last. */
  axis: optional(integer(), -1),
}
const SPARSE = {
  ...COMMON,
  /** Whether targets are class numbers (default) or one-hot. */
  sparseYTrue: optional(flag, true),
}
const ONE_HOT = { ...COMMON, sparseYPred: optional(flag, false) }
const CLASSES = {
  numClasses: positive,
  /** Classes whose mean is the result. */
  targetClassIds: listOf(integer(0)),
}
const IOU = { name: nameOption('IoU', 'io_u', 'iou'), ...CLASSES, ...SPARSE }
const MEAN_IOU = { name: nameOption('MeanIoU'), numClasses: positive, ...SPARSE }
const ONE_HOT_IOU = { name: nameOption('OneHotIoU'), ...CLASSES, ...ONE_HOT }
const ONE_HOT_MEAN_IOU = { name: nameOption('OneHotMeanIoU'), numClasses: positive, ...ONE_HOT }
const BINARY_IOU = {
  name: nameOption('BinaryIoU'),
  /** Classes whose mean is the result. Default both. */
  targetClassIds: optional(listOf(integer(0, 1)), [0, 1]),
  /** Predictions at least as great are 1. Default 0.5. */
  threshold: optional(number(), 0.5),
}
export type IoUOptions = Given<typeof IOU>
export type MeanIoUOptions = Given<typeof MEAN_IOU>

interface IoUFields extends Held<typeof IOU> {
  readonly threshold?: number
  readonly config: Config
}

/** Mean over classes of true positives / (true positives + false positives + false negatives). See keras.metrics.IoU. */
export class IoU extends Metric {
  override readonly direction = 'up'
  private readonly matrix: Variable

  constructor(
    readonly className: string,
    private readonly fields: IoUFields,
  ) {
    super(fields.name)
    const { numClasses, targetClassIds } = fields
    const outside = targetClassIds.find((id) => id >= numClasses)
    if (outside !== undefined)
      throw new CornusError('BAD_ARGUMENT', `${className}: targetClassIds must lie from 0 to ${numClasses - 1}, not ${String(outside)}`)
    this.matrix = this.addVariable('totalConfusionMatrix', [numClasses, numClasses])
  }

  /** matrix[y, p] += weight, for classes within range. */
  protected override record(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const { numClasses, ignoreClass, sparseYTrue, sparseYPred, axis, threshold } = this.fields
    const flat = (x: Tensor) => reshape(cast(x, 'int32'), [-1])
    const labels = sparseYTrue ? yTrue : argMax(yTrue, axis)
    const y = flat(labels)
    const p = flat(threshold !== undefined ? greaterEqual(yPred, threshold) : sparseYPred ? yPred : argMax(yPred, axis))
    const within = (x: Tensor) => logicalAnd(greaterEqual(x, 0), less(x, numClasses))
    const both = logicalAnd(within(y), within(p))
    const counted = ignoreClass === null ? both : logicalAnd(both, notEqual(y, ignoreClass))
    const weights = sampleWeight ? reshape(eachPosition(cast(cast(sampleWeight, 'int32'), 'float32'), labels.shape), [-1]) : ones(y.shape)
    const place = where(counted, add(mul(y, numClasses), p), toNode(0, 'int32'))
    this.addTo(this.matrix, reshape(segmentSum(where(counted, weights, 0), place, numClasses ** 2), [numClasses, numClasses]))
  }

  override result(): Tensor {
    const { numClasses, targetClassIds } = this.fields
    const ids = Int32Array.from(targetClassIds)
    const right = gather(sum(mul(this.matrix, eye(numClasses)), 0), ids)
    const either = sub(add(gather(sum(this.matrix, 0), ids), gather(sum(this.matrix, 1), ids)), right)
    const present = greater(either, 1e-9)
    return div(sum(where(present, div(right, add(either, EPSILON)), 0)), add(cast(sum(present), 'float32'), EPSILON))
  }

  override getConfig(): Config {
    return { name: this.name, dtype: 'int32', ...this.fields.config }
  }
}

/** Weights of as many positions as there are, or of the first axes: of samples, each for all its positions. */
function eachPosition(weight: Tensor, shape: Shape): Tensor {
  if (weight.size === sizeOf(shape)) return weight
  return broadcastTo(reshape(weight, [...weight.shape, ...shape.slice(weight.rank).map(() => 1)]), shape)
}

const everyClass = (count: number) => Array.from({ length: count }, (_, i) => i)
const NOT_SPARSE = { sparseYTrue: false }

export function iou(options: IoUOptions): IoU {
  const held = readOptions(IOU, options, 'IoU')
  return new IoU('IoU', { ...held, config: saveOptions(IOU, held) })
}

export function meanIoU(options: MeanIoUOptions): IoU {
  const held = readOptions(MEAN_IOU, options, 'MeanIoU')
  return new IoU('MeanIoU', { ...held, targetClassIds: everyClass(held.numClasses), config: saveOptions(MEAN_IOU, held) })
}

/** IoU of targets 0 and 1, predictions at least as great as the threshold (default 0.5) being 1. */
export function binaryIoU(options?: Given<typeof BINARY_IOU>): IoU {
  const held = readOptions(BINARY_IOU, options, 'BinaryIoU')
  return new IoU('BinaryIoU', {
    numClasses: 2,
    ignoreClass: null,
    sparseYPred: true,
    sparseYTrue: true,
    axis: -1,
    ...held,
    config: saveOptions(BINARY_IOU, held),
  })
}

/** IoU of one-hot targets. */
export function oneHotIoU(options: Given<typeof ONE_HOT_IOU>): IoU {
  const held = readOptions(ONE_HOT_IOU, options, 'OneHotIoU')
  return new IoU('OneHotIoU', { ...held, ...NOT_SPARSE, config: saveOptions(ONE_HOT_IOU, held) })
}

export function oneHotMeanIoU(options: Given<typeof ONE_HOT_MEAN_IOU>): IoU {
  const held = readOptions(ONE_HOT_MEAN_IOU, options, 'OneHotMeanIoU')
  return new IoU('OneHotMeanIoU', {
    ...held,
    ...NOT_SPARSE,
    targetClassIds: everyClass(held.numClasses),
    config: saveOptions(ONE_HOT_MEAN_IOU, held),
  })
}
