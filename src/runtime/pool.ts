// The threads: workers that stay inside wasm, waiting on a word of shared memory. One wake-up starts a whole Program.
import { kernels, layout } from '../generated/kernels'
import { builtin, cpuTime, runtimeName } from '../util/env'
import { tableIndex } from './wasm'

/** How long the threads may show no sign of life beyond the estimated time of their work, in ms; four times that to start. */
const PATIENCE = 1500

interface WorkerLike {
  postMessage(message: unknown): void
  /** Resolves once nothing of it runs any more. */
  terminate(): Promise<unknown>
  ref?(): void
  unref?(): void
  listen(event: 'message' | 'error' | 'exit', handler: (detail: unknown) => void): void
}

/** What a worker runs: instantiates the module on the shared memory, says so, and serves. */
const WORKER_SOURCE = `
const port = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort ?? globalThis
const on = (handler) =>
  port.on ? port.once('message', handler) : port.addEventListener('message', (event) => handler(event.data), { once: true })
on(({ module, memory, names, ith, once }) => {
  const table = new WebAssembly.Table({ initial: names.length + 1, element: 'anyfunc' })
  const { exports } = new WebAssembly.Instance(module, { env: { memory, table } })
  names.forEach(([name, index]) => table.set(index, exports[name]))
  const started = Atomics.load(new Int32Array(memory.buffer), ${layout.JOB_GENERATION / 4})
  port.postMessage('ready')
  const go = (seen) => {
    const left = exports.serve(ith, seen, once)
    if (left >= 0) return port.postMessage('gone')
    port.postMessage('done')
    go(-left)
  }
  go(started)
})
`

const waitAsync = (
  Atomics as { waitAsync?: (array: Int32Array, index: number, value: number) => { async: boolean; value: string | Promise<string> } }
).waitAsync

export class Pool {
  private workers: WorkerLike[] = []
  private readonly words: Int32Array
  private failure: string | undefined
  private onTrouble: (() => void) | undefined
  private onDone: (() => void) | undefined
  /** How long the job under way may go on without a sign of life. */
  private patience = PATIENCE
  /** Meetings of all jobs before the one under way. */
  private metBefore = 0

  private constructor(
    memory: WebAssembly.Memory,
    readonly threads: number,
  ) {
    this.words = new Int32Array(memory.buffer, 0, layout.HEAP / 4)
  }

  /** Starts so many workers; fails with the reason if one of them cannot be had. */
  static async start(module: WebAssembly.Module, memory: WebAssembly.Memory, threads: number): Promise<Pool> {
    const pool = new Pool(memory, threads)
    const names = Object.keys(kernels).map((name) => [name, tableIndex[name as keyof typeof tableIndex]])
    Atomics.store(pool.words, layout.STOP / 4, 0)
    const all = Promise.all(Array.from({ length: threads }, (_, ith) => pool.startWorker({ module, memory, names, ith, once: !waitAsync })))
    try {
      if (!(await within(4 * PATIENCE, all))) throw new Error('workers did not start in time')
    } catch (error) {
      await pool.stop()
      throw error
    }
    for (const worker of pool.workers) worker.unref?.()
    return pool
  }

  private startWorker(start: { ith: number } & Record<string, unknown>): Promise<void> {
    return new Promise((ready, failed) => {
      const worker = makeWorker()
      this.workers.push(worker)
      worker.listen('message', (detail) => {
        if (detail === 'ready') ready()
        else if (detail === 'done') this.onDone?.()
      })
      const trouble = (what: string) => (detail: unknown) => {
        const reason = `worker ${start.ith} ${what}${detail instanceof Error ? `: ${detail.message}` : ''}`
        this.failure ??= reason
        failed(new Error(reason))
        this.onTrouble?.()
      }
      worker.listen('error', trouble('failed'))
      worker.listen('exit', trouble('ended'))
      worker.postMessage(start)
    })
  }

  /**
   * Runs the records in [pc, end) on at most `threads` threads; `estimate` is how long that may take, in ms. False if a thread was lost.
   */
  async run(pc: number, end: number, threads: number, estimate: number): Promise<boolean> {
    const done = this.look().done
    this.patience = PATIENCE + 10 * estimate
    this.begin(pc, end, Math.min(threads, this.threads))
    const keeper = this.workers[0]!
    keeper.ref?.() // a script that awaits this must not end before it
    const watch = this.watch(done)
    try {
      await Promise.race([this.finished(done), watch.lost])
    } finally {
      watch.end()
      keeper.unref?.()
      this.onDone = undefined
    }
    return this.look().done !== done
  }

  private begin(pc: number, end: number, threads: number): void {
    const { words } = this
    this.metBefore = this.met()
    words[layout.JOB / 4] = pc
    words[layout.JOB / 4 + 1] = end
    words[layout.JOB / 4 + 2] = threads
    Atomics.store(words, layout.JOB_LEFT / 4, threads)
    Atomics.add(words, layout.JOB_GENERATION / 4, 1)
    Atomics.notify(words, layout.JOB_GENERATION / 4)
  }

  private met(): number {
    return Atomics.load(this.words, layout.BARRIER_GENERATION / 4)
  }

  /** Meetings that the job under way has passed; the first of them is that of all threads before its first record. */
  get meetings(): number {
    return this.words[layout.JOB / 4 + 2] === 1 ? Infinity : (this.met() - this.metBefore) | 0
  }

  /** Why the pool is of no use any more, if so. */
  get failed(): string | undefined {
    return this.failure
  }

