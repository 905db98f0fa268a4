// The steps of a model at work: each traced once for a structure and the shapes of a batch, with the metrics of the call that runs it.
import { Tensor, type HostData } from '../graph/node'
import type { Storage } from '../graph/storage'
import type { Logs } from '../callbacks/callback'
import type { Metric } from '../metrics/index'
import { readContents } from '../runtime/runs'
import { evaluate, writeContents } from '../runtime/turns'
import { TracedFunction } from '../transform'
import { Lru } from '../util/lru'
import { showShape } from '../util/shape'
import { check, showValue } from '../util/errors'
import { ofSample } from './advice'
import type { Batch } from './data'

/** What a step reports: scalars by name; nothing where the model's metrics say it all. */
export type StepLogs = { readonly [name: string]: Tensor } | undefined | void

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

export class Steps {
  private readonly traced = new Lru<string, TracedFunction<StepLogs>>(KEPT_STEPS, (step) => step.free())
  /** Whose counts the metrics' variables hold now. */
  private holder: MetricState | undefined
  private last: Promise<unknown> | undefined

  /** Training steps that were taken. */
  trained = 0

  constructor(private readonly host: StepHost) {}

  /** Runs one step when its turn comes; its metrics are added to a call's own. */
  run(kind: StepKind, batch: Batch, setting: StepSetting, state: MetricState): Promise<void> {
    return this.inTurn(async () => {
      const step = this.stepFor(kind, batch, setting)
      this.take(state)
      const logs = await step.run(batch.feeds).catch((error: unknown) => {
        throw ofSample(error, batch, this.host.lastLayerName)
      })
      if (kind === 'train') this.trained++
      if (logs) state.reported = Object.fromEntries(Object.entries(logs).map(([name, value]) => [name, logValue(value.value!)]))
    })
  }

  /** Loss and metrics of a call so far, sorted by name. */
  async logs(state: MetricState): Promise<Logs> {
    const { metricEntries: entries } = this.host
    const names = entries.map(({ name }) => name)
    if (state.reported) return sorted(state.reported)
    const results = await this.inTurn(async () => {
      this.take(state)
      return evaluate(entries.map(({ metric }) => metric.result()))
    })
    return sorted(Object.fromEntries(names.map((name, i) => [name, logValue(results[i]!)])))
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

  /** Puts a call's counts in place; those of another call that is under way are kept for it. */
  private take(state: MetricState): void {
    if (this.holder === state) return
    const metrics = this.host.metricEntries.map(({ metric }) => metric)
    const storages = metrics.flatMap(({ variables }) => variables.map(({ storage }) => storage))
    const { holder } = this
    if (holder && !holder.over) for (const storage of storages) holder.saved.set(storage, readContents(storage))
    this.holder = state
    for (const metric of metrics) metric.reset()
    for (const [storage, contents] of state.saved) writeContents(storage, contents)
    state.saved.clear()
  }

  private stepFor(kind: StepKind, batch: Batch, setting: StepSetting): TracedFunction<StepLogs> {
    const shapes = batch.specs.map(({ shape, dtype }) => dtype + showShape(shape)).join()
    const weights = setting.classWeight ? JSON.stringify(setting.classWeight) : ''
    this.host.prepareStep(kind, batch)
    return this.traced.take(
      `${kind} ${batch.layout.key} ${shapes} ${weights} ${this.host.structureKey}`,
      () => new TracedFunction((...leaves: Tensor[]) => this.trace(kind, batch, leaves, setting), batch.specs),
    )
  }

  private trace(kind: StepKind, batch: Batch, leaves: readonly Tensor[], setting: StepSetting): StepLogs {
    const logs = this.host.step(kind, batch, leaves, setting)
    return ownLogs(
      logs,
      this.host.metricEntries.map(({ name }) => name),
      kind,
    )
  }
}

/** What a step reports that the metrics do not. */
function ownLogs(logs: StepLogs, metricNames: readonly string[], kind: StepKind): StepLogs {
  if (logs === undefined) return undefined
  const right =
    typeof logs === 'object' && logs !== null && !(logs instanceof Tensor) && Object.values(logs).every((value) => value instanceof Tensor)
  check(right, 'BAD_ARGUMENT', () => `${kind}Step must return an object of tensors, as { loss }, or nothing; not ${showValue(logs)}`)
  return sameNames(Object.keys(logs), metricNames) ? undefined : logs
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
