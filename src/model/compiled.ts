// What compile() chooses: optimizer, losses and metrics, with their state.
import { Mean, type Metric } from '../metrics/index'
import { getOptimizer, type Optimizer, type OptimizerLike } from '../optimizers/index'
import { check, didYouMean, showValue } from '../util/errors'
import { OutputLosses, type LossOption, type LossWeights } from './losses'
import { OutputMetrics, type MetricsOption } from './metrics'

export interface CompileOptions {
  /** Default 'rmsprop'. */
  optimizer?: OptimizerLike
  /** One loss, or one for each output; null for an output without. */
  loss?: LossOption
  /** Factors of the outputs' losses in the total. */
  lossWeights?: LossWeights
  metrics?: MetricsOption
  /** Metrics that take sample weights into account. */
  weightedMetrics?: MetricsOption
}

const OPTIONS = ['optimizer', 'loss', 'lossWeights', 'metrics', 'weightedMetrics']

export class Compiled {
  readonly optimizer: Optimizer
  readonly losses: OutputLosses
  readonly metrics: OutputMetrics
  /** Mean of the total loss over samples. */
  readonly lossMean = new Mean({ name: 'loss' })

  constructor(options: CompileOptions) {
    check(
      typeof options === 'object' && options !== null && !Array.isArray(options),
      'BAD_ARGUMENT',
      () =>
        `compile: expected an object of options, as compile({ optimizer: 'adam', loss: 'meanSquaredError' }), not ${showValue(options)}`,
    )
    const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
    check(
      unknown === undefined,
      'BAD_ARGUMENT',
      () => `compile: unknown option ${showValue(unknown)}${didYouMean(unknown!, OPTIONS)}; the options are ${OPTIONS.join(', ')}`,
    )
    const { optimizer = 'rmsprop', loss, lossWeights, metrics, weightedMetrics } = options
    this.optimizer = getOptimizer(optimizer)
    this.losses = new OutputLosses(loss, lossWeights)
    this.metrics = new OutputMetrics(metrics, weightedMetrics)
  }

  /** All metrics under their keys in logs. */
  get entries(): readonly { readonly name: string; readonly metric: Metric }[] {
    const byName = (metric: Mean) => ({ name: metric.name, metric })
    return [byName(this.lossMean), ...this.metrics.entries, ...this.losses.means.map(byName)]
  }
}
