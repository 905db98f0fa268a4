// "Follow the regularized leader": n += g²; z += g + 2·shrinkage·w − (nᵖ − (n before)ᵖ)·w / lr; w = (clip(z, ±l1) − z) / (nᵖ / lr + 2·l2 +
// β / lr), p = −power.
import { updateOp } from '../ops/update'
import { number, optional, type Given } from '../util/options'
import { COMMON, contents, least, Optimizer, type Step } from './optimizer'

const OPTIONS = {
  ...COMMON,
  /** Default −0.5; at most 0. */
  learningRatePower: optional(number(-Infinity, 0), -0.5),
  /** Default 0.1. */
  initialAccumulatorValue: optional(least, 0.1),
  /** Default 0. */
  l1RegularizationStrength: optional(least, 0),
  /** Default 0. */
  l2RegularizationStrength: optional(least, 0),
  /** Default 0. */
  l2ShrinkageRegularizationStrength: optional(least, 0),
  /** Default 0. */
  beta: optional(least, 0),
}
export type FtrlOptions = Given<typeof OPTIONS>

const kernel = updateOp('ftrl', { state: ['w', 'acc', 'lin'] })

/** See keras.optimizers.Ftrl; learning rate 0.001. McMahan et al., KDD 2013. */
export class Ftrl extends Optimizer<typeof OPTIONS> {
  readonly className = 'Ftrl'

  constructor(options?: Given<typeof OPTIONS>) {
    super(options, OPTIONS, 'ftrl')
  }

  protected override slots() {
    return [[{ name: 'accumulator', first: this.options.initialAccumulatorValue }, 'linear']]
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    const {
      learningRatePower,
      l1RegularizationStrength: l1,
      l2RegularizationStrength: l2,
      l2ShrinkageRegularizationStrength: l2Shrinkage,
      beta,
    } = this.options
    kernel(
      { ...given, state: contents(weight, slots.accumulator, slots.linear) },
      { ...limits, learningRatePower, l1, l2, l2Shrinkage, beta },
    )
  }
}
