// Random values scaled by the number of a weight's inputs and outputs.
import type { Tensor } from '../graph/node'
import { randomNormal, randomUniform, truncatedNormal } from '../ops/random'
import { choice, integer, listOf, nullable, number, optional, readOptions, type Given, type Held } from '../util/options'
import { checkShape, normalizeAxis, sizeOf, type Shape } from '../util/shape'
import { factory, seed } from './initializer'

const axes = optional(nullable(listOf(integer())), null)
const FANS = {
  seed,
  /** Axes of the weight that count as inputs and as outputs; both or none. Default: by the weight's rank. */
  inputAxes: axes,
  outputAxes: axes,
}

/** Inputs and outputs of a unit: of a matrix [in, out]; of a kernel […, in, out] times the receptive field. */
export function computeFans(shape: Shape, options: Given<typeof FANS> = {}): { fanIn: number; fanOut: number } {
  return fansOf(checkShape(shape, 'computeFans: shape'), readOptions(FANS, options, 'computeFans'))
}

function fansOf(shape: Shape, { inputAxes, outputAxes }: Held<typeof FANS>): { fanIn: number; fanOut: number } {
  const along = (list: readonly number[]) => sizeOf(list.map((axis) => shape.at(normalizeAxis(axis, shape.length, 'computeFans')) ?? 1))
  if (inputAxes && outputAxes) return { fanIn: along(inputAxes), fanOut: along(outputAxes) }
  const [outputs = 1, inputs = outputs] = shape.slice(-2).toReversed()
  const field = sizeOf(shape.slice(0, -2))
  return { fanIn: inputs * field, fanOut: outputs * field }
}

/** Standard deviation of a normal distribution that is cut off at two. */
const TRUNCATED_STDDEV = 0.8796256610342398

const SCALING = {
  /** Default 1. */
  scale: optional(number(Number.MIN_VALUE), 1),
  /** Default 'fanIn'. */
  mode: optional(choice('fanIn', 'fanOut', 'fanAvg'), 'fanIn'),
  /** Default 'truncatedNormal'. */
  distribution: optional(choice('truncatedNormal', 'untruncatedNormal', 'uniform', 'normal'), 'truncatedNormal'),
}
type Scaling = Held<typeof SCALING>

function scaled(shape: Shape, options: Held<typeof FANS>, scale: number, mode: Scaling['mode'], how: Scaling['distribution']): Tensor {
  const { fanIn, fanOut } = fansOf(shape, options)
  const variance = scale / Math.max(1, mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2)
  switch (how) {
    case 'uniform':
      return randomUniform(shape, -Math.sqrt(3 * variance), Math.sqrt(3 * variance), options.seed)
    case 'untruncatedNormal':
      return randomNormal(shape, 0, Math.sqrt(variance), options.seed)
    default:
      return truncatedNormal(shape, 0, Math.sqrt(variance) / TRUNCATED_STDDEV, options.seed)
  }
}

/** Variance scale / fan: normal, truncated (default) or not, or uniform. */
export const varianceScaling = factory('VarianceScaling', { ...SCALING, ...FANS }, (shape, options) =>
  scaled(shape, options, options.scale, options.mode, options.distribution),
)

const variant = (className: string, scale: number, mode: Scaling['mode'], how: Scaling['distribution']) =>
  factory(className, FANS, (shape, options) => scaled(shape, options, scale, mode, how))

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
