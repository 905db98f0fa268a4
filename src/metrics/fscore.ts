// F-scores: the harmonic mean of precision and recall, for each class.
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { add, div, greater, greaterEqual, logicalAnd, mul, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { EPSILON } from '../ops/crossEntropy'
import { abs } from '../ops/elementwise'
import { max, mean, sum } from '../ops/reduce'
import { expandDims } from '../ops/shape'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { choice, nullable, number, optional, readOptions, saveOptions, type Given, type Held } from '../util/options'
import { nameOption, type Config } from '../util/parts'
import { showShape } from '../util/shape'
import { Metric } from './metric'

const F1 = {
  name: nameOption('F1Score'),
  /**
   * 'micro': over all classes together; 'macro': mean of the classes; 'weighted': by how often each occurs; null (default): each on its
   * own.
   */
  average: optional(nullable(choice('micro', 'macro', 'weighted')), null),
  /** Predictions above it are positive; null (default): the highest of each sample is. */
  threshold: optional(nullable(number(Number.MIN_VALUE, 1)), null),
}
const FBETA = {
  ...F1,
  name: nameOption('FBetaScore', 'fbeta_score'),
  /** How many times as much recall counts as precision. Default 1. */
  beta: optional(number(Number.MIN_VALUE), 1),
}
export type F1Options = Given<typeof F1>
export type FBetaOptions = Given<typeof FBETA>

const NAMES = ['truePositives', 'falsePositives', 'falseNegatives', 'intermediateWeights'] as const

/** (1 + β²) · precision · recall / (β² · precision + recall); targets and predictions [samples, classes]. See keras.metrics.FBetaScore. */
export class FBetaScore extends Metric {
  override readonly direction = 'up'
  private readonly options: Held<typeof FBETA>
  private counts: Record<(typeof NAMES)[number], Variable> | undefined

  constructor(
    options?: FBetaOptions,
    readonly className: 'F1Score' | 'FBetaScore' = 'FBetaScore',
  ) {
    const held = className === 'F1Score' ? { ...readOptions(F1, options, className), beta: 1 } : readOptions(FBETA, options, className)
    super(held.name)
    this.options = held
  }

  private build(classes: number): Record<(typeof NAMES)[number], Variable> {
    const shape = this.options.average === 'micro' ? [] : [classes]
    this.counts = Object.fromEntries(NAMES.map((name) => [name, this.addVariable(name, shape)])) as Record<(typeof NAMES)[number], Variable>
    return this.counts
  }

  protected override record(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    check(
      yTrue.rank === 2 && yPred.rank === 2,
      'BAD_SHAPE',
      () =>
        `${this.name}: expected targets and predictions [samples, classes], got ${showShape(yTrue.shape)} and ${showShape(yPred.shape)}`,
    )
    const counts = this.counts ?? this.build(nth(yPred.shape, 1))
    const { threshold, average } = this.options
    const highest = () => logicalAnd(greaterEqual(yPred, max(yPred, -1, true)), greater(abs(yPred), 1e-9))
    const p = cast(threshold === null ? highest() : greater(yPred, threshold), 'float32')
    const y = cast(yTrue, 'float32')
    const total = (x: Tensor) => sum(sampleWeight ? mul(x, expandDims(sampleWeight, 1)) : x, average === 'micro' ? null : 0)
    this.addTo(counts.truePositives, total(mul(p, y)))
    this.addTo(counts.falsePositives, total(mul(p, sub(1, y))))
    this.addTo(counts.falseNegatives, total(mul(sub(1, p), y)))
    this.addTo(counts.intermediateWeights, total(y))
  }

  override result(): Tensor {
    const { truePositives, falsePositives, falseNegatives, intermediateWeights } = this.counts ?? this.build(1)
    const share = (wrong: Variable) => div(truePositives, add(add(truePositives, wrong), EPSILON))
    const [precision, recall] = [share(falsePositives), share(falseNegatives)]
    const square = this.options.beta ** 2
    const score = mul(div(mul(precision, recall), add(add(mul(precision, square), recall), EPSILON)), 1 + square)
    switch (this.options.average) {
      case null:
        return score
      case 'weighted':
        return sum(mul(score, div(intermediateWeights, add(sum(intermediateWeights), EPSILON))))
      default:
        return mean(score)
    }
  }

  override getConfig(): Config {
    return { dtype: 'float32', ...saveOptions(this.className === 'F1Score' ? F1 : FBETA, { ...this.options, name: this.name }) }
  }
}
