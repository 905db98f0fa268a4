// How often predictions are right: functions that give 1 or 0 for each sample (or position). Rules of keras.metrics.
import { toNode, type TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { sameRank } from '../losses/loss'
import { equal, greater, less } from '../ops/binary'
import { cast } from '../ops/cast'
import { takeAlongAxis } from '../ops/gather'
import { isNan } from '../ops/elementwise'
import { argMax, sum } from '../ops/reduce'
import { where } from '../ops/select'
import { expandDims, squeeze } from '../ops/shape'

const matches = (a: Tensor, b: Tensor): Tensor => cast(equal(a, b), 'float32')

/** Whether predictions equal the targets. */
export function accuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [y, p] = sameRank(toNode(yTrue), toNode(yPred))
  return matches(y, p)
}

/** Whether predictions lie on the targets' (0 or 1) side of the threshold, 0.5 unless given. */
export function binaryAccuracy(yTrue: TensorLike, yPred: TensorLike, { threshold = 0.5 }: { threshold?: number } = {}): Tensor {
  const [y, p] = sameRank(toNode(yTrue), toNode(yPred))
  return matches(y, cast(greater(p, threshold), y.dtype))
}

/** Whether the greatest prediction stands where the greatest target does. */
export const categoricalAccuracy = (yTrue: TensorLike, yPred: TensorLike): Tensor => matches(argMax(yTrue, -1), argMax(yPred, -1))

/** Class numbers; a last axis of one is left out. */
function labelsFor(yTrue: TensorLike, yPred: Tensor): Tensor {
  const y = toNode(yTrue)
  return cast(y.rank === yPred.rank && y.shape.at(-1) === 1 ? squeeze(y, -1) : y, 'int32')
}

/** Whether the greatest prediction is that of the target's class. */
export function sparseCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const p = toNode(yPred)
  return matches(labelsFor(yTrue, p), argMax(p, -1))
}

/** Whether the class is among the k that are predicted highest; equals of the k-th count, NaN is lowest. */
export function sparseTopKCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike, { k = 5 }: { k?: number } = {}): Tensor {
  const p = toNode(yPred)
  const score = takeAlongAxis(p, expandDims(labelsFor(yTrue, p), -1), -1)
  const higher = sum(greater(p, where(isNan(score), -Infinity, score)), -1)
  return cast(less(higher, k), 'float32')
}

/** The same with one-hot targets. */
export const topKCategoricalAccuracy = (yTrue: TensorLike, yPred: TensorLike, options: { k?: number } = {}): Tensor =>
  sparseTopKCategoricalAccuracy(argMax(yTrue, -1), yPred, options)
