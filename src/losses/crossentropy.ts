// Cross-entropies. Predictions that come straight from a softmax (sigmoid) are judged by its logits, as Keras does on TensorFlow: the same
// numbers where probabilities are well inside of 0 and 1, exact ones where they underflow, one kernel instead of three.
import { toNode, type TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { add, div, mul, notEqual, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { binaryCrossEntropy, categoricalCrossEntropy, EPSILON, sparseCrossEntropy } from '../ops/crossEntropy'
import { clip, log, neg, sigmoid } from '../ops/elementwise'
import { oneHot } from '../ops/gather'
import { pow } from '../ops/power'
import { mean, sum, type Axes } from '../ops/reduce'
import { reshape, squeeze, transpose } from '../ops/shape'
import { rewritten } from '../ops/rewrites'
import { softmax } from '../ops/softmax'
import { nth } from '../util/lists'
import { checkNumber } from '../util/parts'
import { normalizeAxis } from '../util/shape'
import { pair } from './regression'

export interface CrossentropyOptions {
  /** Whether predictions are logits instead of probabilities. Default false. */
  fromLogits?: boolean
  /** How far targets are drawn toward the uniform distribution. Default 0. */
  labelSmoothing?: number
  /** Axis of the classes. Default the last. */
  axis?: number
}

/** The axis at the end. */
function toLast(x: Tensor, axis: number): Tensor {
  const along = normalizeAxis(axis, x.rank, 'crossentropy')
  return along === x.rank - 1 ? x : transpose(x, [...x.shape.flatMap((_, i) => (i === along ? [] : [i])), along])
}

/** −Σ y ln p, p normalized and kept within [ε, 1 − ε]; targets are distributions. */
export function categoricalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  checkNumber(labelSmoothing, 'categoricalCrossentropy: labelSmoothing', 0, 1)
  const [y, p] = pair(yTrue, yPred).map((x) => toLast(x, axis)) as [Tensor, Tensor]
  const logits = fromLogits ? p : rewritten('softmaxLogits', p)
  return categoricalCrossEntropy(y, logits ?? p, { fromLogits: logits !== undefined, labelSmoothing })
}

export interface SparseOptions {
  fromLogits?: boolean
  /** A class that does not count: the loss at its positions is 0, and means are over the others. */
  ignoreClass?: number | null
  axis?: number
}

/** −ln p[y], p normalized and kept within [ε, 1 − ε]; targets are class numbers. */
export function sparseCategoricalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { fromLogits = false, ignoreClass = null, axis = -1 }: SparseOptions = {},
): Tensor {
  const p = cast(toNode(yPred), 'float32')
  const given = toNode(yTrue)
  const y = given.rank === p.rank && given.shape.at(axis) === 1 ? squeeze(given, axis) : given
  const scores = toLast(p, axis)
  const logits = fromLogits ? scores : rewritten('softmaxLogits', scores)
  return sparseCrossEntropy(y, logits ?? scores, { fromLogits: logits !== undefined, ignore: ignoreClass ?? NONE })
}

/** A number that no class has. */
const NONE = -(2 ** 31)

/** Positions whose class counts. */
export const countedLabels =
  (ignoreClass: number) =>
  (yTrue: Tensor): Tensor => {
    const valid = notEqual(cast(yTrue, 'int32'), ignoreClass)
    return valid.rank > 1 && valid.shape.at(-1) === 1 ? reshape(valid, valid.shape.slice(0, -1)) : valid
  }

/** mean −y ln p − (1 − y) ln(1 − p), p kept within [ε, 1 − ε]; targets are 0 and 1. */
export function binaryCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  checkNumber(labelSmoothing, 'binaryCrossentropy: labelSmoothing', 0, 1)
  const [y, p] = pair(yTrue, yPred)
  const logits = fromLogits ? p : rewritten('sigmoidLogits', p)
  return mean(binaryCrossEntropy(y, logits ?? p, { fromLogits: logits !== undefined, labelSmoothing }), axis)
}

export interface BinaryFocalOptions extends CrossentropyOptions {
  /** Weigh the classes by alpha and 1 − alpha. Default false. */
  applyClassBalancing?: boolean
  /** Weight of class 1. Default 0.25. */
  alpha?: number
  /** How much easy samples count less. Default 2. */
  gamma?: number
}

