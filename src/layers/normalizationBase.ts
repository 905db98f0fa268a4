// What normalization layers share: a gain and an offset for each place of some axes.
import type { Variable } from '../graph/variable'
import { check, CornusError } from '../util/errors'
import { flag, number, optional, type Held } from '../util/options'
import { normalizeAxis, sameShape, showShape, type Shape } from '../util/shape'
import { constraint, initializer, regularizer } from './kinds'
import { Layer, type PartialShape } from './layer'

export const gainOptions = {
  /** Added to the variance, so that nothing is divided by 0. Default 0.001. */
  epsilon: optional(number(0), 1e-3),
  /** Whether there is an offset beta. Default true. */
  center: optional(flag, true),
  /** Whether there is a gain gamma. Default true. */
  scale: optional(flag, true),
  /** Default zeros. */
  betaInitializer: optional(initializer, 'zeros'),
  /** Default ones. */
  gammaInitializer: optional(initializer, 'ones'),
  betaRegularizer: optional(regularizer, null),
  gammaRegularizer: optional(regularizer, null),
  betaConstraint: optional(constraint, null),
  gammaConstraint: optional(constraint, null),
}

export abstract class NormalizationLayer extends Layer {
  static override readonly supportsMasking = true
  declare readonly options: Held<typeof gainOptions>
  gamma: Variable | undefined
  beta: Variable | undefined

  protected addGain(shape: Shape, { center, scale }: { readonly center: boolean; readonly scale: boolean } = this.options): void {
    const { gammaInitializer, gammaRegularizer, gammaConstraint, betaInitializer, betaRegularizer, betaConstraint } = this.options
    if (scale)
      this.gamma = this.addWeight({
        name: 'gamma',
        shape,
        initializer: gammaInitializer,
        regularizer: gammaRegularizer,
        constraint: gammaConstraint,
      })
    if (center)
      this.beta = this.addWeight({
        name: 'beta',
        shape,
        initializer: betaInitializer,
        regularizer: betaRegularizer,
        constraint: betaConstraint,
      })
  }

  protected get parameters() {
    return { gamma: this.gamma ?? null, beta: this.beta ?? null, epsilon: this.options.epsilon }
  }
}

/** Size of an axis, which must be known. */
export function sizeAlong(layer: Layer, shape: PartialShape, axis: number): number {
  const size = shape[normalizeAxis(axis, shape.length, layer.name)]
  if (typeof size !== 'number')
    throw new CornusError('BAD_SHAPE', `${layer.name}: axis ${axis} of the input must have a known size, got ${showShape(shape)}`)
  return size
}

/** Sizes of axes, in rising order of the axes. */
export const sizesAlong = (layer: Layer, shape: PartialShape, axis: number | readonly number[]): number[] =>
  [axis]
    .flat()
    .map((each) => normalizeAxis(each, shape.length, layer.name))
    .sort((a, b) => a - b)
    .map((each) => sizeAlong(layer, shape, each))

/** Checks that an input has the rank, and along some axes the sizes, that the layer was built for. */
export function checkAlong(layer: Layer, shape: PartialShape, axis: number | readonly number[]): void {
  const built = layer.inputShape!
  const fits = shape.length === built.length && sameShape(sizesAlong(layer, shape, axis), sizesAlong(layer, built, axis))
  check(fits, 'BAD_SHAPE', () => `${layer.name}: was built for inputs of shape ${showShape(built)}, got ${showShape(shape)}`)
}
