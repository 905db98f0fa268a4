// What normalization layers share: a gain and an offset for each place of some axes.
import type { ConstraintLike } from '../constraints/index'
import type { Variable } from '../graph/variable'
import type { InitializerLike } from '../initializers/index'
import type { RegularizerLike } from '../regularizers/index'
import { check, CornusError } from '../util/errors'
import { normalizeAxis, showShape, type Shape } from '../util/shape'
import { Layer, type LayerOptions, type PartialShape } from './layer'

export interface GainOptions extends LayerOptions {
  /** Whether there is an offset beta. Default true. */
  center?: boolean
  /** Whether there is a gain gamma. Default true. */
  scale?: boolean
  /** Added to the variance, so that nothing is divided by 0. Default 0.001. */
  epsilon?: number
  /** Default zeros. */
  betaInitializer?: InitializerLike
  /** Default ones. */
  gammaInitializer?: InitializerLike
  betaRegularizer?: RegularizerLike
  gammaRegularizer?: RegularizerLike
  betaConstraint?: ConstraintLike
  gammaConstraint?: ConstraintLike
}

export const GAIN_OPTIONS = ['epsilon', 'center', 'scale', 'betaInitializer', 'gammaInitializer', 'betaRegularizer', 'gammaRegularizer', 'betaConstraint', 'gammaConstraint'] as const

export abstract class NormalizationLayer<Options extends GainOptions = GainOptions> extends Layer {
  static override readonly supportsMasking = true
  gamma: Variable | undefined
  beta: Variable | undefined
  protected readonly epsilon: number

  constructor(protected readonly options: Options = {} as Options) {
    super(options)
    this.epsilon = checkEpsilon(options.epsilon ?? 1e-3, this.className)
  }

  protected addGain(shape: Shape, { center = true, scale = true }: Pick<GainOptions, 'center' | 'scale'> = this.options): void {
    const { gammaInitializer = 'ones', gammaRegularizer, gammaConstraint, betaInitializer = 'zeros', betaRegularizer, betaConstraint } = this.options
    if (scale) this.gamma = this.addWeight({ name: 'gamma', shape, initializer: gammaInitializer, regularizer: gammaRegularizer, constraint: gammaConstraint })
    if (center) this.beta = this.addWeight({ name: 'beta', shape, initializer: betaInitializer, regularizer: betaRegularizer, constraint: betaConstraint })
  }

  protected get parameters() {
    return { gamma: this.gamma ?? null, beta: this.beta ?? null, epsilon: this.epsilon }
  }

  override getConfig(): Record<string, unknown> {
    const { inputShape, batchInputShape, ...options } = this.options
    return { ...super.getConfig(), ...options }
  }
}

export function checkEpsilon(value: unknown, layer: string): number {
  check(typeof value === 'number' && value >= 0 && Number.isFinite(value), 'BAD_ARGUMENT', () => `${layer}: epsilon must be a number from 0, not ${String(value)}`)
  return value
}

/** An axis, or (where `list`) several, as the user gave them. */
export function checkAxis<T extends number | readonly number[]>(value: T, layer: string, list: boolean): T {
  const right = Number.isInteger(value) || (list && Array.isArray(value) && value.length > 0 && value.every((axis) => Number.isInteger(axis)))
  check(right, 'BAD_ARGUMENT', () => `${layer}: axis must be an integer${list ? ' or a list of them' : ''}, not ${JSON.stringify(value)}`)
  return value
}

/** Size of an axis, which must be known. */
export function sizeAlong(layer: Layer, shape: PartialShape, axis: number): number {
  const size = shape[normalizeAxis(axis, shape.length, layer.name)]
  if (typeof size !== 'number') throw new CornusError('BAD_SHAPE', `${layer.name}: axis ${axis} of the input must have a known size, got ${showShape(shape)}`)
  return size
}

/** Sizes of axes, in rising order of the axes. */
export const sizesAlong = (layer: Layer, shape: PartialShape, axis: number | readonly number[]): number[] =>
  [axis].flat().map((each) => normalizeAxis(each, shape.length, layer.name)).sort((a, b) => a - b).map((each) => sizeAlong(layer, shape, each))
