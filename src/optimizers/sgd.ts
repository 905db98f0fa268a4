// Gradient descent with momentum: m = μm − lr·g; w += m, with Nesterov's look ahead w += μm − lr·g.
import { updateOp } from '../ops/update'
import { flag, optional, type Given } from '../util/options'
import { COMMON, contents, Optimizer, share, type Step } from './optimizer'

const OPTIONS = {
  ...COMMON,
  /** Default 0.01. */
  learningRate: optional(COMMON.learningRate, 0.01),
  /** Default 0. */
  momentum: optional(share, 0),
  /** Default false. */
  nesterov: optional(flag, false),
}
export type SGDOptions = Given<typeof OPTIONS>

const kernel = updateOp('sgd', { state: ['w', 'm'] })

/** See keras.optimizers.SGD; learning rate 0.01. */
export class SGD extends Optimizer<typeof OPTIONS> {
  readonly className = 'SGD'
  protected override readonly rowwise = true

  constructor(options?: Given<typeof OPTIONS>) {
    super(options, OPTIONS, 'sgd')
  }

  protected override get restsWithoutGradient(): boolean {
    return this.options.momentum === 0
  }

  protected override slots() {
    return this.options.momentum ? [['momentum']] : []
  }

  protected override update({ weight, slots, given, limits }: Step): void {
    const { momentum, nesterov } = this.options
    kernel({ ...given, state: contents(weight, slots.momentum) }, { ...limits, momentum, nesterov: Number(nesterov) })
  }
}
