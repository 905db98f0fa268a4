// From the nodes somebody wants to the list of nodes to run: known subexpressions joined, dead ones left out, variables written after their
// readers.
import { checkOp, type CheckedGraph } from './checks'
import { CornusError } from '../util/errors'
import { placeholder } from '../graph/leaves'
import { showAttrs, topologicalOrder, type Node } from '../graph/node'
import type { Storage } from '../graph/storage'
import { showShape } from '../util/shape'

/** A graph with repeated subexpressions joined, in the order of creation. */
export interface Graph {
  readonly nodes: readonly Node[]
  /** A node's inputs after joining. */
  inputsOf(node: Node): readonly Node[]
  /** The node that stands for this one. */
  canonical(node: Node): Node
  /** Whether a leaf's values are copied in for each run. */
  isDynamic(node: Node): boolean
}

/** Equal constants up to this size become one. */
const COMPARED_ELEMENTS = 4

/**
 * `fixed`: values of constants are part of the Program (a traced function); otherwise they come with each run, and a cached Program serves
 * other values too.
 */
export function joinRepeats(ends: readonly Node[], fixed: boolean): Graph {
  const isDynamic = (node: Node) => node.op === placeholder || (node.value !== undefined && !fixed)
  const canon = new Map<Node, Node>()
  const byKey = new Map<string, Node>()
  const canonical = (node: Node) => canon.get(node) ?? node
  for (const node of topologicalOrder(ends)) {
    const key = isDynamic(node) ? `#${node.id}` : keyOf(node, canonical)
    const known = byKey.get(key)
    if (!known) byKey.set(key, node)
    canon.set(node, known ?? node)
  }
  const inputsOf = (node: Node) => (node.value ? [] : node.inputs.map(canonical))
  const nodes = topologicalOrder(ends.map(canonical), inputsOf)
  const inputs = new Map(nodes.map((node) => [node, inputsOf(node)] as const))
  return { nodes, canonical, isDynamic, inputsOf: (node) => inputs.get(node) ?? [] }
}

function keyOf(node: Node, canonical: (node: Node) => Node): string {
  if (node.value && node.value.length <= COMPARED_ELEMENTS)
    return `=${node.dtype}${showShape(node.shape)}${[...node.value].map((v) => (Object.is(v, -0) ? '-0' : v)).join()}`
  if (node.value || node.op.unique) return `#${node.id}`
  return `${node.op.name}(${node.inputs.map((input) => canonical(input).id).join()})${showAttrs(node.attrs)}`
}

/** What makes two requests the same Program, and what differs between them from run to run. */
export interface Signature {
  readonly key: string
  readonly dynamic: readonly Node[]
  readonly storages: readonly Storage[]
  /** A storage's place among them. */
  placeOf(storage: Storage): number
}

export function signatureOf(graph: Graph, ends: readonly Node[]): Signature {
  const place = new Map(graph.nodes.map((node, i) => [node, i] as const))
  const storages = new Map<Storage, number>()
  const dynamic: Node[] = []
  const rows = graph.nodes.map((node) => {
    const spec = `${node.dtype}${showShape(node.shape)}`
    if (graph.isDynamic(node)) return `in${dynamic.push(node)}:${spec}`
    if (node.value) return keyOf(node, graph.canonical)
    const inputs = graph
      .inputsOf(node)
      .map((input) => place.get(input))
      .join()
    if (node.storage) {
      if (!storages.has(node.storage)) storages.set(node.storage, storages.size)
      return `var${storages.get(node.storage)}:${spec}(${inputs})`
    }
    return `${node.op.name}(${inputs})${showAttrs(node.attrs)}:${spec}`
  })
  return {
    key: `${rows.join(';')}→${ends.map((end) => place.get(graph.canonical(end))).join()}`,
    dynamic,
    storages: [...storages.keys()],
    placeOf: (storage) => storages.get(storage)!,
  }
}

/** The node whose memory an alias shows. */
export function aliasRoot(node: Node, graph: Graph): Node {
  let root = node
  while (!root.value && root.op.alias) {
    const inputs = graph.inputsOf(root)
    if (root.op.alias(inputs, root.attrs) === null) break
    root = inputs[0]!
  }
  return root
}

/**
 * Runs in order of creation, but effects as early as they can: after their inputs and after everyone who reads the old contents,
 * so that a gradient's memory is free again soon. Checks of data come before all effects.
 */
export function schedule(graph: CheckedGraph): Node[] {
  const { nodes, inputsOf, early } = graph
  const after = new Map<Node, Set<Node>>(nodes.map((node) => [node, new Set()]))
  const waits = new Map<Node, number>(nodes.map((node) => [node, 0]))
  const edge = (first: Node, second: Node) => {
    if (first === second || after.get(first)!.has(second)) return
    after.get(first)!.add(second)
    waits.set(second, waits.get(second)! + 1)
  }
  const readers = new Map<Node, Node[]>()
  for (const node of nodes) {
    for (const input of inputsOf(node)) {
      edge(input, node)
      const root = aliasRoot(input, graph)
      if (!root.storage || root.value) continue
      const known = readers.get(root)
      if (known) known.push(node)
      else readers.set(root, [node])
    }
  }
  for (const effect of nodes) {
    if (effect.op.writes.length) for (const check of early) edge(check, effect)
    for (const place of effect.op.writes) {
      for (const reader of readers.get(inputsOf(effect)[place]!) ?? []) edge(reader, effect)
    }
  }

  const ready = new Queue()
  for (const node of nodes) if (waits.get(node) === 0) ready.add(node)
  const order: Node[] = []
  for (let node = ready.take(); node; node = ready.take()) {
    order.push(node)
    for (const next of after.get(node)!) {
      const left = waits.get(next)! - 1
      waits.set(next, left)
      if (left === 0) ready.add(next)
    }
  }
  if (order.length !== nodes.length) {
    throw new CornusError(
      'BAD_ARGUMENT',
      'a value read from a variable before it is assigned is combined with one read after; take a copy of the first with .clone()',
    )
  }
  return order
}

/** Nodes that may run: checks and effects first, then the oldest. */
class Queue {
  private readonly urgent: Node[] = []
  private readonly others: Node[] = []

  add(node: Node) {
    if (node.op.writes.length || node.op === checkOp) this.urgent.push(node)
    else {
      let at = this.others.length
      while (at > 0 && this.others[at - 1]!.id < node.id) at--
      this.others.splice(at, 0, node)
    }
  }

  take(): Node | undefined {
    return this.urgent.shift() ?? this.others.pop()
  }
}
