// A config is Keras's, with keys in camelCase: the two are translated key by key, and nothing else differs. Values, as 'channels_last' or
// class names, are Keras's already.
import { check, reading } from './errors'
import type { ConfigValue } from './options'
import { kerasName, ourName } from './names'

/** Deeper configs are not ones that Keras writes. */
const MAX_DEPTH = 200

const isPlain = (value: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(value) as null)

/**
 * Options whose objects are keyed by names of the user's: outputs, losses by output, tensors by input. Those names stay as they are; parts
 * that stand there are translated.
 */
const BY_NAME = new Set(['inputLayers', 'outputLayers', 'args', 'kwargs', 'loss', 'lossWeights', 'metrics', 'weightedMetrics', 'arguments'])
/** Arguments of a call: their own names are options, what stands in them is the user's. */
const isCall = (key: string): boolean => key === 'kwargs'

const isPart = (value: object): boolean =>
  ['className', 'class_name'].some((key) => typeof (value as { [key: string]: unknown })[key] === 'string')

const mapKeys = (value: unknown, rename: (key: string) => string, keep: 'none' | 'below' | 'all' = 'none', depth = 0): unknown => {
  check(depth < MAX_DEPTH, 'BAD_DATA', () => `a config stands more than ${MAX_DEPTH} deep in itself`)
  if (Array.isArray(value)) return value.map((each) => mapKeys(each, rename, keep === 'below' ? 'all' : keep, depth + 1))
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  const kept = keep === 'all' && !isPart(value)
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const inner = kept || keep === 'below' ? 'all' : innerOf(key)
      return [kept ? key : rename(key), mapKeys(each, rename, inner, depth + 1)]
    }),
  )
}

function innerOf(key: string): 'none' | 'below' | 'all' {
  if (!BY_NAME.has(ourName(key))) return 'none'
  return isCall(key) ? 'below' : 'all'
}

/** useBias → use_bias, in objects at any depth; names of the user's stay. */
export const toKeras = (config: ConfigValue | object): ConfigValue => mapKeys(config, kerasName) as ConfigValue

/** use_bias → useBias, in objects at any depth; names of the user's stay. */
export const fromKeras = (config: unknown): unknown => reading('the config', () => mapKeys(config, ourName))

/** Options that Keras wants as floats, which a JSON text shows by their point. */
const FLOATS = new Set([
  'momentum',
  'learning_rate',
  'beta_1',
  'beta_2',
  'epsilon',
  'rho',
  'rate',
  'dropout',
  'recurrent_dropout',
  'stddev',
])
const MARK = 'float:'

/** The JSON text of a config in Keras's spelling. */
export const kerasText = (config: ConfigValue | object): string =>
  JSON.stringify(config, (key, value: unknown) => (FLOATS.has(key) && Number.isInteger(value) ? `${MARK}${String(value)}` : value)).replace(
    new RegExp(`(?<=:)"${MARK}(-?\\d+)"`, 'g'),
    '$1.0',
  )
