// Random values whose spread does not depend on the shape.
import * as draw from '../ops/random'
import { check } from '../util/errors'
import { number, optional } from '../util/options'
import { factory, seed } from './initializer'

const NORMAL = { mean: optional(number(), 0), stddev: optional(number(0), 0.05), seed }

/** Normally distributed values. */
export const randomNormal = factory('RandomNormal', NORMAL, (shape, { mean, stddev, seed: own }) =>
  draw.randomNormal(shape, mean, stddev, own),
)
/** Normally distributed values, those further than two deviations from the mean drawn anew. */
export const truncatedNormal = factory('TruncatedNormal', NORMAL, (shape, { mean, stddev, seed: own }) =>
  draw.truncatedNormal(shape, mean, stddev, own),
)

/** Uniform values from minval (default −0.05) to before maxval (default 0.05). */
export const randomUniform = factory(
  'RandomUniform',
  { minval: optional(number(), -0.05), maxval: optional(number(), 0.05), seed },
  (shape, { minval, maxval, seed: own }) => draw.randomUniform(shape, minval, maxval, own),
  ({ minval, maxval }, called) =>
    check(minval <= maxval, 'BAD_ARGUMENT', () => `${called}: minval must be a number to ${maxval}, which is maxval, not ${minval}`),
)
