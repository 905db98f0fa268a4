// The plan: ordered nodes become kernel calls on buffers with offsets, and a note of where threads must meet. It names no op.
import type { KernelName } from '../generated/kernels'
import { specOf, type HostData, type Node, type Spec } from '../graph/node'
import { withChecks } from './checks'
import { lowerNodes, type Draft } from './lower'
import { accessesOf, markMeetings } from './meet'
import { schedule, type Graph, type Signature } from './order'
import type { PlacedValue, Place, ProgramFrame } from './packed'
import { BufferPointer, Buffers } from './place'

/** A pointer of a kernel call, and the buffer that it points into. */
export interface Operand extends Place {
  /** The buffer, in bytes from the base. */
  readonly from: number
  readonly to: number
  /** Bytes of an element. */
  readonly unit: number
}

/** A record of the Program: one kernel with its arguments. */
export interface KernelCall {
  readonly kernel: KernelName
  readonly args: { readonly [field: string]: number | readonly number[] | Operand | null }
  /** Only one thread runs it. */
  readonly serial: boolean
  /** Elements that a flat element-wise kernel cuts between threads. */
  readonly elementwise: number | undefined
  /** All threads meet before it. */
  readonly meet: boolean
  /** The first record of the Program's effects: nobody goes on from here if a check has failed. */
  readonly gate: boolean
  readonly work: number
  /** Op that asked for it. */
  readonly op: string
}

export interface PlannedConstant {
  readonly offset: number
  readonly data: HostData
  readonly spec: Spec
}

export interface Plan extends ProgramFrame {
  readonly records: readonly KernelCall[]
  /** What the arena would take without reuse. */
  readonly arenaBytesUnshared: number
  readonly constants: readonly PlannedConstant[]
}

export interface PlanOptions {
  /** Threads the program may run on; scratch is sized for them. */
  readonly threads: number
  /** Off-switch for bisecting: every buffer gets memory of its own. */
  readonly reuse: boolean
  /** Leaves a guard of so many bytes behind each buffer of the arena, for finding kernels that write too far. */
  readonly guard: number
}

/** Below this much work (element steps) a record is not worth a meeting of threads. */
const SHARE_FROM = 16384

/** Sees every plan that is made: a checker, or whoever gathers figures. */
export type PlanObserver = (plan: Plan) => void
export const planObservers = new Set<PlanObserver>()

/** Plans the ends of a graph: first so many outputs, then effects. */
export function makePlan(graph: Graph, ends: readonly Node[], signature: Signature, outputs: number, options: PlanOptions): Plan {
  const checked = withChecks(graph)
  const order = schedule(checked)
  const wanted = ends.slice(0, outputs).map(graph.canonical)
  const buffers = new Buffers(options)
  const { drafts, pointers } = lowerNodes({ graph: checked, order, outputs: wanted, signature, buffers, threads: options.threads })
  const memory = buffers.settle()
  const firstEffect = drafts.findIndex(({ node }) => node.op.writes.length > 0)
  const gate = checked.early.length ? firstEffect : -1
  const records = markMeetings(
    drafts.map((draft, i) => callOf(draft, i === gate)),
    options.threads,
  )
  const placed = (node: Node): PlacedValue => {
    const { base, offset } = pointers.get(node)![0]!.operand
    return { base, offset, spec: specOf(node) }
  }
  const plan = {
    records,
    ...memory,
    inputs: signature.dynamic.map(placed),
    outputs: wanted.map(placed),
    storages: signature.storages.map(specOf),
    meetingsBeforeEffects: meetingsBefore(firstEffect, records),
    checks: checked.checks,
    restores: checked.hasLate,
    writes: [...new Set(order.flatMap((node) => node.op.writes.map((place) => signature.placeOf(graph.inputsOf(node)[place]!.storage!))))],
    work: records.reduce((sum, { work }) => sum + work, 0),
    threads: options.threads,
    parallel: records.some(({ serial }) => !serial) && options.threads > 1,
  }
  for (const observer of planObservers) observer(plan)
  return plan
}

const meetingsBefore = (first: number, records: readonly KernelCall[]): number =>
  first < 0 ? records.length + 1 : records.slice(0, first + 1).filter(({ meet }) => meet).length

/** A kernel call once its buffers have their offsets, before it is known whether threads meet before it. */
function callOf({ kernel, args, hint, node }: Draft, gate: boolean): KernelCall {
  const placed: { [field: string]: KernelCall['args'][string] } = {}
  for (const name in args) {
    const value = args[name] ?? null
    placed[name] = value instanceof BufferPointer ? value.operand : value
  }
  const work = hint.work ?? accessesOf({ kernel, args: placed }).reduce((sum, { from, to, unit }) => sum + (to - from) / unit, 0)
  return { kernel, args: placed, serial: work < SHARE_FROM, meet: false, gate, elementwise: hint.elementwise, work, op: node.op.name }
}
