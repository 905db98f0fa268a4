// Names as users write them: Keras's spelling and ours, and unique names for layers.
import { CornusError, didYouMean, showValue } from './errors'

/** 'sparse_categorical_crossentropy', 'SparseCategoricalCrossentropy' and 'sparseCategoricalCrossentropy' are one name. */
export const plainName = (name: string): string => name.toLowerCase().replace(/[_\- ]/g, '')

/** conv2D → conv2d, MaxPooling2D → max_pooling2d, PReLU → p_re_lu: Keras's rule for default names. */
export const snakeCase = remembered((name) =>
  name
    .replace(/\W/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase(),
)

/** channelsLast → channels_last, beta1 → beta_1: a name of ours as Keras writes it. */
export const kerasName = remembered((name) =>
  (/^[A-Z]/.test(name) ? name : name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)).replace(
    /^(beta|epsilon)(?=\d)/,
    '$1_',
  ),
)

/** Names that come up again and again. */
const REMEMBERED = 512

/** A function of names that is asked for the same few most of the time. */
function remembered(rule: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    const before = known.get(name)
    if (before !== undefined) return before
    if (known.size >= REMEMBERED) known.clear()
    const result = rule(name)
    known.set(name, result)
    return result
  }
}

/** channels_last → channelsLast, beta_1 → beta1: the way back. */
export const ourName = (name: string): string => name.replace(/(?<=[a-z\d])_([a-z\d])/g, (_, letter: string) => letter.toUpperCase())

/** What a table holds under a name, in any spelling; undefined if nothing. */
export function findName<T>(table: { readonly [name: string]: T }, name: string): T | undefined {
  if (Object.hasOwn(table, name)) return table[name]
  const wanted = plainName(name)
  return Object.entries(table).find(([known]) => plainName(known) === wanted)?.[1]
}

/** Looks a name up in a table, in any spelling; an unknown one is an error with the nearest known name. */
export function lookUp<T>(table: { readonly [name: string]: T }, name: unknown, kind: string): T {
  if (typeof name !== 'string')
    throw new CornusError('BAD_ARGUMENT', `${kind} must be a name, as '${Object.keys(table)[0] ?? ''}', not ${showValue(name)}`)
  const found = findName(table, name)
  if (found === undefined) {
    const known = Object.keys(table)
    throw new CornusError('UNKNOWN_NAME', `unknown ${kind} ${showValue(name)}${didYouMean(name, known)}; known are ${known.join(', ')}`)
  }
  return found
}

/** The first of base, base_1, base_2 … that is not taken. */
export function freeName(base: string, taken: ReadonlySet<string>): string {
  let name = base
  for (let i = 1; taken.has(name); i++) name = `${base}_${i}`
  return name
}
