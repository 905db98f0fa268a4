// fit: epochs of steps, with validation and callbacks between them.
import { Callback, CallbackList, type CallbackHooks, type Logs, type Trained } from '../callbacks/callback'
import { History } from '../callbacks/history'
import { ProgbarLogger } from '../callbacks/progress'
import type { Resume } from '../callbacks/resume'
import type { HostData } from '../graph/dtypes'
import { check } from '../util/errors'
import { makeRandom } from '../util/shuffle'
import { orAborted, throwIfAborted } from '../util/turn'
import { EpochWalk } from './epochs'
import { evaluateSource } from './evaluate'
import type { Batch } from './data'
import type { HeldFit } from './options'
import { openCheckpoint, type Checkpoint, type Position, type TrainingParts } from './resume'
import type { Source } from './sources'
import { MetricState, type Steps } from './steps'

/** What the loop needs of its model. */
export type Trainee = Trained & TrainingParts['model'] & TraineeSteps

interface TraineeSteps {
  readonly steps: Steps
  /** The batch of the last training step. */
  lastBatch: Batch | undefined
  /** The batch as a step takes it. */
  padded(batch: Batch): Batch
  /** Training has ended well: what the optimizer still has to do to the weights. */
  finishTraining(): void
}

export interface FitPlan {
  readonly training: Source
  readonly validation: Source | undefined
  readonly options: HeldFit
  /** Begins the order of samples. */
  readonly seed: number | undefined
}

/** Trains for the epochs asked for. Sources are closed in the end, whatever happens. */
export async function runFit(model: Trainee, plan: FitPlan): Promise<History> {
  const loop = new FitLoop(model, plan)
  let failed = true
  try {
    const history = await loop.run()
    failed = false
    return history
  } finally {
    await loop.close(failed)
  }
}

class FitLoop {
  private readonly history = new History()
  private readonly callbacks: CallbackList
  private readonly bar: ProgbarLogger | undefined
  private readonly walk: EpochWalk
  private readonly wantsBatches: boolean
  private readonly resume: Resume | undefined
  private state = new MetricState()
  private checkpoint: Checkpoint | undefined
  /** What the metrics had counted in the epoch that was cut off. */
  private counts: readonly HostData[] | undefined
  /** Steps of this fit. */
  private taken = 0

  constructor(
    private readonly model: Trainee,
    private readonly plan: FitPlan,
  ) {
    const { training, options, seed } = plan
    const { stepsPerEpoch, verbose, epochs, callbacks, signal } = options
    const steps = stepsPerEpoch ?? training.count
    const own = callbacks.find((each) => each instanceof ProgbarLogger)
    this.bar = own ?? (verbose ? new ProgbarLogger() : undefined)
    this.callbacks = new CallbackList([...callbacks, this.history, ...(this.bar && !own ? [this.bar] : [])])
    this.wantsBatches = new CallbackList(callbacks.filter((each) => each !== own)).has('onBatchEnd', 'onTrainBatchEnd')
    this.resume =
      options.resume ?? callbacks.find((each): each is Callback => each instanceof Callback && each.resume !== undefined)?.resume
    const random = seed === undefined ? undefined : makeRandom(seed)
    this.walk = new EpochWalk(training, { steps: stepsPerEpoch, random, signal, what: 'fit' })
    this.callbacks.introduce(model, { epochs, steps, verbose })
  }

  async run(): Promise<History> {
    const { epochs, initialEpoch, signal } = this.plan.options
    this.model.stopTraining = false
    this.checkpoint = this.resume && (await openCheckpoint(this.resume, signal))
    const from = this.checkpoint?.position
    await this.tell('onTrainBegin', {})
    if (from) await this.goOn(from)
    let logs: Logs = {}
    let step = from?.step ?? 0
    for (let epoch = from?.epoch ?? initialEpoch; epoch < epochs && !this.model.stopTraining; epoch++, step = 0) {
      if (step === 0) await this.tell('onEpochBegin', epoch, {})
      else this.bar?.onEpochBegin(epoch) // the others were told
      logs = await this.epoch(epoch, epoch === epochs - 1, step)
      await this.tell('onEpochEnd', epoch, logs)
      await this.keep(epoch + 1, 0)
    }
    this.model.finishTraining()
    await this.tell('onTrainEnd', logs)
    await this.checkpoint?.end()
    return this.history
  }

