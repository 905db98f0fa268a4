// Batch renormalization (Ioffe, arXiv:1702.03275): in training what a batch normalizes is drawn toward what the moving statistics would.
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { getInitializer, type InitializerLike } from '../initializers/index'
import { initializer } from '../initializers/initializer'
import { add, div, maximum, minimum, mul, sub } from '../ops/binary'
import { relu, sqrt, square } from '../ops/elementwise'
import { stopGradient } from '../ops/shape'
import type { TensorLike } from '../graph/convert'
import { checkNumber } from '../util/parts'
import type { WeightOptions } from './layer'

export interface RenormOptions {
  /** Correct the batch's statistics toward moving ones in training. Default false. */
  renorm?: boolean
  /** Bounds of the corrections. Default: none. */
  renormClipping?: { rmin?: number; rmax?: number; dmax?: number } | null
  /** How much of the moving statistics that corrections are taken from stays at each step. Default 0.99. */
  renormMomentum?: number
}

type AddWeight = (options: Pick<WeightOptions, 'name' | 'initializer'>) => Variable

/** average = momentum · average + (1 − momentum) · value; what it is then. */
export function follow(average: Variable, value: Tensor, momentum: number): Tensor {
  const next = add(mul(average, momentum), mul(stopGradient(value), 1 - momentum))
  average.assign(next)
  return next
}

/** √ of what another initializer makes. */
const rootOf = (like: InitializerLike) => initializer('Root', {}, (shape) => sqrt(getInitializer(like).call(shape)))

export class BatchRenorm {
  private readonly movingStddev: Variable
  private readonly mean: Variable
  private readonly stddev: Variable
  private readonly momentum: number
  private readonly clipping: { rmin?: number; rmax?: number; dmax?: number }

  constructor(addWeight: AddWeight, means: InitializerLike, variances: InitializerLike, private readonly epsilon: number, { renormClipping, renormMomentum = 0.99 }: RenormOptions) {
    this.clipping = renormClipping ?? {}
    this.momentum = checkNumber(renormMomentum, 'batchNormalization: renormMomentum', 0, 1)
    this.movingStddev = addWeight({ name: 'moving_stddev', initializer: rootOf(variances) })
    this.mean = addWeight({ name: 'renorm_mean', initializer: means })
    this.stddev = addWeight({ name: 'renorm_stddev', initializer: rootOf(variances) })
  }

  /** gamma and beta with which a batch of this mean and variance comes out corrected: z·r + d in the place of z. */
  correct(mean: Tensor, variance: Tensor, { gamma, beta }: { gamma: TensorLike | null; beta: TensorLike | null }): { gamma: Tensor; beta: Tensor } {
    const { rmin, rmax, dmax } = this.clipping
    const known = maximum(this.stddev, Math.sqrt(this.epsilon))
    let r = div(this.deviation(variance), known)
    let d = div(sub(mean, this.mean), known)
    if (rmin !== undefined) r = maximum(r, rmin)
    if (rmax !== undefined) r = minimum(r, rmax)
    if (dmax !== undefined) d = maximum(minimum(d, dmax), -dmax)
    ;[r, d] = [stopGradient(r), stopGradient(d)]
    return { gamma: gamma === null ? r : mul(r, gamma), beta: add(gamma === null ? d : mul(d, gamma), beta ?? 0) }
  }

  /** Moves its own statistics, and the variance that is used at inference. */
  follow(mean: Tensor, variance: Tensor, movingVariance: Variable, momentum: number): void {
    const deviation = this.deviation(variance)
    follow(this.mean, mean, this.momentum)
    follow(this.stddev, deviation, this.momentum)
    movingVariance.assign(relu(sub(square(follow(this.movingStddev, deviation, momentum)), this.epsilon)))
  }

  private deviation(variance: Tensor): Tensor {
    return sqrt(add(variance, this.epsilon))
  }
}
