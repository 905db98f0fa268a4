// Adam: m += (g − m)(1 − β₁); v += (g² − v)(1 − β₂); w −= lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε). AdamW is Adam with weight decay.
import { updateOp } from '../ops/update'
import { checkNumber, withDefaults } from '../util/parts'
import { COMMON, contents, Optimizer, type OptimizerOptions, type Step } from './optimizer'

/** How long the averages of gradients (beta1) and of their squares (beta2) reach back. */
export interface MomentsOptions extends OptimizerOptions {
  /** Default 0.9. */
  beta1?: number
  /** Default 0.999. */
  beta2?: number
  /** Default 1e-7. */
  epsilon?: number
}

export interface AdamOptions extends MomentsOptions {
  /** Divide by the greatest v so far. Default false. */
  amsgrad?: boolean
}

const kernel = updateOp('adam', { state: ['w', 'm', 'v', 'vhat'], scalars: ['step'] })

/** See keras.optimizers.Adam; learning rate 0.001. Kingma, Ba, arXiv:1412.6980; AMSGrad: Reddi et al., ICLR 2018. */
export class Adam extends Optimizer<AdamOptions> {
  readonly className: string = 'Adam'
  protected override readonly rowwise = true

  constructor(options?: AdamOptions, defaults: { readonly weightDecay: number | null } = { weightDecay: null }) {
    super(withDefaults(options, { ...COMMON, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false, ...defaults }, 'adam'))
    checkBetas('adam', this.options)
  }

  protected override slots(): string[][] {
    return [['momentum', 'velocity'], ...(this.options.amsgrad ? [['velocityHat']] : [])]
  }

  protected override update({ weight, slots, step, given, limits }: Step): void {
    const { beta1, beta2, epsilon } = this.options
    kernel({ ...given, state: contents(weight, slots.momentum, slots.velocity, slots.velocityHat), scalars: [step] }, { ...limits, beta1, beta2, epsilon })
  }
}

/** See keras.optimizers.AdamW; weight decay 0.004. Loshchilov, Hutter, arXiv:1711.05101. */
export class AdamW extends Adam {
  override readonly className = 'AdamW'

  constructor(options?: AdamOptions) {
    super(options, { weightDecay: 0.004 })
  }
}

export function checkBetas(name: string, { beta1, beta2, epsilon = 0 }: { beta1: number; beta2: number; epsilon?: number }): void {
  checkNumber(beta1, `${name}: beta1`, 0, 1)
  checkNumber(beta2, `${name}: beta2`, 0, 1)
  checkNumber(epsilon, `${name}: epsilon`, 0)
}
