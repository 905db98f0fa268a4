// Lion: w −= lr·sign(β₁m + (1 − β₁)g); m = β₂m + (1 − β₂)g.
import { updateOp } from '../ops/update'
import { withDefaults } from '../util/parts'
import { checkBetas } from './adam'
import { COMMON, contents, Optimizer, type OptimizerOptions, type Step } from './optimizer'

export interface LionOptions extends OptimizerOptions {
  /** Default 0.9. */
  beta1?: number
  /** Default 0.99. */
  beta2?: number
}

const kernel = updateOp('lion', { state: ['w', 'm'] })

/** See keras.optimizers.Lion; learning rate 0.001. Chen et al., arXiv:2302.06675. */
export class Lion extends Optimizer<LionOptions> {
  readonly className = 'Lion'
  protected override readonly rowwise = true

  constructor(options?: LionOptions) {
    super(withDefaults(options, { ...COMMON, beta1: 0.9, beta2: 0.99 }, 'lion'))
    checkBetas('lion', this.options)
  }

  protected override slots(): string[][] {
    return [['momentum']]
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    const { beta1, beta2 } = this.options
    kernel({ ...given, state: contents(weight, slots.momentum) }, { ...limits, beta1, beta2 })
  }
}
