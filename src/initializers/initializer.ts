// What an initializer is.
import type { Tensor } from '../graph/node'
import { check, showValue } from '../util/errors'
import type { Config, Part } from '../util/parts'
import { checkShape, type Shape } from '../util/shape'

/** Makes the first values of a weight. */
export interface Initializer extends Part {
  /** Values for a shape; lazy. */
  call(shape: Shape): Tensor
}

export const initializer = (className: string, config: Config, call: (shape: Shape) => Tensor): Initializer => ({
  className,
  getConfig: () => config,
  call: (shape) => call(checkShape(shape, `${className}: shape`)),
})

/** An initializer made of a function of the user's own. */
export const ownInitializer = (fn: (shape: Shape) => Tensor): Initializer => ({ ...initializer(fn.name, {}, fn), own: fn })

/** A seed as the random ops take it. */
export function checkSeed(seed: unknown, what: string): number | undefined {
  if (seed === null || seed === undefined) return undefined
  check(Number.isSafeInteger(seed), 'BAD_ARGUMENT', () => `${what}: seed must be an integer or null, not ${showValue(seed)}`)
  return seed as number
}
