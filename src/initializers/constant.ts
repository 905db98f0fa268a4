// Values that are not random.
import { mul } from '../ops/binary'
import { eye, fill } from '../tensor'
import { check } from '../util/errors'
import { extra, number, optional } from '../util/options'
import { showShape } from '../util/shape'
import { factory } from './initializer'

export const zeros = factory('Zeros', {}, (shape) => fill(shape, 0))
export const ones = factory('Ones', {}, (shape) => fill(shape, 1))

/** One value everywhere (default 0). */
export const constant = factory('Constant', { value: optional(number(), 0) }, (shape, { value }) => fill(shape, value))

/** `gain` (default 1; Keras does not save it) on the diagonal of a matrix. */
export const identity = factory('Identity', { gain: extra(number(), 1) }, (shape, { gain }) => {
  const [rows = 0, columns = 0] = shape
  check(shape.length === 2, 'BAD_SHAPE', () => `identity: only matrices can be the identity, not shape ${showShape(shape)}`)
  return mul(eye(rows, columns), gain)
})
