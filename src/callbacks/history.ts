// History: what fit returns.
import { Callback, type Logs } from './callback'

/** Loss and metrics of every epoch. See keras.callbacks.History. */
export class History extends Callback {
  /** The epochs' numbers, from 0. */
  readonly epoch: number[] = []
  /** A list for each name, `val_…` for validation. */
  readonly history: { [name: string]: number[] } = {}

  onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch)
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value)
  }
}
