// History: what fit returns.
import { nth } from '../util/lists'
import { INSPECT, showNumber } from '../util/looks'
import { Callback, type Logs } from './callback'

/** A list of values for each name, one for every epoch. */
export type Curves = { [name: string]: number[] } & { loss: number[] }

/** Loss and metrics of every epoch. See keras.callbacks.History. */
export class History extends Callback {
  /** The epochs' numbers, from 0. */
  readonly epoch: number[] = []
  /** A list for each name, `val_…` for validation. */
  readonly history = {} as Curves

  onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch)
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value)
  }

  /** What a file or a chart needs, without the model. */
  toJSON(): { epoch: number[]; history: Curves } {
    return { epoch: this.epoch, history: this.history }
  }

  /** For console.log: the curves by their last values. */
  [INSPECT](): string {
    const last = Object.entries(this.history).map(([name, values]) => `${name} ${showNumber(nth(values, -1))}`)
    return `History of ${this.epoch.length} epoch${this.epoch.length === 1 ? '' : 's'}${last.length ? `: ${last.join(', ')}` : ''}`
  }
}
