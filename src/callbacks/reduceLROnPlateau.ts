// ReduceLROnPlateau: a smaller learning rate when a value stops getting better.
import { CornusError } from '../util/errors'
import { integer, number, optional, readOptions, type Given, type Held } from '../util/options'
import type { Logs } from './callback'
import { Monitor, monitorOptions } from './monitor'

const options = {
  ...monitorOptions,
  /** The rate is multiplied by this. Default 0.1. */
  factor: optional(number(0), 0.1),
  /** Epochs without improvement before. Default 10. */
  patience: optional(integer(0), 10),
  /** 1: says so. Default 0. */
  verbose: optional(integer(0, 1), 0),
  /** What counts as better: more than this. Default 0.0001. */
  minDelta: optional(number(0), 0.0001),
  /** Epochs after a reduction in which none are counted. Default 0. */
  cooldown: optional(integer(0), 0),
  /** The least rate. Default 0. */
  minLr: optional(number(0), 0),
}

export interface ReduceLROnPlateauOptions extends Given<typeof options> {}

/** See keras.callbacks.ReduceLROnPlateau. The logs get the rate as `learning_rate`. */
export class ReduceLROnPlateau extends Monitor {
  private readonly options: Held<typeof options>
  private wait = 0
  private rest = 0

  constructor(given?: ReduceLROnPlateauOptions) {
    const held = readOptions(options, given, 'reduceLROnPlateau')
    super(held.monitor, held.mode, held.minDelta)
    if (held.factor >= 1) throw new CornusError('BAD_ARGUMENT', `reduceLROnPlateau: factor must be below 1, not ${held.factor}`)
    this.options = held
  }

  onTrainBegin(): void {
    this.best = null
    this.wait = 0
    this.rest = 0
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    logs.learning_rate = this.model!.optimizer.learningRate
    const value = this.current(logs)
    if (value === undefined) return
    if (this.rest > 0) {
      this.rest--
      this.wait = 0
    }
    if (this.improves(value, this.best)) {
      this.best = value
      this.wait = 0
    } else if (this.rest === 0 && ++this.wait >= this.options.patience) this.reduce(epoch)
  }

  private reduce(epoch: number): void {
    const { factor, minLr, cooldown, verbose } = this.options
    const { optimizer } = this.model!
    if (optimizer.learningRate <= Math.fround(minLr)) return
    const rate = Math.max(optimizer.learningRate * factor, minLr)
    optimizer.learningRate = rate
    if (verbose) console.log(`Epoch ${epoch + 1}: the learning rate is now ${rate}`)
    this.rest = cooldown
    this.wait = 0
  }
}
