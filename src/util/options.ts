// An option is written once: its kind says what it takes, how it is held, how it goes into a file; a table of them is all that a
// constructor,
// a config and the messages need. Layers, losses, metrics, optimizers, ops and calls like fit share these kinds.
//
//   const options = { units: positive, useBias: optional(flag, true) }
//   readOptions(options, { units: 3 }, 'dense')  →  { units: 3, useBias: true }
import { CornusError, didYouMean, reading, showValue, throwAll } from './errors'
import { isLoading } from './customObjects'
import { findName, kerasName } from './names'
import { copiedList } from './shape'

/** Plain JSON data, as it goes into a file. */
export type ConfigValue = number | string | boolean | null | readonly ConfigValue[] | { readonly [option: string]: ConfigValue }

/** What an option takes (G) and how it is held (H). */
export interface Kind<G, H = G> {
  /** The held form of what was given, or an error that begins with `what`. */
  read(value: unknown, what: string): H
  /** The held form as plain JSON data. */
  save(held: H): ConfigValue
  /** For messages: 'a positive integer'. */
  readonly takes: string
  /** For messages: what a user might write. */
  readonly example?: string
  /** Known to types only. */
  readonly given?: G
}

/** An option that may be left out. */
export interface OptionalKind<G, H = G> extends Kind<G, H> {
  readonly fallback: G
  /** Whether Keras has no such option: it is saved only where it is not the fallback, so that configs stay Keras's. */
  readonly extra?: boolean
}

export type OptionTable = { readonly [name: string]: Kind<unknown, unknown> }

type OptionalNames<T> = { [K in keyof T]: T[K] extends { readonly fallback: unknown } ? K : never }[keyof T]
type GivenOf<K> = K extends { readonly given?: infer G } ? G : never
type HeldOf<K> = K extends { read(value: unknown, what: string): infer H } ? H : never
/** The options as users write them. */
export type Given<T> = { [K in keyof Omit<T, OptionalNames<T>>]: GivenOf<T[K & keyof T]> } & {
  [K in keyof Pick<T, OptionalNames<T>>]?: GivenOf<T[K]> | undefined
}
/** The options as they are held: all of them, checked. */
export type Held<T> = { readonly [K in keyof T]: HeldOf<T[K]> }

/** The kind with a value for those who leave the option out. */
export const optional = <G, H, const F extends G>(kind: Kind<G, H>, fallback: F): OptionalKind<G, H> => ({ ...kind, fallback })

/** The kind with a value for those who leave the option out, for an option that Keras does not have. */
export const extra = <G, H, const F extends G>(kind: Kind<G, H>, fallback: F): OptionalKind<G, H> => ({ ...kind, fallback, extra: true })

/** What an object of options holds, not checked yet. */
export const givenOptions = (given: unknown, what: string): Record<string, unknown> => asOptions({}, given, what, undefined)

/**
 * Held options, all checked; one that is missing, unknown or wrong is an error that names `what`. `positional`: the option that a lone
 * value stands for.
 */
