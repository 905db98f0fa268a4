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
import { check, CornusError } from '../util/errors'
import { withDefaults, type Config } from '../util/parts'
import { Metric, type MetricOptions } from './metric'

export interface MeanIoUOptions extends MetricOptions {
  numClasses: number
  /** A class whose positions do not count. */
  ignoreClass?: number | null
  /** Whether targets are class numbers (default) or one-hot. */
  sparseYTrue?: boolean
  /** Whether predictions are class numbers (default) or scores. */
  sparseYPred?: boolean
  /** Axis of one-hot classes. Default the last. */
  axis?: number
}

export interface IoUOptions extends MeanIoUOptions {
  /** Classes whose mean is the result. */
  targetClassIds: readonly number[]
}

const DEFAULTS = { ignoreClass: null, sparseYTrue: true, sparseYPred: true, axis: -1 }

/** Mean over classes of true positives / (true positives + false positives + false negatives). See keras.metrics.IoU. */
export class IoU extends Metric {
  override readonly direction = 'up'
  private readonly matrix: Variable

  constructor(readonly className: string, private readonly options: Required<IoUOptions>, private readonly config: Config, private readonly threshold: number | null = null) {
    super(options.name)
    const { numClasses, targetClassIds } = options
    check(Number.isInteger(numClasses) && numClasses > 0, 'BAD_ARGUMENT', () => `${className}: numClasses must be a positive integer, not ${String(numClasses)}`)
    const outside = targetClassIds.find((id) => !Number.isInteger(id) || id < 0 || id >= numClasses)
    if (outside !== undefined) throw new CornusError('BAD_ARGUMENT', `${className}: targetClassIds must lie from 0 to ${numClasses - 1}, not ${String(outside)}`)
    this.matrix = this.addVariable('totalConfusionMatrix', [numClasses, numClasses])
  }

  /** matrix[y, p] += weight, for classes within range. */
  protected override record(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const { numClasses, ignoreClass, sparseYTrue, sparseYPred, axis } = this.options
    const flat = (x: Tensor) => reshape(cast(x, 'int32'), [-1])
    const y = flat(sparseYTrue ? yTrue : argMax(yTrue, axis))
    const p = flat(this.threshold !== null ? greaterEqual(yPred, this.threshold) : sparseYPred ? yPred : argMax(yPred, axis))
    const within = (x: Tensor) => logicalAnd(greaterEqual(x, 0), less(x, numClasses))
    const both = logicalAnd(within(y), within(p))
    const counted = ignoreClass === null ? both : logicalAnd(both, notEqual(y, ignoreClass))
    const weights = sampleWeight ? broadcastTo(reshape(cast(cast(sampleWeight, 'int32'), 'float32'), [-1]), y.shape) : ones(y.shape)
    const place = where(counted, add(mul(y, numClasses), p), toNode(0, 'int32'))
    this.addTo(this.matrix, reshape(segmentSum(where(counted, weights, 0), place, numClasses ** 2), [numClasses, numClasses]))
  }

  override result(): Tensor {
    const { numClasses, targetClassIds } = this.options
    const ids = Int32Array.from(targetClassIds)
    const right = gather(sum(mul(this.matrix, eye(numClasses)), 0), ids)
    const either = sub(add(gather(sum(this.matrix, 0), ids), gather(sum(this.matrix, 1), ids)), right)
    const present = greater(either, 1e-9)
    return div(sum(where(present, div(right, add(either, EPSILON)), 0)), add(cast(sum(present), 'float32'), EPSILON))
  }

  override getConfig(): Config {
    return { ...this.config, name: this.name }
  }
}

const everyClass = (count: number) => Array.from({ length: Math.max(0, Math.floor(count)) }, (_, i) => i)
const NEEDED = NaN

export function iou(options: IoUOptions): IoU {
  const all = withDefaults(options, { name: 'iou', numClasses: NEEDED, targetClassIds: [], ...DEFAULTS }, 'IoU')
  return new IoU('IoU', all, all as unknown as Config)
}

export function meanIoU(options: MeanIoUOptions): IoU {
  const all = withDefaults(options, { name: 'meanIoU', numClasses: NEEDED, ...DEFAULTS }, 'MeanIoU')
  return new IoU('MeanIoU', { ...all, targetClassIds: everyClass(all.numClasses) }, all as unknown as Config)
}

/** IoU of targets 0 and 1, predictions at least as great as the threshold (default 0.5) being 1. */
export function binaryIoU(options?: MetricOptions & { targetClassIds?: readonly number[]; threshold?: number }): IoU {
  const all = withDefaults(options, { name: 'binaryIoU', targetClassIds: [0, 1], threshold: 0.5 }, 'BinaryIoU')
  return new IoU('BinaryIoU', { ...DEFAULTS, name: all.name, targetClassIds: all.targetClassIds, numClasses: 2 }, all as unknown as Config, all.threshold)
}

type OneHot<O> = Omit<O, 'sparseYTrue'>

/** IoU of one-hot targets. */
export function oneHotIoU(options: OneHot<IoUOptions>): IoU {
  const { sparseYTrue, ...defaults } = DEFAULTS
  const all = withDefaults(options, { name: 'oneHotIoU', numClasses: NEEDED, targetClassIds: [], ...defaults, sparseYPred: false }, 'OneHotIoU')
  return new IoU('OneHotIoU', { ...all, sparseYTrue: false }, all as unknown as Config)
}

export function oneHotMeanIoU(options: OneHot<MeanIoUOptions>): IoU {
  const { sparseYTrue, ...defaults } = DEFAULTS
  const all = withDefaults(options, { name: 'oneHotMeanIoU', numClasses: NEEDED, ...defaults, sparseYPred: false }, 'OneHotMeanIoU')
  return new IoU('OneHotMeanIoU', { ...all, sparseYTrue: false, targetClassIds: everyClass(all.numClasses) }, all as unknown as Config)
}
