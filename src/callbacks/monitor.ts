// What watches one value of the logs and knows which way is better.
import { CornusError } from '../util/errors'
import { warnOnce } from '../util/env'
import { choice, nullable, number, optional, text } from '../util/options'
import { Callback, type Logs } from './callback'

/** Options of every callback that watches a value. */
export const monitorOptions = {
  /** The key in the logs. Default 'val_loss'. */
  monitor: optional(text, 'val_loss'),
  /** Which way is better; 'auto' asks the metric. Default 'auto'. */
  mode: optional(choice('auto', 'min', 'max'), 'auto'),
}

/** A number, or null where there is none. */
export const maybeNumber = optional(nullable(number()), null)

export abstract class Monitor extends Callback {
  protected best: number | null = null
  private sign: 1 | -1 | undefined

  constructor(
    protected readonly monitor: string,
    private readonly mode: 'auto' | 'min' | 'max',
    private readonly minDelta: number,
  ) {
    super()
  }

  /** The watched value; undefined, with a warning, where the logs have none. */
  protected current(logs: Logs): number | undefined {
    const value = logs[this.monitor]
    if (typeof value !== 'number')
      warnOnce(
        `${this.constructor.name} watches '${this.monitor}', which the logs do not have as one number; ` +
          `they have ${Object.keys(logs).join(', ')}`,
      )
    return typeof value === 'number' ? value : undefined
  }

  protected improves(value: number, than: number | null): boolean {
    if (than === null) return true
    this.sign ??= this.direction()
    return this.sign * (value - than) > this.minDelta
  }

  private direction(): 1 | -1 {
    if (this.mode !== 'auto') return this.mode === 'max' ? 1 : -1
    const name = this.monitor.replace(/^val_/, '')
    if (name === 'loss') return -1
    const metric = this.model?.metricEntries.find((entry) => entry.name === name)?.metric
    if (metric?.direction) return metric.direction === 'up' ? 1 : -1
    if (name.endsWith('_loss')) return -1
    throw new CornusError(
      'BAD_ARGUMENT',
      `${this.constructor.name}: it is not known whether '${this.monitor}' should go up or down; give mode: 'max' or mode: 'min'`,
    )
  }
}
