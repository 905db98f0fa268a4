// The steps of a model at work: each traced once for a structure and the shapes of a batch, with the metrics of the call that runs it.
import { Tensor, type HostData, type Spec } from '../graph/node'
import { dtypes } from '../graph/dtypes'
import type { Storage } from '../graph/storage'
import type { Variable } from '../graph/variable'
import { structureVersion } from '../graph/structure'
import type { Logs } from '../callbacks/callback'
import type { Metric } from '../metrics/index'
import { readContents } from '../runtime/runs'
import { writeContents } from '../runtime/turns'
import { TracedFunction } from '../transform'
import { Lru } from '../util/lru'
import { sameShape, showShape } from '../util/shape'
import { check, showValue } from '../util/errors'
import { ofSample } from './advice'
import type { Batch } from './data'

/** What a step reports: scalars by name; nothing where the model's metrics say it all. */
export type StepLogs = { readonly [name: string]: Tensor } | undefined | void

/** What computeMetrics gave: such logs are counted over all batches; those of one's own are of the last step. */
export const measured = new WeakSet<Tensor>()

/** Structures and shapes whose steps are kept. */
const KEPT_STEPS = 64

/** The metrics of one call: what they have counted, while another call uses the model's variables for its own. */
export class MetricState {
  /** Contents of the metrics' variables while another call uses them; of variables that are not here: zeros. */
  readonly saved = new Map<Storage, HostData>()
  /** The call has ended: nobody will ask again. */
  over = false
  /** What the last step of one's own reported. */
  reported: Logs | undefined
}

/** What the steps need to know of their model. */
export interface StepHost {
  /** Everything that a traced step depends on. */
  readonly structureKey: string
  readonly metricEntries: readonly { readonly name: string; readonly metric: Metric }[]
  /** Of the layer that gives the output, where there is one. */
  readonly lastLayerName: string | undefined
  /** Makes what a step needs before it can be traced. */
  prepareStep(kind: StepKind, batch: Batch): void
  /** Traced. */
  step(kind: StepKind, batch: Batch, leaves: readonly Tensor[], setting: StepSetting): StepLogs
}

export type StepKind = 'train' | 'test'

/** What a step depends on besides its batch. */
export interface StepSetting {
  readonly classWeight?: { readonly [label: number]: number } | undefined
}

/** A traced step. */
interface Step {
  readonly fn: TracedFunction<readonly Tensor[]>
  /** What its outputs are called in logs. */
  readonly names: readonly string[]
}

/** Whose logs a step gives: none but its own, or those of its batch, which counts for itself. */
type Counting = 'on' | 'alone'

/** What gives the results of these metrics. */
interface Results {
  readonly fn: TracedFunction<readonly Tensor[]>
  readonly metrics: StepHost['metricEntries']
  readonly version: number
}

/** The step that was taken last, and what for. */
interface Recent {
  readonly step: Step
  readonly version: number
  readonly layout: string
  readonly specs: readonly Spec[]
  readonly weights: string
}

export class Steps {
  private readonly traced = new Lru<string, Step>(KEPT_STEPS, ({ fn }) => fn.free())
  private readonly recent = new Map<string, Recent>()
  /** Whose counts the metrics' variables hold now. */
  private holder: MetricState | undefined
  private last: Promise<unknown> | undefined
  private results: Results | undefined

  /** Training steps that were taken. */
  trained = 0

  constructor(private readonly host: StepHost) {}

  /** Runs one step when its turn comes; its metrics are added to a call's own. */
  run(kind: StepKind, batch: Batch, setting: StepSetting, state: MetricState): Promise<void> {
    return this.inTurn(async () => {
      const logs = await this.step(kind, batch, setting, state, 'on')
      if (logs) state.reported = logs
    })
  }

  /** Runs one step when its turn comes; loss and metrics of its batch alone. */
  runAlone(kind: StepKind, batch: Batch, setting: StepSetting): Promise<Logs> {
    return this.inTurn(async () => {
      const state = new MetricState()
      state.over = true
      return (await this.step(kind, batch, setting, state, 'alone')) ?? {}
    })
  }

  private async step(
    kind: StepKind,
    batch: Batch,
    setting: StepSetting,
    state: MetricState,
    counting: Counting,
  ): Promise<Logs | undefined> {
    const { fn, names } = this.stepFor(kind, batch, setting, counting)
    const putBack = this.take(state)
    let values: readonly HostData[]
    try {
      values = await fn.values(batch.feeds)
    } catch (error) {
      putBack?.()
      throw ofSample(error, batch, this.host.lastLayerName)
    }
    if (kind === 'train') this.trained++
    return names.length ? namedLogs(names, values) : undefined
  }

  /** Makes what the step of a batch needs: weights, the optimizer's state, the step itself. */
  prepare(kind: StepKind, batch: Batch, setting: StepSetting): Promise<void> {
    return this.inTurn(async () => void this.stepFor(kind, batch, setting, 'on'))
  }

  /** What a call's metrics have counted so far, variable by variable. */
  counts(state: MetricState): HostData[] {
    const zeros = ({ size, dtype }: Variable) => new dtypes[dtype].Array(size)
    const held = this.holder === state
    return this.metricVariables.map((variable) =>
      held ? readContents(variable.storage) : (state.saved.get(variable.storage) ?? zeros(variable)),
    )
  }

  /** Gives a call that has not begun what another had counted. */
  setCounts(state: MetricState, counts: readonly HostData[]): void {
    this.metricVariables.forEach(({ storage }, i) => counts[i] && state.saved.set(storage, counts[i]))
  }

