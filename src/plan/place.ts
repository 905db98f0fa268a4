// Where values lie: each gets a buffer with a life from its first to its last step; buffers of the arena get their offsets at the end.
import type { Pointer } from '../graph/define'
import { alignUp, bytesOf, dtypes } from '../graph/dtypes'
import { specOf, type HostData, type Node, type Spec } from '../graph/node'
import { sameShape, type Shape } from '../util/shape'
import { placeBuffers } from './arena'
import { aliasRoot, type Graph } from './order'
import type { Base } from './packed'
import type { Operand, PlanOptions, PlannedConstant } from './plan'

interface Buffer {
  readonly base: Base
  offset: number
  readonly bytes: number
  /** First and last step that needs it. */
  readonly from: number
  to: number
}

export class BufferPointer implements Pointer {
  constructor(
    readonly buffer: Buffer,
    readonly elements: number,
    readonly shape: Shape,
    readonly dtype: Spec['dtype'],
  ) {}

  at(elements: number): Pointer {
    return new BufferPointer(this.buffer, this.elements + elements, this.shape, this.dtype)
  }

  /** Known once offsets are. */
  get operand(): Operand {
    const { base, offset, bytes } = this.buffer
    const unit = dtypes[this.dtype].bytes
    return { base, offset: offset + unit * this.elements, from: offset, to: offset + bytes, unit }
  }
}

/** The buffers of a plan. */
export class Buffers {
  private readonly all: Buffer[] = []
  private readonly constants: { readonly buffer: Buffer; readonly data: HostData; readonly spec: Spec }[] = []

  constructor(private readonly options: PlanOptions) {}

  allocate(spec: Spec, base: Base, from: number, to: number): BufferPointer {
    const buffer = { base, offset: 0, bytes: alignUp(bytesOf(spec)), from, to }
    this.all.push(buffer)
    return new BufferPointer(buffer, 0, spec.shape, spec.dtype)
  }

  constant(node: Node, data: HostData, from: number, to: number): BufferPointer {
    const pointer = this.allocate(node, 'constants', from, to)
    this.constants.push({ buffer: pointer.buffer, data, spec: specOf(node) })
    return pointer
  }

  /** The memory of an input that nobody needs after this step and that the op may overwrite, if there is one. */
  overwritable(node: Node, inputs: readonly BufferPointer[], spec: Spec, step: number, to: number): BufferPointer | undefined {
    if (!this.options.reuse) return undefined
    for (const place of node.op.inplace(node.attrs)) {
      const { buffer, elements, shape } = inputs[place]!
      const whole =
        buffer.base === 'arena' &&
        elements === 0 &&
        buffer.bytes === alignUp(bytesOf(inputs[place]!)) &&
        bytesOf(inputs[place]!) === bytesOf(spec)
      const others = inputs.filter((other) => other.buffer === buffer)
      if (whole && buffer.to === step && others.every((other) => other.elements === 0 && sameShape(other.shape, shape))) {
        buffer.to = to
        return new BufferPointer(buffer, 0, spec.shape, spec.dtype)
      }
    }
    return undefined
  }

  /** Gives every buffer its offset. */
  settle(): { arenaBytes: number; arenaBytesUnshared: number; constants: PlannedConstant[]; constantBytes: number; guards: number[] } {
    const { reuse, guard } = this.options
    const arena = this.all.filter(({ base }) => base === 'arena')
    const { offsets, bytes: arenaBytes } = placeBuffers(
      arena.map(({ bytes, from, to }) => ({ bytes: bytes + guard, from, to })),
      reuse,
    )
    arena.forEach((buffer, i) => (buffer.offset = offsets[i]!))
    let constantBytes = 0
    for (const { buffer } of this.constants) {
      buffer.offset = constantBytes
      constantBytes += buffer.bytes
    }
    return {
      arenaBytes,
      arenaBytesUnshared: arena.reduce((sum, { bytes }) => sum + bytes, 0),
      constants: this.constants.map(({ buffer, data, spec }) => ({ offset: buffer.offset, data, spec })),
      constantBytes,
      guards: guard && !reuse ? arena.map(({ offset, bytes }) => offset + bytes) : [],
    }
  }
}

/** The step after which nobody needs a node's memory: aliases count for what they show. */
export function lastUses(graph: Graph, order: readonly Node[], outputs: readonly Node[]): Map<Node, number> {
  const last = new Map<Node, number>()
  const use = (node: Node, step: number) => {
    const root = aliasRoot(node, graph)
    last.set(root, Math.max(last.get(root) ?? -1, step))
  }
  order.forEach((node, step) => graph.inputsOf(node).forEach((input, place) => !node.op.unread.includes(place) && use(input, step)))
  outputs.forEach((node) => use(node, order.length))
  return last
}
