// What compile() chooses: optimizer, losses and metrics, with their state.
import { serialize as saveLoss } from '../losses/index'
import { Mean, serialize as saveMetric, type Metric } from '../metrics/index'
import { getOptimizer, serialize as saveOptimizer, type Optimizer, type OptimizerLike } from '../optimizers/index'
import { check, didYouMean, showValue } from '../util/errors'
import { fromKeras } from '../util/keras'
import { kerasName } from '../util/names'
import type { ConfigValue } from '../util/options'
import { hasMethod, isSavedPart, resolveOwn } from '../util/parts'
import { mapTree } from '../util/tree'
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

/** What compile() was called with, as it goes into a file. */
export interface CompileConfig {
  readonly [option: string]: unknown
  readonly optimizer: ConfigValue
}

const isLeaf = (x: unknown): x is string | object | null =>
  x === null || typeof x !== 'object' || isSavedPart(x) || hasMethod(x, 'getConfig') || hasMethod(x, 'call')

/** The options that a compile config stands for, with own parts found. Options of Keras's that say how to run are left out. */
export function fromCompileConfig(config: object): CompileOptions {
  const { optimizer, loss, lossWeights, metrics, weightedMetrics } = fromKeras(config) as { [option: string]: unknown }
  const found = (tree: unknown) => mapTree(tree, isLeaf, (part) => resolveOwn(part), 'compile')
  const given = {
    optimizer: resolveOwn(optimizer),
    loss: found(loss ?? null),
    lossWeights,
    metrics: found(metrics ?? null),
    weightedMetrics: found(weightedMetrics ?? null),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined)) as CompileOptions
}

const OPTIONS = ['optimizer', 'loss', 'lossWeights', 'metrics', 'weightedMetrics']

export class Compiled {
  readonly optimizer: Optimizer
  readonly losses: OutputLosses
  readonly metrics: OutputMetrics
  /** Mean of the total loss over samples. */
  readonly lossMean = new Mean({ name: 'loss' })
  private readonly given: CompileOptions

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
    this.given = options
    const { optimizer = 'rmsprop', loss, lossWeights, metrics, weightedMetrics } = options
    this.optimizer = getOptimizer(optimizer)
    this.losses = new OutputLosses(loss, lossWeights)
    this.metrics = new OutputMetrics(metrics, weightedMetrics)
  }

  /** The options as Keras's compile config: names stay names, parts are written down. */
  getConfig(): CompileConfig {
    const { loss = null, lossWeights = null, metrics = null, weightedMetrics = null } = this.given
    const saved = (tree: unknown, save: (part: never) => ConfigValue): unknown =>
      tree === null
        ? null
        : mapTree(tree, isLeaf, (part) => (typeof part === 'string' ? kerasName(part) : part && save(part as never)), 'compile')
    return {
      optimizer: saveOptimizer(this.optimizer),
      loss: saved(loss, saveLoss),
      lossWeights,
      metrics: saved(metrics, saveMetric),
      weightedMetrics: saved(weightedMetrics, saveMetric),
      runEagerly: false,
      stepsPerExecution: 1,
      jitCompile: 'auto',
    }
  }

  /** All metrics under their keys in logs. */
  get entries(): readonly { readonly name: string; readonly metric: Metric }[] {
    const byName = (metric: Mean) => ({ name: metric.name, metric })
    return [byName(this.lossMean), ...this.metrics.entries, ...this.losses.means.map(byName)]
  }
}