  private get metricVariables(): Variable[] {
    return this.host.metricEntries.flatMap(({ metric }) => metric.variables)
  }

  /** Loss and metrics of a call so far, sorted by name. */
  async logs(state: MetricState): Promise<Logs> {
    if (state.reported) return sorted(state.reported)
    return this.inTurn(async () => {
      this.take(state)
      const { fn, metrics } = this.resultsNow()
      return sorted(
        namedLogs(
          metrics.map(({ name }) => name),
          await fn.values([]),
        ),
      )
    })
  }

  /** What gives the metrics' results; traced anew when there are others. */
  private resultsNow(): Results {
    const { metricEntries: metrics } = this.host
    const version = structureVersion()
    const known = this.results
    const same =
      known?.version === version &&
      known.metrics.length === metrics.length &&
      known.metrics.every(({ name, metric }, i) => metric === metrics[i]!.metric && name === metrics[i]!.name)
    if (same) return known
    known?.fn.free()
    return (this.results = { fn: new TracedFunction(() => metrics.map(({ metric }) => metric.result()), []), metrics, version })
  }

  /** One job at a time: the metrics' variables are shared. */
  private inTurn<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.last ? this.last.then(job, job) : job()
    this.last = turn
    const done = () => {
      if (this.last === turn) this.last = undefined
    }
    turn.then(done, done)
    return turn
  }

  /**
   * Puts a call's counts in place; those of another call that is under way are kept for it. What it gives puts all back, for a step that
   * fails.
   */
  private take(state: MetricState): (() => void) | undefined {
    if (this.holder === state) return undefined
    const metrics = this.host.metricEntries.map(({ metric }) => metric)
    const storages = this.metricVariables.map(({ storage }) => storage)
    const { holder } = this
    const before = storages.map((storage) => [storage, readContents(storage)] as const)
    if (holder && !holder.over) for (const [storage, contents] of before) holder.saved.set(storage, contents)
    this.holder = state
    for (const metric of metrics) metric.reset()
    const own = [...state.saved]
    for (const [storage, contents] of own) writeContents(storage, contents)
    state.saved.clear()
    return () => {
      for (const [storage, contents] of own) state.saved.set(storage, contents)
      for (const [storage, contents] of before) writeContents(storage, contents)
      holder?.saved.clear()
      this.holder = holder
    }
  }

  /** The step of a structure for a batch's shapes: found at once while nothing differs from the last call. */
  private stepFor(kind: StepKind, batch: Batch, setting: StepSetting, counting: Counting): Step {
    const { specs, layout } = batch
    const weights = setting.classWeight ? JSON.stringify(setting.classWeight) : ''
    const use = `${kind} ${counting}`
    const recent = this.recent.get(use)
    if (
      recent?.version === structureVersion() &&
      recent.layout === layout.key &&
      recent.weights === weights &&
      sameSpecs(recent.specs, specs)
    )
      return recent.step
    this.host.prepareStep(kind, batch)
    const shapes = specs.map(({ shape, dtype }) => dtype + showShape(shape)).join()
    const step = this.traced.take(`${use} ${layout.key} ${shapes} ${weights} ${this.host.structureKey}`, () =>
      this.trace(kind, batch, setting, counting),
    )
    this.recent.set(use, { step, version: structureVersion(), layout: layout.key, specs, weights })
    return step
  }

  private trace(kind: StepKind, batch: Batch, setting: StepSetting, counting: Counting): Step {
    let names: readonly string[] = []
    const fn = new TracedFunction((...leaves: Tensor[]) => {
      const given = this.host.step(kind, batch, leaves, setting)
      const { metricEntries: entries } = this.host
      const own = ownLogs(
        given,
        entries.map(({ name }) => name),
        kind,
      )
      const logs = own
        ? Object.entries(own)
        : counting === 'alone'
          ? entries.map(({ name, metric }) => [name, metric.result()] as const)
          : []
      names = logs.map(([name]) => name)
      return logs.map(([, value]) => value)
    }, batch.specs)
    return { fn, names }
  }
}

const sameSpecs = (a: readonly Spec[], b: readonly Spec[]): boolean =>
  a.length === b.length && a.every(({ dtype, shape }, i) => dtype === b[i]!.dtype && sameShape(shape, b[i]!.shape))

const namedLogs = (names: readonly string[], values: readonly HostData[]): Logs =>
  Object.fromEntries(names.map((name, i) => [name, logValue(values[i]!)]))

/** What a step reports that the metrics do not. */
function ownLogs(logs: StepLogs, metricNames: readonly string[], kind: StepKind): StepLogs {
  if (logs === undefined) return undefined
  const right =
    typeof logs === 'object' && logs !== null && !(logs instanceof Tensor) && Object.values(logs).every((value) => value instanceof Tensor)
  check(right, 'BAD_ARGUMENT', () => `${kind}Step must return an object of tensors, as { loss }, or nothing; not ${showValue(logs)}`)
  const areMetrics = Object.values(logs).every((value) => measured.has(value)) && sameNames(Object.keys(logs), metricNames)
  return areMetrics ? undefined : logs
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean => [...new Set(a)].sort().join() === [...new Set(b)].sort().join()

/** A metric of several values is logged as an array of them. */
const logValue = (values: HostData): number => (values.length === 1 ? values[0]! : Array.from(values)) as number

const sorted = (logs: Logs): Logs =>
  Object.fromEntries(
    Object.keys(logs)
      .sort()
      .map((name) => [name, logs[name]!]),
  )
