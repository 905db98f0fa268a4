// The way through a source, epoch after epoch.
import { check, CornusError } from '../util/errors'
import { orAborted } from '../util/turn'
import type { Random } from '../util/shuffle'
import { warnOnce } from '../util/env'
import type { Batch } from './data'
import type { BatchStream, Source } from './sources'

export interface WalkOptions {
  /** Batches of an epoch; the next epoch goes on behind them. Without it an epoch goes from beginning to end. */
  readonly steps: number | undefined
  /** Gives orders of the samples, where they are wanted. */
  readonly random?: Random | undefined
  readonly signal: AbortSignal | undefined
  /** For messages: 'fit', 'evaluate'. */
  readonly what: string
}

/** How far a walk has come. */
export interface WalkState {
  /** What the order of the samples under way was drawn from. */
  readonly random: number | null
  /** Batches taken since the data began, or since their last new order. */
  readonly batches: number
  readonly epochs: number
}

/** Walks through a source; `close` must be called in the end, whatever happened. */
export class EpochWalk {
  private stream: BatchStream | undefined
  private epochs = 0
  /** Batches taken from the stream, and what its order was drawn from. */
  private taken = 0
  private drawnFrom: number | null = null
  /** Batches that an earlier walk has taken. */
  private toSkip = 0
  private ahead: Batch | undefined

  constructor(
    private readonly source: Source,
    private readonly options: WalkOptions,
  ) {}

  /** Where it stands, for a walk to come. */
  get state(): WalkState {
    const { random } = this.options
    return { random: this.stream ? this.drawnFrom : (random?.state ?? null), batches: this.stream ? this.taken : 0, epochs: this.epochs }
  }

  /** Goes on where another walk through the same data stood. */
  goOn({ random, batches, epochs }: WalkState): void {
    if (this.options.random && random !== null) this.options.random.state = random
    this.toSkip = batches
    this.epochs = epochs
  }

  /** The batches of the next epoch, from one of its steps on; `last` if no other epoch follows. */
  async *epoch(last: boolean, from = 0): AsyncGenerator<Batch, void, undefined> {
    const { steps, what } = this.options
    const most = steps ?? Infinity
    let step = from
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

  /** The batch that comes next, if there is one; it stays the next one. */
  async peek(): Promise<Batch | undefined> {
    this.ahead = (await this.next(true)) ?? (this.source.restarts ? await this.next(true) : undefined)
    return this.ahead
  }

  private async next(more: boolean): Promise<Batch | undefined> {
    const { ahead } = this
    this.ahead = undefined
    if (ahead) return ahead
    const { signal, what } = this.options
    const stream = (this.stream ??= this.open())
    for (; this.toSkip > 0; this.toSkip--) await orAborted(this.skip(stream), what, signal)
    const batch = await orAborted(stream.next(more), what, signal)
    if (batch) this.taken++
    else this.stream = undefined
    return batch
  }

  private open(): BatchStream {
    const { random } = this.options
    this.drawnFrom = random?.state ?? null
    this.taken = 0
    return this.source.open(random)
  }

  private async skip(stream: BatchStream): Promise<void> {
    const skipped = await stream.next(true)
    if (!skipped)
      throw new CornusError('BAD_DATA', `fit: the data end before the batch where the training was cut off; they must be the same as then`)
    this.taken++
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
