// Adafactor: of a matrix's squared gradients only the means of rows and columns are kept. Made of ordinary ops.
import { toNode } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { add, div, maximum, minimum, mul, pow, sub } from '../ops/binary'
import { rsqrt, sqrt, square } from '../ops/elementwise'
import { mean } from '../ops/reduce'
import { expandDims } from '../ops/shape'
import { checkNumber, withDefaults } from '../util/parts'
import type { Shape } from '../util/shape'
import { clippedGradient, COMMON, decayedWeight, Optimizer, type OptimizerOptions, type Step } from './optimizer'

export interface AdafactorOptions extends OptimizerOptions {
  /** Default −0.8. */
  beta2Decay?: number
  /** Default 1e-30. */
  epsilon1?: number
  /** Default 1e-3. */
  epsilon2?: number
  /** Default 1. */
  clipThreshold?: number
  /** Without effect, here as in Keras 3: the rate is at most 1 / √step in any case. Default true. */
  relativeStep?: boolean
}

const rms = (x: Tensor): Tensor => sqrt(mean(square(x)))

/** See keras.optimizers.Adafactor; learning rate 0.001. Shazeer, Stern, arXiv:1804.04235. */
export class Adafactor extends Optimizer<AdafactorOptions> {
  readonly className = 'Adafactor'

  constructor(options?: AdafactorOptions) {
    super(withDefaults(options, { ...COMMON, beta2Decay: -0.8, epsilon1: 1e-30, epsilon2: 1e-3, clipThreshold: 1, relativeStep: true }, 'adafactor'))
    checkNumber(this.options.beta2Decay, 'adafactor: beta2Decay', -Infinity, 0)
    checkNumber(this.options.clipThreshold, 'adafactor: clipThreshold', Number.MIN_VALUE)
  }

  protected override slots(): string[][] {
    return [['rows', 'columns', 'velocity']]
  }

  protected override slotShape(slot: string, shape: Shape): Shape {
    if (slot === 'velocity') return shape
    if (shape.length < 2) return []
    return slot === 'rows' ? shape.slice(0, -1) : [...shape.slice(0, -2), shape.at(-1)!]
  }

  protected override update(step: Step): void {
    const { beta2Decay, epsilon1, epsilon2, clipThreshold } = this.options
    const { rows, columns, velocity } = step.slots
    const gradient = clippedGradient(step)
    const weight = decayedWeight(step)
    const t = add(step.step, 1)
    const rate = minimum(step.given.learningRate, rsqrt(t))
    const squares = add(square(gradient), epsilon1)
    const rest = pow(t, beta2Decay)
    const average = (before: Tensor, now: Tensor) => add(mul(before, sub(1, rest)), mul(now, rest))
    let v: Tensor
    if (weight.rank >= 2) {
      const [r, c] = [average(rows!.read(), mean(squares, -1)), average(columns!.read(), mean(squares, -2))]
      v = mul(expandDims(div(r, mean(r, -1, true)), -1), expandDims(c, -2))
      rows!.assign(r)
      columns!.assign(c)
    } else v = average(velocity!.read(), squares)
    const direction = div(gradient, sqrt(v))
    const limited = div(direction, maximum(div(rms(direction), clipThreshold), toNode(1)))
    velocity!.assign(v)
    step.weight.assign(sub(weight, mul(limited, mul(maximum(rms(weight), epsilon2), rate))))
  }
}
