// Loss: a function of targets and predictions, and how its values become one number.
import { toNode, type TensorLike } from '../graph/convert'
import { Tensor } from '../graph/node'
import { div, equal, logicalAnd, mul } from '../ops/binary'
import { cast } from '../ops/cast'
import { binaryLabels } from '../ops/crossEntropy'
import { mean, sum } from '../ops/reduce'
import { where } from '../ops/select'
import { reshape } from '../ops/shape'
import { CornusError, isInstance, showValue } from '../util/errors'
import { choice, type Given, type Held, type Kind } from '../util/options'
import { camelName, type Config, type Part } from '../util/parts'
import { sameRank } from './ranks'
import { checkTargets, type TargetRule } from './targets'

export { sameRank }

const how = choice('sumOverBatchSize', 'sum', 'mean', 'meanWithSampleWeight', 'none')
type GivenReduction = Given<{ reduction: typeof how }>['reduction'] | null
export type Reduction = Held<{ reduction: typeof how }>['reduction']

/** How values become one number; null: not at all. */
export const reductions: Kind<GivenReduction, Reduction> = {
  ...how,
  read: (value, what) => (value === null ? 'none' : how.read(value, what)),
}

/** Loss of each sample (or of each position in it) from targets and predictions. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor

/** What a function of targets and predictions gives, one of the user's own too: a tensor, or what one can be made of. */
export function valuesOf({ name, fn }: { readonly name: string; readonly fn: LossFunction }, yTrue: Tensor, yPred: Tensor): Tensor {
  const values: unknown = fn(yTrue, yPred)
  if (isInstance(values, Tensor)) return values
  try {
    return toNode(values as TensorLike)
  } catch (cause) {
    throw new CornusError(
      'BAD_ARGUMENT',
      `${name}: the function must return a tensor of values, as (yTrue, yPred) => ops.mean(ops.abs(ops.sub(yTrue, yPred)), -1); ` +
        `it returned ${showValue(values)}`,
      { cause },
    )
  }
}

export interface LossOptions {
  /** Default 'sumOverBatchSize': the mean over all values. */
  reduction?: GivenReduction | undefined
  name?: string | undefined
}

export interface LossFields extends LossOptions {
  className?: string
  config?: Config
  /** Positions that count, where the targets themselves say so. */
  valid?: ((yTrue: Tensor) => Tensor) | undefined
  /** What targets must be like. */
  targets?: TargetRule
}

/** A loss as compile() takes it: `call` gives a scalar, or with reduction 'none' the values. */
export class Loss implements Part {
  readonly name: string
  readonly className: string
  readonly reduction: Reduction
  private readonly config: Config
  private readonly valid: LossFields['valid']
  private readonly targets: TargetRule | undefined

  constructor(
    readonly fn: LossFunction,
    { reduction = 'sumOverBatchSize', name, className = fn.name, config = {}, valid, targets }: LossFields = {},
  ) {
    this.reduction = reductions.read(reduction, `${className}: reduction`)
    this.name = name ?? (fn.name || 'loss')
    this.className = className
    this.config = config
    this.valid = valid
    this.targets = targets
  }

  /**
   * @param sampleWeight a factor for each sample [n] or each position [n, …]
   * @param mask which positions count (as from an embedding with maskZero)
   */
  call(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike, mask?: TensorLike): Tensor {
    if (this.targets) checkTargets(camelName(this.className), toNode(yTrue), toNode(yPred), this.targets)
    const [target, prediction] = sameRank(toNode(yTrue), toNode(yPred))
    const values = valuesOf(this, this.targets?.kind === 'binary' ? binaryLabels(target) : target, prediction)
    const own = this.valid?.(toNode(yTrue))
    const counted = mask === undefined ? own : own ? logicalAnd(sameRank(toNode(mask), own)[0], own) : toNode(mask)
    return reduce(values, sampleWeight === undefined ? undefined : toNode(sampleWeight), counted, this.reduction)
  }

  getConfig(): Config {
    return { reduction: reductions.save(this.reduction), name: this.name, ...this.config }
  }
}

/** a / b, and 0 where b is 0. */
export const divideNoNan = (a: TensorLike, b: Tensor): Tensor => {
  const empty = equal(b, 0)
  return where(empty, 0, div(a, where(empty, 1, b)))
}

/** Weights that take a mask into account; for a mean, the positions that count make up for those that do not. */
export function maskedWeight(weight: Tensor | undefined, mask: Tensor | undefined, reduction: Reduction): Tensor | undefined {
  if (!mask) return weight
  const ones = cast(mask, 'float32')
  const averages = reduction === 'mean' || reduction === 'sumOverBatchSize'
  const counted = averages ? mul(ones, divideNoNan(mask.size, sum(ones))) : ones
  if (!weight) return counted
  const [a, b] = sameRank(counted, cast(weight, 'float32'))
  return mul(a, alongFirst(b, a))
}

/** [n] as [n, 1, …], so that it broadcasts along the first axes of x. */
const alongFirst = (weight: Tensor, x: Tensor): Tensor =>
  weight.rank > 0 && weight.rank < x.rank ? reshape(weight, [...weight.shape, ...x.shape.slice(weight.rank).map(() => 1)]) : weight

function reduce(values: Tensor, sampleWeight: Tensor | undefined, mask: Tensor | undefined, reduction: Reduction): Tensor {
  const weight = maskedWeight(sampleWeight, mask, reduction)
  let weighted = values
  let factor: Tensor | undefined
  if (weight) {
    ;[weighted, factor] = sameRank(values, cast(weight, 'float32'))
    weighted = mul(weighted, alongFirst(factor, weighted))
  }
  if (reduction === 'none' || weighted.rank === 0 || (weighted.rank === 1 && weighted.size === 0)) return weighted
  if (reduction === 'sum' || weighted.size === 0) return sum(weighted)
  if (reduction === 'meanWithSampleWeight' && factor) return divideNoNan(sum(weighted), sum(factor))
  return mean(weighted)
}
