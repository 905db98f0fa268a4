// Nadam: Adam with Nesterov's momentum, whose factor uₜ = β₁(1 − ½·0.96ᵗ) grows; the product of these factors is kept in a variable.
import { toNode } from '../graph/convert'
import { defineOp } from '../graph/define'
import type { Tensor } from '../graph/node'
import { currentTrace, recordEffect } from '../graph/trace'
import { Variable } from '../graph/variable'
import { updateOp } from '../ops/update'
import { withDefaults } from '../util/parts'
import { checkBetas, type MomentsOptions } from './adam'
import { COMMON, contents, Optimizer, type Step } from './optimizer'

const kernel = updateOp('nadam', { state: ['w', 'm', 'v'], scalars: ['step', 'uProduct'] })

/** uProduct = uProduct · uₜ */
const advance = defineOp<readonly ['uProduct', 'step'], { beta1: number }>('nadamProduct', {
  inputs: ['uProduct', 'step'],
  writes: [0],
  shape: ({ uProduct }) => uProduct,
  lower: (program, { uProduct, step }, { beta1 }) => program.call('nadamProduct', { uProduct, step, beta1 }, { work: 1 }),
})

/** See keras.optimizers.Nadam; learning rate 0.001. Dozat, 2016. */
export class Nadam extends Optimizer<MomentsOptions> {
  readonly className = 'Nadam'
  protected override readonly rowwise = true
  private readonly product = new Variable(toNode(1), { name: 'uProduct', trainable: false })

  constructor(options?: MomentsOptions) {
    super(withDefaults(options, { ...COMMON, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }, 'nadam'))
    checkBetas('nadam', this.options)
  }

  protected override slots(): string[][] {
    return [['momentum', 'velocity']]
  }

  protected override get shared() {
    return [this.product]
  }

  protected override beforeStep(step: Tensor): void {
    const trace = currentTrace()
    if (trace) recordEffect(trace, advance(this.product, step, { beta1: this.options.beta1 }))
  }

  protected override update({ weight, slots, step, given, limits }: Step): void {
    const { beta1, beta2, epsilon } = this.options
    kernel({ ...given, state: contents(weight, slots.momentum, slots.velocity), scalars: [step, this.product.read()] }, { ...limits, beta1, beta2, epsilon })
  }
}
