// Adadelta: a = ρa + (1 − ρ)g²; step = g·√(d + ε) / √(a + ε); d = ρd + (1 − ρ)step²; w −= lr·step.
import { updateOp } from '../ops/update'
import { checkNumber, withDefaults } from '../util/parts'
import { COMMON, contents, Optimizer, type OptimizerOptions, type Step } from './optimizer'

export interface AdadeltaOptions extends OptimizerOptions {
  /** Default 0.95. */
  rho?: number
  /** Default 1e-7. */
  epsilon?: number
}

const kernel = updateOp('adadelta', { state: ['w', 'accG', 'accX'] })

/** See keras.optimizers.Adadelta; learning rate 0.001 (the paper has 1). Zeiler, arXiv:1212.5701. */
export class Adadelta extends Optimizer<AdadeltaOptions> {
  readonly className = 'Adadelta'
  protected override readonly rowwise = true

  constructor(options?: AdadeltaOptions) {
    super(withDefaults(options, { ...COMMON, rho: 0.95, epsilon: 1e-7 }, 'adadelta'))
    checkNumber(this.options.rho, 'adadelta: rho', 0, 1)
    checkNumber(this.options.epsilon, 'adadelta: epsilon', 0)
  }

  protected override slots(): string[][] {
    return [['accumulatedGrad', 'accumulatedDeltaVar']]
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    const { rho, epsilon } = this.options
    kernel({ ...given, state: contents(weight, slots.accumulatedGrad, slots.accumulatedDeltaVar) }, { ...limits, rho, epsilon })
  }
}
