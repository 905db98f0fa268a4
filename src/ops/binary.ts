// Element-wise ops of two operands, broadcasting as NumPy does.
import type { KernelName } from '../generated/kernels'
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp } from '../graph/define'
import { dtypes, type DType } from '../graph/dtypes'
import { Tensor, type Node } from '../graph/node'
import { Variable } from '../graph/variable'
import { check, isInstance } from '../util/errors'
import { broadcastShapes, broadcastStrides, collapse, sameShape, sizeOf } from '../util/shape'
import { cast } from './cast'
import { log, neg } from './elementwise'
import { sumTo } from './reduce'
import { where } from './select'

interface BinaryOptions {
  kernel: KernelName
  /** Kernel for int32; missing: integers become float32 first. */
  int?: KernelName
  /** Kernel for two booleans, which gives one; missing: they count as int32. */
  bool?: KernelName
  result?: DType
  work?: number
  grad?: (values: { a: Node; b: Node; y: Node; dy: Node }) => readonly [Node, Node]
}

type BinaryOp = (a: TensorLike, b: TensorLike) => Node
type BinaryKernel = 'add' // any kernel with binary arguments

/** y[i] = f(a[i], b[i]) over the shape that a and b broadcast to. */
function binary(name: string, { kernel, int, bool, result, work = 1, grad }: BinaryOptions) {
  const op = defineOp<readonly ['a', 'b']>(name, {
    inputs: ['a', 'b'],
    inplace: [0, 1],
    shape: ({ a, b }) => ({ shape: broadcastShapes(a.shape, b.shape, name), dtype: result ?? a.dtype }),
    lower: (program, { a, b, y }) => {
      const n = sizeOf(y.shape)
      const {
        dims,
        strides: [aStrides, bStrides],
      } = collapse(y.shape, [broadcastStrides(a.shape, y.shape), broadcastStrides(b.shape, y.shape)])
      const chosen = ({ float32: kernel, int32: int, bool }[a.dtype] ?? kernel) as BinaryKernel
      const flat = sameShape(a.shape, b.shape)
      program.call(
        chosen,
        { y, a, b, n, dims, aStrides: aStrides!, bStrides: bStrides! },
        { work: n * (work + 2), ...(flat && { elementwise: n }) },
      )
    },
    ...(grad && {
      grad: (values) => {
        const [da, db] = grad(values)
        return [sumTo(da, values.a.shape), sumTo(db, values.b.shape)]
      },
    }),
  })
  return (a: TensorLike, b: TensorLike): Node => {
    const [x, y] = sameType(a, b, int ? (bool ? 'bool' : 'int32') : 'float32')
    return op(x, y)
  }
}

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

/** a + b; of booleans, whether one is true. */
export const add: BinaryOp = binary('add', { kernel: 'add', int: 'addInt', bool: 'logicalOr', grad: ({ dy }) => [dy, dy] })
/** a − b. */
export const sub: BinaryOp = binary('sub', { kernel: 'sub', int: 'subInt', grad: ({ dy }) => [dy, neg(dy)] })
/** a · b, element by element; of booleans, whether both are true. */
export const mul: BinaryOp = binary('mul', {
  kernel: 'mul',
  int: 'mulInt',
  bool: 'logicalAnd',
  grad: ({ a, b, dy }) => [mul(dy, b), mul(dy, a)],
})
/** a / b; integers are divided as float32. */
export const div: BinaryOp = binary('div', {
  kernel: 'div',
  work: 2,
  grad: ({ b, y, dy }) => {
    const da = div(dy, b)
    return [da, neg(mul(da, y))]
  },
})
const powOp: BinaryOp = binary('pow', {
  kernel: 'pow',
  int: 'powInt',
  work: 20,
  grad: ({ a, b, y, dy }) => [
    mul(dy, where(equal(b, 0), 0, mul(b, pow(a, sub(b, 1))))),
    mul(dy, where(equal(a, 0), 0, mul(y, log(where(less(0, a), a, where(equal(a, 0), 1, a)))))),
  ],
})
/**
 * aᵇ, by the rules of IEEE 754 pow. Of int32 it is int32, which wraps beyond 32 bits; with a negative exponent its whole part, and 0 for 0.
 */
export function pow(a: TensorLike, b: TensorLike): Node {
  const whole = isInstance(a, Tensor) && dtypes[a.dtype].whole
  check(
    !(whole && typeof b === 'number' && b < 0 && Number.isInteger(b)),
    'BAD_ARGUMENT',
    () => `pow: ${(a as Tensor).dtype} to the power ${String(b)} is no whole number; write pow(x.cast('float32'), ${String(b)})`,
  )
  return powOp(a, b)
}
/** The greater of both; NaN wins. Where they are equal each takes half of the gradient. */
export const maximum: BinaryOp = binary('maximum', {
  kernel: 'maximum',
  int: 'maximumInt',
  bool: 'logicalOr',
  grad: ({ a, b, dy }) => halves(dy, less(b, a), less(a, b)),
})
/** The lesser of both; NaN wins. Where they are equal each takes half of the gradient. */
export const minimum: BinaryOp = binary('minimum', {
  kernel: 'minimum',
  int: 'minimumInt',
  bool: 'logicalAnd',
  grad: ({ a, b, dy }) => halves(dy, less(a, b), less(b, a)),
})
/** a − ⌊a / b⌋ · b: takes the sign of b, as in Python. */
export const mod: BinaryOp = binary('mod', {
  kernel: 'mod',
  int: 'modInt',
  work: 4,
  grad: ({ a, b, dy }) => [dy, neg(mul(dy, floorDiv(a, b)))],
})
/** ⌊a / b⌋; an integer divided by 0 gives 0. */
export const floorDiv: BinaryOp = binary('floorDiv', {
  kernel: 'floorDiv',
  int: 'floorDivInt',
  work: 3,
  grad: ({ a, b, dy }) => [mul(mul(dy, 0), b), mul(mul(dy, 0), a)],
})
const squaredDifferenceOp: BinaryOp = binary('squaredDifference', {
  kernel: 'squaredDifference',
  grad: ({ a, b, dy }) => {
    const da = mul(mul(dy, 2), sub(a, b))
    return [da, neg(da)]
  },
})
/** (a − b)². */
export const squaredDifference: BinaryOp = (a, b) => {
  const [x, y] = sameType(a, b)
  if (x.dtype === 'float32') return squaredDifferenceOp(x, y)
  const difference = sub(x, y)
  return mul(difference, difference)
}

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
  const op = binary(kernel, { kernel, int: kernel, bool: kernel })
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
