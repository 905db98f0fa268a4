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
import { checkChoice, checkNumber, withDefaults, type Config } from '../util/parts'
import { showShape } from '../util/shape'
import { Metric, type MetricOptions } from './metric'

export interface F1Options extends MetricOptions {
  /** 'micro': over all classes together; 'macro': mean of the classes; 'weighted': by how often each occurs; null (default): each on its own. */
  average?: 'micro' | 'macro' | 'weighted' | null
  /** Predictions above it are positive; null (default): the highest of each sample is. */
  threshold?: number | null
}

export interface FBetaOptions extends F1Options {
  /** How many times as much recall counts as precision. Default 1. */
  beta?: number
}

const NAMES = ['truePositives', 'falsePositives', 'falseNegatives', 'intermediateWeights'] as const

/** (1 + β²) · precision · recall / (β² · precision + recall); targets and predictions [samples, classes]. See keras.metrics.FBetaScore. */
export class FBetaScore extends Metric {
  readonly className: string
  override readonly direction = 'up'
  private readonly options: Required<FBetaOptions>
  private counts: Record<(typeof NAMES)[number], Variable> | undefined

  constructor(options?: FBetaOptions, className: 'F1Score' | 'FBetaScore' = 'FBetaScore') {
    const defaults = { name: className === 'F1Score' ? 'f1Score' : 'fBetaScore', average: null, threshold: null }
    const all = className === 'F1Score' ? { ...withDefaults<F1Options>(options, defaults, className), beta: 1 } : withDefaults(options, { ...defaults, beta: 1 }, className)
    super(all.name)
    this.className = className
    this.options = all
    if (all.average !== null) checkChoice(all.average, ['micro', 'macro', 'weighted'], `${className}: average`)
    checkNumber(all.beta, `${className}: beta`, Number.MIN_VALUE)
    if (all.threshold !== null) checkNumber(all.threshold, `${className}: threshold`, Number.MIN_VALUE, 1)
  }

  private build(classes: number): Record<(typeof NAMES)[number], Variable> {
    const shape = this.options.average === 'micro' ? [] : [classes]
    this.counts = Object.fromEntries(NAMES.map((name) => [name, this.addVariable(name, shape)])) as Record<(typeof NAMES)[number], Variable>
    return this.counts
  }

  protected override record(yTrue: Tensor, yPred: Tensor, sampleWeight?: Tensor): void {
    check(yTrue.rank === 2 && yPred.rank === 2, 'BAD_SHAPE', () => `${this.name}: expected targets and predictions [samples, classes], got ${showShape(yTrue.shape)} and ${showShape(yPred.shape)}`)
    const counts = this.counts ?? this.build(yPred.shape[1]!)
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
      case null: return score
      case 'weighted': return sum(mul(score, div(intermediateWeights, add(sum(intermediateWeights), EPSILON))))
      default: return mean(score)
    }
  }

  override getConfig(): Config {
    const { beta, ...config } = this.options
    return { ...config, ...(this.className !== 'F1Score' && { beta }), name: this.name }
  }
}
