// The plan: ordered nodes become kernel calls on buffers with offsets, and a note of where threads must meet. It names no op.
import { kernels, layout, type KernelName } from '../generated/kernels'
import type { CallHint, Lowering, Pointer } from '../graph/define'
import { specOf, type HostData, type Node, type Spec } from '../graph/node'
import { sameShape, sizeOf, type Shape } from '../util/shape'
import { placeBuffers } from './arena'
import { aliasRoot, schedule, type Graph, type Signature } from './order'

/** What a buffer's address counts from. */
export type Base = 'constants' | 'arena' | number // a number: the storage in that place of the signature

export interface Place {
  readonly base: Base
  readonly offset: number
}

export interface Record {
  readonly kernel: KernelName
  readonly args: { readonly [field: string]: number | readonly number[] | Place | null }
  /** Only one thread runs it. */
  readonly serial: boolean
  /** All threads meet before it. */
  readonly meet: boolean
  readonly work: number
  /** Op that asked for it. */
  readonly op: string
}

export interface Plan {
  readonly records: readonly Record[]
  readonly arenaBytes: number
  /** What the arena would take without reuse. */
  readonly arenaBytesUnshared: number
  readonly constants: readonly { readonly offset: number; readonly data: HostData; readonly spec: Spec }[]
  readonly constantBytes: number
  /** Arena offsets of the guards. */
  readonly guards: readonly number[]
  readonly inputs: readonly (Place & { readonly spec: Spec })[]
  readonly outputs: readonly (Place & { readonly spec: Spec })[]
  /** Storages (by place) that are written. */
  readonly writes: readonly number[]
  readonly work: number
  /** Threads that its scratch memory is made for. */
  readonly threads: number
  /** Whether more than one thread finds work in it. */
  readonly parallel: boolean
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

export const alignUp = (bytes: number): number => Math.ceil(bytes / layout.ALIGN) * layout.ALIGN

interface Buffer {
  base: Base
  offset: number
  readonly bytes: number
  first: number
  last: number
}

class BufferPointer implements Pointer {
  constructor(readonly buffer: Buffer, readonly elements: number, readonly shape: Shape, readonly dtype: Spec['dtype']) {}

  at(elements: number): Pointer {
    return new BufferPointer(this.buffer, this.elements + elements, this.shape, this.dtype)
  }

