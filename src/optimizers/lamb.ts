// LAMB: Adam's step, its length for each weight set by the weight's own norm. Made of ordinary ops.
import { toNode } from '../graph/convert'
import { add, div, equal, mul, sub } from '../ops/binary'
import { sqrt, square } from '../ops/elementwise'
import { pow } from '../ops/power'
import { sumSquares } from '../ops/reduce'
import { where } from '../ops/select'
import { MOMENTS, type MomentsOptions } from './adam'
import { clippedGradient, decayedWeight, Optimizer, type Step } from './optimizer'

/** See keras.optimizers.Lamb; learning rate 0.001. You et al., arXiv:1904.00962. */
export class Lamb extends Optimizer<typeof MOMENTS> {
  readonly className = 'Lamb'

  constructor(options?: MomentsOptions) {
    super(options, MOMENTS, 'lamb')
  }

  protected override slots() {
    return [['momentum', 'velocity']]
  }

  protected override update(step: Step): void {
    const { beta1, beta2, epsilon } = this.options
    const { momentum, velocity } = step.slots
    const gradient = clippedGradient(step)
    const weight = decayedWeight(step)
    const t = add(step.step, 1)
    const m = add(mul(momentum!, beta1), mul(gradient, 1 - beta1))
    const v = add(mul(velocity!, beta2), mul(square(gradient), 1 - beta2))
    const direction = div(div(m, sub(1, pow(beta1, t))), add(sqrt(div(v, sub(1, pow(beta2, t)))), epsilon))
    const [ofWeight, ofStep] = [sqrt(sumSquares(weight)), sqrt(sumSquares(direction))]
    const ratio = where(equal(mul(ofWeight, ofStep), 0), toNode(1), div(ofWeight, ofStep))
    momentum!.assign(m)
    velocity!.assign(v)
    step.weight.assign(sub(weight, mul(direction, mul(ratio, step.given.learningRate))))
  }
}
