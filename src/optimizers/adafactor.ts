// Adafactor: of a matrix's squared gradients only the means of rows and columns are kept. Made of ordinary ops.
import { toNode } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { add, div, maximum, minimum, mul, sub } from '../ops/binary'
import { rsqrt, sqrt, square } from '../ops/elementwise'
import { pow } from '../ops/power'
import { mean } from '../ops/reduce'
import { expandDims } from '../ops/shape'
import type { Shape } from '../util/shape'
import { flag, number, optional, type Given } from '../util/options'
import { clippedGradient, COMMON, decayedWeight, least, Optimizer, type Step } from './optimizer'

const OPTIONS = {
  ...COMMON,
  /** Default −0.8. */
  beta2Decay: optional(number(-Infinity, 0), -0.8),
  /** Default 1e-30. */
  epsilon1: optional(least, 1e-30),
  /** Default 1e-3. */
  epsilon2: optional(least, 1e-3),
  /** Default 1. */
  clipThreshold: optional(number(Number.MIN_VALUE), 1),
  /** Without effect, here as in Keras 3: the rate is at most 1 / √step in any case. Default true. */
  relativeStep: optional(flag, true),
}
export type AdafactorOptions = Given<typeof OPTIONS>

const rms = (x: Tensor): Tensor => sqrt(mean(square(x)))

/** See keras.optimizers.Adafactor; learning rate 0.001. Shazeer, Stern, arXiv:1804.04235. */
export class Adafactor extends Optimizer<typeof OPTIONS> {
  readonly className = 'Adafactor'

  constructor(options?: Given<typeof OPTIONS>) {
    super(options, OPTIONS, 'adafactor')
  }

  protected override slots() {
    return [
      [
        { name: 'rows', shape: (shape: Shape) => (shape.length < 2 ? [] : shape.slice(0, -1)) },
        { name: 'columns', shape: (shape: Shape) => (shape.length < 2 ? [] : [...shape.slice(0, -2), ...shape.slice(-1)]) },
        'velocity',
      ],
    ]
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
