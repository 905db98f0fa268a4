// Kinds of options that layers have, beside those of util/options.ts: parts, shapes, axes.
import { getActivation, serialize as saveActivation, type Activation, type ActivationLike } from '../activations'
import { getConstraint, serialize as saveConstraint, type Constraint, type ConstraintLike } from '../constraints/index'
import { getInitializer, serialize as saveInitializer, type Initializer, type InitializerLike } from '../initializers/index'
import { getRegularizer, serialize as saveRegularizer, type Regularizer, type RegularizerLike } from '../regularizers/index'
import { check, CornusError, showValue } from '../util/errors'
import { choice, flag, kindOf, knownOptions, listOf, number, seed, type ConfigValue, type Kind } from '../util/options'
import { fromKeras } from '../util/keras'
import { copiedList } from '../util/shape'

/** An error inside of `make` says where it came about. */
export function within<T>(what: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof CornusError)) throw error
    throw new CornusError(error.code, `${what}: ${error.message}`, { cause: error })
  }
}

const part = <G, P>(takes: string, get: (given: G) => P, save: (part: P) => ConfigValue): Kind<G, P> => ({
  takes,
  save,
  example: /'.*?'/.exec(takes)![0],
  read: (value, what) => within(what, () => get(value as G)),
})

export const activation: Kind<ActivationLike, Activation> = part(
  "a name as 'relu' or a function of a tensor",
  (given: ActivationLike) => getActivation(given),
  saveActivation,
)
export const initializer: Kind<InitializerLike, Initializer> = part(
  "a name as 'glorotUniform', an initializer or a function of a shape",
  (given: InitializerLike) => getInitializer(given),
  saveInitializer,
)
export const regularizer: Kind<RegularizerLike, Regularizer | null> = part(
  "a name as 'l2', a regularizer or a function of a weight",
  (given: RegularizerLike) => getRegularizer(given),
  saveRegularizer,
)
export const constraint: Kind<ConstraintLike, Constraint | null> = part(
  "a name as 'maxNorm', a constraint or a function of a weight",
  (given: ConstraintLike) => getConstraint(given),
  saveConstraint,
)

/** Where the channels stand. */
export const dataFormat = choice('channelsLast', 'channelsFirst')
export const padding = choice('valid', 'same')
/** A fraction. */
export const rate: Kind<number> = { ...number(0, 1), example: '0.5' }
/** A fraction of which not all can be meant. */
export const rateBelowOne: Kind<number> = {
  ...kindOf<number>('a number from 0 to below 1', (value) => typeof value === 'number' && value >= 0 && value < 1),
  example: '0.5',
}
export { seed }
export const axis: Kind<number> = kindOf('an integer', (value) => Number.isInteger(value) && Math.abs(value as number) <= 64)

/** Of an option that Keras saves and that is not here: null, and nothing else. */
export const absent: Kind<null> = kindOf('null: it is not supported', (value) => value === null)

/** One number, or a list of them; held and saved as it was given. */
export function oneOrList(each: Kind<number>): Kind<number | readonly number[], number | readonly number[]> {
  const list = listOf(each)
  const takes = `${each.takes}, or a list of them`
  return {
    takes,
    save: (held) => held as ConfigValue,
    read: (value, what) => {
      if (!Array.isArray(value)) {
        check(typeof value === 'number', 'BAD_ARGUMENT', () => `${what} must be ${takes}, not ${showValue(value)}`)
        return each.read(value, what)
      }
      check(value.length > 0, 'BAD_ARGUMENT', () => `${what} must be ${takes}; the list is empty`)
      return list.read(value, what)
    },
  }
}

/** A shape in which some sizes, as the batch's, are not known yet. */
export type PartialShape = readonly (number | null)[]

/** A shape; `example` is how to write one number alone. */
export const partialShape = (example: (size: string) => string): Kind<PartialShape> => {
  const kind = kindOf<PartialShape>(
    'an array of integers from 0, null where a size is not known',
    (value) =>
      Array.isArray(value) &&
      value.length <= 6 &&
      Array.from(value, (d: unknown) => d === null || (Number.isInteger(d) && (d as number) >= 0 && (d as number) < 2 ** 30)).every(
        Boolean,
      ),
  )
  return {
    ...kind,
    read: (value, what) => {
      const whole = Number.isInteger(value)
      check(!whole, 'BAD_SHAPE', () => `${what} must be ${kind.takes}, not ${showValue(value)}; write ${example(showValue(value))}`)
      return kind.read(value, what)
    },
  }
}

/** Number types in which layers compute: one. A policy as Keras saves it counts, too. */
export const dtypePolicy: Kind<'float32' | { readonly className: string; readonly config: { readonly name: string } }, string> = {
  takes: "'float32'",
  save: (name) => ({ module: 'keras', className: 'DTypePolicy', config: { name }, registeredName: null }),
  read: (value, what) => {
    const { name } = ((fromKeras(value) as { config?: { name?: unknown } } | null)?.config ?? { name: value }) as { name?: unknown }
    check(name === 'float32', 'BAD_DTYPE', () => `${what} must be 'float32', in which all layers compute, not ${showValue(name ?? value)}`)
    return 'float32'
  },
}

/** Shape of an input with the batch in front. */
export const inputForm = partialShape((size) => `[null, ${size}]`)

const APPLY = ['training', 'mask', 'initialState', 'states']

/** Options of a call of a layer: one that is not known would be lost in silence. */
export function checkApply<T extends object>(options: T, layer: string): T {
  const given: { readonly training?: unknown; readonly states?: unknown } = knownOptions(options, APPLY, `${layer}: apply`)
  if (given.training !== undefined && given.training !== null) flag.read(given.training, `${layer}: apply: training`)
  if (given.states === undefined) return given as T
  const states = copiedList(given.states)
  const expected = 'an array, one for each state, as [h]'
  check(states, 'BAD_ARGUMENT', () => `${layer}: apply: states must be ${expected}; not ${showValue(given.states)}`)
  return { ...given, states } as T
}
