// Adagrad: acc += g²; w −= lr·g / √(acc + ε).
import { updateOp } from '../ops/update'
import { checkNumber, withDefaults } from '../util/parts'
import { COMMON, contents, Optimizer, type OptimizerOptions, type Step } from './optimizer'

export interface AdagradOptions extends OptimizerOptions {
  /** Default 0.1. */
  initialAccumulatorValue?: number
  /** Default 1e-7. */
  epsilon?: number
}

const kernel = updateOp('adagrad', { state: ['w', 'acc'] })

/** See keras.optimizers.Adagrad; learning rate 0.001. Duchi et al., JMLR 12, 2011. */
export class Adagrad extends Optimizer<AdagradOptions> {
  readonly className = 'Adagrad'
  protected override readonly rowwise = true

  constructor(options?: AdagradOptions) {
    super(withDefaults(options, { ...COMMON, initialAccumulatorValue: 0.1, epsilon: 1e-7 }, 'adagrad'))
    checkNumber(this.options.initialAccumulatorValue, 'adagrad: initialAccumulatorValue', 0)
    checkNumber(this.options.epsilon, 'adagrad: epsilon', 0)
  }

  protected override get restsWithoutGradient(): boolean {
    return true
  }

  protected override slots(): string[][] {
    return [['accumulator']]
  }

  protected override get firstValues() {
    return { accumulator: this.options.initialAccumulatorValue }
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    kernel({ ...given, state: contents(weight, slots.accumulator) }, { ...limits, epsilon: this.options.epsilon })
  }
}
