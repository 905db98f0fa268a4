// Random values scaled by the number of a weight's inputs and outputs.
import { randomNormal, randomUniform, truncatedNormal } from '../ops/random'
import { checkChoice, checkNumber, withDefaults } from '../util/parts'
import { checkShape, normalizeAxis, sizeOf, type Shape } from '../util/shape'
import { checkSeed, initializer, type Initializer } from './initializer'
import { integer, listOf, nullable, optional, readOptions, type Spelled } from '../util/options'

export interface FanOptions {
  /** The same numbers each time; default: none, then `setSeed` rules. */
  seed?: number | null
  /** Axes of the weight that count as inputs and as outputs; both or none. Default: by the weight's rank. */
  inputAxes?: readonly number[] | null
  outputAxes?: readonly number[] | null
}

export interface VarianceScalingOptions extends FanOptions {
  /** Default 1. */
  scale?: number
  /** Default 'fanIn'. */
  mode?: Spelled<'fanIn' | 'fanOut' | 'fanAvg'>
  /** Default 'truncatedNormal'. */
  distribution?: Spelled<'truncatedNormal' | 'untruncatedNormal' | 'uniform' | 'normal'>
}

/** Inputs and outputs of a unit: of a matrix [in, out]; of a kernel […, in, out] times the receptive field. */
export function computeFans(shape: Shape, options: FanOptions = {}): { fanIn: number; fanOut: number } {
  return fansOf(checkShape(shape, 'computeFans: shape'), readOptions(FANS, options, 'computeFans'))
}

const axes = optional(nullable(listOf(integer())), null)
const FANS = {
  seed: optional(nullable(integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)), null),
  inputAxes: axes,
  outputAxes: axes,
}

function fansOf(shape: Shape, { inputAxes = null, outputAxes = null }: FanOptions): { fanIn: number; fanOut: number } {
  const along = (list: readonly number[]) => list.reduce((n, axis) => n * shape[normalizeAxis(axis, shape.length, 'computeFans')]!, 1)
  if (inputAxes && outputAxes) return { fanIn: along(inputAxes), fanOut: along(outputAxes) }
  if (shape.length < 2) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 }
  const field = sizeOf(shape.slice(0, -2))
  return { fanIn: shape.at(-2)! * field, fanOut: shape.at(-1)! * field }
}

/** Standard deviation of a normal distribution that is cut off at two. */
const TRUNCATED_STDDEV = 0.8796256610342398

const DEFAULTS = { seed: null, inputAxes: null, outputAxes: null }

/** Variance scale / fan: normal, truncated (default) or not, or uniform. */
export function varianceScaling(options?: VarianceScalingOptions): Initializer {
  const config = withDefaults(options, { scale: 1, mode: 'fanIn', distribution: 'truncatedNormal', ...DEFAULTS }, 'varianceScaling')
  return scaled('VarianceScaling', config, config)
}

function scaled(
  className: string,
  { scale, mode: givenMode, distribution: givenDistribution }: { scale: number; mode: string; distribution: string },
  config: Required<FanOptions>,
): Initializer {
  checkNumber(scale, `${className}: scale`, Number.MIN_VALUE)
  const mode = checkChoice(givenMode, ['fanIn', 'fanOut', 'fanAvg'], `${className}: mode`)
  const distribution = checkChoice(
    givenDistribution,
    ['truncatedNormal', 'untruncatedNormal', 'uniform', 'normal'],
    `${className}: distribution`,
  )
  const seed = checkSeed(config.seed, className)
  return initializer(className, { ...config }, (shape) => {
    const { fanIn, fanOut } = fansOf(shape, config)
    const variance = scale / Math.max(1, mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2)
    switch (distribution) {
      case 'uniform':
        return randomUniform(shape, -Math.sqrt(3 * variance), Math.sqrt(3 * variance), seed)
      case 'untruncatedNormal':
        return randomNormal(shape, 0, Math.sqrt(variance), seed)
      default:
        return truncatedNormal(shape, 0, Math.sqrt(variance) / TRUNCATED_STDDEV, seed)
    }
  })
}

const variant =
  (className: string, scale: number, mode: string, distribution: string) =>
  (options?: FanOptions): Initializer =>
    scaled(className, { scale, mode, distribution }, withDefaults(options, DEFAULTS, className))

/** Uniform within ±√(6 / (fanIn + fanOut)). Glorot, Bengio, AISTATS 2010. */
export const glorotUniform = variant('GlorotUniform', 1, 'fanAvg', 'uniform')
/** Truncated normal, variance 2 / (fanIn + fanOut). Glorot, Bengio, AISTATS 2010. */
export const glorotNormal = variant('GlorotNormal', 1, 'fanAvg', 'truncatedNormal')
/** Uniform within ±√(6 / fanIn). He et al., arXiv:1502.01852. */
export const heUniform = variant('HeUniform', 2, 'fanIn', 'uniform')
/** Truncated normal, variance 2 / fanIn. He et al., arXiv:1502.01852. */
export const heNormal = variant('HeNormal', 2, 'fanIn', 'truncatedNormal')
/** Uniform within ±√(3 / fanIn). LeCun et al., Efficient BackProp, 1998. */
export const lecunUniform = variant('LecunUniform', 1, 'fanIn', 'uniform')
/** Truncated normal, variance 1 / fanIn. LeCun et al., Efficient BackProp, 1998. */
export const lecunNormal = variant('LecunNormal', 1, 'fanIn', 'truncatedNormal')
