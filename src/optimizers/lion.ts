// Lion: w −= lr·sign(β₁m + (1 − β₁)g); m = β₂m + (1 − β₂)g.
import { updateOp } from '../ops/update'
import { optional, type Given } from '../util/options'
import { COMMON, contents, Optimizer, share, type Step } from './optimizer'

const OPTIONS = {
  ...COMMON,
  /** Default 0.9. */
  beta1: optional(share, 0.9),
  /** Default 0.99. */
  beta2: optional(share, 0.99),
}
export type LionOptions = Given<typeof OPTIONS>

const kernel = updateOp('lion', { state: ['w', 'm'] })

/** See keras.optimizers.Lion; learning rate 0.001. Chen et al., arXiv:2302.06675. */
export class Lion extends Optimizer<typeof OPTIONS> {
  readonly className = 'Lion'
  protected override readonly rowwise = true

  constructor(options?: Given<typeof OPTIONS>) {
    super(options, OPTIONS, 'lion')
  }

  protected override slots() {
    return [['momentum']]
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    const { beta1, beta2 } = this.options
    kernel({ ...given, state: contents(weight, slots.momentum) }, { ...limits, beta1, beta2 })
  }
}
