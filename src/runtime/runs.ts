// Runs: from a request to numbers. What a call does with the machine is written once, as a generator of requests; it is driven on the spot
// (here) or in turn.
import { bytesOf, type Contents } from '../graph/dtypes'
import { deferred } from '../graph/leaves'
import { Tensor, topologicalOrder, type HostData, type Node, type Spec } from '../graph/node'
import type { Storage } from '../graph/storage'
import { sizeOf } from '../util/shape'
import type { Feed } from './machine'
import { lookUp, retirePrograms, type Compiled } from './programs'
import { Threads } from './threads'
import { beforeWrite, contentsOf, giveBlock, isAwaited, overwrite, type Snapshot } from './variables'

/** One run of a Program. */
export interface Request {
  readonly compiled: Compiled
  /** Values of its inputs. */
  readonly feeds: readonly Feed[]
  /** Contents of the variables that it reads, if not those of now. */
  readonly snapshot?: Snapshot | undefined
}

/** Finds the Program that is wanted; asked only when it is run right after, so that nothing can change in between. */
export type Look = () => Request

/** What a call does: one run after the other, each yielded and answered with the outputs. Nothing yielded: here others may go first. */
export type Work<T> = Generator<Look | undefined, T, readonly HostData[]>

export const threads = new Threads()

/** A Program on the threads, until its outputs are copied out. Until then it is held. */
export interface Job {
  readonly request: Request
  outputs?: HostData[]
  error?: unknown
}
let underWay: Job | undefined

/** Copies values in, and says that from now on the threads work. */
export function begin(request: Request): Job {
  settle()
  prepare(request)
  request.compiled.program.hold()
  return (underWay = { request })
}

/** Copies the outputs out, if nobody did so before. */
export function finish(job: Job): void {
  if (underWay !== job) return
  underWay = undefined
  const { program } = job.request.compiled
  try {
    job.outputs = program.machine.collect(program)
  } catch (error) {
    job.error = error
  } finally {
    program.release()
  }
}

/**
 * A thread was lost: until all are gone, nobody uses what they may still read or write. A job that is left without an error can be run
 * again.
 */
export function lose(job: Job): void {
  if (underWay !== job) return
  underWay = undefined
  const { program } = job.request.compiled
  job.error = threads.giveUp(program)
  const freeArena = program.machine.memory.leaveArena()
  retirePrograms()
  void threads.gone().then(() => {
    freeArena()
    program.release()
  })
}

/** Whoever wants the machine now, without awaiting its turn, waits on the spot for what the threads are doing. */
export function settle(): void {
  const job = underWay
  if (!job) return
  if (threads.settle()) finish(job)
  else lose(job)
}

/** Runs a Program on the calling thread and returns copies of its outputs. */
export function runHere(request: Request): HostData[] {
  settle()
  const { program } = request.compiled
  program.hold()
  try {
    prepare(request)
    program.machine.runHere(program)
    return program.machine.collect(program)
  } finally {
    program.release()
  }
}

function prepare({ compiled: { program, signature }, feeds, snapshot }: Request): void {
  const { storages } = signature
  placeAll(storages)
  const { writes } = program.plan
  for (const place of writes) beforeWrite(storages[place]!)
  program.machine.prepare(
    program,
    feeds,
    storages.map((storage, i) => (snapshot && !writes.includes(i) ? snapshot.addressOf(storage) : storage.address)),
  )
}

/** Does all the work of a call on the spot. */
export function doNow<T>(work: Work<T>): T {
  for (let step = work.next([]); ; ) {
    if (step.done) return step.value
    let outputs: readonly HostData[] = []
    try {
      if (step.value) outputs = runHere(step.value())
    } catch (error) {
      step = work.throw(error)
      continue
    }
    step = work.next(outputs)
  }
}

/** Values of nodes, computed on the calling thread. */
export const evaluateSync = (nodes: readonly Node[]): HostData[] => doNow(valuesOf(nodes))

/** The values of nodes, if they are all there. */
export const knownValues = (nodes: readonly Node[]): HostData[] | undefined =>
  nodes.every(({ value }) => value) ? nodes.map(({ value }) => value!) : undefined

/** The work of computing nodes whose values are not known yet. */
export function* valuesOf(nodes: readonly Node[]): Work<HostData[]> {
  const known = knownValues(nodes)
  if (known) return known
  yield* computeDeferred(nodes)
  const missing = () => nodes.filter((node) => !node.value)
  if (missing().length) {
    let asked: Node[] = []
    const values = yield () => {
      asked = missing()
      const compiled = lookUp(asked)
      return { compiled, feeds: compiled.signature.dynamic.map((node) => node.value!) }
    }
    asked.forEach((node, i) => keep(node, values[i]!))
  }
  return nodes.map((node) => node.value!)
}

