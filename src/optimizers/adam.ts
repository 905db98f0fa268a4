// Adam: m += (g − m)(1 − β₁); v += (g² − v)(1 − β₂); w −= lr·√(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε). AdamW is Adam with weight decay.
import { updateOp } from '../ops/update'
import { flag, optional, type Given } from '../util/options'
import { COMMON, contents, least, Optimizer, share, type Step } from './optimizer'

/** How long the averages of gradients (beta1) and of their squares (beta2) reach back. */
export const MOMENTS = {
  ...COMMON,
  /** Default 0.9. */
  beta1: optional(share, 0.9),
  /** Default 0.999. */
  beta2: optional(share, 0.999),
  /** Default 1e-7. */
  epsilon: optional(least, 1e-7),
}
export type MomentsOptions = Given<typeof MOMENTS>

const OPTIONS = {
  ...MOMENTS,
  /** Divide by the greatest v so far. Default false. */
  amsgrad: optional(flag, false),
}
export type AdamOptions = Given<typeof OPTIONS>

const kernel = updateOp('adam', { state: ['w', 'm', 'v', 'vhat'], scalars: ['step'] })

/** See keras.optimizers.Adam; learning rate 0.001. Kingma, Ba, arXiv:1412.6980; AMSGrad: Reddi et al., ICLR 2018. */
export class Adam extends Optimizer<typeof OPTIONS> {
  readonly className: string = 'Adam'
  protected override readonly rowwise = true

  constructor(options?: AdamOptions, table = OPTIONS, what = 'adam') {
    super(options, table, what)
  }

  protected override slots() {
    return [['momentum', 'velocity'], ...(this.options.amsgrad ? [['velocityHat']] : [])]
  }

  protected override update({ weight, slots, step, given, limits }: Step): void {
    const { beta1, beta2, epsilon } = this.options
    kernel(
      { ...given, state: contents(weight, slots.momentum, slots.velocity, slots.velocityHat), scalars: [step] },
      { ...limits, beta1, beta2, epsilon },
    )
  }
}

const DECAYING = { ...OPTIONS, weightDecay: optional(COMMON.weightDecay, 0.004) }

/** See keras.optimizers.AdamW; weight decay 0.004. Loshchilov, Hutter, arXiv:1711.05101. */
export class AdamW extends Adam {
  override readonly className = 'AdamW'

  constructor(options?: AdamOptions) {
    super(options, DECAYING, 'adamw')
  }
}
