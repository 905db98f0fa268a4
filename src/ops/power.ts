// Powers: apart from the other ops of two operands, since their gradient needs the logarithm.
import { type TensorLike } from '../graph/convert'
import { dtypes } from '../graph/dtypes'
import { Tensor, type Node } from '../graph/node'
import { check, isInstance } from '../util/errors'
import { binary, equal, less, mul, sub, type BinaryOp } from './binary'
import { log } from './elementwise'
import { where } from './select'

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
