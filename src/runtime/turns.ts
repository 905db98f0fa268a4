// Turns: calls that wait for the machine, which has one arena. Each does its work in the order of the calls, off the calling thread where
// threads are up.
import type { HostData, Node } from '../graph/node'
import type { Storage } from '../graph/storage'
import { aborted, throwIfAborted } from '../util/turn'
import { breathe } from '../util/yield'
import type { Pool } from './pool'
import {
  begin,
  doNow,
  finish,
  knownValues,
  lose,
  replaceContents,
  runHere,
  settle,
  signalOf,
  threads,
  valuesOf,
  type Job,
  type Look,
  type Request,
  type Work,
} from './runs'

/** The variables that a call uses, and whether it writes some of them. */
export interface Uses {
  readonly storages: ReadonlySet<Storage>
  readonly writes: boolean
}

interface CallOptions {
  /** Calls that read tensors use none: a tensor keeps the contents of its moment. */
  readonly uses?: Uses | undefined
  readonly signal?: AbortSignal | undefined
  /** What an error calls it. */
  readonly what?: string
}

type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

/** A call from its making to its settling. */
class Call {
  settled = false
  /** The next run that it wants. */
  look: Look | undefined
  /** That run, if the threads have it. */
  job: Job | undefined
  /** Why it is to end after the run under way. */
  ending: unknown

  constructor(
    private readonly work: Work<unknown>,
    readonly uses: Uses | undefined,
    private readonly tell: (outcome: Outcome) => void,
  ) {}

  /** Goes on with the outputs of the last run, as far as the next one. */
  go(outputs: readonly HostData[] = []): void {
    if (this.ending) this.fail(this.ending)
    else this.step(() => this.work.next(outputs))
  }

  fail(error: unknown): void {
    this.step(() => this.work.throw(error))
  }

  private step(resume: () => IteratorResult<Look | undefined, unknown>): void {
    this.look = this.job = undefined
    try {
      const { done, value } = resume()
      if (done) this.settle({ ok: true, value })
      else this.look = value as Look | undefined
    } catch (error) {
      this.settle({ ok: false, error })
    }
  }

  private settle(outcome: Outcome): void {
    this.settled = true
    this.tell(outcome)
  }

  /** Ends it: at once, unless a run of it is under way. */
  end(error: unknown): void {
    if (this.settled) return
    this.ending = error
    if (!this.look) this.fail(error)
  }

  /** Does on the spot what is left of its work. */
  finishNow(): void {
    while (!this.settled) {
      const { job, look } = this
      if (job?.error) this.fail(job.error)
      else if (job?.outputs) this.go(job.outputs)
      else if (look) this.runHere(look)
      else this.go()
    }
  }

  runHere(look: Look): void {
    let outputs: readonly HostData[]
    try {
      outputs = runHere(look())
    } catch (error) {
      this.fail(error)
      return
    }
    this.go(outputs)
  }
}

const queue: Call[] = []
let serving = false

/** Does a call's work when its turn comes. */
export function inTurn<T>(work: Work<T>, { uses, signal, what = 'the call' }: CallOptions = {}): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    throwIfAborted(signal, what)
    const end = () => signal && call.end(aborted(signal, what))
    const call: Call = new Call(work, uses, (outcome) => {
      signal?.removeEventListener('abort', end)
      if (outcome.ok) resolve(outcome.value as T)
      else reject(outcome.error)
    })
    signal?.addEventListener('abort', end, { once: true })
    queue.push(call)
    if (!serving) void serve()
  })
}

/** Lets one call after the other have its turn, with pauses for the event loop. */
async function serve(): Promise<void> {
  serving = true
  await undefined // whoever calls goes on first
  for (let call = queue[0]; call; call = queue[0]) {
    for (let pause = breathe(); !call.settled; pause = breathe()) {
      if (pause) await pause
      if (call.settled) break
      if (!call.look) call.go()
      const away = call.look && runAway(call, call.look)
      if (away) await away
      if (!call.look && !call.settled && queue.length > 1) break // others may go first
    }
    queue.splice(queue.indexOf(call), 1)
    if (!call.settled) queue.push(call)
  }
  serving = false
}

/**
 * One run of a call, on the threads if it is worth it and there are any. Where it only got as far as starting or losing them, it is asked
 * for again.
 */
function runAway(call: Call, look: Look): Promise<void> | undefined {
  let request: Request
  let pool: Pool | Promise<void> | undefined
  try {
    request = look()
    pool = threads.poolFor(request.compiled.program)
  } catch (error) {
    call.fail(error)
    return undefined
  }
  if (pool instanceof Promise) return pool
  if (pool) return runOn(pool, call, request)
  call.runHere(() => request)
  return undefined
}

async function runOn(pool: Pool, call: Call, request: Request): Promise<void> {
  let job: Job
  try {
    job = call.job = begin(request)
  } catch (error) {
    call.fail(error)
    return
  }
  await work(job, pool)
  if (call.job !== job) return // somebody who could not wait has gone on with it
  if (job.error) call.fail(job.error)
  else if (job.outputs) call.go(job.outputs)
  else call.job = undefined
}

async function work(job: Job, pool: Pool): Promise<void> {
  const { program } = job.request.compiled
  const done = await pool.run(program.at, program.end, program.plan.threads, program.plan.work * MS_PER_STEP)
  if (done) {
    finish(job)
    return
  }
  lose(job)
  await threads.gone()
}

/** Rough time of an element step. */
const MS_PER_STEP = 2.5e-7

/**
 * Does the work of a call on the spot. Calls that were made before and share variables with it, where one of both writes some, go first.
 */
export function atOnce<T>(work: Work<T>, uses?: Uses): T {
  if (uses) letGoFirst(uses)
  return doNow(work)
}

function letGoFirst({ storages, writes }: Uses): void {
  const concerned = (call: Call) =>
    call.uses && (writes || call.uses.writes) && [...call.uses.storages].some((storage) => storages.has(storage))
  const last = queue.findLastIndex((call) => !call.settled && concerned(call))
  if (last < 0) return
  settle()
  for (const call of queue.slice(0, last + 1)) call.finishNow()
}

/** Overwrites what a variable holds. */
export function writeContents(storage: Storage, values: HostData): void {
  if (queue.length) letGoFirst({ storages: new Set([storage]), writes: true })
  replaceContents(storage, values)
}

/** Values of nodes, computed in turn unless they are known. */
export async function evaluate(nodes: readonly Node[]): Promise<HostData[]> {
  return knownValues(nodes) ?? inTurn(valuesOf(nodes), { signal: signalOf(nodes), what: 'predict' })
}

/** The work of running one Program. */
export function* runOf(look: Look): Work<readonly HostData[]> {
  return yield look
}
