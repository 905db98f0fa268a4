// What belongs to outputs: predictions with their names, targets, weights and masks, and options that are given by output.
import type { Tensor } from '../graph/node'
import { didYouMean, check, showValue } from '../util/errors'

/** The outputs of a step in their order, and what was given for each. */
export interface Prediction {
  readonly outputs: readonly Tensor[]
  readonly names: readonly string[]
  readonly targets: readonly (Tensor | undefined)[]
  readonly weights: readonly (Tensor | undefined)[]
  readonly masks: readonly (Tensor | undefined)[]
}

/**
 * An option's value for each output: one for all, an array in their order, or an object by their names. `unneeded`: outputs that a shorter
 * array or object
 * may leave out.
 */
export function byOutput<T>(
  given: unknown,
  names: readonly string[],
  isOne: (x: unknown) => x is T,
  option: string,
  unneeded?: readonly boolean[],
): (T | undefined)[] {
  if (given === undefined) return names.map(() => undefined)
  if (isOne(given)) return names.map(() => given)
  const listed = names.map((name) => `'${name}'`).join(', ')
  if (Array.isArray(given)) {
    const needed = names.flatMap((_, i) => (unneeded?.[i] ? [] : [i]))
    const places = given.length === names.length ? [...names.keys()] : needed
    check(
      given.length === places.length,
      'BAD_ARGUMENT',
      () => `compile: ${option} has ${given.length} entries for ${names.length} outputs (${listed})`,
    )
    return names.map((name, i) => (places.includes(i) ? one(given[places.indexOf(i)], isOne, `${option} of output '${name}'`) : undefined))
  }
  check(
    typeof given === 'object' && given !== null,
    'BAD_ARGUMENT',
    () => `compile: ${option} must be one for all outputs, an array, or an object by output (${listed}), not ${showValue(given)}`,
  )
  const table = given as { readonly [output: string]: unknown }
  const stray = Object.keys(table).find((name) => !names.includes(name))
  check(
    stray === undefined,
    'BAD_ARGUMENT',
    () => `compile: ${option} names an output ${showValue(stray)}${didYouMean(stray!, names)}; the outputs are ${listed}`,
  )
  return names.map((name, i) => {
    check(
      Object.hasOwn(table, name) || unneeded?.[i] || option !== 'loss',
      'BAD_ARGUMENT',
      () => `compile: ${option} has none for output '${name}'; give one, or null`,
    )
    return Object.hasOwn(table, name) ? one(table[name], isOne, `${option} of output '${name}'`) : undefined
  })
}

function one<T>(x: unknown, isOne: (x: unknown) => x is T, what: string): T | undefined {
  if (x === undefined) return undefined
  check(isOne(x), 'BAD_ARGUMENT', () => `compile: ${what} cannot be ${showValue(x)}`)
  return x
}
