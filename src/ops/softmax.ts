// Softmax and its logarithm along any axis; the kernels work on the last one.
import type { TensorLike } from '../graph/convert'
import { defineOp } from '../graph/define'
import type { Node } from '../graph/node'
import { nth } from '../util/lists'
import { normalizeAxis, sizeOf, type Shape } from '../util/shape'
import { mul, sub } from './binary'
import { cast } from './cast'
import { exp } from './elementwise'
import { sum } from './reduce'
import { transpose } from './shape'

const rowsOf = (shape: Shape) => ({ rows: sizeOf(shape.slice(0, -1)), n: nth(shape, -1) })

const softmaxGrad = defineOp('softmaxGrad', {
  inputs: ['dy', 'y0'],
  inplace: [0],
  shape: ({ dy }) => dy,
  lower: (program, { dy, y0, y }) => program.call('softmaxGrad', { dx: y, dy, y: y0, ...rowsOf(y.shape) }),
  composed: ({ dy, y0 }) => mul(y0, sub(dy, sum(mul(dy, y0), -1, true))),
})

const logSoftmaxGrad = defineOp('logSoftmaxGrad', {
  inputs: ['dy', 'y0'],
  inplace: [0],
  shape: ({ dy }) => dy,
  lower: (program, { dy, y0, y }) => program.call('logSoftmaxGrad', { dx: y, dy, y: y0, ...rowsOf(y.shape) }),
  composed: ({ dy, y0 }) => sub(dy, mul(exp(y0), sum(dy, -1, true))),
})

/** y[r, i] = exp(x[r, i]) / Σⱼ exp(x[r, j]) */
const softmaxOp = defineOp('softmax', {
  inputs: ['x'],
  inplace: [0],
  shape: ({ x }) => x,
  lower: (program, { x, y }) => program.call('softmax', { y, x, ...rowsOf(y.shape) }, { work: sizeOf(y.shape) * 8 }),
  grad: ({ y, dy }) => [softmaxGrad(dy, y)],
})

const logSoftmaxOp = defineOp('logSoftmax', {
  inputs: ['x'],
  inplace: [0],
  shape: ({ x }) => x,
  lower: (program, { x, y }) => program.call('logSoftmax', { y, x, ...rowsOf(y.shape) }, { work: sizeOf(y.shape) * 8 }),
  grad: ({ y, dy }) => [logSoftmaxGrad(dy, y)],
})

function alongAxis(op: (x: Node) => Node, x: TensorLike, axis: number, name: string): Node {
  const node = cast(x, 'float32')
  const along = normalizeAxis(axis, node.rank, name)
  if (along === node.rank - 1) return op(node)
  const swap = node.shape.map((_, i) => (i === along ? node.rank - 1 : i === node.rank - 1 ? along : i))
  return transpose(op(transpose(node, swap)), swap)
}

/** eˣ / Σ eˣ along an axis, without overflow. */
export const softmax = (x: TensorLike, axis = -1): Node => alongAxis(softmaxOp, x, axis, 'softmax')
/** x − ln Σ eˣ along an axis. */
export const logSoftmax = (x: TensorLike, axis = -1): Node => alongAxis(logSoftmaxOp, x, axis, 'logSoftmax')
