// Adagrad: acc += g²; w −= lr·g / √(acc + ε).
import { updateOp } from '../ops/update'
import { optional, type Given } from '../util/options'
import { COMMON, contents, least, Optimizer, type Step } from './optimizer'

const OPTIONS = {
  ...COMMON,
  /** Default 0.1. */
  initialAccumulatorValue: optional(least, 0.1),
  /** Default 1e-7. */
  epsilon: optional(least, 1e-7),
}
export type AdagradOptions = Given<typeof OPTIONS>

const kernel = updateOp('adagrad', { state: ['w', 'acc'] })

/** See keras.optimizers.Adagrad; learning rate 0.001. Duchi et al., JMLR 12, 2011. */
export class Adagrad extends Optimizer<typeof OPTIONS> {
  readonly className = 'Adagrad'
  protected override readonly rowwise = true

  constructor(options?: Given<typeof OPTIONS>) {
    super(options, OPTIONS, 'adagrad')
  }

  protected override get restsWithoutGradient(): boolean {
    return true
  }

  protected override slots() {
    return [[{ name: 'accumulator', first: this.options.initialAccumulatorValue }]]
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    kernel({ ...given, state: contents(weight, slots.accumulator) }, { ...limits, epsilon: this.options.epsilon })
  }
}