export function readOptions<const T extends OptionTable>(table: T, given: unknown, what: string, positional?: keyof T & string): Held<T> {
  const options = asOptions(table, given, what, positional)
  const errors: unknown[] = []
  const strangers = Object.keys(options).filter((name) => !Object.hasOwn(table, name))
  if (strangers.length) errors.push(unknownOptions(strangers, Object.keys(table), what))
  const held: Record<string, unknown> = {}
  for (const name in table) {
    try {
      held[name] = readOption(table[name]!, options[name], name, what)
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
  return held as Held<T>
}

/** What an object of options holds, whose values are checked elsewhere; a name that is not among these is an error. */
export function knownOptions<T extends object>(given: T | undefined, names: readonly string[], what: string): T {
  const options = givenOptions(given, what)
  const strangers = Object.keys(options).filter((name) => !names.includes(name))
  if (strangers.length) throw unknownOptions(strangers, names, what)
  return options as T
}

function unknownOptions([first = '', ...others]: readonly string[], known: readonly string[], what: string): CornusError {
  const names = others.length ? `options ${[first, ...others].map(showValue).join(', ')}` : `option ${showValue(first)}`
  const all = isLoading() ? '' : `; the options are ${known.join(', ')}` // of a file much may be unknown: the list stays short
  return new CornusError('BAD_ARGUMENT', `${what}: unknown ${names}${didYouMean(first, known)}${all}`)
}

function asOptions(table: OptionTable, given: unknown, what: string, positional: string | undefined): Record<string, unknown> {
  if (given === undefined) return {}
  const options = copyOfOptions(given, what)
  if (options) return options
  if (positional !== undefined && given !== null) return { [positional]: given }
  const names = Object.keys(table)
  const meant = given === null ? undefined : names.find((name) => takes(table[name]!, given))
  throw new CornusError(
    'BAD_ARGUMENT',
    `${what}: expected an object of options${names.length ? ` (${names.join(', ')})` : ''}, not ${showValue(given)}` +
      (meant ? `; write { ${meant}: ${showValue(given)} }` : ''),
  )
}

function takes(kind: Kind<unknown, unknown>, value: unknown): boolean {
  try {
    kind.read(value, '')
    return true
  } catch {
    return false
  }
}

/** What an object holds; undefined for what is no object of options. */
function copyOfOptions(given: unknown, what: string): Record<string, unknown> | undefined {
  try {
    return isPlainObject(given) ? { ...given } : undefined
  } catch (cause) {
    // a getter or a proxy that throws
    throw new CornusError('BAD_ARGUMENT', `${what}: the options cannot be read: ${showValue(cause)}`, { cause })
  }
}

/** Neither an array, nor a Map, a Date …, nor a part or layer. */
const isPlainObject = (x: unknown): x is Record<string, unknown> =>
  Object.prototype.toString.call(x) === '[object Object]' && typeof (x as { call?: unknown }).call !== 'function'

function readOption(kind: Kind<unknown, unknown>, value: unknown, name: string, what: string): unknown {
  const full = `${what}: ${name}`
  // what own classes of a file throw is theirs
  if (value !== undefined) return isLoading() ? kind.read(value, full) : reading(full, () => kind.read(value, full))
  if ('fallback' in kind) return kind.read(kind.fallback, full)
  throw new CornusError(
    'BAD_ARGUMENT',
    `${what}: ${name} is missing; expected ${kind.takes}${kind.example ? `, as { ${name}: ${kind.example} }` : ''}`,
  )
}

/** Held options as plain JSON data that makes them again. */
export const saveOptions = (table: OptionTable, held: { readonly [name: string]: unknown }): { [option: string]: ConfigValue } =>
  Object.fromEntries(
    Object.entries(table).flatMap(([name, kind]) => {
      const saved = kind.save(held[name])
      return 'extra' in kind && isFallback(kind as OptionalKind<unknown, unknown>, saved) ? [] : [[name, saved]]
    }),
  )

const isFallback = (kind: OptionalKind<unknown, unknown>, saved: ConfigValue): boolean =>
  JSON.stringify(saved) === JSON.stringify(kind.save(kind.read(kind.fallback, '')))

/** A kind of which values are held and saved as they are given, arrays as they are now. */
export function kindOf<G extends ConfigValue>(takes: string, test: (value: unknown) => boolean): Kind<G> {
  return {
    takes,
    save: (held) => held,
    read: (value, what) => {
      const held = copiedList(value) ?? value
      if (!reading(what, () => test(held))) throw new CornusError('BAD_ARGUMENT', `${what} must be ${takes}, not ${showValue(value)}`)
      return held as G
    },
  }
}

/** The kind, or null. */
export const nullable = <G, H>({ read, save, takes }: Kind<G, H>): Kind<G | null, H | null> => ({
  takes: `${takes}, or null`,
  read: (value, what) => (value === null ? null : read(value, what)),
  save: (held) => (held === null ? null : save(held)),
})

/** Integers beyond this are sizes that no memory has. */
export const GREATEST_INTEGER = 2 ** 30

const rangeText = (from: number, to: number): string =>
  `${from <= -GREATEST_INTEGER ? '' : from === Number.MIN_VALUE ? ' above 0' : ` from ${from}`}${to >= GREATEST_INTEGER ? '' : ` to ${to}`}`

/** An integer within bounds, both of them allowed. */
export const integer = (from = -GREATEST_INTEGER, to = GREATEST_INTEGER): Kind<number> =>
  kindOf(`an integer${rangeText(from, to)}`, (value) => Number.isInteger(value) && (value as number) >= from && (value as number) <= to)
/** An integer from 1. */
export const positive: Kind<number> = {
  ...kindOf('a positive integer', (value) => Number.isInteger(value) && (value as number) > 0 && (value as number) < GREATEST_INTEGER),
  example: '10',
}
/** A finite number within bounds, both of them allowed; from Number.MIN_VALUE means above 0. */
export const number = (from = -Infinity, to = Infinity): Kind<number> =>
  kindOf(`a number${rangeText(from, to)}`, (value) => typeof value === 'number' && Number.isFinite(value) && value >= from && value <= to)
export const flag: Kind<boolean> = kindOf('true or false', (value) => typeof value === 'boolean')
/** Where random numbers begin; null: where all others do. */
export const seed = nullable(integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
export const text: Kind<string> = kindOf('a string', (value) => typeof value === 'string')

/** One of some strings, in Keras's spelling or ours; held in ours, saved in Keras's. */
export function choice<const C extends string>(...choices: readonly C[]): Kind<Spelled<C>, C> {
  const table: { readonly [name: string]: C } = Object.fromEntries(choices.map((each) => [each, each]))
  const takes = `one of '${choices.join("', '")}'`
  return {
    takes,
    save: kerasName,
    read: (value, what) => {
      if (typeof value !== 'string') throw new CornusError('BAD_ARGUMENT', `${what} must be ${takes}; got ${showValue(value)}`)
      const held = findName(table, value)
      if (held === undefined)
        throw new CornusError('UNKNOWN_NAME', `${what} must be ${takes}; got ${showValue(value)}${didYouMean(value, choices)}`)
      return held
    },
  }
}

/** The name of a part in our spelling, in Keras's, and as a class: 'meanSquaredError', 'mean_squared_error', 'MeanSquaredError'. */
export type Named<C extends string> = Spelled<C> | Capitalize<C>

/** A name in our spelling and in Keras's: 'channelsLast' and 'channels_last'. */
export type Spelled<C extends string> = C | (C extends Uppercase<C> ? C : SnakeCase<C>)
type SnakeCase<S extends string> = S extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : S

/** An array whose members are of a kind; `length` where it is fixed. */
export const listOf = <G, H>({ read, save, takes }: Kind<G, H>, length?: number): Kind<readonly G[], readonly H[]> => ({
  takes: `an array${length === undefined ? '' : ` of ${length}`}, each ${takes}`,
  read: (value, what) => {
    const list = copiedList(value)
    if (!list || (length !== undefined && list.length !== length)) {
      throw new CornusError(
        'BAD_ARGUMENT',
        `${what} must be an array${length === undefined ? '' : ` of ${length}`}, each ${takes}, not ${showValue(value)}`,
      )
    }
    return list.map((each, i) => read(each, `${what}[${i}]`))
  },
  save: (held) => held.map((each) => save(each)),
})

/** One, or an array of them. */
export const oneOrMore = <G, H>(one: Kind<G, H>): Kind<G | readonly G[], H | readonly H[]> => {
  const list = listOf(one)
  return {
    takes: `${one.takes}, or an array of them`,
    read: (value, what) => (copiedList(value) ? list.read(value, what) : one.read(value, what)),
    save: (held) => (Array.isArray(held) ? list.save(held as readonly H[]) : one.save(held as H)),
  }
}

/** A number for each of some dimensions, or one for all of them; held as an array. */
export const perDimension = (rank: number, each: Kind<number> = positive): Kind<number | readonly number[], readonly number[]> => {
  const list = listOf(each, rank)
  const takes = rank === 1 ? each.takes : `${each.takes}, or ${rank} of them`
  return {
    takes,
    read(value, what) {
      if (typeof value === 'number') return Array<number>(rank).fill(each.read(value, what))
      if (copiedList(value)?.length !== rank) throw new CornusError('BAD_ARGUMENT', `${what} must be ${takes}, not ${showValue(value)}`)
      return list.read(value, what)
    },
    save: (held) => held,
  }
}
