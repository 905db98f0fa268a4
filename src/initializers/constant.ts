// Values that are not random.
import { mul } from '../ops/binary'
import { eye, fill } from '../tensor'
import { CornusError } from '../util/errors'
import { extra, number, readOptions, saveOptions } from '../util/options'
import { checkNumber, withDefaults } from '../util/parts'
import { showShape } from '../util/shape'
import { initializer, type Initializer } from './initializer'

export const zeros = (): Initializer => initializer('Zeros', {}, (shape) => fill(shape, 0))
export const ones = (): Initializer => initializer('Ones', {}, (shape) => fill(shape, 1))

/** One value everywhere (default 0). */
export function constant(options?: { value?: number }): Initializer {
  const config = withDefaults(options, { value: 0 }, 'constant')
  const value = checkNumber(config.value, 'constant: value')
  return initializer('Constant', config, (shape) => fill(shape, value))
}

/** `gain` on the diagonal of a matrix. */
export function identity(options?: { gain?: number }): Initializer {
  const table = { gain: extra(number(), 1) } // Keras does not save it
  const held = readOptions(table, options, 'identity')
  const { gain } = held
  return initializer('Identity', saveOptions(table, held), (shape) => {
    if (shape.length !== 2) throw new CornusError('BAD_SHAPE', `identity: only matrices can be the identity, not shape ${showShape(shape)}`)
    return mul(eye(shape[0]!, shape[1]!), gain)
  })
}
