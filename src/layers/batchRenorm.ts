// Batch renormalization (Ioffe, arXiv:1702.03275): in training what a batch normalizes is drawn toward what the moving statistics would.
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { getInitializer, type InitializerLike } from '../initializers/index'
import { factory } from '../initializers/initializer'
import { add, div, maximum, minimum, mul, sub } from '../ops/binary'
import { relu, sqrt, square } from '../ops/elementwise'
import { stopGradient } from '../ops/shape'
import type { TensorLike } from '../graph/convert'
import { check } from '../util/errors'
import { flag, nullable, number, optional, readOptions, type Held, type Kind } from '../util/options'
import type { WeightOptions } from './layer'

export interface Clipping {
  rmin?: number
  rmax?: number
  dmax?: number
}

/** Bounds of the corrections. */
const clipping: Kind<Clipping, Clipping> = {
  takes: 'an object with rmin, rmax, dmax or some of them',
  save: (held) => ({ ...held }),
  read: (value, what) => {
    const { rmin, rmax, dmax } = readOptions(
      { rmin: optional(bound, null), rmax: optional(bound, null), dmax: optional(bound, null) },
      value,
      what,
    )
    check(rmin === null || rmax === null || rmin <= rmax, 'BAD_ARGUMENT', () => `${what}: rmin ${rmin} must not be above rmax ${rmax}`)
    return { ...(rmin !== null && { rmin }), ...(rmax !== null && { rmax }), ...(dmax !== null && { dmax }) }
  },
}
const bound = nullable(number(0))

export const renormOptions = {
  /** Correct the batch's statistics toward moving ones in training. Default false. */
  renorm: optional(flag, false),
  /** Bounds of the corrections. Default: none. */
  renormClipping: optional(nullable(clipping), null),
  /** How much of the moving statistics that corrections are taken from stays at each step. Default 0.99. */
  renormMomentum: optional(number(0, 1), 0.99),
}

type AddWeight = (options: Pick<WeightOptions, 'name' | 'initializer'>) => Variable

/** average = momentum · average + (1 − momentum) · value; what it is then. */
export function follow(average: Variable, value: Tensor, momentum: number): Tensor {
  const next = add(mul(average, momentum), mul(stopGradient(value), 1 - momentum))
  average.assign(next)
  return next
}

/** √ of what another initializer makes. */
const rootOf = (like: InitializerLike) => factory('Root', {}, (shape) => sqrt(getInitializer(like).call(shape)))()

export class BatchRenorm {
  private readonly movingStddev: Variable
  private readonly mean: Variable
  private readonly stddev: Variable
  private readonly momentum: number
  private readonly clipping: Clipping

  constructor(
    addWeight: AddWeight,
    means: InitializerLike,
    variances: InitializerLike,
    private readonly epsilon: number,
    options: Held<typeof renormOptions>,
  ) {
    this.clipping = options.renormClipping ?? {}
    this.momentum = options.renormMomentum
    this.movingStddev = addWeight({ name: 'moving_stddev', initializer: rootOf(variances) })
    this.mean = addWeight({ name: 'renorm_mean', initializer: means })
    this.stddev = addWeight({ name: 'renorm_stddev', initializer: rootOf(variances) })
  }

  /** gamma and beta with which a batch of this mean and variance comes out corrected: z·r + d in the place of z. */
  correct(
    mean: Tensor,
    variance: Tensor,
    { gamma, beta }: { gamma: TensorLike | null; beta: TensorLike | null },
  ): { gamma: Tensor; beta: Tensor } {
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
