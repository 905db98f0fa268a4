// fit: epochs of steps, with validation and callbacks between them.
import { CallbackList, type Logs, type ResumePoint, type Trained } from '../callbacks/callback'
import { History } from '../callbacks/history'
import { ProgbarLogger } from '../callbacks/progress'
import { makeRandom } from '../util/shuffle'
import { orAborted, throwIfAborted } from '../util/turn'
import { EpochWalk } from './epochs'
import { evaluateSource } from './evaluate'
import type { Batch } from './data'
import type { HeldFit } from './options'
import { ArraySource, type Source } from './sources'
import { MetricState, type Steps } from './steps'

/** What the loop needs of its model. */
export interface Trainee extends Trained {
  readonly steps: Steps
  /** The batch of the last training step. */
  lastBatch: Batch | undefined
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
  private walk: EpochWalk
  private readonly wantsBatches: boolean
  private state = new MetricState()

  constructor(
    private readonly model: Trainee,
    private readonly plan: FitPlan,
  ) {
    const { training, options, seed } = plan
    const { stepsPerEpoch, verbose, epochs, callbacks } = options
    const steps = stepsPerEpoch ?? training.count
    const own = callbacks.find((each) => each instanceof ProgbarLogger)
    this.bar = own ?? (verbose ? new ProgbarLogger() : undefined)
    this.callbacks = new CallbackList([...callbacks, this.history, ...(this.bar && !own ? [this.bar] : [])])
    this.wantsBatches = new CallbackList(callbacks.filter((each) => each !== own)).has('onBatchEnd', 'onTrainBatchEnd')
    this.walk = this.walkFrom(seed)
    this.callbacks.introduce(model, { epochs, steps, verbose, seed })
  }

  private walkFrom(seed: number | undefined): EpochWalk {
    const { stepsPerEpoch, signal } = this.plan.options
    const random = seed === undefined ? undefined : makeRandom(seed)
    return new EpochWalk(this.plan.training, { steps: stepsPerEpoch, random, signal, what: 'fit' })
  }

  async run(): Promise<History> {
    const { epochs } = this.plan.options
    this.model.stopTraining = false
    this.model.resumeAt = undefined
    await this.tell('onTrainBegin', {})
    const begin = await this.begin()
    let logs: Logs = {}
    for (let { epoch, batch } = begin; epoch < epochs && !this.model.stopTraining; epoch++, batch = 0) {
      await this.tell('onEpochBegin', epoch, {})
      logs = await this.epoch(epoch, epoch === epochs - 1, batch)
      await this.tell('onEpochEnd', epoch, logs)
    }
    this.model.finishTraining()
    await this.tell('onTrainEnd', logs)
    return this.history
  }

  /** Where training begins: at its first epoch, or where a callback says that it was interrupted. */
  private async begin(): Promise<Pick<ResumePoint, 'epoch' | 'batch'>> {
    const { initialEpoch, stepsPerEpoch } = this.plan.options
    const { training } = this.plan
    const { resumeAt } = this.model
    if (!resumeAt) return { epoch: initialEpoch, batch: 0 }
    const steps = stepsPerEpoch ?? training.count ?? Infinity
    const [epoch, batch] = resumeAt.batch >= steps ? [resumeAt.epoch + 1, 0] : [resumeAt.epoch, resumeAt.batch]
    this.walk = this.walkFrom(resumeAt.seed)
    if (training instanceof ArraySource) for (let each = initialEpoch; each < epoch; each++) await this.walk.skipEpoch()
    return { epoch, batch }
  }

  close(failed: boolean): Promise<void> {
    this.state.over = true
    return this.walk.close(failed)
  }

  /** @param done batches of it that an earlier training has seen */
  private async epoch(epoch: number, last: boolean, done: number): Promise<Logs> {
    const { steps } = this.model
    this.state.over = true
    this.state = new MetricState()
    let step = 0
    for await (const batch of this.walk.epoch(last)) {
      throwIfAborted(this.plan.options.signal, 'fit')
      if (step < done) {
        step++
        continue
      }
      this.model.lastBatch = batch
      await this.beginBatch(step)
      await steps.run('train', batch, this.plan.options, this.state)
      await this.endBatch(step++)
      if (this.model.stopTraining) break
    }
    throwIfAborted(this.plan.options.signal, 'fit')
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