/** Values that take more than one Program. */
interface Deferral {
  readonly nodes: readonly Node[]
  /** What must be known first. */
  readonly needs: readonly Node[]
  readonly work: (needed: readonly HostData[]) => Work<readonly HostData[]>
  readonly signal: AbortSignal | undefined
}

/** One of the tensors that a deferral makes. */
class Deferred extends Tensor {
  constructor(
    { shape, dtype }: Spec,
    readonly deferral: Deferral,
  ) {
    super({ op: deferred, shape, dtype })
  }
}

/** Tensors of these specs whose values are computed together, by work of their own, when somebody asks for one of them. */
export function defer(specs: readonly Spec[], { needs, work, signal }: Omit<Deferral, 'nodes'>): Node[] {
  const nodes: Node[] = []
  const deferral: Deferral = { nodes, needs, work, signal }
  for (const spec of specs) nodes.push(new Deferred(spec, deferral))
  return nodes
}

/** What must be computed before these nodes can be; in the order of creation. */
function deferralsIn(nodes: readonly Node[]): Deferral[] {
  const [node] = nodes
  const order = nodes.length === 1 && node instanceof Deferred ? nodes : topologicalOrder(nodes)
  return order.flatMap((each) => (each instanceof Deferred && !each.value ? [each.deferral] : []))
}

/** What may end the wait for these nodes. */
export const signalOf = (nodes: readonly Node[]): AbortSignal | undefined => deferralsIn(nodes).find(({ signal }) => signal)?.signal

/** Computes what a graph contains of values that take more than one Program. */
export function* computeDeferred(nodes: readonly Node[]): Work<void> {
  for (const { nodes: made, needs, work } of deferralsIn(nodes)) {
    if (made.every((node) => node.value)) continue
    const values = yield* work(knownValues(needs) ?? (yield* valuesOf(needs)))
    made.forEach((node, i) => (node.value ??= values[i]!))
  }
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

/** Variables that are used for the first time get a block and their initial values. */
function placeAll(storages: readonly Storage[]): void {
  if (storages.every(({ address }) => address)) return
  const fresh = storages.filter((storage) => !storage.address && !fillInPlace(storage))
  const rest = fresh.filter((storage) => !computeInPlace(storage))
  const waiting = rest.filter(({ initial }) => initial)
  const values = evaluateSync(waiting.map(({ initial }) => initial!))
  for (const storage of rest) {
    if (storage.address) continue // placed meanwhile: another one's first values are computed from it
    giveBlock(storage)
    const at = waiting.indexOf(storage)
    if (at < 0) contentsOf(storage).fill(0)
    else overwrite(storage, values[at]!)
  }
}

/** First values that are one number everywhere take no Program. */
function fillInPlace(storage: Storage): boolean {
  const number = storage.initial && numberEverywhere(storage.initial)
  if (number === undefined) return false
  giveBlock(storage)
  contentsOf(storage).fill(number)
  return true
}

function numberEverywhere(node: Node): number | undefined {
  if (node.value) return node.value.length === 1 ? node.value[0] : undefined
  return node.op.repeats ? numberEverywhere(node.inputs[0]!) : undefined
}

/** First values of so many elements are computed where they stay, and need no memory besides. */
const COMPUTED_IN_PLACE = 2 ** 18

/** Runs the Program of a variable's first values in the variable's own block, if it needs no more than that and its inputs' place. */
function computeInPlace(storage: Storage): boolean {
  const { initial } = storage
  if (!initial || initial.value || sizeOf(storage.shape) < COMPUTED_IN_PLACE || deferralsIn([initial]).length) return false
  const { program, signature } = lookUp([initial])
  const { arenaBytes, outputs } = program.plan
  if (outputs[0]!.base !== 'arena' || outputs[0]!.offset !== 0 || arenaBytes > bytesOf(storage) + 4096) return false
  settle()
  program.hold()
  try {
    placeAll(signature.storages)
    const { machine } = program
    const at = machine.memory.allocate(arenaBytes)
    machine.prepare(
      program,
      signature.dynamic.map((node) => node.value!),
      signature.storages.map(({ address }) => address),
      at,
    )
    machine.runHere(program)
    machine.checkFault(program)
    giveBlock(storage, at)
  } finally {
    program.release()
  }
  return true
}

/** A copy of what a variable holds. */
export function readContents(storage: Storage): Contents {
  settle()
  placeAll([storage])
  return contentsOf(storage).slice()
}

/** Overwrites what a variable holds; those who asked for its contents before get them. */
export function replaceContents(storage: Storage, values: HostData): void {
  settle()
  if (!storage.address && !isAwaited(storage)) giveBlock(storage)
  placeAll([storage])
  beforeWrite(storage)
  overwrite(storage, values)
}
