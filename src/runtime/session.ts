// From nodes to numbers: finds or makes the Program, sees to variables, runs it. All work of the library comes through here.
import { layout } from '../generated/kernels'
import { topologicalOrder, type HostData, type Node } from '../graph/node'
import { placeholder } from '../graph/leaves'
import type { Storage } from '../graph/storage'
import { fuse } from '../plan/fuse'
import { joinRepeats, signatureOf, type Signature } from '../plan/order'
import { makePlan } from '../plan/plan'
import { CornusError } from '../util/errors'
import { sizeOf } from '../util/shape'
import { applyOptions, config, type Options } from './config'
import { showPlan } from './debug'
import { runtimeName, warnOnce, type RuntimeName } from '../util/env'
import { breathe } from '../util/yield'
import { Machine, Program, type Feed } from './machine'
import { Threads } from './threads'
import { chooseBuild, type Build } from './wasm'
import type { Wide } from './wide'

let machine: Machine | undefined

/** Programs of single requests by what they compute; the least recently used goes first. */
const cache = new Map<string, Program>()
const CACHE_SIZE = 256

function theMachine(): Machine {
  if (!machine) {
    machine = new Machine()
    if (config.wide) widen(machine)
  }
  return machine
}

/** What a wide core is checked with: the values of some nodes, and effects. */
let selfCheck: (() => { outputs: readonly Node[]; effects: readonly Node[] }) | undefined
export const provideSelfCheck = (check: typeof selfCheck): void => {
  selfCheck = check
}

function widen(on: Machine): void {
  on.widen((narrow, wide) => {
    const { outputs, effects } = selfCheck!()
    const compiled = compileNodes(outputs, effects)
    const storages = compiled.signature.storages
    const before = storages.map(readContents)
    const restore = () => storages.forEach((storage, i) => on.view(storage.address, storage).set(before[i]!))
    const run = () => {
      restore()
      return [...runSync(compiled, []), ...storages.map(readContents)].map(({ buffer }) => new Int32Array(buffer as ArrayBuffer))
    }
    narrow()
    const expected = run()
    wide()
    run() // after which all of it is compiled in pairs
    const found = run()
    narrow()
    restore()
    on.memory.free(compiled.program.at)
    return expected.some((words, i) => words.some((word, j) => word !== found[i]![j]))
  })
  if (!on.wide.on) warnOnce(`running narrow: ${on.wide.why}`)
}

/** Sets options of the whole library; they hold from the next run on. */
export function configure(options: Options): void {
  if (machine && options.memory !== undefined && options.memory !== config.memory) {
    throw new CornusError('BAD_ARGUMENT', 'configure: memory must be set before the first computation')
  }
  const planned = () => `${config.threads} ${config.reuseMemory} ${config.poison}`
  const before = planned()
  const [module, { wide }] = [machine?.module, config]
  settle()
  applyOptions(options)
  if (planned() !== before) {
    for (const program of cache.values()) program.machine.memory.free(program.at)
    cache.clear()
    generation++
  }
  if (machine && (machine.build !== chooseBuild(config.deterministic) || wide !== config.wide)) {
    machine.refresh()
    if (config.wide) widen(machine)
  }
  if (planned() !== before || machine?.module !== module || threads.failed) threads.reset()
}

/** Raised when Programs made before no longer fit the configuration. */
let generation = 0
export const programGeneration = (): number => generation

/** What runs here, and with what. */
export interface Info {
  readonly runtime: RuntimeName
  /** 'relaxed': with fused multiply-add; 'simd': the strict build. */
  readonly build: Build
  /** Whether kernels run in 256-bit code (`configure({ wide: true })`), and why. */
  readonly wide: Wide
  /** Threads that large Programs run on now. */
  readonly threads: number
  /** Why they are not more. */
  readonly why: string
  /** Bytes of WebAssembly memory: in blocks, as reserved so far, and the most it may grow to. */
  readonly memory: { readonly used: number; readonly reserved: number; readonly limit: number; readonly blocks: number }
}

export function info(): Info {
  const { build, memory, wide } = theMachine()
  const { count, why } = threads.state(memory.shared)
  return { runtime: runtimeName(), build, wide, threads: count, why, memory: { used: memory.used, reserved: memory.bytes, limit: memory.limit, blocks: memory.blocks } }
}

export const session = { get machine() { return theMachine() }, get started() { return machine !== undefined }, get cachedPrograms() { return cache.size } }

/** A Program with what it was made for. */
export interface Compiled {
  readonly program: Program
  readonly signature: Signature
}

