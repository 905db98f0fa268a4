// Sums and means over all samples seen, of given values or of a function of targets and predictions.
import { toNode, type TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { divideNoNan, maskedWeight, sameRank, valuesOf, type LossFunction } from '../losses/loss'
import { checkTargets, type TargetRule } from '../losses/targets'
import { mul } from '../ops/binary'
import { cast } from '../ops/cast'
import { mean, sum } from '../ops/reduce'
import { broadcastTo } from '../ops/shape'
import { recordAccumulate } from '../ops/update'
import { performEffects } from '../transform'
import { readOptions } from '../util/options'
import { camelName, nameOption, type Config } from '../util/parts'
import { Metric, type MetricOptions } from './metric'

const axesFrom = (first: number, rank: number): number[] => Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i)

/** One value and one weight for each sample: further axes are reduced, weights (one each sample, or each position) multiplied in. */
function bySample(values: Tensor, sampleWeight: Tensor, reduce: typeof mean): { values: Tensor; weights: Tensor } {
  let [v, w] = sameRank(cast(values, 'float32'), cast(sampleWeight, 'float32'))
  if (v.rank > w.rank) v = reduce(v, axesFrom(w.rank, v.rank))
  w = broadcastTo(w, v.shape)
  v = mul(v, w)
  return { values: v.rank > 1 ? reduce(v, axesFrom(1, v.rank)) : v, weights: w.rank > 1 ? reduce(w, axesFrom(1, w.rank)) : w }
}

/** A metric of given values. */
abstract class Gathered extends Metric {
  protected readonly total: Variable = this.addVariable('total')

  /** @internal Records values with their weights. */
  abstract gather(values: Tensor, sampleWeight?: Tensor): void

  /** @param values one or more numbers for each sample */
  override update(values: TensorLike, sampleWeight?: TensorLike): void {
    performEffects(() => this.gather(toNode(values), sampleWeight === undefined ? undefined : toNode(sampleWeight)))
  }

  protected override record(values: Tensor, sampleWeight: Tensor): void {
    this.gather(values, sampleWeight)
  }
}

/** Sum of the values. See keras.metrics.Sum. */
export class Sum extends Gathered {
  readonly className = 'Sum'

  constructor(options?: MetricOptions) {
    super(readOptions({ name: nameOption('Sum') }, options, 'sum').name)
  }

  override gather(values: Tensor, sampleWeight?: Tensor): void {
    recordAccumulate(this.total.read(), sampleWeight ? bySample(values, sampleWeight, sum).values : cast(values, 'float32'))
  }

  override result(): Tensor {
    return this.total.read()
  }
}

/** Mean of the values, weighted if weights are given. See keras.metrics.Mean. */
export class Mean extends Gathered {
  readonly className = 'Mean'
  private readonly count: Variable = this.addVariable('count')

  constructor(options?: MetricOptions) {
    super(readOptions({ name: nameOption('Mean') }, options, 'mean').name)
  }

  override gather(given: Tensor, sampleWeight?: Tensor): void {
    if (given.size === 0) return
    if (sampleWeight) {
      const { values, weights } = bySample(given, sampleWeight, mean)
      recordAccumulate(this.total.read(), values)
      recordAccumulate(this.count.read(), weights)
      return
    }
    const samples = given.shape[0] ?? 1
    recordAccumulate(this.total.read(), cast(given, 'float32'), samples / given.size)
    recordAccumulate(this.count.read(), toNode(samples))
  }

  override result(): Tensor {
    return divideNoNan(this.total, this.count.read())
  }
}

export interface MeanOfOptions extends MetricOptions {
  className?: string
  direction?: 'up' | 'down' | null
  config?: Config
  /** Positions that count, where the targets themselves say so; as in Keras only where samples are weighted. */
  valid?: ((yTrue: Tensor) => Tensor) | undefined
  /** What targets must be like. */
  targets?: TargetRule
}

/** Mean of a function of targets and predictions over all samples. See keras.metrics.MeanMetricWrapper. */
export class MeanOf extends Metric {
  readonly className: string
  override readonly direction: 'up' | 'down' | null
  private readonly mean = new Mean()
  override readonly variables = this.mean.variables
  private readonly config: Config
  private readonly valid: MeanOfOptions['valid']
  private readonly targets: TargetRule | undefined

  constructor(
    readonly fn: LossFunction,
    { name, className = fn.name, direction = null, config = {}, valid, targets }: MeanOfOptions = {},
  ) {
    super(name ?? (fn.name || 'metric'))
    this.className = className
    this.direction = direction
    this.config = config
    this.valid = valid
    this.targets = targets
  }

  protected override record(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor, mask?: Tensor): void {
    if (this.targets) checkTargets(camelName(this.className), yTrue, yPred, this.targets)
    const weight = maskedWeight(sampleWeight, mask, 'sum')
    this.mean.gather(valuesOf(this, yTrue, yPred), weight && maskedWeight(weight, this.valid?.(yTrue), 'sum'))
  }

  override result(): Tensor {
    return this.mean.result()
  }

  override getConfig(): Config {
    return { name: this.name, dtype: 'float32', ...this.config }
  }
}
