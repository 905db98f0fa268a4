// Vectors brought to length one.
import type { TensorLike } from '../graph/convert'
import type { Node } from '../graph/node'
import { maximum, mul } from './binary'
import { cast } from './cast'
import { rsqrt } from './elementwise'
import { sumSquares, type Axes } from './reduce'

/** x / ‖x‖₂ along the axes; lengths below epsilon count as epsilon. See keras.ops.normalize. */
export function l2Normalize(x: TensorLike, axes: Axes = -1, epsilon = 1e-7): Node {
  const node = cast(x, 'float32')
  return mul(node, rsqrt(maximum(sumSquares(node, axes, true), epsilon * epsilon)))
}
