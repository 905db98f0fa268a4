// Checks of data become nodes of the graph: each once, and before all effects.
import type { Op } from '../graph/define'
import { dtypes } from '../graph/dtypes'
import { makeNode, type Node } from '../graph/node'
import { sizeOf, type Shape } from '../util/shape'
import type { PlannedCheck } from './faults'
import type { Graph } from './order'

type CheckAttrs = { low: number; high: number; except: number; id: number }

/** The plan's own op: one record that notes the first number that fails. */
export const checkOp: Op = {
  name: 'check',
  unread: [],
  writes: [],
  unique: true,
  inplace: () => [],
  shape: () => [],
  lower: (program, [x], _, attrs) => {
    if (x) program.call('check', { x, n: sizeOf(x.shape), isFloat: Number(!dtypes[x.dtype].whole), ...(attrs as CheckAttrs) }, { work: 1 })
  },
}

export interface CheckedGraph extends Graph {
  readonly checks: readonly PlannedCheck[]
  /** Nodes of the checks that can stand before all effects: those that need nothing that an effect of the same Program writes. */
  readonly early: readonly Node[]
  /** Whether there are others. */
  readonly hasLate: boolean
}

const LOWEST = -(2 ** 31)
const HIGHEST = 2 ** 31 - 1

/** The graph with the checks of its ops. */
export function withChecks(graph: Graph): CheckedGraph {
  const nodes: Node[] = []
  const checks: PlannedCheck[] = []
  const known = new Set<string>()
  for (const node of graph.nodes) {
    if (node.value || !node.op.checks) continue
    for (const { of: x, low = LOWEST, high = HIGHEST, except = LOWEST, ...words } of node.op.checks(graph.inputsOf(node), node.attrs)) {
      const key = `${x.id} ${low} ${high} ${except}`
      if (known.has(key)) continue
      known.add(key)
      checks.push({ ...words, low, high, except, shape: givenShape(x, graph), isFloat: !dtypes[x.dtype].whole })
      const attrs = { low, high, except, id: checks.length }
      nodes.push(makeNode({ op: checkOp, inputs: [x], attrs, shape: [], dtype: 'int32', outputs: [] }))
    }
  }
  if (!nodes.length) return { ...graph, checks, early: nodes, hasLate: false }
  const late = afterEffects(graph)
  const early = nodes.filter(({ inputs }) => !late.has(inputs[0]!))
  return {
    ...graph,
    nodes: [...graph.nodes, ...nodes],
    checks,
    early,
    hasLate: early.length < nodes.length,
  }
}

/** The shape of the value that this one was made from, one number for each number. */
function givenShape(x: Node, graph: Graph): Shape {
  let node = x
  for (let inputs = graph.inputsOf(node); inputs.length === 1 && inputs[0]!.size === x.size; inputs = graph.inputsOf(node))
    node = inputs[0]!
  return node.shape
}

/** Nodes that need what an effect writes. */
function afterEffects({ nodes, inputsOf }: Graph): Set<Node> {
  const after = new Set<Node>()
  for (const node of nodes) {
    if (inputsOf(node).some((input) => input.op.writes.length > 0 || after.has(input))) after.add(node)
  }
  return after
}
