// What initializers, regularizers, constraints, losses, metrics, optimizers and schedules share: options with defaults, and a way to be named, saved and found again.
import { CornusError, didYouMean } from './errors'
import { lookUp } from './names'
import type { ConfigValue } from './options'

export type { ConfigValue }
/** Options of a part as they go into a file: Keras's, in camelCase. */
export interface Config {
  readonly [option: string]: ConfigValue
}

export interface Part {
  /** Keras's class name, as 'GlorotUniform'. */
  readonly className: string
  /** Options that make such a part again. */
  getConfig(): Config
}

/** A part as it stands in a file. */
export interface SavedPart {
  readonly className: string
  readonly config: Config
}

/** 'MeanSquaredError' → 'meanSquaredError', 'KLDivergence' → 'klDivergence'. */
export const camelName = (className: string): string => className.replace(/^[A-Z]+(?=[A-Z][a-z]|$)|^[A-Z]/, (start) => start.toLowerCase())

/** What a table of parts holds: factories that take one object of options. */
export type Factories<T> = { readonly [name: string]: (options?: never) => T }

/** Options that only speak of number types, which are fixed here. */
const DTYPES = new Set(['dtype', 'lossScaleFactor'])

/** The part that a name stands for, or that a saved part describes. */
export function makePart<T>(table: Factories<T>, identifier: string | SavedPart, kind: string): T {
  if (typeof identifier === 'string') return lookUp(table, identifier, kind)()
  const { className, config } = identifier
  const options = Object.fromEntries(Object.entries(config ?? {}).filter(([name]) => !DTYPES.has(name)))
  return lookUp(table, className, kind)(options as never)
}

export const isSavedPart = (x: unknown): x is SavedPart =>
  typeof x === 'object' && x !== null && typeof (x as SavedPart).className === 'string' && typeof (x as { getConfig?: unknown }).getConfig !== 'function'

/** Options with defaults filled in; one that is not known is an error with the nearest known name. */
export function withDefaults<T extends object>(given: T | undefined, defaults: NoInfer<Required<T>>, what: string): Required<T> {
  if (given === undefined) return defaults
  const known = Object.keys(defaults)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new CornusError('BAD_ARGUMENT', `${what}: expected an object of options (${known.join(', ')}), not ${JSON.stringify(given) ?? typeof given}`)
  }
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new CornusError('BAD_ARGUMENT', `${what}: unknown option '${unknown}'${didYouMean(unknown, known)}; known are ${known.join(', ')}`)
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
}

/** Checks a number among the options: finite, and within bounds. */
export function checkNumber(value: unknown, what: string, minimum = -Infinity, maximum = Infinity): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < minimum || value > maximum) {
    const range = minimum === -Infinity ? '' : maximum === Infinity ? ` from ${minimum}` : ` from ${minimum} to ${maximum}`
    throw new CornusError('BAD_ARGUMENT', `${what} must be a number${range}, not ${typeof value === 'string' ? `'${value}'` : String(value)}`)
  }
  return value
}

/** Checks a choice among strings; Keras's spelling counts too. Returns ours. */
export function checkChoice<const C extends string>(value: unknown, choices: readonly C[], what: string): C {
  if (typeof value !== 'string') throw new CornusError('BAD_ARGUMENT', `${what} must be one of '${choices.join("', '")}', not ${String(value)}`)
  return lookUp(Object.fromEntries(choices.map((choice) => [choice, choice])), value, what) as C
}