  get place(): Place {
    return { base: this.buffer.base, offset: this.buffer.offset + 4 * this.elements }
  }
}

interface Draft {
  kernel: KernelName
  args: { [field: string]: number | readonly number[] | BufferPointer | null }
  hint: CallHint
  op: string
}

export function makePlan(graph: Graph, ends: readonly Node[], signature: Signature, outputs: number, options: PlanOptions): Plan {
  const order = schedule(graph)
  const end = order.length
  const lastUse = lastUses(graph, order, ends.slice(0, outputs).map(graph.canonical))
  const picked = pickedOutputs(graph, order)
  const pointers = new Map<Node, (BufferPointer | null)[]>()
  const buffers: Buffer[] = []
  const constants: { buffer: Buffer; data: HostData; spec: Spec }[] = []
  const drafts: Draft[] = []

  const allocate = (spec: Spec, base: Base, first: number, last: number): BufferPointer => {
    const buffer = { base, offset: 0, bytes: alignUp(4 * sizeOf(spec.shape)), first, last }
    buffers.push(buffer)
    return new BufferPointer(buffer, 0, spec.shape, spec.dtype)
  }

  order.forEach((node, step) => {
    const inputs = graph.inputsOf(node).map((input) => pointers.get(input)![0]!)
    if (node.storage && !node.value) {
      pointers.set(node, [allocate(node, signature.storages.indexOf(node.storage), step, end)])
    } else if (graph.isDynamic(node)) {
      pointers.set(node, [allocate(node, 'arena', -1, lastUse.get(node) ?? -1)])
    } else if (node.value) {
      const pointer = allocate(node, 'constants', step, end)
      constants.push({ buffer: pointer.buffer, data: node.value, spec: specOf(node) })
      pointers.set(node, [pointer])
    } else if (node.op.name === 'pick') {
      pointers.set(node, [pointers.get(graph.inputsOf(node)[0]!)![node.attrs.index as number]!])
    } else {
      const shown = node.op.alias?.(graph.inputsOf(node), node.attrs) ?? null
      if (shown !== null) {
        const from = inputs[0]!
        pointers.set(node, [new BufferPointer(from.buffer, from.elements + shown, node.shape, node.dtype)])
        return
      }
      const lastOf = (value: Node) => Math.max(step, lastUse.get(value) ?? step)
      const ys = node.op.writes.length && !node.outputs
        ? [inputs[node.op.writes[0]!]!]
        : (node.outputs ?? [node]).map((spec, i) => {
          const value = node.outputs ? picked.get(node)?.[i] : node
          return value ? (i === 0 ? overwritable(node, inputs, spec, step, lastOf(value)) : undefined) ?? allocate(spec, 'arena', step, lastOf(value)) : null
        })
      pointers.set(node, ys)
      node.op.lower?.(lowering(node, step), inputs, ys, node.attrs)
    }
  })

  function overwritable(node: Node, inputs: readonly BufferPointer[], spec: Spec, step: number, last: number): BufferPointer | undefined {
    if (!options.reuse) return undefined
    for (const place of node.op.inplace(node.attrs)) {
      const { buffer, elements, shape } = inputs[place]!
      const whole = buffer.base === 'arena' && elements === 0 && buffer.bytes === alignUp(4 * sizeOf(shape)) && sizeOf(shape) === sizeOf(spec.shape)
      const others = inputs.filter((other) => other.buffer === buffer)
      if (whole && buffer.last === step && others.every((other) => other.elements === 0 && sameShape(other.shape, shape))) {
        buffer.last = last
        return new BufferPointer(buffer, 0, spec.shape, spec.dtype)
      }
    }
    return undefined
  }

  function lowering(node: Node, step: number): Lowering {
    return {
      threads: options.threads,
      call: (kernel, args, hint = {}) => drafts.push({ kernel, args: args as unknown as Draft['args'], hint, op: node.op.name }),
      scratch: (bytesPerThread) => {
        const elements = (alignUp(bytesPerThread) / 4) * options.threads
        return allocate({ shape: [elements], dtype: 'float32' }, 'arena', step, step)
      },
    }
  }

  const arena = buffers.filter(({ base }) => base === 'arena')
  const placement = placeBuffers(arena.map((buffer) => ({ ...buffer, bytes: buffer.bytes + options.guard })), options.reuse)
  arena.forEach((buffer, i) => (buffer.offset = placement.offsets[i]!))
  let constantBytes = 0
  for (const { buffer } of constants) {
    buffer.offset = constantBytes
    constantBytes += buffer.bytes
  }

  const records = markMeetings(drafts, options.threads)
  return {
    records,
    arenaBytes: placement.bytes,
    arenaBytesUnshared: arena.reduce((sum, { bytes }) => sum + bytes, 0),
    constants: constants.map(({ buffer, data, spec }) => ({ offset: buffer.offset, data, spec })),
    constantBytes,
    guards: options.guard && !options.reuse ? arena.map(({ offset, bytes }) => offset + bytes) : [],
    inputs: signature.dynamic.map((node) => ({ ...pointers.get(node)![0]!.place, spec: specOf(node) })),
    outputs: ends.slice(0, outputs).map((node) => ({ ...pointers.get(graph.canonical(node))![0]!.place, spec: specOf(node) })),
    writes: [...new Set(order.flatMap((node) => node.op.writes.map((place) => signature.storages.indexOf(graph.inputsOf(node)[place]!.storage!))))],
    work: records.reduce((sum, { work }) => sum + work, 0),
    threads: options.threads,
    parallel: records.some(({ serial }) => !serial) && options.threads > 1,
  }
}

/** The outputs that are asked for, by place, of nodes with several. */
function pickedOutputs(graph: Graph, order: readonly Node[]): Map<Node, Node[]> {
  const picked = new Map<Node, Node[]>()
  for (const node of order) {
    if (node.op.name !== 'pick' || node.value) continue
    const from = graph.inputsOf(node)[0]!
    const outputs = picked.get(from) ?? []
    outputs[node.attrs.index as number] = node
    picked.set(from, outputs)
  }
  return picked
}

/** The step after which nobody needs a node's memory: aliases count for what they show. */
function lastUses(graph: Graph, order: readonly Node[], outputs: readonly Node[]): Map<Node, number> {
  const last = new Map<Node, number>()
  const use = (node: Node, step: number) => {
    const root = aliasRoot(node, graph)
    last.set(root, Math.max(last.get(root) ?? -1, step))
  }
  order.forEach((node, step) => graph.inputsOf(node).forEach((input, place) => !node.op.unread.includes(place) && use(input, step)))
  outputs.forEach((node) => use(node, order.length))
  return last
}

/** Bytes that a record touches, for finding who depends on whom. */
interface Access {
  readonly base: Base
  readonly from: number
  readonly to: number
  readonly write: boolean
  readonly start: number
}

/**
 * A meeting stands before a record only if it touches what another thread may have written, or writes what another may still read, since
 * the last meeting. Two serial records run on the same thread, and element-wise ones over the same memory stay within their shares.
 */
function markMeetings(drafts: readonly Draft[], threads: number): Record[] {
  let since: { accesses: Access[]; serial: boolean; elementwise: number | undefined }[] = []
  return drafts.map(({ kernel, args, hint, op }) => {
    const accesses = accessesOf(kernel, args)
    const work = hint.work ?? accesses.reduce((sum, { from, to }) => sum + (to - from) / 4, 0)
    const serial = work < SHARE_FROM
    const meet = threads > 1 && since.some((earlier) =>
      !(serial && earlier.serial) && earlier.accesses.some((a) => accesses.some((b) =>
        (a.write || b.write) && a.base === b.base && a.from < b.to && b.from < a.to &&
        !(hint.elementwise !== undefined && hint.elementwise === earlier.elementwise && !serial && !earlier.serial && a.start === b.start))))
    if (meet) since = []
    since.push({ accesses, serial, elementwise: hint.elementwise })
    const placed = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, value instanceof BufferPointer ? value.place : value]))
    return { kernel, args: placed, serial, meet, work, op }
  })
}

function accessesOf(kernel: KernelName, args: Draft['args']): Access[] {
  const accesses: Access[] = []
  for (const [name, , , role] of kernels[kernel].fields) {
    const pointer = args[name]
    if (!(pointer instanceof BufferPointer)) continue
    const { base, offset, bytes } = pointer.buffer
    accesses.push({ base, from: offset, to: offset + bytes, write: role !== 'in', start: offset + 4 * pointer.elements })
  }
  return accesses
}
