// Losses of real-valued targets; each is the mean over the last axis. Formulas of keras.losses.
import { toNode, type TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { add, div, lessEqual, maximum, mul, squaredDifference, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { EPSILON } from '../ops/crossEntropy'
import { abs, clip, expm1, log, log1p, neg, slopedOp, softplus, square, tanh } from '../ops/elementwise'
import { l2Normalize } from '../ops/normalize'
import { mean, sum } from '../ops/reduce'
import { where } from '../ops/select'
import { checkNumber } from '../util/parts'
import { sameRank } from './loss'

/** Both as float32, of one rank. */
export const pair = (yTrue: TensorLike, yPred: TensorLike): [Tensor, Tensor] =>
  sameRank(cast(toNode(yTrue), 'float32'), cast(toNode(yPred), 'float32'))

/** mean (y − p)² */
export function meanSquaredError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [y, p] = pair(yTrue, yPred)
  return mean(squaredDifference(p, y), -1)
}

/** mean |y − p| */
export function meanAbsoluteError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [y, p] = pair(yTrue, yPred)
  return mean(abs(sub(p, y)), -1)
}

/** 100 · mean |y − p| / max(|y|, ε) */
export function meanAbsolutePercentageError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [y, p] = pair(yTrue, yPred)
  return mul(mean(abs(div(sub(y, p), maximum(abs(y), EPSILON))), -1), 100)
}

/** mean (ln(1 + y) − ln(1 + p))², both at least ε */
export function meanSquaredLogarithmicError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [y, p] = pair(yTrue, yPred)
  const scale = (x: Tensor) => log1p(maximum(x, EPSILON))
  return mean(squaredDifference(scale(p), scale(y)), -1)
}

/** ½e² where |e| = |p − y| ≤ delta (default 1), else delta · |e| − ½delta² */
export function huber(yTrue: TensorLike, yPred: TensorLike, { delta = 1 }: { delta?: number } = {}): Tensor {
  checkNumber(delta, 'huber: delta', 0)
  const [y, p] = pair(yTrue, yPred)
  const error = sub(p, y)
  const held = clip(error, -delta, delta)
  return mean(mul(held, sub(error, mul(held, 0.5))), -1)
}

/** ln cosh d: ln(1 + 2 sinh²(d / 2)) where |d| + ln(1 + e^−2|d|) − ln 2 would cancel. */
function logCoshOf(d: Tensor): Tensor {
  const size = abs(d)
  const m = expm1(mul(clip(size, 0, 1), 0.5))
  const near = log1p(mul(square(add(m, div(m, add(m, 1)))), 0.5))
  return where(lessEqual(size, 1), near, sub(add(size, softplus(mul(size, -2))), Math.LN2))
}
const logCoshSlope = slopedOp('logCosh', tanh)

/** mean ln cosh(p − y) */
export function logCosh(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [y, p] = pair(yTrue, yPred)
  const error = sub(p, y)
  return mean(logCoshSlope(logCoshOf(error), error), -1)
}

/** mean p − y ln(p + ε) */
export function poisson(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [y, p] = pair(yTrue, yPred)
  return mean(sub(p, mul(y, log(add(p, EPSILON)))), -1)
}

/** Σ y ln(y / p), both within [ε, 1] */
export function klDivergence(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [y, p] = pair(yTrue, yPred).map((x) => clip(x, EPSILON, 1)) as [Tensor, Tensor]
  return sum(mul(y, log(div(y, p))), -1)
}

/** −Σ y / ‖y‖ · p / ‖p‖ along the axis (default last): −1 for the same direction. */
export function cosineSimilarity(yTrue: TensorLike, yPred: TensorLike, { axis = -1 }: { axis?: number } = {}): Tensor {
  const [y, p] = pair(yTrue, yPred)
  return neg(sum(mul(l2Normalize(y, axis), l2Normalize(p, axis)), axis))
}
