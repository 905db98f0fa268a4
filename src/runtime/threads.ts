// When there is a pool, and when there is not: it starts with the first Program that repays it, and is given up for good when it fails.
import { coreCount, warnOnce } from '../util/env'
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

  /** The pool for a Program, or nothing where the calling thread is to do it. */
  async poolFor({ plan, machine }: Program): Promise<Pool | undefined> {
    if (plan.work < POOL_FROM || config.threads === 1 || this.reason) return undefined
    if (!this.pool) {
      this.starting ??= this.start(machine)
      await this.starting
    }
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
      } else { // configured anew in the meantime
        this.stopping = pool.stop()
        await this.start(machine)
      }
    } catch (error) {
      this.fallBack(error)
    } finally {
      this.starting = undefined
    }
  }

  private fallBack(error: unknown): void {
    this.reason = error instanceof Error ? error.message : String(error)
    warnOnce(`running on one thread: ${this.reason}`)
  }

  /** Ends a pool that has failed. */
  async giveUp(error: unknown): Promise<void> {
    const { pool } = this
    this.pool = undefined
    this.fallBack(error)
    await (this.stopping = pool?.stop() ?? Promise.resolve())
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

  settle(): void {
    this.pool?.settle()
  }

  state(shared: boolean): { count: number; why: string } {
    const why = this.reason ?? (config.threads > 1 ? whyNoThreads(shared) : undefined)
    if (why) return { count: 1, why }
    const count = this.pool?.threads ?? config.threads
    if (coreCount() === 1) return { count, why: 'there is one core' }
    return { count, why: count === Math.min(8, coreCount()) ? 'all cores are in use (at most 8 unless configured)' : 'configured so' }
  }
}
