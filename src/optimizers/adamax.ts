// Adamax: m += (g − m)(1 − β₁); u = max(β₂u, |g|); w −= lr·m / ((1 − β₁ᵗ)(u + ε)).
import { updateOp } from '../ops/update'
import { MOMENTS, type MomentsOptions } from './adam'
import { contents, Optimizer, type Step } from './optimizer'

const kernel = updateOp('adamax', { state: ['w', 'm', 'u'], scalars: ['step'] })

/** See keras.optimizers.Adamax; learning rate 0.001. Kingma, Ba, arXiv:1412.6980, section 7. */
export class Adamax extends Optimizer<typeof MOMENTS> {
  readonly className = 'Adamax'
  protected override readonly rowwise = true

  constructor(options?: MomentsOptions) {
    super(options, MOMENTS, 'adamax')
  }

  protected override slots() {
    return [['momentum', 'norm']]
  }

  protected override update({ weight, slots, step, given, limits }: Step): void {
    const { beta1, beta2, epsilon } = this.options
    kernel({ ...given, state: contents(weight, slots.momentum, slots.norm), scalars: [step] }, { ...limits, beta1, beta2, epsilon })
  }
}
