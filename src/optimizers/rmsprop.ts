// RMSprop: v = ρv + (1 − ρ)g²; w −= lr·g / √(v − mean² + ε), where the mean of g is taken off if centered; with momentum the steps are gathered.
import { updateOp } from '../ops/update'
import { checkNumber, withDefaults } from '../util/parts'
import { COMMON, contents, Optimizer, type OptimizerOptions, type Step } from './optimizer'

export interface RMSpropOptions extends OptimizerOptions {
  /** Default 0.9. */
  rho?: number
  /** Default 0. */
  momentum?: number
  /** Default 1e-7. */
  epsilon?: number
  /** Divide by the standard deviation of the gradient instead of its root mean square. Default false. */
  centered?: boolean
}

const kernel = updateOp('rmsprop', { state: ['w', 'v', 'mom', 'avg'] })

/** See keras.optimizers.RMSprop; learning rate 0.001. Tieleman, Hinton, 2012. */
export class RMSprop extends Optimizer<RMSpropOptions> {
  readonly className = 'RMSprop'
  protected override readonly rowwise = true

  constructor(options?: RMSpropOptions) {
    super(withDefaults(options, { ...COMMON, rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false }, 'rmsprop'))
    const { rho, momentum, epsilon } = this.options
    checkNumber(rho, 'rmsprop: rho', 0, 1)
    checkNumber(momentum, 'rmsprop: momentum', 0, 1)
    checkNumber(epsilon, 'rmsprop: epsilon', 0)
  }

  protected override slots(): string[][] {
    const { momentum, centered } = this.options
    return [['velocity'], ...(momentum ? [['momentum']] : []), ...(centered ? [['averageGradient']] : [])]
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    const { rho, momentum, epsilon } = this.options
    kernel({ ...given, state: contents(weight, slots.velocity, slots.momentum, slots.averageGradient) }, { ...limits, rho, momentum, epsilon })
  }
}
