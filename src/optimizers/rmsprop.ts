// RMSprop: v = ρv + (1 − ρ)g²; w −= lr·g / √(v − mean² + ε), where the mean of g is taken off if centered; with momentum the steps are
// gathered.
import { updateOp } from '../ops/update'
import { flag, optional, type Given } from '../util/options'
import { COMMON, contents, least, Optimizer, share, type Step } from './optimizer'

const OPTIONS = {
  ...COMMON,
  /** Default 0.9. */
  rho: optional(share, 0.9),
  /** Default 0. */
  momentum: optional(share, 0),
  /** Default 1e-7. */
  epsilon: optional(least, 1e-7),
  /** Divide by the standard deviation of the gradient instead of its root mean square. Default false. */
  centered: optional(flag, false),
}
export type RMSpropOptions = Given<typeof OPTIONS>

const kernel = updateOp('rmsprop', { state: ['w', 'v', 'mom', 'avg'] })

/** See keras.optimizers.RMSprop; learning rate 0.001. Tieleman, Hinton, 2012. */
export class RMSprop extends Optimizer<typeof OPTIONS> {
  readonly className = 'RMSprop'
  protected override readonly rowwise = true

  constructor(options?: Given<typeof OPTIONS>) {
    super(options, OPTIONS, 'rmsprop')
  }

  protected override slots() {
    const { momentum, centered } = this.options
    return [['velocity'], ...(momentum ? [['momentum']] : []), ...(centered ? [['averageGradient']] : [])]
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    const { rho, momentum, epsilon } = this.options
    kernel(
      { ...given, state: contents(weight, slots.velocity, slots.momentum, slots.averageGradient) },
      { ...limits, rho, momentum, epsilon },
    )
  }
}
