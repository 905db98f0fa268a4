// Nadam: Adam with Nesterov's momentum, whose factor uₜ = β₁(1 − ½·0.96ᵗ) grows; the product of these factors is kept in a variable.
import { toNode } from '../graph/convert'
import { defineOp } from '../graph/define'
import type { Tensor } from '../graph/node'
import { currentTrace, recordEffect } from '../graph/trace'
import { Variable } from '../graph/variable'
import { updateOp } from '../ops/update'
import { MOMENTS, type MomentsOptions } from './adam'
import { contents, Optimizer, type Step } from './optimizer'

const kernel = updateOp('nadam', { state: ['w', 'm', 'v'], scalars: ['step', 'uProduct'] })

/** uProduct = uProduct · uₜ */
const advance = defineOp<readonly ['uProduct', 'step'], { beta1: number }>('nadamProduct', {
  inputs: ['uProduct', 'step'],
  writes: [0],
  shape: ({ uProduct }) => uProduct,
  lower: (program, { uProduct, step }, { beta1 }) => program.call('nadamProduct', { uProduct, step, beta1 }, { work: 1 }),
})

/** See keras.optimizers.Nadam; learning rate 0.001. Dozat, 2016. */
export class Nadam extends Optimizer<typeof MOMENTS> {
  readonly className = 'Nadam'
  protected override readonly rowwise = true
  private readonly product = new Variable(toNode(1), { name: 'nadam/u_product', trainable: false })

  constructor(options?: MomentsOptions) {
    super(options, MOMENTS, 'nadam')
  }

  protected override slots() {
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
    kernel(
      { ...given, state: contents(weight, slots.momentum, slots.velocity), scalars: [step, this.product.read()] },
      { ...limits, beta1, beta2, epsilon },
    )
  }
}
