// ModelCheckpoint: hands the model over to be kept, after epochs or batches, or whenever a value got better.
import { CornusError, showValue } from '../util/errors'
import { flag, integer, optional, readOptions, type Given, type Held, type Kind } from '../util/options'
import type { Logs, Trained } from './callback'
import { maybeNumber, Monitor, monitorOptions } from './monitor'

/** What a checkpoint is written by; `place` has epoch (from 1, as `{epoch}`), batch and logs filled in. */
export type SaveModel = (model: Trained, place: string) => void | Promise<void>

const saver: Kind<SaveModel> = {
  takes: 'a function (model, place) that keeps the model',
  save: () => null,
  read: (value, what) => {
    if (typeof value !== 'function')
      throw new CornusError('BAD_ARGUMENT', `${what} must be a function, as (model, place) => model.save(place), not ${showValue(value)}`)
    return value as SaveModel
  },
}

function saveIt(model: Trained, place: string): void | Promise<void> {
  return (model as Partial<Saved> & Trained).save?.(place)
}

/** What whole models have besides. */
interface Saved {
  save(place: string): Promise<void>
  saveWeights(place: string): Promise<void>
}

const options = {
  ...monitorOptions,
  /** Keeps the model, otherwise than model.save(place) does. */
  save: optional(saver, saveIt),
  /** Weights alone, by model.saveWeights(place). Default false. */
  saveWeightsOnly: optional(flag, false),
  /** Only where the value is the best so far. Default false. */
  saveBestOnly: optional(flag, false),
  /** After so many batches; 0: after each epoch. Default 0. */
  saveFreq: optional(integer(0), 0),
  /** What the value must be better than at first. */
  initialValueThreshold: maybeNumber,
  /** 1: says what it does. Default 0. */
  verbose: optional(integer(0, 1), 0),
}

export interface ModelCheckpointOptions extends Given<typeof options> {}

/** See keras.callbacks.ModelCheckpoint. Places take `{epoch}`, `{batch}` and names of the logs: 'model-{epoch:02d}-{val_loss:.2f}'. */
export class ModelCheckpoint extends Monitor {
  private readonly options: Held<typeof options>
  private epoch = 0
  private batches = 0

  constructor(
    private readonly place: string,
    given: ModelCheckpointOptions = {},
  ) {
    const held = readOptions(options, given, 'modelCheckpoint')
    super(held.monitor, held.mode, 0)
    if (typeof place !== 'string')
      throw new CornusError(
        'BAD_ARGUMENT',
        `modelCheckpoint: expected a place as first argument, as 'model-{epoch}.keras', not ${showValue(place)}`,
      )
    this.options = held
    this.best = held.initialValueThreshold
  }

  onEpochBegin(epoch: number): void {
    this.epoch = epoch
  }

  onTrainBatchEnd(batch: number, logs: Logs): void | Promise<void> {
    const { saveFreq } = this.options
    if (saveFreq && ++this.batches % saveFreq === 0) return this.keep(logs, batch)
  }

  onEpochEnd(epoch: number, logs: Logs): void | Promise<void> {
    this.epoch = epoch
    if (!this.options.saveFreq) return this.keep(logs)
  }

  private keep(logs: Logs, batch?: number): void | Promise<void> {
    const { saveBestOnly, save, saveWeightsOnly, verbose } = this.options
    const place = fillIn(this.place, { ...logs, epoch: this.epoch + 1, ...(batch !== undefined && { batch: batch + 1 }) })
    if (saveBestOnly) {
      const value = this.current(logs)
      if (value !== undefined && !this.improves(value, this.best)) return
      this.best = value ?? this.best
    }
    if (verbose) console.log(`Epoch ${this.epoch + 1}: saving the model to ${place}`)
    const model = this.model as Trained & Saved
    return saveWeightsOnly ? model.saveWeights(place) : save(model, place)
  }
}

/** '{epoch:02d}-{loss:.2f}' with the values. */
function fillIn(place: string, values: { readonly [name: string]: number }): string {
  return place.replace(/\{(\w+)(?::0?(\d*)(?:\.(\d+))?[df]?)?\}/g, (_, name: string, width = '', digits = '') => {
    const value = values[name]
    if (value === undefined)
      throw new CornusError(
        'BAD_ARGUMENT',
        `modelCheckpoint: the place '${place}' names ${name}, which is not known; known are ${Object.keys(values).join(', ')}`,
      )
    const shown = digits === '' ? String(value) : value.toFixed(Number(digits))
    return shown.padStart(Number(width), '0')
  })
}
