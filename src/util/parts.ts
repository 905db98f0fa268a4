// What initializers, regularizers, constraints, losses, metrics, optimizers and schedules share: options with defaults, and a way to be
// named, saved and found again.
import { customObject, nameOfOwn, withCustomObjects, type CustomObjects } from './customObjects'
import { check, CornusError, cut, didYouMean, showValue } from './errors'
import { fromKeras } from './keras'
import { lookUp, plainName, snakeCase } from './names'
import {
  givenOptions,
  optional,
  readOptions,
  saveOptions,
  text,
  type ConfigValue,
  type Given,
  type Held,
  type Kind,
  type OptionalKind,
  type OptionTable,
} from './options'

export type { ConfigValue, CustomObjects }
/** Options of a part as they go into a file: Keras's, with keys in camelCase. */
export interface Config {
  readonly [option: string]: ConfigValue
}

export interface Part {
  /** Keras's class name, as 'GlorotUniform'. */
  readonly className: string
  /** Options that make such a part again. */
  getConfig(): Config
  /** The user's function that it was made of, if it was. */
  readonly own?: { readonly name: string } | undefined
}

/** A part as it stands in a file. Of a function of the user's own, className is 'function' and config its name. */
export type SavedPart = {
  readonly className: string
  readonly config?: Config | string
  readonly module?: string | null
  readonly registeredName?: string | null
}

export interface DeserializeOptions {
  /** Own classes and functions by the names under which they were saved. */
  customObjects?: CustomObjects
}

/** 'MeanSquaredError' → 'meanSquaredError', 'KLDivergence' → 'klDivergence'. */
export const camelName = (className: string): string => className.replace(/^[A-Z]+(?=[A-Z][a-z]|$)|^[A-Z]/, (start) => start.toLowerCase())

/** Whether a part is being made from a file's config, in which a name may be Keras's default. */
let loading = false

/** A part's name: by default its class's, in our spelling; saved in Keras's. */
export function nameOption(className: string, theirs = snakeCase(className), ours = camelName(className)): OptionalKind<string> {
  return {
    fallback: ours,
    takes: text.takes,
    read: (value, what) => (value === null || (loading && value === theirs) ? ours : text.read(value, what)),
    save: (held) => (held === ours ? theirs : held),
  }
}

/** What a factory takes: options, which can be left out where each has a default. */
type Asked<T> = Partial<Given<T>> extends Given<T> ? [options?: Given<T>] : [options: Given<T>]

/** How a part of options is called: in messages, and with a value alone. */
export interface PartRules<T> {
  /** As users write it. Default: the class's name, in our spelling. */
  readonly called?: string
  /** The option that a lone number stands for. */
  readonly lone?: keyof T & string
  /** What must hold between options. */
  readonly agree?: (held: Held<T>, called: string) => void
}

/** A factory of parts that are a function and the table of its options: initializers, regularizers, constraints, schedules. */
export function partFactory<X, Y, const T extends OptionTable>(
  className: string,
  table: T,
  call: (x: X, options: Held<T>) => Y,
  { called = camelName(className), lone, agree }: PartRules<T> = {},
) {
  return (...[options]: Asked<T>): Part & { call(x: X): Y } => {
    const held = readOptions(table, options, called, lone)
    agree?.(held, called)
    return { className, getConfig: () => saveOptions(table, held), call: (x) => call(x, held) }
  }
}

/** What a table of parts holds: factories that take one object of options. */
export type Factories<T> = { readonly [name: string]: (...options: readonly never[]) => T }

/** Options that only speak of number types, which are fixed here. */
const DTYPES = new Set(['dtype'])

/** Keys that files have beside a class's name and config. */
const KEYS = new Set(['module', 'className', 'config', 'registeredName', 'buildConfig', 'compileConfig', 'sharedObjectId', 'name'])

