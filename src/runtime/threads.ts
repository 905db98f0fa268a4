// When there is a pool, and when there is not: it starts with the first Program that repays it, and is given up for good when it fails.
import { coreCount, warnOnce } from '../util/env'
import { CornusError } from '../util/errors'
import { config } from './config'
import type { Machine, Program } from './machine'
import { Pool, whyNoThreads } from './pool'

/** A Program with less work (element steps, about 0.5 ms) runs on the calling thread: waking the others costs more. */
const POOL_FROM = 2_000_000

export class Threads {
  private pool: Pool | undefined
  private starting: Promise<void> | undefined
  private reason: string | undefined
  private stopping: Promise<void> = Promise.resolve()
  private resets = 0

  /** The pool for a Program, a promise while it starts, or nothing where the calling thread is to do it. */
  poolFor({ plan, machine }: Program): Pool | Promise<void> | undefined {
    if (!plan.parallel || plan.work < POOL_FROM || config.threads === 1 || config.debug >= 2 || this.reason) return undefined
    if (this.pool?.failed)
      this.end(this.pool.failed) // a worker ended while there was nothing to do
    else if (!this.pool) return (this.starting ??= this.start(machine))
    return this.pool
  }

  private async start(machine: Machine): Promise<void> {
    const { resets } = this
    try {
      await this.stopping
      const why = whyNoThreads(machine.memory.shared)
      if (why) throw new Error(why)
      const pool = await Pool.start(machine.module, machine.memory.wasm, config.threads)
      if (resets === this.resets) {
        this.pool = pool
      } else {
        // configured anew in the meantime
        this.stopping = pool.stop()
        await this.start(machine)
      }
    } catch (error) {
      this.fallBack(error instanceof Error ? error.message : String(error))
    } finally {
      this.starting = undefined
    }
  }

  private fallBack(reason: string): void {
    this.reason = reason
    warnOnce(`running on one thread: ${reason}`)
  }

  private end(reason: string): void {
    const { pool } = this
    this.pool = undefined
    this.fallBack(reason)
    if (pool) this.stopping = pool.stop()
  }

  /** Ends the pool, a thread of which was lost while it ran this Program; an error if variables may hold part of what it was to write. */
  giveUp({ plan }: Program): CornusError | undefined {
    const { pool } = this
    if (!pool) return undefined
    const harmless = pool.meetings <= plan.meetingsBeforeEffects
    const reason = pool.failed ?? 'a thread was lost'
    this.end(reason)
    if (harmless) return undefined
    return new CornusError(
      'INTERNAL',
      `a thread was lost (${reason}) while variables were being written, and they may hold part of a step; ` +
        'go on from weights that were saved before',
    )
  }

  /** Resolves when no thread of an ended pool runs any more. */
  async gone(): Promise<void> {
    await this.stopping
  }

  /** Whether there was to be a pool, and could not be. */
  get failed(): boolean {
    return this.reason !== undefined
  }

  /** After a change of configuration: the next large Program starts a new pool. */
  reset(): void {
    this.resets++
    if (this.pool) this.stopping = this.pool.stop()
    this.pool = undefined
    this.reason = undefined
  }

  /** Threads of the pool that is up; 0 without one. */
  get running(): number {
    return this.pool?.threads ?? 0
  }

  /** @internal Ends a worker, to test what happens then. */
  killOne(): void {
    this.pool?.killOne()
  }

  /** Waits on the spot for the job under way; false if a thread was lost. */
  settle(): boolean {
    return this.pool?.settle() ?? true
  }

  state(shared: boolean): { count: number; why: string } {
    const why = this.reason ?? (config.threads > 1 ? whyNoThreads(shared) : undefined)
    if (why) return { count: 1, why }
    const count = this.pool?.threads ?? config.threads
    if (coreCount() === 1) return { count, why: 'there is one core' }
    return { count, why: count === Math.min(8, coreCount()) ? 'all cores are in use (at most 8 unless configured)' : 'configured so' }
  }
}