  private async finished(done: number): Promise<void> {
    if (!waitAsync) return new Promise((resolve) => (this.onDone = resolve))
    while (Atomics.load(this.words, layout.JOB_DONE / 4) === done) {
      const wait = waitAsync(this.words, layout.JOB_DONE / 4, done)
      if (wait.async) await wait.value
    }
  }

  /** The words that change as threads get on with a job. */
  private look(): { done: number; left: number; life: string } {
    const at = (address: number) => Atomics.load(this.words, address / 4)
    const [done, left] = [at(layout.JOB_DONE), at(layout.JOB_LEFT)]
    return { done, left, life: `${left} ${at(layout.BARRIER_GENERATION)} ${at(layout.BARRIER_COUNT)}` }
  }

  /**
   * `lost` resolves when a worker is lost, or two looks in a row (the first may come right after a sleep of the whole machine) find nothing
   * new.
   * Where others hold the cores, so that this process gets some time but little, a look counts for less.
   */
  private watch(done: number): { lost: Promise<void>; end: () => void } {
    let timer: ReturnType<typeof setInterval>
    let [time, used] = [performance.now(), cpuTime()]
    const starved = () => {
      const [before, usedBefore] = [time, used]
      ;[time, used] = [performance.now(), cpuTime()]
      const share = used === undefined || usedBefore === undefined ? 1 : (used - usedBefore) / (time - before)
      return share > 0.03 && share < 0.8
    }
    const end = () => {
      clearInterval(timer)
      this.onTrouble = undefined
    }
    const lost = new Promise<void>((resolve) => {
      let [before, silent] = ['', 0]
      timer = setInterval(() => {
        const now = this.look()
        silent = now.life === before ? silent + (starved() ? 0.1 : 1) : 0
        before = now.life
        if (silent < 2 || now.done !== done) return
        this.failure ??= this.silence()
        resolve()
      }, this.patience / 3)
      this.onTrouble = resolve
    })
    return { lost, end }
  }

  /** Waits on the spot until the job under way is done; false if a thread was lost. */
  settle(): boolean {
    let [before, deadline] = ['', 0]
    for (;;) {
      const { left, life } = this.look()
      if (left <= 0) return true
      if (this.failure) return false
      const now = performance.now()
      if (life !== before) [before, deadline] = [life, now + this.patience]
      else if (now > deadline) this.failure = this.silence()
    }
  }

  private silence(): string {
    return `no answer from the workers for ${Math.round(this.patience)} ms`
  }

  /** @internal */
  killOne(): void {
    this.workers.at(-1)?.terminate()
  }

  /** Sends all workers home. */
  async stop(): Promise<void> {
    const { words, workers } = this
    this.failure ??= 'the pool was stopped'
    this.onDone?.() // its message may come too late
    this.workers = []
    Atomics.store(words, layout.STOP / 4, 1)
    for (const word of [layout.JOB_GENERATION, layout.BARRIER_GENERATION]) {
      Atomics.add(words, word / 4, 1)
      Atomics.notify(words, word / 4)
    }
    await Promise.all(workers.map((worker) => worker.terminate()))
    for (const word of [layout.BARRIER_COUNT, layout.BARRIER_SLEEPERS, layout.JOB_LEFT]) Atomics.store(words, word / 4, 0)
  }
}

/** Whether a promise is kept within so many ms. */
function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout>
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)))
  return Promise.race([promise.then(() => true), late]).finally(() => clearTimeout(timer))
}

interface NodeWorker {
  postMessage(message: unknown): void
  terminate(): Promise<number>
  ref(): void
  unref(): void
  on(event: string, handler: (detail: unknown) => void): void
}

function makeWorker(): WorkerLike {
  const node = builtin<{ Worker?: new (source: string, options: object) => NodeWorker }>('node:worker_threads')
  if (node?.Worker) {
    const worker = new node.Worker(WORKER_SOURCE, { eval: true })
    return {
      postMessage: (message) => worker.postMessage(message),
      terminate: () => worker.terminate(),
      ref: () => worker.ref(),
      unref: () => worker.unref(),
      listen: (event, handler) => worker.on(event, handler),
    }
  }
  return makeWebWorker()
}

function makeWebWorker(): WorkerLike {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }))
  const worker = new Worker(url)
  let started = false
  const gone = new Promise<void>((resolve) =>
    worker.addEventListener('message', ({ data }) => {
      started = true
      if (data === 'gone') resolve()
    }),
  )
  return {
    postMessage: (message) => worker.postMessage(message),
    terminate: async () => {
      // browsers let a busy worker go on for a while: it is asked to leave by itself
      if (started) await within(PATIENCE / 3, gone)
      worker.terminate()
      URL.revokeObjectURL(url)
    },
    listen: (event, handler) => {
      if (event === 'message') worker.addEventListener('message', ({ data }) => handler(data as unknown))
      else if (event === 'error')
        worker.addEventListener('error', (problem) =>
          handler(new Error(problem.message || "blocked, perhaps by the page's content security policy")),
        )
    },
  }
}

/** Why this runtime gives no threads, or nothing if it does. */
export function whyNoThreads(sharedMemory: boolean): string | undefined {
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated
  if (runtimeName() === 'workerd') return 'this runtime has no workers'
  if (typeof SharedArrayBuffer !== 'function' || !sharedMemory) {
    return isolated === false
      ? 'the page is not cross-origin isolated (send the headers Cross-Origin-Opener-Policy: ' +
          'same-origin and Cross-Origin-Embedder-Policy: require-corp)'
      : 'there is no SharedArrayBuffer'
  }
  if (!builtin('node:worker_threads') && typeof Worker !== 'function') return 'there are no workers here'
  return undefined
}
