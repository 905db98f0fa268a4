// Kinds of options of evaluation: values that are read with the samples in mind.
import { CornusError, showValue } from '../util/errors'
import { integer, nullable, optional, type Kind, type OptionalKind } from '../util/options'
import { makeRandom } from '../util/shuffle'
import { seeds } from '../seed'
import type { Labels } from './rows'

/** Anything with a value for each sample; read by the function that uses it. */
export const perSample: OptionalKind<Labels | null | undefined> = {
  takes: 'a value for each sample',
  save: () => null,
  fallback: null,
  read: (value, what) => {
    if (value !== null && (typeof value !== 'object' || value === undefined))
      throw new CornusError('BAD_ARGUMENT', `${what} must be an array or tensor with a value for each sample, not ${showValue(value)}`)
    return value as Labels | null
  },
}

/** A function of the caller's. */
export const functionOf = <F extends (...args: never) => unknown>(form: string): OptionalKind<F | null, F | null> => ({
  takes: `a function ${form}`,
  save: () => null,
  fallback: null,
  read: (value, what) => {
    if (value !== null && typeof value !== 'function')
      throw new CornusError('BAD_ARGUMENT', `${what} must be a function ${form}, not ${showValue(value)}`)
    return value as F | null
  },
})

/** Labels or names in an order. */
export const labelList: Kind<readonly (number | string)[] | null> = {
  takes: 'an array of labels',
  save: () => null,
  read: (value, what) => {
    const right =
      value === null ||
      (Array.isArray(value) &&
        value.length > 0 &&
        value.every((label) => typeof label === 'string' || typeof label === 'number') &&
        new Set(value).size === value.length)
    if (!right) throw new CornusError('BAD_ARGUMENT', `${what} must be an array of different numbers or texts, not ${showValue(value)}`)
    return value as readonly (number | string)[] | null
  },
}

export const seed = optional(nullable(integer()), null)
/** The generator of a seed; without one, the next of setSeed. */
export const randomOf = (given: number | null): (() => number) => makeRandom(given ?? seeds.next())
