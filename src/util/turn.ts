// Turns: what must not overlap goes one after the other.
import { CornusError } from './errors'

/**
 * One job at a time, in the order in which they came; a job that fails does not stop those behind it. For state that calls share (a model's
 * metrics during
 * `evaluate`): a call that makes state of its own needs no turn. A job must not wait for another turn of the same object.
 */
export class Turns {
  private last: Promise<unknown> = Promise.resolve()

  /** Does the job when its turn comes; with a signal the wait ends as soon as that is aborted, and the job is never begun. */
  take<T>(what: string, job: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.last
    const turn = (async () => {
      await orAborted(before, what, signal)
      return job()
    })()
    this.last = Promise.allSettled([before, turn])
    return turn
  }
}

/** Throws ABORTED if the signal says so. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw aborted(signal, what)
}

/** The error that a call ends with when its signal is aborted. */
export const aborted = (signal: AbortSignal, what: string): CornusError =>
  new CornusError('ABORTED', `${what} was aborted${signal.reason instanceof Error ? `: ${signal.reason.message}` : ''}`, {
    cause: signal.reason,
  })

/** A promise's value, or ABORTED as soon as the signal says so, whatever the promise does then. */
export async function orAborted<T>(promise: PromiseLike<T> | T, what: string, signal: AbortSignal | undefined): Promise<T> {
  throwIfAborted(signal, what)
  if (!signal) return promise
  let stop = () => {}
  const end = new Promise<never>((_, reject) => {
    stop = () => reject(aborted(signal, what))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, end])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