  /** Takes over where an earlier training stood. The next batch tells what the model is built for. */
  private async goOn({ walk, stopped, epoch, step }: Position): Promise<void> {
    const { model, plan } = this
    const over = stopped || epoch >= plan.options.epochs
    this.walk.goOn(walk)
    const batch = over ? undefined : await this.walk.peek()
    if (batch) await model.steps.prepare('train', batch, plan.options)
    else this.buildWithoutData()
    const counts = this.checkpoint!.restore(this.parts())
    if (step > 0) this.counts = counts
    this.checkpoint!.restoreCallbacks(this.kept)
    model.stopTraining = stopped
  }

  private buildWithoutData(): void {
    const { name, built, optimizer, trainableWeights } = this.model
    check(
      built,
      'NOT_BUILT',
      () => `${name}: there is a checkpoint of a training that has ended, and no weights to put it in; give the first layer an inputShape`,
    )
    optimizer.build(trainableWeights)
  }

  private async keep(epoch: number, step: number): Promise<void> {
    const { stopTraining: stopped } = this.model
    await this.checkpoint?.save({ epoch, step, walk: this.walk.state, stopped }, { ...this.parts(), ...(step === 0 && { metrics: [] }) })
  }

  /** Callbacks whose state counts. The history is of this fit alone. */
  private get kept(): readonly CallbackHooks[] {
    return this.callbacks.list.filter((callback) => callback !== this.bar && callback !== this.history)
  }

  private parts(): TrainingParts {
    const { training, options } = this.plan
    const { model, state } = this
    return {
      model,
      callbacks: this.kept,
      metrics: model.steps.counts(state),
      data: { batches: training.count, samples: training.samples, shuffled: options.shuffle },
    }
  }

  close(failed: boolean): Promise<void> {
    this.state.over = true
    return this.walk.close(failed)
  }

  /** @param from the step at which an earlier training stood */
  private async epoch(epoch: number, last: boolean, from: number): Promise<Logs> {
    const { steps } = this.model
    const { options } = this.plan
    this.state.over = true
    this.state = new MetricState()
    if (this.counts) steps.setCounts(this.state, this.counts)
    this.counts = undefined
    let step = from
    for await (const batch of this.walk.epoch(last, from)) {
      throwIfAborted(options.signal, 'fit')
      this.model.lastBatch = batch
      await this.beginBatch(step)
      await steps.run('train', this.model.padded(batch), options, this.state)
      await this.endBatch(step++)
      if (this.model.stopTraining) break
      if (this.resume?.saveFreq && ++this.taken % this.resume.saveFreq === 0) await this.keep(epoch, step)
    }
    throwIfAborted(options.signal, 'fit')
    return this.withValidation(epoch, await steps.logs(this.state))
  }

  private async beginBatch(step: number): Promise<void> {
    await this.tell('onBatchBegin', step, {})
    await this.tell('onTrainBatchBegin', step, {})
  }

  private async endBatch(step: number): Promise<void> {
    const logs = this.wantsBatches || this.bar?.wantsBatches ? await this.model.steps.logs(this.state) : {}
    await this.tell('onBatchEnd', step, logs)
    await this.tell('onTrainBatchEnd', step, logs)
  }

  /** Logs in the order of their names, as Keras has them. */
  private async withValidation(epoch: number, logs: Logs): Promise<Logs> {
    const {
      validation,
      options: { validationFreq, validationSteps, signal },
    } = this.plan
    if (!validation || (epoch + 1) % validationFreq !== 0) return logs
    const found = await evaluateSource(this.model, validation, {
      steps: validationSteps,
      signal,
      callbacks: this.callbacks,
      what: 'validation',
    })
    const all: Logs = { ...logs, ...Object.fromEntries(Object.entries(found).map(([name, value]) => [`val_${name}`, value])) }
    return Object.fromEntries(
      Object.keys(all)
        .sort()
        .map((name) => [name, all[name]!]),
    )
  }

  /** Tells callbacks; one that never answers does not keep fit from being aborted. */
  private tell: CallbackList['tell'] = (hook, ...args) => {
    const told = this.callbacks.tell(hook, ...args)
    return told && orAborted(told, 'fit', this.plan.options.signal)
  }
}
