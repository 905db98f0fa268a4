// The way through a source, epoch after epoch.
import { check, CornusError } from '../util/errors'
import { orAborted } from '../util/turn'
import { warnOnce } from '../util/env'
import type { Batch } from './data'
import type { BatchStream, Source } from './sources'

export interface WalkOptions {
  /** Batches of an epoch; the next epoch goes on behind them. Without it an epoch goes from beginning to end. */
  readonly steps: number | undefined
  /** Gives orders of the samples, where they are wanted. */
  readonly random?: (() => number) | undefined
  readonly signal: AbortSignal | undefined
  /** For messages: 'fit', 'evaluate'. */
  readonly what: string
}

/** Walks through a source; `close` must be called in the end, whatever happened. */
export class EpochWalk {
  private stream: BatchStream | undefined
  private epochs = 0

  constructor(
    private readonly source: Source,
    private readonly options: WalkOptions,
  ) {}

  /** The batches of the next epoch; `last` if no other follows. */
  async *epoch(last: boolean): AsyncGenerator<Batch, void, undefined> {
    const { steps, what } = this.options
    const most = steps ?? Infinity
    let step = 0
    while (step < most) {
      const more = step < most - 1 || !last
      const batch = (await this.next(more)) ?? (step === 0 && this.canBeginAgain(steps) ? await this.next(more) : undefined)
      if (!batch) break
      step++
      yield batch
    }
    check(
      step > 0,
      'BAD_DATA',
      () =>
        `${what} got no batches` +
        (this.epochs > 0
          ? ' in a later epoch: an iterator can be walked through only once; ' +
            'give a generator function, or an object that makes a new iterator'
          : ''),
    )
    this.epochs++
    if (steps !== undefined && step < steps) this.ranOut(step, steps)
  }

  /** Goes past an epoch that an earlier training has seen. */
  async skipEpoch(): Promise<void> {
    const batches = this.epoch(false)
    while (!(await batches.next()).done);
  }

  private next(more: boolean): Promise<Batch | undefined> {
    const { random, signal, what } = this.options
    this.stream ??= this.source.open(random)
    return orAborted(this.stream.next(more), what, signal).then(async (batch) => {
      if (!batch) this.stream = undefined
      return batch
    })
  }

  /** Where an epoch may end with the data, the next one begins with them. */
  private canBeginAgain(steps: number | undefined): boolean {
    return steps !== undefined && this.epochs > 0 && this.source.restarts
  }

  private ranOut(step: number, steps: number): void {
    const { what } = this.options
    const message = `${what}: the data ended after ${step} of ${steps} steps`
    if (!this.source.restarts)
      throw new CornusError('BAD_DATA', `${message}; an iterator must give as many batches as the steps of all epochs together`)
    warnOnce(`${message} of an epoch; the next begins with the first batch again`)
  }

  /** Gives the iterator up: it is closed, unless it is the caller's and may be walked on. Does not wait longer than the signal allows. */
  async close(failed: boolean): Promise<void> {
    const closing = this.stream?.close(failed)
    this.stream = undefined
    if (failed)
      closing?.catch(() => undefined) // it may never answer, and the first error counts
    else await closing
  }
}
