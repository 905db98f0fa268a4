// Choosing between two values, element by element.
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp } from '../graph/define'
import type { Node } from '../graph/node'
import { broadcastShapes, broadcastStrides, collapse, sizeOf } from '../util/shape'
import { cast } from './cast'
import { sameType } from './operands'

const selectOp = defineOp('where', {
  inputs: ['condition', 'a', 'b'],
  broadcasts: true,
  shape: ({ condition, a, b }) => ({
    shape: broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape, 'where'), 'where'),
    dtype: a.dtype,
  }),
  lower: (program, { condition, a, b, y }) => {
    const strides = [condition, a, b].map(({ shape }) => broadcastStrides(shape, y.shape))
    const {
      dims,
      strides: [cStrides, aStrides, bStrides],
    } = collapse(y.shape, strides)
    program.call('select', {
      y,
      c: condition,
      a,
      b,
      n: sizeOf(y.shape),
      dims,
      cStrides: cStrides!,
      aStrides: aStrides!,
      bStrides: bStrides!,
    })
  },
  grad: ({ condition, dy }) => [null, where(condition, dy, 0), where(condition, 0, dy)],
})

/** a where the condition holds, else b; all three broadcast. */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Node {
  const bothBool = [a, b].every((x) => toNode(x).dtype === 'bool')
  const [x, y] = bothBool ? [toNode(a), toNode(b)] : sameType(a, b)
  return selectOp(cast(condition, 'bool'), x, y)
}
