// Adadelta: a = ρa + (1 − ρ)g²; step = g·√(d + ε) / √(a + ε); d = ρd + (1 − ρ)step²; w −= lr·step.
import { updateOp } from '../ops/update'
import { optional, type Given } from '../util/options'
import { COMMON, contents, least, Optimizer, share, type Step } from './optimizer'

const OPTIONS = {
  ...COMMON,
  /** Default 0.95. */
  rho: optional(share, 0.95),
  /** Default 1e-7. */
  epsilon: optional(least, 1e-7),
}
export type AdadeltaOptions = Given<typeof OPTIONS>

const kernel = updateOp('adadelta', { state: ['w', 'accG', 'accX'] })

/** See keras.optimizers.Adadelta; learning rate 0.001 (the paper has 1). Zeiler, arXiv:1212.5701. */
export class Adadelta extends Optimizer<typeof OPTIONS> {
  readonly className = 'Adadelta'
  protected override readonly rowwise = true

  constructor(options?: Given<typeof OPTIONS>) {
    super(options, OPTIONS, 'adadelta')
  }

  protected override slots() {
    return [['accumulatedGrad', 'accumulatedDeltaVar']]
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    const { rho, epsilon } = this.options
    kernel({ ...given, state: contents(weight, slots.accumulatedGrad, slots.accumulatedDeltaVar) }, { ...limits, rho, epsilon })
  }
}
