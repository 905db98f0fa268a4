// Between dtypes.
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp } from '../graph/define'
import { checkDType, type DType } from '../graph/dtypes'
import type { Node } from '../graph/node'
import { sizeOf } from '../util/shape'

const castOp = defineOp<readonly ['x'], { to: DType }>('cast', {
  inputs: ['x'],
  inplace: [0],
  shape: ({ x }, { to }) => ({ shape: x.shape, dtype: to }),
  lower: (program, { x, y }, { to }) => {
    const n = sizeOf(y.shape)
    const kernel = to === 'float32' ? 'castToFloat' : to === 'bool' ? (x.dtype === 'float32' ? 'toBool' : 'toBoolInt') : 'castToInt'
    program.call(kernel, { y, x, n, alpha: 0, beta: 0, gamma: 0 }, { elementwise: n })
  },
  grad: ({ x, dy }) => [x.dtype === 'float32' ? cast(dy, 'float32') : null],
})

/** The same memory under another name: bool is stored as the int32 0 or 1. */
const asInt = defineOp('asInt', { inputs: ['x'], alias: () => 0, shape: ({ x }) => ({ shape: x.shape, dtype: 'int32' }) })

/**
 * Converts the element type: to int32 truncates toward zero (beyond its range the nearest bound, of NaN 0, as XLA), to bool asks whether x
 * ≠ 0. The gradient passes between float32 only.
 */
export function cast(x: TensorLike, dtype: DType): Node {
  const node = toNode(x)
  checkDType(dtype, 'cast')
  if (node.dtype === dtype) return node
  if (dtype === 'int32' && node.dtype === 'bool') return asInt(node)
  return castOp(node, { to: dtype })
}
