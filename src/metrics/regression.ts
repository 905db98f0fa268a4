// How near predictions of real values come.
import type { TensorLike } from '../graph/convert'
import { toNode } from '../graph/convert'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { cosineSimilarity as cosineLoss } from '../losses/functions'
import { sameRank } from '../losses/loss'
import { add, div, equal, less, mul, squaredDifference, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { EPSILON } from '../ops/crossEntropy'
import { abs, neg, sqrt } from '../ops/elementwise'
import { mean, std, sum, variance } from '../ops/reduce'
import { where } from '../ops/select'
import { broadcastTo, expandDims } from '../ops/shape'
import { ones } from '../tensor'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { choice, integer, nullable, optional, readOptions, saveOptions, type Given, type Held } from '../util/options'
import { nameOption, type Config } from '../util/parts'
import { showShape } from '../util/shape'
import { MeanOf } from './mean'
import { Metric, type MetricOptions } from './metric'

const pair = (yTrue: TensorLike, yPred: TensorLike) => sameRank(cast(toNode(yTrue), 'float32'), cast(toNode(yPred), 'float32'))

/** Σ y / ‖y‖ · p / ‖p‖ along the axis: 1 for the same direction (the loss of this name has the other sign). */
export const cosineSimilarity = (yTrue: TensorLike, yPred: TensorLike, options: { axis?: number } = {}): Tensor =>
  neg(cosineLoss(yTrue, yPred, options))

/** Correlation along the axis, from −1 to 1. */
export function pearsonCorrelation(yTrue: TensorLike, yPred: TensorLike, { axis = -1 }: { axis?: number } = {}): Tensor {
  const [y, p] = pair(yTrue, yPred).map((x) => sub(x, mean(x, axis, true))) as [Tensor, Tensor]
  return mean(mul(div(y, std(y, axis, true)), div(p, std(p, axis, true))), axis)
}

/** Correlation that also asks for the same mean and spread. Lin, Biometrics 45, 1989. */
export function concordanceCorrelation(yTrue: TensorLike, yPred: TensorLike, { axis = -1 }: { axis?: number } = {}): Tensor {
  const [y, p] = pair(yTrue, yPred)
  const [yMean, pMean] = [mean(y, axis, true), mean(p, axis, true)]
  const covariance = mul(sub(y, pMean), sub(p, pMean))
  const norm = add(add(variance(y, axis, true), variance(p, axis, true)), squaredDifference(yMean, pMean))
  return mean(div(mul(covariance, 2), add(norm, EPSILON)), axis)
}

/** Square root of the mean squared error over all samples. */
export class RootMeanSquaredError extends MeanOf {
  constructor(options?: MetricOptions) {
    const squares = (yTrue: Tensor, yPred: Tensor) => squaredDifference(...pair(yTrue, yPred))
    const table = { name: nameOption('RootMeanSquaredError') }
    const held = readOptions(table, options, 'RootMeanSquaredError')
    super(squares, {
      ...held,
      className: 'RootMeanSquaredError',
      direction: 'down',
      config: saveOptions(table, held),
      targets: { kind: 'values' },
    })
  }

  /** As in Keras, masks do not count: only weights do. */
  protected override record(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    super.record(yTrue, yPred, sampleWeight)
  }

  override result(): Tensor {
    return sqrt(super.result())
  }
}

const R2 = {
  name: nameOption('R2Score'),
  /** 'uniformAverage' (default), 'varianceWeightedAverage', or null for one value each output. */
  classAggregation: optional(nullable(choice('uniformAverage', 'varianceWeightedAverage')), 'uniformAverage'),
  /** Number of inputs, for the adjusted score. Default 0: not adjusted. */
  numRegressors: optional(integer(0), 0),
}
export type R2Options = Given<typeof R2>

/** 1 − Σ (y − p)² / Σ (y − mean of y)²: the share of the variance that is explained. See keras.metrics.R2Score. */
export class R2Score extends Metric {
  readonly className = 'R2Score'
  override readonly direction = 'up'
  private readonly options: Held<typeof R2>
  private readonly samples = this.addVariable('numSamples')
  private sums: { squares: Variable; values: Variable; residual: Variable; count: Variable } | undefined

  constructor(options?: R2Options) {
    const held = readOptions(R2, options, 'R2Score')
    super(held.name)
    this.options = held
  }

  private build(outputs: number) {
    const make = (name: string) => this.addVariable(name, [outputs])
    this.sums = { squares: make('squaredSum'), values: make('sum'), residual: make('residual'), count: make('count') }
    return this.sums
  }

  protected override record(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    const [y, p] = pair(yTrue, yPred)
    check(
      y.rank === 2 && p.rank === 2,
      'BAD_SHAPE',
      () => `${this.name}: expected targets and predictions [samples, outputs], got ${showShape(y.shape)} and ${showShape(p.shape)}`,
    )
    const { squares, values, residual, count } = this.sums ?? this.build(nth(p.shape, 1))
    const weight = sampleWeight ? broadcastTo(sampleWeight.rank === 1 ? expandDims(sampleWeight, 1) : sampleWeight, y.shape) : ones(y.shape)
    const weighted = mul(y, weight)
    this.addTo(values, sum(weighted, 0))
    this.addTo(squares, sum(mul(y, weighted), 0))
    this.addTo(residual, sum(mul(squaredDifference(y, p), weight), 0))
    this.addTo(count, sum(weight, 0))
    this.addTo(this.samples, toNode(y.size))
  }

  override result(): Tensor {
    const { squares, values, residual, count } = this.sums ?? this.build(1)
    const { classAggregation, numRegressors } = this.options
    const total = sub(squares, mul(values, div(values, count)))
    const raw = sub(1, div(residual, total))
    const scores = where(equal(abs(raw), Infinity), 0, raw)
    const score =
      classAggregation === null ? scores : classAggregation === 'uniformAverage' ? mean(scores) : div(sum(mul(total, scores)), sum(total))
    if (!numRegressors) return score
    const freedom = sub(this.samples, 1)
    const adjusted = sub(1, div(mul(sub(1, score), freedom), sub(freedom, numRegressors)))
    return where(less(numRegressors, freedom), adjusted, score) // with too few samples the plain score
  }

  override getConfig(): Config {
    return { dtype: 'float32', ...saveOptions(R2, { ...this.options, name: this.name }) }
  }
}
