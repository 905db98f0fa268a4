// One error class for everything that a caller can mend.
import { env } from './env'

export type ErrorCode =
  | 'BAD_ARGUMENT' // an option or argument of the wrong type or range
  | 'BAD_SHAPE' // shapes that do not fit each other
  | 'BAD_DTYPE'
  | 'BAD_DATA' // values that cannot be used (ragged arrays, an index outside its table)
  | 'BAD_FILE'
  | 'UNKNOWN_NAME' // a string that names nothing: activation, loss, layer …
  | 'NOT_BUILT'
  | 'NOT_COMPILED'
  | 'BUSY' // a call that may not overlap with one under way
  | 'OUT_OF_MEMORY'
  | 'UNSUPPORTED' // the runtime lacks what the call needs
  | 'ABORTED'
  | 'INTERNAL'

/** Longer messages than a person reads are cut in the middle. */
const LONGEST_MESSAGE = 1200

/** What was given, what was expected, and how to mend it. */
export class CornusError extends Error {
  override readonly name = 'CornusError'
  /** Of an error in data: which number it was. */
  declare readonly fault?: unknown
  constructor(
    readonly code: ErrorCode,
    message: string,
    { fault, ...options }: ErrorOptions & { fault?: unknown } = {},
  ) {
    super(cut(message, LONGEST_MESSAGE), options)
    if (fault !== undefined) this.fault = fault
    const stack = deepStack(this) ?? ''
    if (stack && env('CORNUS_DEBUG') === undefined)
      Object.defineProperty(this, 'stack', { value: withoutOwnFrames(stack), writable: true, configurable: true })
  }
}

const V8 = Error as ErrorConstructor & { stackTraceLimit?: number; captureStackTrace?(of: object): void }

/** An error's stack as deep as the caller may stand below, with the class's own name, which minifiers change. */
function deepStack(error: CornusError): string | undefined {
  const { stackTraceLimit } = V8
  if (typeof stackTraceLimit !== 'number' || !V8.captureStackTrace) return error.stack
  V8.stackTraceLimit = DEEPEST
  V8.captureStackTrace(error)
  V8.stackTraceLimit = stackTraceLimit
  return error.stack
}

/** Calls deep in each other that the caller's own line is looked for behind. */
const DEEPEST = 60

/**
 * A stack from the caller's own line on: what lies before is the library, which the message speaks for. If nothing of the caller's is in
 * it, or
 * everything is in one file, it stays as it is. (V8's form of a stack; others are left.)
 */
export function withoutOwnFrames(stack: string): string {
  const first = stack.search(/^ {4}at /m)
  if (first < 0) return stack
  const frames = stack.slice(first).split('\n')
  const own = /\(?([^\s()]+):\d+:\d+\)?$/.exec(frames[0]!)?.[1]
  const isOwn = (frame: string) => own !== undefined && frame.includes(`${own}:`)
  const isCallers = (frame: string) => /:\d+:\d+\)?$/.test(frame) && !frame.includes('node:') && !isOwn(frame)
  const begin = frames.findIndex(isCallers)
  return stack.slice(0, first) + (begin < 0 ? frames : frames.slice(begin).filter((frame) => !isOwn(frame))).slice(0, 10).join('\n')
}

/** Text of at most so many characters; of a longer one the beginning and the end. */
export const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, Math.ceil(longest * 0.7))} … ${text.slice(text.length - Math.floor(longest * 0.3) + 3)}`

/** Any value in a message: short, and safe whatever its class does. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return `'${cut(value, 60)}'`
  if (typeof value === 'bigint') return cut(`${value}n`, 60)
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return String(value)
  try {
    if (typeof value === 'function') return cut(`the function ${value.name || '(without a name)'}`, 60)
    if (value instanceof Error) return cut(String(value), 200)
    if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${(value as { length?: number }).length ?? value.byteLength}`
    const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null
    const json = plain
      ? JSON.stringify(Array.isArray(value) ? value.slice(0, 20) : value, (_, each: unknown) =>
          typeof each === 'bigint' ? `${each}n` : each,
        )
      : undefined
    return json === undefined ? `a ${cut(value.constructor?.name || 'object', 40)}` : cut(json, 60)
  } catch {
    return 'an object'
  }
}

/** x instanceof kind, whatever a proxy does when it is asked. */
export function isInstance<T>(x: unknown, kind: abstract new (...args: never[]) => T): x is T {
  try {
    return x instanceof kind
  } catch {
    return false
  }
}

/** What reading a value of the user's gives; what its getters or a proxy throw becomes a CornusError that begins with `what`. */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof CornusError) throw cause
    throw new CornusError('BAD_DATA', `${what} cannot be read: ${showValue(cause)}`, { cause })
  }
}

/** Throws a CornusError unless the condition holds; the message is built only then. */
export function check(condition: unknown, code: ErrorCode, message: () => string): asserts condition {
  if (!condition) throw new CornusError(code, shown(message))
}

/** The text of a message, whatever the values in it do when they are shown. */
function shown(message: () => string): string {
  try {
    return message()
  } catch (error) {
    if (error instanceof CornusError) throw error
    return 'an argument is of a kind that cannot be used here, nor shown'
  }
}

/** What each of these makes; if some fail, one error that says all that is wrong. */
export function allOf<T>(makers: readonly (() => T)[]): T[] {
  const errors: unknown[] = []
  const made = makers.flatMap((make) => {
    try {
      return [make()]
    } catch (error) {
      errors.push(error)
      return []
    }
  })
  throwAll(errors)
  return made
}

/** Throws what was caught, if anything: one error that says all that is wrong; or the first that is none of ours. */
export function throwAll(errors: readonly unknown[]): void {
  if (!errors.length) return
  const [first] = errors
  const ours = errors.filter((error) => error instanceof CornusError)
  if (ours.length < errors.length) throw errors.find((error) => !(error instanceof CornusError))
  if (ours.length === 1) throw first
  throw new CornusError(ours[0]!.code, [...new Set(ours.map(({ message }) => message))].join('\n'))
}

/** What other libraries call an option, without case: our names for it, the likeliest first. */
const SYNONYMS: { readonly [name: string]: readonly string[] } = {
  lr: ['learningRate'],
  learningrate: ['optimizer'],
  eps: ['epsilon'],
  decay: ['weightDecay'],
  inputdim: ['inputShape'],
  infeatures: ['inputShape'],
  outfeatures: ['units'],
  hiddensize: ['units'],
  outputdim: ['units'],
  outchannels: ['filters'],
  kernel: ['kernelSize'],
  pool: ['poolSize'],
  dilation: ['dilationRate'],
  p: ['rate'],
  prob: ['rate'],
  dropoutrate: ['rate'],
  bias: ['useBias'],
  dim: ['axis', 'axes'],
  metric: ['metrics'],
  validation: ['validationData'],
  val: ['validationData'],
  batch: ['batchSize'],
  iterations: ['epochs'],
}

/** The nearest of the known names to a misspelt one, as "; did you mean 'relu'?", or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const normal = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')
  const wanted = normal(given.slice(0, 100))
  let best = Object.hasOwn(SYNONYMS, wanted) ? (SYNONYMS[wanted]!.find((name) => known.includes(name)) ?? '') : ''
  if (best) return `; did you mean '${best}'?`
  let least = Math.max(2, wanted.length / 3)
  for (const name of known) {
    const distance = editDistance(wanted, normal(name))
    if (distance < least) [best, least] = [name, distance]
  }
  return best ? `; did you mean '${best}'?` : ''
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= Math.min(a.length, 100); i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
