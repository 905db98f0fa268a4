// EarlyStopping: ends the training when a value stops getting better.
import type { Tensor } from '../graph/node'
import { flag, integer, number, optional, readOptions, type Given, type Held } from '../util/options'
import type { Logs } from './callback'
import { maybeNumber, Monitor, monitorOptions } from './monitor'

const options = {
  ...monitorOptions,
  /** What counts as better: more than this. Default 0. */
  minDelta: optional(number(0), 0),
  /** Epochs without improvement before the end. Default 0. */
  patience: optional(integer(0), 0),
  /** 1: says when it stops. Default 0. */
  verbose: optional(integer(0, 1), 0),
  /** The value that must be reached for an improvement to count. */
  baseline: maybeNumber,
  /** Puts the weights of the best epoch back. Default false. */
  restoreBestWeights: optional(flag, false),
  /** Epochs before it begins to watch. Default 0. */
  startFromEpoch: optional(integer(0), 0),
}

export interface EarlyStoppingOptions extends Given<typeof options> {}

/** See keras.callbacks.EarlyStopping. */
export class EarlyStopping extends Monitor {
  /** Epoch, from 0, after which training ended; 0 where it did not. */
  stoppedEpoch = 0
  bestEpoch = 0
  private wait = 0
  private weights: Tensor[] | undefined
  private readonly options: Held<typeof options>

  constructor(given?: EarlyStoppingOptions) {
    const held = readOptions(options, given, 'earlyStopping')
    super(held.monitor, held.mode, held.minDelta)
    this.options = held
  }

  onTrainBegin(): void {
    this.wait = 0
    this.stoppedEpoch = 0
    this.best = null
    this.weights = undefined
    this.bestEpoch = 0
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    const { startFromEpoch, restoreBestWeights, baseline, patience } = this.options
    const value = this.current(logs)
    if (value === undefined || epoch < startFromEpoch) return
    if (restoreBestWeights && !this.weights) this.keep(epoch)
    this.wait++
    if (this.improves(value, this.best)) {
      this.best = value
      this.bestEpoch = epoch
      if (restoreBestWeights) this.keep(epoch)
      if (baseline === null || this.improves(value, baseline)) this.wait = 0
    } else if (this.wait >= patience && epoch > 0) {
      this.stoppedEpoch = epoch
      this.model!.stopTraining = true
    }
  }

  onTrainEnd(): void {
    const { verbose } = this.options
    if (this.stoppedEpoch > 0 && verbose) console.log(`Epoch ${this.stoppedEpoch + 1}: early stopping`)
    if (!this.weights) return
    if (verbose) console.log(`Restoring the weights of the best epoch: ${this.bestEpoch + 1}`)
    this.model!.setWeights(this.weights)
  }

  private keep(epoch: number): void {
    this.weights = this.model!.getWeights()
    this.bestEpoch = epoch
  }
}
