// Ordered nodes become kernel calls on buffers.
import { alignUp } from '../graph/dtypes'
import type { CallHint, Lowering } from '../graph/define'
import { pick } from '../graph/leaves'
import type { Node, Spec } from '../graph/node'
import type { KernelName } from '../generated/kernels'
import { BufferPointer, lastUses, type Buffers } from './place'
import type { Graph, Signature } from './order'

/** A kernel call whose buffers have no offsets yet. */
export interface Draft {
  readonly kernel: KernelName
  readonly args: { readonly [field: string]: number | readonly number[] | BufferPointer | null }
  readonly hint: CallHint
  /** The node that asked for it. */
  readonly node: Node
}

export interface Lowered {
  readonly drafts: readonly Draft[]
  /** Where each node's value (or values) lie. */
  readonly pointers: ReadonlyMap<Node, readonly (BufferPointer | null)[]>
}

interface Work {
  readonly graph: Graph
  readonly order: readonly Node[]
  readonly outputs: readonly Node[]
  readonly signature: Signature
  readonly buffers: Buffers
  readonly threads: number
}

export function lowerNodes({ graph, order, outputs, signature, buffers, threads }: Work): Lowered {
  const end = order.length
  const lastUse = lastUses(graph, order, outputs)
  const picked = pickedOutputs(graph, order)
  const pointers = new Map<Node, readonly (BufferPointer | null)[]>()
  const drafts: Draft[] = []

  /** The output buffers of a node: a variable's own, memory of an input, or new. */
  function outputsOf(node: Node, inputs: readonly BufferPointer[], step: number): readonly (BufferPointer | null)[] {
    if (node.op.writes.length && !node.outputs) return [inputs[node.op.writes[0]!]!]
    return (node.outputs ?? [node]).map((spec, i) => {
      const value = node.outputs ? picked.get(node)?.[i] : node
      if (!value) return null
      const to = Math.max(step, lastUse.get(value) ?? step)
      return (i === 0 ? buffers.overwritable(node, inputs, spec, step, to) : undefined) ?? buffers.allocate(spec, 'arena', step, to)
    })
  }

  /** Where a node's values lie that takes no kernel: a leaf, or another name for what is there. */
  function given(node: Node, inputs: readonly BufferPointer[], step: number): BufferPointer | null | undefined {
    if (node.storage && !node.value) return buffers.allocate(node, signature.placeOf(node.storage), step, end)
    if (graph.isDynamic(node)) return buffers.allocate(node, 'arena', -1, lastUse.get(node) ?? -1)
    if (node.value) return buffers.constant(node, node.value, step, end)
    if (node.op === pick) return pointers.get(graph.inputsOf(node)[0]!)![node.attrs.index as number]!
    const shown = node.op.alias?.(graph.inputsOf(node), node.attrs) ?? null
    if (shown === null) return undefined
    const { buffer, elements } = inputs[0]!
    return new BufferPointer(buffer, elements + shown, node.shape, node.dtype)
  }

  order.forEach((node, step) => {
    const inputs = graph.inputsOf(node).map((input) => pointers.get(input)![0]!)
    const known = given(node, inputs, step)
    if (known !== undefined) return pointers.set(node, [known])
    const ys = outputsOf(node, inputs, step)
    pointers.set(node, ys)
    node.op.lower?.(lowering(node, step, buffers, threads, drafts), inputs, ys, node.attrs)
  })
  return { drafts, pointers }
}

function lowering(node: Node, step: number, buffers: Buffers, threads: number, drafts: Draft[]): Lowering {
  const shared = (spec: Spec) => buffers.allocate(spec, 'arena', step, step)
  return {
    threads,
    call: (kernel, args, hint = {}) => void drafts.push({ kernel, args: args as Draft['args'], hint, node }),
    scratch: (bytesPerThread) => shared({ shape: [(alignUp(bytesPerThread) / 4) * threads], dtype: 'float32' }),
    temporary: (shape, dtype = 'float32') => shared({ shape: typeof shape === 'number' ? [Math.ceil(shape)] : shape, dtype }),
  }
}

/** The outputs that are asked for, by place, of nodes with several. */
function pickedOutputs(graph: Graph, order: readonly Node[]): Map<Node, Node[]> {
  const picked = new Map<Node, Node[]>()
  for (const node of order) {
    if (node.op !== pick || node.value) continue
    const from = graph.inputsOf(node)[0]!
    const outputs = picked.get(from) ?? []
    outputs[node.attrs.index as number] = node
    picked.set(from, outputs)
  }
  return picked
}
