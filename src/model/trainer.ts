// A compiled model at work: training, test and predict steps, each one traced function per batch shape.
import { gradients } from '../grad'
import type { Spec, Tensor } from '../graph/node'
import { maskOf, type AnyLayer, type Layer } from '../layers/layer'
import { getLoss, type Loss, type LossLike } from '../losses/index'
import { getMetric, Mean, type Metric, type MetricLike } from '../metrics/index'
import { addAll } from '../ops/shape'
import { add, mul } from '../ops/binary'
import { getOptimizer, type Optimizer, type OptimizerLike } from '../optimizers/index'
import { evaluate } from '../runtime/session'
import { TracedFunction } from '../transform'
import { check, CornusError } from '../util/errors'
import { showShape } from '../util/shape'
import type { Logs } from '../callbacks/callback'
import type { Batch } from './data'

export interface CompileOptions {
  /** Default 'rmsprop'. */
  optimizer?: OptimizerLike
  loss?: LossLike
  metrics?: readonly MetricLike[]
  /** Metrics that take sample weights into account. */
  weightedMetrics?: readonly MetricLike[]
}

type StepKind = 'train' | 'test'

/** Optimizer, loss and metrics of a model, with their state. */
export class Trainer {
  readonly optimizer: Optimizer
  readonly loss: Loss | undefined
  private readonly lossMean = new Mean({ name: 'loss' })
  private readonly given: readonly MetricLike[]
  private readonly weighted: readonly MetricLike[]
  private metrics: { readonly metric: Metric; readonly weighted: boolean }[] | undefined
  private readonly steps = new Map<string, TracedFunction<Tensor>>()
  private trained = ''

  constructor(private readonly model: Layer, { optimizer = 'rmsprop', loss, metrics = [], weightedMetrics = [], ...others }: CompileOptions) {
    const unknown = Object.keys(others)
    check(unknown.length === 0, 'BAD_ARGUMENT', () => `compile: unknown option '${unknown[0]}'; the options are optimizer, loss, metrics, weightedMetrics`)
    check(Array.isArray(metrics) && Array.isArray(weightedMetrics), 'BAD_ARGUMENT', () => `compile: metrics must be an array, as ['accuracy']`)
    this.optimizer = getOptimizer(optimizer)
    this.loss = loss === undefined ? undefined : getLoss(loss)
    this.given = metrics
    this.weighted = weightedMetrics
  }

  resetMetrics(): void {
    this.lossMean.reset()
    for (const { metric } of this.metrics ?? []) metric.reset()
  }

  /** Loss and metrics since the last reset. */
  async logs(): Promise<Logs> {
    const metrics = [this.lossMean, ...(this.metrics ?? []).map(({ metric }) => metric)]
    const values = await evaluate(metrics.map((metric) => metric.result()))
    // A metric of several values (one for each class or threshold) is logged as name_0, name_1, …
    return Object.fromEntries(metrics.flatMap(({ name }, i) => Array.from(values[i]!, (value, k) => [values[i]!.length === 1 ? name : `${name}_${k}`, value])))
  }

  /** Runs one step; the result is the loss of this batch. */
  run(kind: StepKind, batch: Batch): Promise<Tensor> {
    return this.stepFor(kind, batch.specs).run(batch.feeds)
  }

  private stepFor(kind: StepKind, specs: readonly Spec[]): TracedFunction<Tensor> {
    const trained = this.model.trainableEntries.map(({ variable }) => variable.storage.name + this.idOf(variable)).join() + frozen(this.model)
    if (trained !== this.trained) this.steps.clear() // layers were frozen, thawed or added
    this.trained = trained
    const key = `${kind} ${specs.map(({ shape, dtype }) => dtype + showShape(shape)).join()}`
    let step = this.steps.get(key)
    if (!step) {
      if (specs.length < 2) throw new CornusError('BAD_ARGUMENT', 'targets are missing: give y, or batches [x, y]')
      if (kind === 'train') this.prepareOptimizer(specs[0]!)
      step = new TracedFunction((x, y, weight) => this.trace(kind, x!, y!, weight), specs)
      this.steps.set(key, step)
    }
    return step
  }

  private readonly ids = new WeakMap<object, number>()
  private nextId = 0
  private idOf(variable: object): number {
    const id = this.ids.get(variable) ?? this.nextId++
    this.ids.set(variable, id)
    return id
  }

  private prepareOptimizer({ shape }: Spec): void {
    this.model.ensureBuilt(shape)
    this.optimizer.build(this.model.trainableEntries.map(({ variable }) => variable))
  }

  /** Forward, loss, backward, update and metrics as one Program. */
  private trace(kind: StepKind, x: Tensor, y: Tensor, weight: Tensor | undefined): Tensor {
    if (!this.loss) throw new CornusError('NOT_COMPILED', `${this.model.name}: no loss was given to compile(); give one to train or evaluate`)
    this.model.takeLosses()
    const prediction = this.model.apply(x, { training: kind === 'train' })
    const dataLoss = this.loss.call(y, prediction, weight, maskOf(prediction))
    const entries = this.model.trainableEntries
    const penalties = [
      ...this.model.allWeights.flatMap(({ variable, regularizer }) => (regularizer && variable.trainable ? [regularizer.call(variable.read())] : [])),
      ...this.model.takeLosses(),
    ]
    const total = penalties.length ? add(dataLoss, addAll(penalties)) : dataLoss
    check(total.size === 1, 'BAD_SHAPE', () => `the loss must be a scalar to train on; its shape is ${showShape(total.shape)}: choose another reduction than 'none'`)
    if (kind === 'train') {
      const variables = entries.map(({ variable }) => variable)
      const grads = gradients(this.optimizer.scaleLoss(total), variables.map((variable) => variable.read()))
      this.optimizer.apply(grads, variables, (i) => entries[i]!.constraint)
    }
    this.updateMetrics(x, y, prediction, total, weight)
    return total
  }

  private updateMetrics(x: Tensor, y: Tensor, prediction: Tensor, total: Tensor, weight: Tensor | undefined): void {
    this.metrics ??= this.makeMetrics(y, prediction)
    this.lossMean.update(total, mul(1, x.shape[0]!))
    for (const { metric, weighted } of this.metrics) metric.update(y, prediction, weighted ? weight : undefined, maskOf(prediction))
  }

  private makeMetrics(y: Tensor, prediction: Tensor): { metric: Metric; weighted: boolean }[] {
    const context = { yTrueShape: y.shape, yPredShape: prediction.shape, loss: this.loss }
    const list = [...this.given.map((each) => ({ metric: getMetric(each, context), weighted: false })), ...this.weighted.map((each) => ({ metric: getMetric(each, context), weighted: true }))]
    const names = ['loss', ...list.map(({ metric }) => metric.name)]
    check(new Set(names).size === names.length, 'BAD_ARGUMENT', () => `compile: the metric names ${names.join(', ')} are not distinct; give one of them another name`)
    return list
  }
}

/** Which layers train: some compute differently then. */
const frozen = (layer: AnyLayer): string => Number(layer.trainable) + layer.sublayers.map(frozen).join('')
