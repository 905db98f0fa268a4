// Element-wise ops of two operands, broadcasting as NumPy does.
import type { KernelName } from '../generated/kernels'
import type { TensorLike } from '../graph/convert'
import { defineOp } from '../graph/define'
import { dtypes, type DType } from '../graph/dtypes'
import type { Node } from '../graph/node'
import { broadcastShapes, broadcastStrides, collapse, sameShape, sizeOf } from '../util/shape'
import { cast } from './cast'
import { sameType } from './operands'
import { where } from './select'
import { negative } from './unary'

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

export type BinaryOp = (a: TensorLike, b: TensorLike) => Node
type BinaryKernel = 'add' // any kernel with binary arguments

/** y[i] = f(a[i], b[i]) over the shape that a and b broadcast to. */
export function binary(name: string, { kernel, int, bool, result, work = 1, grad }: BinaryOptions) {
  const op = defineOp<readonly ['a', 'b']>(name, {
    inputs: ['a', 'b'],
    inplace: [0, 1],
    broadcasts: true,
    shape: ({ a, b }) => ({ shape: broadcastShapes(a.shape, b.shape, name), dtype: result ?? a.dtype }),
    lower: (program, { a, b, y }) => {
      const n = sizeOf(y.shape)
      const {
        dims,
        strides: [aStrides, bStrides],
      } = collapse(y.shape, [broadcastStrides(a.shape, y.shape), broadcastStrides(b.shape, y.shape)])
      const chosen = ((a.dtype === 'bool' ? bool : dtypes[a.dtype].whole ? int : kernel) ?? kernel) as BinaryKernel
      const flat = sameShape(a.shape, b.shape)
      program.call(
        chosen,
        { y, a, b, n, dims, aStrides: aStrides!, bStrides: bStrides! },
        { work: n * (work + 2), ...(flat && { elementwise: n }) },
      )
    },
    ...(grad && { grad }),
  })
  return (a: TensorLike, b: TensorLike): Node => {
    const [x, y] = sameType(a, b, int ? (bool ? 'bool' : 'int32') : 'float32')
    return op(x, y)
  }
}

/** a + b; of booleans, whether one is true. */
export const add: BinaryOp = binary('add', { kernel: 'add', int: 'addInt', bool: 'logicalOr', grad: ({ dy }) => [dy, dy] })
/** a − b. */
export const sub: BinaryOp = binary('sub', { kernel: 'sub', int: 'subInt', grad: ({ dy }) => [dy, negative(dy)] })
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
    return [da, negative(mul(da, y))]
  },
})
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
  grad: ({ a, b, dy }) => [dy, negative(mul(dy, floorDiv(a, b)))],
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
    return [da, negative(da)]
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