/** Plans and links what computes `outputs` and performs `effects`. */
export function compileNodes(outputs: readonly Node[], effects: readonly Node[]): Compiled {
  const ends = fuse([...outputs, ...effects])
  const graph = joinRepeats(ends, true)
  const signature = signatureOf(graph, ends)
  return { program: link(graph, ends, signature, outputs.length), signature }
}

function link(...[graph, ends, signature, outputs]: [ReturnType<typeof joinRepeats>, readonly Node[], Signature, number]): Program {
  const plan = makePlan(graph, ends, signature, outputs, { threads: config.threads, reuse: config.reuseMemory, guard: config.poison ? layout.ALIGN : 0 })
  showPlan(plan)
  return new Program(theMachine(), plan)
}

/** Frees a Program's memory once nobody holds its owner. */
const programs = new FinalizationRegistry<Program>((program) => program.machine.memory.free(program.at))
export const freeWith = (owner: object, program: Program): void => programs.register(owner, program)

/** Values of nodes, computed on the calling thread by a cached Program. */
export function evaluateSync(nodes: readonly Node[]): HostData[] {
  for (const node of deferredIn(nodes)) node.value = node.deferred!.computeSync(evaluateSync([node.deferred!.needs])[0]!)
  const missing = nodes.filter((node) => !node.value)
  if (missing.length) {
    const { program, signature } = cachedProgram(missing)
    const values = runSync({ program, signature }, signature.dynamic.map((node) => node.value!))
    missing.forEach((node, i) => keep(node, values[i]!))
  }
  return nodes.map((node) => node.value!)
}

function cachedProgram(wanted: readonly Node[]): Compiled {
  const ends = fuse(wanted)
  const graph = joinRepeats(ends, false)
  const unknown = graph.nodes.some((node) => node.op.writes.length > 0 || (node.op === placeholder && !node.value))
  if (unknown) throw new CornusError('BAD_ARGUMENT', 'values are not known while a function is being traced; return the tensor from the function and read it outside')
  const signature = signatureOf(graph, ends)
  let program = cache.get(signature.key)
  if (program) cache.delete(signature.key)
  else program = link(graph, ends, signature, ends.length)
  cache.set(signature.key, program)
  if (cache.size > CACHE_SIZE) {
    const [oldest, unused] = [...cache].find(([, other]) => other !== underWay?.program)!
    cache.delete(oldest)
    unused.machine.memory.free(unused.at)
  }
  return { program, signature }
}

let gradientDepth = 0

/** While a function is being differentiated its nodes keep their inputs even when their values are read. */
export function keepingHistory<T>(body: () => T): T {
  gradientDepth++
  try {
    return body()
  } finally {
    gradientDepth--
  }
}

/** A node whose values are known is a leaf; letting go of its inputs keeps loops from growing a history. */
function keep(node: Node, value: HostData): void {
  node.value = value
  if (gradientDepth === 0) node.inputs = []
}

/** Runs a Program on the calling thread and returns copies of its outputs. */
export function runSync({ program, signature }: Compiled, feeds: readonly Feed[]): HostData[] {
  settle()
  prepare({ program, signature }, feeds)
  program.machine.runHere(program)
  return program.machine.collect(program)
}

function prepare({ program, signature }: Compiled, feeds: readonly Feed[]): void {
  const storages = addressesOf(signature.storages)
  beforeWrites(program, signature)
  program.machine.prepare(program, feeds, storages)
}

/** A Program on the threads, until its outputs are copied out. */
interface Job {
  readonly program: Program
  outputs?: HostData[]
  error?: unknown
}
let underWay: Job | undefined

function finish(job: Job): void {
  if (underWay !== job) return
  underWay = undefined
  try {
    job.outputs = job.program.machine.collect(job.program)
  } catch (error) {
    job.error = error
  }
}

/** Whoever wants the machine now, without awaiting its turn, waits on the spot for what the threads are doing. */
function settle(): void {
  if (!underWay) return
  threads.settle()
  finish(underWay)
}

export const threads = new Threads()

/** Runs a Program off the calling thread, if it is worth it and there are threads. */
async function runAsync(compiled: Compiled, feeds: readonly Feed[]): Promise<HostData[]> {
  const { program } = compiled
  const pool = program.plan.parallel && config.debug < 2 ? await threads.poolFor(program) : undefined
  if (!pool) return runSync(compiled, feeds)
  settle()
  prepare(compiled, feeds)
  const job: Job = { program }
  underWay = job
  try {
    await pool.run(program.at, program.end, program.plan.threads, program.plan.work * MS_PER_STEP)
    finish(job)
  } catch (error) {
    if (underWay === job) underWay = undefined
    await threads.giveUp(error)
    if (program.plan.writes.length) throw error
    return runSync(compiled, feeds) // nothing but the outputs was touched
  }
  if (job.error) throw job.error
  return job.outputs!
}

