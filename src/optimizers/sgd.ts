// Gradient descent with momentum: m = μm − lr·g; w += m, with Nesterov's look ahead w += μm − lr·g.
import { updateOp } from '../ops/update'
import { checkNumber, withDefaults } from '../util/parts'
import { COMMON, contents, Optimizer, type OptimizerOptions, type Step } from './optimizer'

export interface SGDOptions extends OptimizerOptions {
  /** Default 0. */
  momentum?: number
  /** Default false. */
  nesterov?: boolean
}

const kernel = updateOp('sgd', { state: ['w', 'm'] })

/** See keras.optimizers.SGD; learning rate 0.01. */
export class SGD extends Optimizer<SGDOptions> {
  readonly className = 'SGD'
  protected override readonly rowwise = true

  constructor(options?: SGDOptions) {
    super(withDefaults(options, { ...COMMON, learningRate: 0.01, momentum: 0, nesterov: false }, 'sgd'))
    checkNumber(this.options.momentum, 'sgd: momentum', 0, 1)
  }

  protected override get restsWithoutGradient(): boolean {
    return this.options.momentum === 0
  }

  protected override slots(): string[][] {
    return this.options.momentum ? [['momentum']] : []
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    const { momentum, nesterov } = this.options
    kernel({ ...given, state: contents(weight, slots.momentum) }, { ...limits, momentum, nesterov: Number(nesterov) })
  }
}
