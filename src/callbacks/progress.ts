// Progress in Keras's form: a live bar on a terminal, one plain line an epoch elsewhere.
import { processLike } from '../util/env'
import { Callback, type Logs } from './callback'

const BAR = 20
/** Shortest time between two pictures of the bar, in ms. */
const REDRAW = 100

export const showLogs = (logs: Logs): string =>
  Object.entries(logs).map(([name, value]) => `${name}: ${showNumber(value)}`).join(' - ')

const showNumber = (value: number): string => (Number.isFinite(value) && value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) ? value.toExponential(4) : value.toFixed(4))

const showTime = (ms: number): string => (ms < 1 ? `${Math.round(ms * 1000)}us` : ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(0)}s`)

/** Verbose 1: a bar where there is a terminal; 2, or no terminal: a line for each epoch. */
export class ProgressBar extends Callback {
  private begun = 0
  private drawn = 0
  private batches = 0
  private readonly terminal = processLike()?.stdout
  private readonly live: boolean

  constructor(verbose: 1 | 2, private readonly epochs: number, private readonly steps: number | undefined) {
    super()
    this.live = verbose === 1 && this.terminal?.isTTY === true
  }

  /** Whether logs of every batch are of use now. */
  get wantsBatches(): boolean {
    return this.live && performance.now() - this.drawn >= REDRAW
  }

  onEpochBegin(epoch: number): void {
    this.begun = performance.now()
    this.drawn = 0
    this.batches = 0
    if (this.live) this.terminal!.write(`Epoch ${epoch + 1}/${this.epochs}\n`)
  }

  onBatchEnd(batch: number, logs: Logs): void {
    this.batches = batch + 1
    if (!this.wantsBatches || Object.keys(logs).length === 0) return
    this.drawn = performance.now()
    this.draw(logs, false)
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    const seconds = Math.round((performance.now() - this.begun) / 1000)
    if (this.live) this.draw(logs, true)
    else console.log(`Epoch ${epoch + 1}/${this.epochs} - ${seconds}s - ${showLogs(logs)}`)
  }

  private draw(logs: Logs, done: boolean): void {
    const elapsed = performance.now() - this.begun
    const each = elapsed / Math.max(1, this.batches)
    const total = this.steps ?? (done ? this.batches : undefined)
    const filled = total ? Math.round((BAR * this.batches) / total) : 0
    const bar = `\x1b[32m${'━'.repeat(filled)}\x1b[37m${'━'.repeat(BAR - filled)}\x1b[0m`
    const time = done ? `${Math.round(elapsed / 1000)}s ${showTime(each)}/step` : `${total ? `${Math.round((each * (total - this.batches)) / 1000)}s ` : ''}${showTime(each)}/step`
    const width = Math.max(20, (this.terminal!.columns || 80) + bar.length - BAR - 1)
    const line = `${this.batches}/${total ?? '?'} ${bar} ${time} - ${showLogs(logs)}`
    this.terminal!.write(`\r${done ? line : line.slice(0, width)}\x1b[K${done ? '\n' : ''}`) // only what is drawn over must fit one row
  }
}