/** A saved part has no keys but Keras's: options that stand beside the config would be lost in silence. */
export function checkSaved(saved: SavedPart, kind: string, more: readonly string[] = []): void {
  const strangers = Object.keys(saved).filter((key) => !KEYS.has(key) && !more.includes(key))
  check(
    strangers.length === 0,
    'BAD_ARGUMENT',
    () =>
      `${kind} ${showValue(saved.className)}: unknown ${strangers.length > 1 ? 'keys' : 'key'} ${strangers.map(showValue).join(', ')} ` +
      `beside className; options stand in config: { ${strangers.map((key) => cut(key, 40)).join(', ')} }`,
  )
}

/** The part that a name stands for, or that a saved part describes. */
export function makePart<T>(table: Factories<T>, identifier: string | SavedPart, kind: string): T {
  if (typeof identifier === 'string') return lookUp(table, identifier, kind)()
  const saved = fromKeras(identifier) as SavedPart
  checkSaved(saved, kind)
  const { className, config } = saved
  if (className === 'function' && typeof config === 'string' && Object.keys(table).some((name) => plainName(name) === plainName(config)))
    return lookUp(table, config, kind)()
  if (className === 'function')
    throw new CornusError(
      'UNKNOWN_NAME',
      `${kind}: the function ${showValue(config)} is your own; give it as customObjects: { ${String(config)} }`,
    )
  check(
    config === undefined || config === null || typeof config === 'object',
    'BAD_DATA',
    () => `${kind}: the config of ${showValue(className)} must be an object of options, not ${showValue(config)}`,
  )
  const options = Object.fromEntries(Object.entries(config ?? {}).filter(([name]) => !DTYPES.has(name)))
  const name = Object.keys(table).find((known) => plainName(known) === plainName(String(className)))
  if (name === undefined) throw unknownClass(kind, className, Object.keys(table))
  return table[name]!(options as never)
}

export const isClass = (x: unknown): boolean => typeof x === 'function' && /^class\b/.test(Function.prototype.toString.call(x))

/** A factory or a class where a part is wanted: it was not called. */
export function checkCalled(identifier: unknown, table: { readonly [name: string]: unknown }, room: string): void {
  const name = typeof identifier === 'function' ? Object.keys(table).find((each) => table[each] === identifier) : undefined
  if (name !== undefined)
    throw new CornusError('BAD_ARGUMENT', `${room}.${name} is what makes one, and was not called; write ${room}.${name}()`)
  check(
    !isClass(identifier),
    'BAD_ARGUMENT',
    () => `${room}: ${showValue(identifier)} is a class; give an object of it: new ${(identifier as { name: string }).name || 'Mine'}()`,
  )
}

/** A file names a class that is not here. */
export const unknownClass = (kind: string, className: unknown, known: readonly string[]): CornusError =>
  new CornusError(
    'UNKNOWN_NAME',
    `unknown ${kind} ${showValue(className)}${didYouMean(String(className), known)}; one of your own is given as customObjects: ` +
      `{ ${cut(String(className), 40)} }`,
  )

export function isSavedPart(x: unknown): x is SavedPart {
  if (typeof x !== 'object' || x === null) return false
  const member = (key: string) => typeof memberOf(x, key)
  return ['className', 'class_name'].some((key) => member(key) === 'string') && member('getConfig') !== 'function'
}

/** What an object holds under a name; undefined if it cannot be read. */
function memberOf(x: object, key: string): unknown {
  try {
    return (x as { readonly [key: string]: unknown })[key]
  } catch {
    // a getter or a proxy
    return undefined
  }
}

/** Whether something is an object with such a method. */
export function hasMethod(x: unknown, key: string): boolean {
  const member = typeof x === 'object' && x !== null ? memberOf(x, key) : undefined
  return typeof member === 'function' && !isClass(member)
}

/** What a name or a saved part stands for among the own objects of the deserialize that is under way; anything else as it is. */
export function resolveOwn<L>(identifier: L): L {
  if (typeof identifier === 'string') return (customObject(identifier) ?? identifier) as L
  if (!isSavedPart(identifier)) return identifier
  const { className, config, registeredName } = fromKeras(identifier) as SavedPart
  const own = customObject(registeredName, className === 'function' ? String(config) : className)
  if (own === undefined) return identifier
  return (className === 'function' ? own : makeOwn(own, config)) as L
}

