// Random values whose spread does not depend on the shape.
import * as draw from '../ops/random'
import { checkNumber, withDefaults } from '../util/parts'
import { checkSeed, initializer, type Initializer } from './initializer'

export interface NormalOptions {
  /** Default 0. */
  mean?: number
  /** Default 0.05. */
  stddev?: number
  /** The same numbers each time; default: none, then `setSeed` rules. */
  seed?: number | null
}

function normal(className: string, sample: typeof draw.truncatedNormal, options: NormalOptions | undefined): Initializer {
  const config = withDefaults(options, { mean: 0, stddev: 0.05, seed: null }, className)
  const mean = checkNumber(config.mean, `${className}: mean`)
  const stddev = checkNumber(config.stddev, `${className}: stddev`, 0)
  const seed = checkSeed(config.seed, className)
  return initializer(className, config, (shape) => sample(shape, mean, stddev, seed))
}

/** Normally distributed values. */
export const randomNormal = (options?: NormalOptions): Initializer => normal('RandomNormal', draw.randomNormal, options)
/** Normally distributed values, those further than two deviations from the mean drawn anew. */
export const truncatedNormal = (options?: NormalOptions): Initializer => normal('TruncatedNormal', draw.truncatedNormal, options)

/** Uniform values from minval (default −0.05) to before maxval (default 0.05). */
export function randomUniform(options?: { minval?: number; maxval?: number; seed?: number | null }): Initializer {
  const config = withDefaults(options, { minval: -0.05, maxval: 0.05, seed: null }, 'randomUniform')
  const maxval = checkNumber(config.maxval, 'randomUniform: maxval')
  const minval = checkNumber(config.minval, 'randomUniform: minval', -Infinity, maxval)
  const seed = checkSeed(config.seed, 'randomUniform')
  return initializer('RandomUniform', config, (shape) => draw.randomUniform(shape, minval, maxval, seed))
}
