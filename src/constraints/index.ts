// Constraints: what a weight must be like after each step. constraints.maxNorm({ maxValue: 3 }).
import type { Tensor } from '../graph/node'
import { add, div, mul } from '../ops/binary'
import { EPSILON } from '../ops/crossEntropy'
import { clip, relu, sqrt } from '../ops/elementwise'
import { sumSquares } from '../ops/reduce'
import { CornusError, showValue } from '../util/errors'
import {
  checkCalled,
  checkNumber,
  hasMethod,
  isSavedPart,
  loadPart,
  makePart,
  resolveOwn,
  savePart,
  withDefaults,
  type Config,
  type ConfigValue,
  type DeserializeOptions,
  type Part,
  type SavedPart,
} from '../util/parts'
import { integer, oneOrMore, type Named } from '../util/options'

/** Brings a weight back into its bounds. */
export interface Constraint extends Part {
  /** The allowed weight next to w. */
  call(w: Tensor): Tensor
}

/** Axes over which norms are taken: for a dense kernel 0 (a unit's incoming weights), for a convolution's [0, 1, 2]. Default 0. */
interface AxisOption {
  axis?: number | readonly number[]
}

const constraint = (className: string, config: Config, call: (w: Tensor) => Tensor): Constraint => ({
  className,
  getConfig: () => config,
  call,
})
const normsOf = (w: Tensor, axis: number | readonly number[]) => sqrt(sumSquares(w, axis, true))

const axes = oneOrMore(integer())

function withAxis<T extends AxisOption>(options: T | undefined, defaults: NoInfer<Required<T>>, what: string): Required<T> {
  const config = withDefaults(options, defaults, what)
  return { ...config, axis: axes.read(config.axis, `${what}: axis`) }
}

/** Norms of at most maxValue (default 2). */
export function maxNorm(options?: { maxValue?: number } & AxisOption): Constraint {
  const config = withAxis(options, { maxValue: 2, axis: 0 }, 'maxNorm')
  const maxValue = checkNumber(config.maxValue, 'maxNorm: maxValue', 0)
  return constraint('MaxNorm', config, (w) => {
    const norms = normsOf(w, config.axis)
    return mul(w, div(clip(norms, 0, maxValue), add(norms, EPSILON)))
  })
}

/** No value below 0. */
export const nonNeg = (): Constraint => constraint('NonNeg', {}, (w) => relu(w))

/** Norms of 1. */
export function unitNorm(options?: AxisOption): Constraint {
  const config = withAxis(options, { axis: 0 }, 'unitNorm')
  return constraint('UnitNorm', config, (w) => div(w, add(normsOf(w, config.axis), EPSILON)))
}

/**
 * Norms from minValue (default 0) to maxValue (default 1); of a norm outside, `rate` (default 1: all) of the way is gone with each step.
 */
export function minMaxNorm(options?: { minValue?: number; maxValue?: number; rate?: number } & AxisOption): Constraint {
  const config = withAxis(options, { minValue: 0, maxValue: 1, rate: 1, axis: 0 }, 'minMaxNorm')
  const maxValue = checkNumber(config.maxValue, 'minMaxNorm: maxValue', 0)
  const minValue = checkNumber(config.minValue, 'minMaxNorm: minValue', 0, maxValue)
  const rate = checkNumber(config.rate, 'minMaxNorm: rate', 0, 1)
  return constraint('MinMaxNorm', config, (w) => {
    const norms = normsOf(w, config.axis)
    const wanted = add(mul(clip(norms, minValue, maxValue), rate), mul(norms, 1 - rate))
    return mul(w, div(wanted, add(norms, EPSILON)))
  })
}

const table = { maxNorm, nonNeg, unitNorm, minMaxNorm }

export type ConstraintName = keyof typeof table
/** A name (in Keras's spelling too), a constraint, or a function from a weight to an allowed one. */
export type ConstraintLike = Named<ConstraintName> | Constraint | ((w: Tensor) => Tensor) | SavedPart | null

/** The constraint that is meant, if any. */
export function getConstraint(given: ConstraintLike | string | undefined): Constraint | null {
  const identifier = resolveOwn(given)
  checkCalled(identifier, table, 'constraints')
  if (identifier === null || identifier === undefined) return null
  if (typeof identifier === 'function') return { ...constraint(identifier.name, {}, identifier), own: identifier }
  if (typeof identifier === 'string' || isSavedPart(identifier)) return makePart<Constraint>(table, identifier, 'constraint')
  if (!hasMethod(identifier, 'call'))
    throw new CornusError(
      'BAD_ARGUMENT',
      `constraint: expected a name as 'maxNorm', a constraint or a function of a weight, not ${showValue(identifier)}`,
    )
  return identifier
}

/** A constraint as it goes into a file. */
export function serialize(constraint: ConstraintLike): ConfigValue {
  const part = getConstraint(constraint)
  return part && savePart(part, 'keras.constraints', table)
}

/** The constraint that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart | string | null, options?: DeserializeOptions): Constraint | null =>
  loadPart(() => getConstraint(saved), options)
