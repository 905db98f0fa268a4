// Number types of two operands.
import { toNode, type TensorLike } from '../graph/convert'
import { dtypes, type DType } from '../graph/dtypes'
import { Tensor, type Node } from '../graph/node'
import { Variable } from '../graph/variable'
import { isInstance } from '../util/errors'
import { cast } from './cast'

/**
 * Both operands with one dtype, the first of bool, int32 and float32 that both fit into, but `least` at least. A plain whole number takes a
 * tensor's
 * int32, and is int32 beside bool.
 */
export function sameType(a: TensorLike, b: TensorLike, least: DType = 'int32'): [Node, Node] {
  const fits = (x: TensorLike, other: TensorLike) =>
    typeof x === 'number' && Number.isInteger(x) && (isInstance(other, Tensor) || isInstance(other, Variable)) && dtypes[other.dtype].whole
  const x = fits(a, b) ? toNode(a, 'int32') : toNode(a)
  const y = fits(b, a) ? toNode(b, 'int32') : toNode(b)
  const to = (['float32', 'int32', 'bool'] as const).find((dtype) => [x.dtype, y.dtype, least].includes(dtype))!
  return [cast(x, to), cast(y, to)]
}