/** Rough time of an element step. */
const MS_PER_STEP = 2.5e-7

/** Tensors that still wait to read a variable get its contents before they change. */
function beforeWrites(program: Program, signature: Signature): void {
  for (const place of program.plan.writes) snapshot(signature.storages[place]!)
}

function snapshot(storage: Storage): void {
  const leaf = storage.leaf?.deref()
  storage.leaf = undefined
  if (leaf && !leaf.value) leaf.value = readContents(storage)
}

const blocks = new FinalizationRegistry<number>((at) => machine?.memory.free(at))

/** Addresses of variables; those used for the first time get a block and their initial values. */
function addressesOf(storages: readonly Storage[]): number[] {
  const fresh = storages.filter(({ address }) => !address)
  if (fresh.length) initialize(fresh)
  return storages.map(({ address }) => address)
}

/** First values of so many elements are computed where they stay, and need no memory besides. */
const COMPUTED_IN_PLACE = 2 ** 18

function initialize(fresh: readonly Storage[]): void {
  const large = fresh.filter((storage) => storage.initial && sizeOf(storage.shape) >= COMPUTED_IN_PLACE && computeInPlace(storage, storage.initial))
  const rest = fresh.filter((storage) => !large.includes(storage))
  const waiting = rest.filter(({ initial }) => initial)
  const values = evaluateSync(waiting.map(({ initial }) => initial!))
  for (const storage of rest) {
    storage.address = theMachine().memory.allocate(4 * sizeOf(storage.shape))
    blocks.register(storage, storage.address)
    theMachine().view(storage.address, storage).fill(0)
  }
  waiting.forEach((storage, i) => {
    theMachine().view(storage.address, storage).set(values[i]!)
    storage.initial = undefined
  })
}

/** Runs the Program of a variable's first values in the variable's own block, if it needs no more than that and its inputs' place. */
function computeInPlace(storage: Storage, initial: Node): boolean {
  if (initial.value || deferredIn([initial]).length) return false
  const { program, signature } = cachedProgram([initial])
  const { arenaBytes, outputs } = program.plan
  if (outputs[0]!.base !== 'arena' || outputs[0]!.offset !== 0 || arenaBytes > 4 * sizeOf(storage.shape) + 4096) return false
  settle()
  const storages = addressesOf(signature.storages)
  const at = theMachine().memory.allocate(arenaBytes)
  theMachine().prepare(program, signature.dynamic.map((node) => node.value!), storages, at)
  theMachine().runHere(program)
  theMachine().checkFault(program)
  blocks.register(storage, at)
  storage.address = at
  storage.initial = undefined
  return true
}

/** A copy of what a variable holds. */
export function readContents(storage: Storage): Float32Array | Int32Array {
  addressesOf([storage])
  settle()
  return theMachine().view(storage.address, storage).slice()
}

/** Overwrites what a variable holds. */
export function writeContents(storage: Storage, values: HostData): void {
  settle()
  snapshot(storage)
  if (!storage.address) {
    storage.initial = undefined
    addressesOf([storage])
  }
  theMachine().view(storage.address, storage).set(values)
}

/** Runs follow one another: memory has one arena. */
let queue: Promise<unknown> = Promise.resolve()

/** Does something with the machine when its turn comes; a row of such jobs leaves the event loop its own turns in between. */
function inTurn<T>(job: () => T | Promise<T>): Promise<T> {
  const turn = queue.then(breathe).then(job)
  queue = turn.catch(() => undefined)
  return turn
}

/** Runs a Program when its turn comes, off the calling thread where threads are up. */
export const run = (compiled: Compiled, feeds: readonly Feed[]): Promise<HostData[]> => inTurn(() => runAsync(compiled, feeds))

/** Values of nodes. */
export async function evaluate(nodes: readonly Node[]): Promise<HostData[]> {
  for (const node of deferredIn(nodes)) {
    const [value] = await evaluate([node.deferred!.needs])
    node.value ??= await node.deferred!.compute(value!)
  }
  return inTurn(async () => {
    const missing = nodes.filter((node) => !node.value)
    if (missing.length) {
      const compiled = cachedProgram(missing)
      const values = await runAsync(compiled, compiled.signature.dynamic.map((node) => node.value!))
      missing.forEach((node, i) => keep(node, values[i]!))
    }
    return nodes.map((node) => node.value!)
  })
}

/** Nodes that must be computed on their own first, in their order. */
const deferredIn = (nodes: readonly Node[]): Node[] => topologicalOrder(nodes).filter((node) => node.deferred && !node.value)
