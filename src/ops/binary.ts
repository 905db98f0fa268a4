// Element-wise ops of two operands, broadcasting as NumPy does.
import type { KernelName } from '../generated/kernels'
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp } from '../graph/define'
import { Tensor, type DType, type Node } from '../graph/node'
import { Variable } from '../graph/variable'
import { broadcastShapes, broadcastStrides, collapse, sameShape, sizeOf } from '../util/shape'
import { cast } from './cast'
import { log, neg } from './elementwise'
import { sumTo } from './reduce'
import { where } from './select'

interface BinaryOptions {
  kernel: KernelName
  int?: KernelName
  result?: DType
  work?: number
  grad?: (values: { a: Node; b: Node; y: Node; dy: Node }) => readonly [Node, Node]
}

type BinaryKernel = 'add' // any kernel with binary arguments

/** y[i] = f(a[i], b[i]) over the shape that a and b broadcast to. */
function binary(name: string, { kernel, int, result, work = 1, grad }: BinaryOptions) {
  const op = defineOp<readonly ['a', 'b']>(name, {
    inputs: ['a', 'b'],
    inplace: [0, 1],
    shape: ({ a, b }) => ({ shape: broadcastShapes(a.shape, b.shape, name), dtype: result ?? a.dtype }),
    lower: (program, { a, b, y }) => {
      const n = sizeOf(y.shape)
      const { dims, strides: [aStrides, bStrides] } = collapse(y.shape, [broadcastStrides(a.shape, y.shape), broadcastStrides(b.shape, y.shape)])
      const chosen = (a.dtype !== 'float32' && int ? int : kernel) as BinaryKernel
      const flat = sameShape(a.shape, b.shape)
      program.call(chosen, { y, a, b, n, dims, aStrides: aStrides!, bStrides: bStrides! }, { work: n * (work + 2), ...(flat && { elementwise: n }) })
    },
    ...(grad && { grad: (values) => {
      const [da, db] = grad(values)
      return [sumTo(da, values.a.shape), sumTo(db, values.b.shape)]
    } }),
  })
  return (a: TensorLike, b: TensorLike): Node => {
    const [x, y] = sameType(a, b, int !== undefined)
    return op(x, y)
  }
}

/** Both operands with one dtype: a plain number takes the tensor's; int32 and float32 make float32; booleans count as int32. */
export function sameType(a: TensorLike, b: TensorLike, integers = true): [Node, Node] {
  const fits = (x: TensorLike, other: TensorLike) => typeof x === 'number' && Number.isInteger(x) && (other instanceof Tensor || other instanceof Variable) && other.dtype !== 'float32'
  let x = fits(a, b) ? toNode(a, 'int32') : toNode(a)
  let y = fits(b, a) ? toNode(b, 'int32') : toNode(b)
  const to = integers && x.dtype !== 'float32' && y.dtype !== 'float32' ? 'int32' : 'float32'
  return [cast(x, to), cast(y, to)]
}

/** a + b. */
export const add = binary('add', { kernel: 'add', int: 'addInt', grad: ({ dy }) => [dy, dy] })
/** a − b. */
export const sub = binary('sub', { kernel: 'sub', int: 'subInt', grad: ({ dy }) => [dy, neg(dy)] })
/** a · b, element by element. */
export const mul = binary('mul', { kernel: 'mul', int: 'mulInt', grad: ({ a, b, dy }) => [mul(dy, b), mul(dy, a)] })
/** a / b; integers are divided as float32. */
export const div: (a: TensorLike, b: TensorLike) => Node = binary('div', { kernel: 'div', work: 2, grad: ({ b, y, dy }) => {
  const da = div(dy, b)
  return [da, neg(mul(da, y))]
} })
/** aᵇ, by the rules of IEEE 754 pow. */
export const pow: (a: TensorLike, b: TensorLike) => Node = binary('pow', { kernel: 'pow', work: 20, grad: ({ a, b, y, dy }) => [
  mul(dy, where(equal(b, 0), 0, mul(b, pow(a, sub(b, 1))))),
  mul(dy, where(equal(a, 0), 0, mul(y, log(where(less(0, a), a, where(equal(a, 0), 1, a)))))),
] })
/** The greater of both; NaN wins. Where they are equal each takes half of the gradient. */
export const maximum: (a: TensorLike, b: TensorLike) => Node = binary('maximum', { kernel: 'maximum', int: 'maximumInt', grad: ({ a, b, dy }) => halves(dy, less(b, a), less(a, b)) })
/** The lesser of both; NaN wins. Where they are equal each takes half of the gradient. */
export const minimum: (a: TensorLike, b: TensorLike) => Node = binary('minimum', { kernel: 'minimum', int: 'minimumInt', grad: ({ a, b, dy }) => halves(dy, less(a, b), less(b, a)) })
/** a − ⌊a / b⌋ · b: takes the sign of b, as in Python. */
export const mod: (a: TensorLike, b: TensorLike) => Node = binary('mod', { kernel: 'mod', int: 'modInt', work: 4, grad: ({ a, b, dy }) => [dy, neg(mul(dy, floorDiv(a, b)))] })
/** ⌊a / b⌋; an integer divided by 0 gives 0. */
export const floorDiv = binary('floorDiv', { kernel: 'floorDiv', int: 'floorDivInt', work: 3, grad: ({ a, b, dy }) => [mul(mul(dy, 0), b), mul(mul(dy, 0), a)] })
/** (a − b)². */
export const squaredDifference = binary('squaredDifference', { kernel: 'squaredDifference', grad: ({ a, b, dy }) => {
  const da = mul(mul(dy, 2), sub(a, b))
  return [da, neg(da)]
} })

function halves(dy: Node, first: Node, second: Node): readonly [Node, Node] {
  const half = mul(dy, 0.5)
  return [where(first, dy, where(second, 0, half)), where(second, dy, where(first, 0, half))]
}

/** a = b; NaN equals nothing. */
export const equal = binary('equal', { kernel: 'equal', int: 'equalInt', result: 'bool' })
/** a ≠ b. */
export const notEqual = binary('notEqual', { kernel: 'notEqual', int: 'notEqualInt', result: 'bool' })
/** a < b. */
export const less = binary('less', { kernel: 'less', int: 'lessInt', result: 'bool' })
/** a ≤ b. */
export const lessEqual = binary('lessEqual', { kernel: 'lessEqual', int: 'lessEqualInt', result: 'bool' })
/** a > b. */
export const greater = (a: TensorLike, b: TensorLike): Node => {
  const [x, y] = sameType(a, b)
  return less(y, x)
}
/** a ≥ b. */
export const greaterEqual = (a: TensorLike, b: TensorLike): Node => {
  const [x, y] = sameType(a, b)
  return lessEqual(y, x)
}

const logical = (kernel: KernelName) => {
  const op = binary(kernel, { kernel, int: kernel, result: 'bool' })
  return (a: TensorLike, b: TensorLike): Node => op(cast(a, 'bool'), cast(b, 'bool'))
}
/** Both. */
export const logicalAnd = logical('logicalAnd')
/** At least one. */
export const logicalOr = logical('logicalOr')
/** Exactly one. */
export const logicalXor = logical('logicalXor')
/** Not x. */
export const logicalNot = (x: TensorLike): Node => logicalXor(x, true)