/** An own part from its config: by its class's fromConfig, its constructor, or the factory that stands for it. */
export function makeOwn(own: unknown, config: unknown): unknown {
  if (typeof own !== 'function') return own
  const { fromConfig } = own as { fromConfig?: (config: unknown) => unknown }
  if (typeof fromConfig === 'function') return fromConfig.call(own, config)
  const isClass = Object.getOwnPropertyNames((own.prototype ?? {}) as object).length > 1
  return isClass ? Reflect.construct(own, [config]) : (own as (config: unknown) => unknown)(config)
}

/** A part made of a function of the user's own. */
export const ownPart = <X, Y>(fn: (x: X) => Y): Part & { call(x: X): Y } => ({
  className: fn.name,
  getConfig: () => ({}),
  call: (x) => fn(x),
  own: fn,
})

/** How users give a part of a family. */
export interface Family<T, F> {
  /** One of them, in messages. */
  readonly kind: string
  /** Where users find their factories. */
  readonly room: string
  /** The factories, by all names under which a part may be given. */
  readonly table: Factories<T>
  /** What may stand in the place of one, in words. */
  readonly expected: string
  /** A part of a function of the user's own; left out where there can be none. */
  readonly own?: (fn: F) => T
  readonly isPart: (x: unknown) => x is T
}

/** The part that is meant: one itself, a name, a function, or what stands in a file; own objects were looked up before. */
export function partOf<T, F>(identifier: unknown, { kind, room, table, expected, own, isPart }: Family<T, F>): T {
  checkCalled(identifier, table, room)
  if (own && typeof identifier === 'function') return own(identifier as F)
  if (typeof identifier === 'string' || isSavedPart(identifier)) return makePart<T>(table, identifier, kind)
  if (!isPart(identifier)) throw new CornusError('BAD_ARGUMENT', `${kind}: expected ${expected}, not ${showValue(identifier)}`)
  return identifier
}

/** A part as it goes into a file: one of the table's in Keras's form, own classes and functions by their names. */
export function savePart(part: Part, module: string, table: { readonly [name: string]: unknown }): Required<SavedPart> {
  const { className, own } = part
  check(
    typeof className === 'string' && typeof part.getConfig === 'function',
    'BAD_ARGUMENT',
    () => `${module}: a part to be saved has a className (a string) and getConfig(), which gives its options; ${showValue(part)} has not`,
  )
  if (own) return { module: null, className: 'function', config: own.name, registeredName: nameOfOwn(own, own.name) }
  const ours = Object.keys(table).some((name) => plainName(name) === plainName(className))
  const registeredName = ours ? null : nameOfOwn(part.constructor, className)
  return { module: ours ? module : null, className, config: part.getConfig(), registeredName }
}

const objects: Kind<CustomObjects> = {
  takes: 'an object of classes and functions by their names',
  save: () => null,
  read: (value, what) => givenOptions(value, what),
}
const DESERIALIZE = { customObjects: optional(objects, {}) }

/** Runs what makes a part of a name or a saved part, with own objects known. */
export const loadPart = <T>(make: () => T, options: DeserializeOptions = {}): T => withCustomObjects(ownObjects(options), make)

/** Own objects among the options of a deserialize. */
export const ownObjects = (options: DeserializeOptions): CustomObjects => readOptions(DESERIALIZE, options, 'deserialize').customObjects

/** Checks a number among the options: finite, and within bounds. */
export function checkNumber(value: unknown, what: string, minimum = -Infinity, maximum = Infinity): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < minimum || value > maximum) {
    const range = minimum === -Infinity ? '' : maximum === Infinity ? ` from ${minimum}` : ` from ${minimum} to ${maximum}`
    throw new CornusError('BAD_ARGUMENT', `${what} must be a number${range}, not ${showValue(value)}`)
  }
  return value
}
