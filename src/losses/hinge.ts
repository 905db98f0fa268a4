// Losses of a margin: targets are −1 and 1.
import type { TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { add, equal, logicalOr, maximum, mul, sub } from '../ops/binary'
import { square } from '../ops/elementwise'
import { all, max, mean, sum } from '../ops/reduce'
import { where } from '../ops/select'
import { pair } from './regression'

/** Targets that are all 0 or 1 become −1 and 1. */
const toSigns = (y: Tensor): Tensor => where(all(logicalOr(equal(y, 0), equal(y, 1))), sub(mul(y, 2), 1), y)

function missing(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [y, p] = pair(yTrue, yPred)
  return maximum(sub(1, mul(toSigns(y), p)), 0)
}

/** mean max(1 − y·p, 0) */
export const hinge = (yTrue: TensorLike, yPred: TensorLike): Tensor => mean(missing(yTrue, yPred), -1)

/** mean max(1 − y·p, 0)² */
export const squaredHinge = (yTrue: TensorLike, yPred: TensorLike): Tensor => mean(square(missing(yTrue, yPred)), -1)

/** max(max (1 − y)·p − Σ y·p + 1, 0), y one-hot */
export function categoricalHinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [y, p] = pair(yTrue, yPred)
  const right = sum(mul(y, p), -1)
  const wrong = max(mul(sub(1, y), p), -1)
  return maximum(add(sub(wrong, right), 1), 0)
}
