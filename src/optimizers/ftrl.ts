// "Follow the regularized leader": n += g²; z += g + 2·shrinkage·w − (nᵖ − (n before)ᵖ)·w / lr; w = (clip(z, ±l1) − z) / (nᵖ / lr + 2·l2 + β / lr), p = −power.
import { updateOp } from '../ops/update'
import { checkNumber, withDefaults } from '../util/parts'
import { COMMON, contents, Optimizer, type OptimizerOptions, type Step } from './optimizer'

export interface FtrlOptions extends OptimizerOptions {
  /** Default −0.5; at most 0. */
  learningRatePower?: number
  /** Default 0.1. */
  initialAccumulatorValue?: number
  /** Default 0. */
  l1RegularizationStrength?: number
  /** Default 0. */
  l2RegularizationStrength?: number
  /** Default 0. */
  l2ShrinkageRegularizationStrength?: number
  /** Default 0. */
  beta?: number
}

const kernel = updateOp('ftrl', { state: ['w', 'acc', 'lin'] })

/** See keras.optimizers.Ftrl; learning rate 0.001. McMahan et al., KDD 2013. */
export class Ftrl extends Optimizer<FtrlOptions> {
  readonly className = 'Ftrl'

  constructor(options?: FtrlOptions) {
    super(withDefaults(options, {
      ...COMMON, learningRatePower: -0.5, initialAccumulatorValue: 0.1,
      l1RegularizationStrength: 0, l2RegularizationStrength: 0, l2ShrinkageRegularizationStrength: 0, beta: 0,
    }, 'ftrl'))
    const { learningRatePower, initialAccumulatorValue, l1RegularizationStrength, l2RegularizationStrength, l2ShrinkageRegularizationStrength, beta } = this.options
    checkNumber(learningRatePower, 'ftrl: learningRatePower', -Infinity, 0)
    const others = { initialAccumulatorValue, l1RegularizationStrength, l2RegularizationStrength, l2ShrinkageRegularizationStrength, beta }
    for (const [name, value] of Object.entries(others)) checkNumber(value, `ftrl: ${name}`, 0)
  }

  protected override slots(): string[][] {
    return [['accumulator', 'linear']]
  }

  protected override get firstValues() {
    return { accumulator: this.options.initialAccumulatorValue }
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    const { learningRatePower, l1RegularizationStrength: l1, l2RegularizationStrength: l2, l2ShrinkageRegularizationStrength: l2Shrinkage, beta } = this.options
    kernel({ ...given, state: contents(weight, slots.accumulator, slots.linear) }, { ...limits, learningRatePower, l1, l2, l2Shrinkage, beta })
  }
}