/** Binary cross-entropy times (1 − probability of the right class)^gamma. Lin et al., arXiv:1708.02002. */
export function binaryFocalCrossentropy(yTrue: TensorLike, yPred: TensorLike, options: BinaryFocalOptions = {}): Tensor {
  const { applyClassBalancing = false, alpha = 0.25, gamma = 2, fromLogits = false, labelSmoothing = 0, axis = -1 } = options
  const [given, p0] = pair(yTrue, yPred)
  const y = labelSmoothing ? add(mul(given, 1 - labelSmoothing), 0.5 * labelSmoothing) : given
  const p = fromLogits ? sigmoid(p0) : p0
  const right = add(mul(y, p), mul(sub(1, y), sub(1, p)))
  const focal = mul(pow(sub(1, right), gamma), binaryCrossEntropy(y, p))
  return mean(applyClassBalancing ? mul(add(mul(y, alpha), mul(sub(1, y), 1 - alpha)), focal) : focal, axis)
}

export interface CategoricalFocalOptions extends CrossentropyOptions {
  /** Weight of each class, or one for all. Default 0.25. */
  alpha?: number | readonly number[]
  /** How much easy samples count less. Default 2. */
  gamma?: number
}

/** Σ −y ln p · alpha · (1 − p)^gamma. Lin et al., arXiv:1708.02002. */
export function categoricalFocalCrossentropy(yTrue: TensorLike, yPred: TensorLike, options: CategoricalFocalOptions = {}): Tensor {
  const { alpha = 0.25, gamma = 2, fromLogits = false, labelSmoothing = 0, axis = -1 } = options
  const [given, scores] = pair(yTrue, yPred)
  const y = labelSmoothing ? add(mul(given, 1 - labelSmoothing), labelSmoothing / nth(given.shape, -1)) : given
  const p0 = fromLogits ? softmax(scores, axis) : scores
  const p = clip(div(p0, sum(p0, axis, true)), EPSILON, 1 - EPSILON)
  return sum(mul(mul(pow(sub(1, p), gamma), alpha), neg(mul(y, log(p)))), axis)
}

/**
 * (1 − p[y]^q) / q, between cross-entropy (q → 0) and absolute error (q = 1); for targets that may be wrong. Zhang, Sabuncu,
 * arXiv:1805.07836.
 */
export function categoricalGeneralizedCrossEntropy(yTrue: TensorLike, yPred: TensorLike, { q = 0.5 }: { q?: number } = {}): Tensor {
  checkNumber(q, 'categoricalGeneralizedCrossEntropy: q', Number.MIN_VALUE, 1)
  const p = cast(toNode(yPred), 'float32')
  const given = toNode(yTrue)
  const y = given.rank === p.rank && given.shape.at(-1) === 1 ? squeeze(given, -1) : given
  return div(sub(1, pow(sum(mul(p, oneHot(cast(y, 'int32'), nth(p.shape, -1))), -1), q)), q)
}

export interface TverskyOptions {
  /** Weight of what was missed. Default 0.5. */
  alpha?: number
  /** Weight of what was found wrongly. Default 0.5. */
  beta?: number
  /** Axes that are summed over. Default null: all. */
  axis?: Axes
}

/** 1 − 2 Σ y·p / (Σ y + Σ p) */
export function dice(yTrue: TensorLike, yPred: TensorLike, { axis = null }: { axis?: Axes } = {}): Tensor {
  const [y, p] = pair(yTrue, yPred)
  return sub(1, div(mul(sum(mul(y, p), axis), 2), add(add(sum(y, axis), sum(p, axis)), EPSILON)))
}

/** 1 − Σ y·p / (Σ y·p + alpha · Σ y·(1 − p) + beta · Σ (1 − y)·p). Salehi et al., arXiv:1706.05721. */
export function tversky(yTrue: TensorLike, yPred: TensorLike, { alpha = 0.5, beta = 0.5, axis = null }: TverskyOptions = {}): Tensor {
  const [y, p] = pair(yTrue, yPred)
  const both = sum(mul(y, p), axis)
  const missed = sum(mul(y, sub(1, p)), axis)
  const wrong = sum(mul(sub(1, y), p), axis)
  return sub(1, div(both, add(add(add(both, mul(missed, alpha)), mul(wrong, beta)), EPSILON)))
}
