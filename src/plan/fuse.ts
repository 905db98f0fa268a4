// Before a graph is planned: nodes that a rewrite makes cheaper, as an activation that a product applies while it writes, are replaced.
import { makeNode, topologicalOrder, type Node } from '../graph/node'
import { mayRewrite, planRewrite } from '../graph/rewrites'

/** The same ends, made of a cheaper graph where a rewrite knows one. */
export function fuse(ends: readonly Node[]): readonly Node[] {
  const order = topologicalOrder(ends)
  if (!order.some(({ op, value }) => mayRewrite(op) && !value)) return ends
  const readers = new Map<Node, number>()
  for (const node of [...order.flatMap(({ value, inputs }) => (value ? [] : inputs)), ...ends])
    readers.set(node, (readers.get(node) ?? 0) + 1)
  const sole = (node: Node) => readers.get(node) === 1 && !node.value
  const fresh = new Set<Node>()
  /** Counts who reads what in a new piece of graph; what it is made of has its count already. */
  const adopt = (node: Node): void =>
    node.inputs.forEach((input) => {
      const known = readers.get(input)
      if (known !== undefined && !fresh.has(input)) return
      readers.set(input, (known ?? 0) + 1)
      if (known === undefined) adopt(input)
      fresh.add(input)
    })
  const present = new Map<Node, Node>()
  for (const node of order) {
    if (node.value || node.inputs.length === 0) continue
    const inputs = node.inputs.map((input) => present.get(input) ?? input)
    const better = planRewrite({ op: node.op, inputs, attrs: node.attrs }, sole)
    // From the first change on all nodes are made anew, so that they stay in the order of their creation.
    if (!better && present.size === 0) continue
    const next = better ?? makeNode({ ...node, inputs })
    present.set(node, next)
    readers.set(next, readers.get(node) ?? 0)
    if (better) adopt(better)
  }
  return ends.map((end) => present.get(end) ?? end)
}
