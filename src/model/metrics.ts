// The metrics of a model's outputs, under the names that Keras gives them in logs.
import { getMetric, type Metric, type MetricLike } from '../metrics/index'
import type { Loss } from '../losses/index'
import type { Tensor } from '../graph/node'
import { check, CornusError, reading, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { byOutput, type Prediction } from './outputs'

type MetricsOfOutput = MetricLike | null | readonly MetricLike[]
/** Of one output an array; of several an array of arrays in their order, or an object by their names. */
export type MetricsOption = readonly MetricsOfOutput[] | { readonly [output: string]: MetricsOfOutput }

interface Placed {
  readonly metric: Metric
  /** Its key in logs. */
  readonly name: string
  readonly output: number
  readonly weighted: boolean
}

export class OutputMetrics {
  private list: readonly Placed[] | undefined

  constructor(
    private readonly plain: MetricsOption = [],
    private readonly weighted: MetricsOption = [],
  ) {
    for (const [option, given] of [
      ['metrics', plain],
      ['weightedMetrics', weighted],
    ] as const) {
      check(
        typeof given === 'object' && given !== null,
        'BAD_ARGUMENT',
        () => `compile: ${option} must be an array, as ['accuracy'], not ${showValue(given)}`,
      )
      // unknown names are told at once
      for (const each of reading(`compile: ${option}`, () => flat(given))) getMetric(each, { yTrueShape: [1, 1], yPredShape: [1, 1] })
    }
  }

  /** Each metric with its key in logs; none before the first step. */
  get entries(): readonly { readonly name: string; readonly metric: Metric }[] {
    return this.list ?? []
  }

  /** Adds what a batch shows. */
  update(prediction: Prediction, lossOf: (output: number) => Loss | undefined): void {
    this.list ??= this.make(prediction, lossOf)
    for (const { metric, output, weighted, name } of this.list) {
      const target = prediction.targets[output]
      if (!target) throw new CornusError('BAD_ARGUMENT', `metric '${name}' needs targets for output '${prediction.names[output]}'`)
      metric.update(target, nth(prediction.outputs, output), weighted ? prediction.weights[output] : undefined, prediction.masks[output])
    }
  }

  private make({ outputs, names, targets }: Prediction, lossOf: (output: number) => Loss | undefined): Placed[] {
    const place = (given: MetricsOption, option: string, weighted: boolean) =>
      byPlace(given, names, option).flatMap((metrics, output) =>
        metrics.map((each) => {
          const metric = getMetric(each, {
            yTrueShape: shapeOf(targets[output]),
            yPredShape: nth(outputs, output).shape,
            loss: lossOf(output),
          })
          return { metric, output, weighted, prefix: names.length > 1 ? `${names[output]}_` : '' }
        }),
      )
    const all = [...place(this.plain, 'metrics', false), ...place(this.weighted, 'weightedMetrics', true)]
    const taken = new Map<string, number>()
    return all.map(({ prefix, ...rest }) => ({ ...rest, name: uniqueName(prefix, rest.metric.name, rest.weighted, taken) }))
  }
}

const shapeOf = (x: Tensor | undefined): readonly number[] => x?.shape ?? []

/** accuracy; a second one is accuracy_1, of weighted ones weighted_accuracy: as Keras counts them. */
function uniqueName(prefix: string, name: string, weighted: boolean, taken: Map<string, number>): string {
  const plain = prefix + name
  const wanted = weighted && taken.has(plain) ? `${prefix}weighted_${name}` : plain
  const count = taken.get(wanted) ?? 0
  taken.set(wanted, count + 1)
  return count ? `${wanted}_${count}` : wanted
}

const isOne = (x: unknown): x is MetricLike =>
  typeof x === 'string' || typeof x === 'function' || (typeof x === 'object' && x !== null && !Array.isArray(x) && 'className' in x)
const isOfOutput = (x: unknown): x is MetricsOfOutput => x === null || isOne(x) || (Array.isArray(x) && x.every(isOne))

const flat = (given: unknown): MetricLike[] => {
  if (given === null || given === undefined) return []
  if (isOne(given)) return [given]
  check(
    typeof given === 'object',
    'BAD_ARGUMENT',
    () =>
      `compile: a metric is a name as 'accuracy', a metric as metrics.auc(), or a function of targets and predictions, ` +
      `not ${showValue(given)}`,
  )
  return Object.values(given).flatMap((each: unknown) => flat(each))
}

/** Metrics of each output. All of a model with one output are its metrics, however they are given. */
function byPlace(given: MetricsOption, names: readonly string[], option: string): MetricLike[][] {
  if (names.length === 1) return [flat(given)]
  if (Array.isArray(given) && given.length === 0) return names.map(() => [])
  return byOutput(given, names, (x): x is MetricsOfOutput => isOfOutput(x) && x !== given, option).map((each) => flat(each))
}
