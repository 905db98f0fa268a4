// From the nodes somebody wants to the list of nodes to run: known subexpressions joined, dead ones left out, variables written after their
// readers.
import { checkOp, type CheckedGraph } from './checks'
import { CornusError } from '../util/errors'
import { placeholder } from '../graph/leaves'
import { reachable, showAttrs, topologicalOrder, type Node } from '../graph/node'
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
  /** Nodes that another one stands for, and what their readers read then. */
  const canon = new Map<Node, Node>()
  const changed = new Map<Node, readonly Node[]>()
  const byKey = new Map<string, Node>()
  const canonical = (node: Node) => canon.get(node) ?? node
  const inputsOf = (node: Node) => (node.value ? NONE : (changed.get(node) ?? node.inputs))
  const order = topologicalOrder(ends)
  for (const node of order) {
    if (canon.size && !node.value && node.inputs.some((input) => canon.has(input))) changed.set(node, node.inputs.map(canonical))
    if (isDynamic(node) || isSingle(node)) continue
    const key = keyOf(node, inputsOf)
    const known = byKey.get(key)
    if (known) canon.set(node, known)
    else byKey.set(key, node)
  }
  if (!canon.size) return { nodes: order, canonical, isDynamic, inputsOf }
  const live = reachable(ends.map(canonical), inputsOf)
  return { nodes: order.filter((node) => live.has(node)), canonical, isDynamic, inputsOf }
}

const NONE: readonly Node[] = []

/** Whether no other node can be the same. */
const isSingle = ({ value, op }: Node): boolean => (value ? value.length > COMPARED_ELEMENTS : op.unique)

function keyOf(node: Node, inputsOf: (node: Node) => readonly Node[]): string {
  if (isSingle(node)) return `#${node.id}`
  if (node.value) return `=${node.dtype}${showShape(node.shape)}${Array.from(node.value, (v) => (Object.is(v, -0) ? '-0' : v)).join()}`
  let key = node.op.name
  for (const { id } of inputsOf(node)) key += ` ${id}`
  return key + showAttrs(node.attrs)
}

/** What makes two requests the same Program, and what differs between them from run to run. */
export interface Signature {
  /** Made when it is asked for. */
  readonly key: string
  readonly dynamic: readonly Node[]
  readonly storages: readonly Storage[]
  /** A storage's place among them. */
  placeOf(storage: Storage): number
}

export function signatureOf(graph: Graph, ends: readonly Node[]): Signature {
  const storages = new Map<Storage, number>()
  const dynamic: Node[] = []
  for (const node of graph.nodes) {
    if (graph.isDynamic(node)) dynamic.push(node)
    else if (node.storage && !node.value && !storages.has(node.storage)) storages.set(node.storage, storages.size)
  }
  const placeOf = (storage: Storage) => storages.get(storage)!
  return {
    get key() {
      return keyOfGraph(graph, ends, placeOf)
    },
    dynamic,
    storages: [...storages.keys()],
    placeOf,
  }
}

/** The graph as text, with places for what differs from run to run. */
function keyOfGraph(graph: Graph, ends: readonly Node[], placeOf: (storage: Storage) => number): string {
  const place = new Map(graph.nodes.map((node, i) => [node, i] as const))
  const rows = graph.nodes.map((node) => {
    const spec = `${node.dtype}${showShape(node.shape)}`
    if (graph.isDynamic(node)) return `in:${spec}`
    if (node.value) return keyOf(node, graph.inputsOf)
    const inputs = graph
      .inputsOf(node)
      .map((input) => place.get(input))
      .join()
    if (node.storage) return `var${placeOf(node.storage)}:${spec}(${inputs})`
    return `${node.op.name}(${inputs})${showAttrs(node.attrs)}:${spec}`
  })
  return `${rows.join(';')}→${ends.map((end) => place.get(graph.canonical(end))).join()}`
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
  const place = new Map(nodes.map((node, i) => [node, i] as const))
  /** Who waits for a node, and for how many each waits, by place. */
  const after: number[][] = nodes.map(() => [])
  const waits = new Int32Array(nodes.length)
  const edge = (first: Node, second: number) => {
    const before = place.get(first)!
    if (before === second) return
    after[before]!.push(second)
    waits[second]!++
  }
  const readers = new Map<Node, Node[]>()
  nodes.forEach((node, i) => {
    for (const input of inputsOf(node)) {
      edge(input, i)
      const root = aliasRoot(input, graph)
      if (!root.storage || root.value) continue
      const known = readers.get(root)
      if (known) known.push(node)
      else readers.set(root, [node])
    }
  })
  nodes.forEach((effect, i) => {
    const { writes } = effect.op
    if (writes.length) for (const check of early) edge(check, i)
    for (const written of writes) {
      for (const reader of readers.get(inputsOf(effect)[written]!) ?? []) edge(reader, i)
    }
  })

  const ready = new Queue()
  nodes.forEach((node, i) => waits[i] === 0 && ready.add(node))
  const order: Node[] = []
  for (let node = ready.take(); node; node = ready.take()) {
    order.push(node)
    for (const next of after[place.get(node)!]!) if (--waits[next]! === 0) ready.add(nodes[next]!)
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
