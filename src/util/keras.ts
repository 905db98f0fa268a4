// A config is Keras's, with keys in camelCase: the two are translated key by key, and nothing else differs. Values, as 'channels_last' or
// class names, are Keras's already.
import { check, reading } from './errors'
import type { ConfigValue } from './options'
import { kerasName, ourName } from './names'

/** Deeper configs are not ones that Keras writes. */
const MAX_DEPTH = 200

const isPlain = (value: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(value) as null)

const mapKeys = (value: unknown, rename: (key: string) => string, depth = 0): unknown => {
  check(depth < MAX_DEPTH, 'BAD_DATA', () => `a config stands more than ${MAX_DEPTH} deep in itself`)
  if (Array.isArray(value)) return value.map((each) => mapKeys(each, rename, depth + 1))
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [rename(key), mapKeys(each, rename, depth + 1)]))
}

/** useBias → use_bias, in objects at any depth. */
export const toKeras = (config: ConfigValue | object): ConfigValue => mapKeys(config, kerasName) as ConfigValue

/** use_bias → useBias, in objects at any depth. */
export const fromKeras = (config: unknown): unknown => reading('the config', () => mapKeys(config, ourName))
