// Constraints: what a weight must be like after each step. constraints.maxNorm({ maxValue: 3 }).
import type { Tensor } from '../graph/node'
import { add, div, mul } from '../ops/binary'
import { EPSILON } from '../ops/crossEntropy'
import { clip, relu, sqrt } from '../ops/elementwise'
import { sumSquares } from '../ops/reduce'
import { check } from '../util/errors'
import {
  hasMethod,
  loadPart,
  ownPart,
  partFactory,
  partOf,
  resolveOwn,
  savePart,
  type ConfigValue,
  type DeserializeOptions,
  type Family,
  type Part,
  type SavedPart,
} from '../util/parts'
import { integer, number, oneOrMore, optional, type Named } from '../util/options'

/** Brings a weight back into its bounds. */
export interface Constraint extends Part {
  /** The allowed weight next to w. */
  call(w: Tensor): Tensor
}

const normsOf = (w: Tensor, axis: number | readonly number[]) => sqrt(sumSquares(w, axis, true))

const least = number(0)
/** Axes over which norms are taken: for a dense kernel 0 (a unit's incoming weights), for a convolution's [0, 1, 2]. Default 0. */
const axis = optional(oneOrMore(integer()), 0)

/** Norms of at most maxValue (default 2). */
export const maxNorm = partFactory('MaxNorm', { maxValue: optional(least, 2), axis }, (w: Tensor, options) => {
  const norms = normsOf(w, options.axis)
  return mul(w, div(clip(norms, 0, options.maxValue), add(norms, EPSILON)))
})

/** No value below 0. */
export const nonNeg = partFactory('NonNeg', {}, (w: Tensor) => relu(w))

/** Norms of 1. */
export const unitNorm = partFactory('UnitNorm', { axis }, (w: Tensor, options) => div(w, add(normsOf(w, options.axis), EPSILON)))

/**
 * Norms from minValue (default 0) to maxValue (default 1); of a norm outside, `rate` (default 1: all) of the way is gone with each step.
 */
export const minMaxNorm = partFactory(
  'MinMaxNorm',
  { minValue: optional(least, 0), maxValue: optional(least, 1), rate: optional(number(0, 1), 1), axis },
  (w: Tensor, { minValue, maxValue, rate, axis: along }) => {
    const norms = normsOf(w, along)
    const wanted = add(mul(clip(norms, minValue, maxValue), rate), mul(norms, 1 - rate))
    return mul(w, div(wanted, add(norms, EPSILON)))
  },
  {
    agree: ({ minValue, maxValue }, called) =>
      check(
        minValue <= maxValue,
        'BAD_ARGUMENT',
        () => `${called}: minValue must be a number from 0 to ${maxValue}, which is maxValue, not ${minValue}`,
      ),
  },
)

const table = { maxNorm, nonNeg, unitNorm, minMaxNorm }

export type ConstraintName = keyof typeof table
/** A name (in Keras's spelling too), a constraint, or a function from a weight to an allowed one. */
export type ConstraintLike = Named<ConstraintName> | Constraint | ((w: Tensor) => Tensor) | SavedPart | null

const family: Family<Constraint, (w: Tensor) => Tensor> = {
  kind: 'constraint',
  room: 'constraints',
  table,
  expected: "a name as 'maxNorm', a constraint or a function of a weight",
  own: ownPart,
  isPart: (x): x is Constraint => hasMethod(x, 'call'),
}

/** The constraint that is meant, if any. */
export function getConstraint(given: ConstraintLike | string | undefined): Constraint | null {
  const identifier = resolveOwn(given)
  return identifier === null || identifier === undefined ? null : partOf(identifier, family)
}

/** A constraint as it goes into a file. */
export function serialize(constraint: ConstraintLike): ConfigValue {
  const part = getConstraint(constraint)
  return part && savePart(part, 'keras.constraints', table)
}

/** The constraint that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart | string | null, options?: DeserializeOptions): Constraint | null =>
  loadPart(() => getConstraint(saved), options)
