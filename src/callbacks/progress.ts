// Progress in Keras's form: a live bar on a terminal, one plain line an epoch elsewhere.
import { colourful, processLike } from '../util/env'
import { showNumber } from '../util/looks'
import { Callback, type Logs } from './callback'

const BAR = 20
/** Shortest time between two pictures of the bar, in ms. */
const REDRAW = 100

export const showLogs = (logs: Logs): string =>
  Object.entries(logs)
    .map(([name, value]) => `${name}: ${showNumber(value)}`)
    .join(' - ')

const showTime = (ms: number): string =>
  ms < 1 ? `${Math.round(ms * 1000)}us` : ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(0)}s`

/**
 * Progress as the verbosity of the call says: 1, a bar where there is a terminal; 2, or no terminal, a line for each epoch; 0, nothing. fit
 * adds it by itself. See keras.callbacks.ProgbarLogger.
 */
export class ProgbarLogger extends Callback {
  private begun = 0
  private drawn = 0
  private batches = 0
  private inFit = false
  private readonly terminal = processLike()?.stdout

  private get live(): boolean {
    return this.params.verbose === 1 && this.terminal?.isTTY === true
  }

  /** Whether logs of every batch are of use now. */
  get wantsBatches(): boolean {
    return this.live && performance.now() - this.drawn >= REDRAW
  }

  onTrainBegin(): void {
    this.inFit = true
  }

  onTrainEnd(): void {
    this.inFit = false
  }

  onEpochBegin(epoch: number): void {
    this.begin()
    if (this.live) this.terminal!.write(`Epoch ${epoch + 1}/${this.params.epochs}\n`)
  }

  onTrainBatchEnd(batch: number, logs: Logs): void {
    this.count(batch, logs)
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    this.finish(`Epoch ${epoch + 1}/${this.params.epochs} - `, logs)
  }

  onTestBegin(): void {
    if (!this.inFit) this.begin()
  }

  onTestBatchEnd(batch: number, logs: Logs): void {
    if (!this.inFit) this.count(batch, logs)
  }

  onTestEnd(logs: Logs): void {
    if (!this.inFit) this.finish('', logs)
  }

  private begin(): void {
    this.begun = performance.now()
    this.drawn = 0
    this.batches = 0
  }

  private count(batch: number, logs: Logs): void {
    this.batches = batch + 1
    if (!this.wantsBatches || Object.keys(logs).length === 0) return
    this.drawn = performance.now()
    this.draw(logs, false)
  }

  private finish(title: string, logs: Logs): void {
    const seconds = Math.round((performance.now() - this.begun) / 1000)
    if (this.live) this.draw(logs, true)
    else if (this.params.verbose) console.log(`${title}${seconds}s - ${showLogs(logs)}`)
  }

  private draw(logs: Logs, done: boolean): void {
    const elapsed = performance.now() - this.begun
    const each = elapsed / Math.max(1, this.batches)
    const total = this.params.steps ?? (done ? this.batches : undefined)
    const left = total ? `${Math.round((each * (total - this.batches)) / 1000)}s ` : ''
    const parts = {
      count: `${this.batches}/${total ?? '?'}`,
      bar: drawBar(total ? this.batches / total : 0),
      time: `${done ? `${Math.round(elapsed / 1000)}s ` : left}${showTime(each)}/step`,
      logs: Object.entries(logs).map(([name, value]) => `${name}: ${showNumber(value)}`),
    }
    this.terminal!.write(`\r${fitLine(parts, (this.terminal!.columns || 80) - 1)}\x1b[K${done ? '\n' : ''}`)
  }
}

interface LineParts {
  readonly count: string
  readonly bar: string
  readonly time: string
  readonly logs: readonly string[]
}

/** One line of at most so many columns: bar, time, count and metrics give way in this order, the loss last. */
export function fitLine({ count, bar, time, logs }: LineParts, columns: number): string {
  const [loss = '', ...metrics] = logs
  const heads = [[count, bar, time], [count, time], [count]].map((head) => head.join(' '))
  const tails = metrics
    .map((_, i) => metrics.slice(0, metrics.length - i))
    .concat([[]])
    .map((some) => [loss, ...some].join(' - '))
  const lines = [...heads.map((head) => `${head} - ${tails[0]}`), ...tails]
  return lines.find((line) => columnsOf(line) <= columns) ?? loss.slice(0, columns)
}

/** Columns that a text takes on a terminal, where colours take none. */
const columnsOf = (text: string): number => text.replace(/\p{Cc}\[\d+m/gu, '').length

function drawBar(share: number): string {
  const filled = Math.round(BAR * share)
  const [done, open] = ['━'.repeat(filled), (colourful() ? '━' : '─').repeat(BAR - filled)]
  return colourful() ? `\x1b[32m${done}\x1b[37m${open}\x1b[0m` : done + open
}
