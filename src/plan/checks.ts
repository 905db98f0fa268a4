// Checks of data become nodes of the graph: each once, and before all effects. What one finds wrong can be told afterwards.
import type { DataCheck, Op } from '../graph/define'
import { makeNode, type Node } from '../graph/node'
import { sizeOf, type Shape } from '../util/shape'
import type { Graph } from './order'

/** A check as a Program keeps it: all that a message needs. */
export interface PlannedCheck extends Required<Omit<DataCheck, 'of'>> {
  /** Shape of what the user gave, before it was reshaped. */
  readonly shape: Shape
  /** Whether the numbers come as float32, and must be whole. */
  readonly isFloat: boolean
}

type CheckAttrs = { low: number; high: number; except: number; id: number }

/** The plan's own op: one record that notes the first number that fails. */
export const checkOp: Op = {
  name: 'check', unread: [], writes: [], unique: true, inplace: () => [],
  shape: () => [],
  lower: (program, [x], _, attrs) => {
    if (x) program.call('check', { x, n: sizeOf(x.shape), isFloat: Number(x.dtype === 'float32'), ...attrs as CheckAttrs }, { work: 1 })
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
  const inputs = new Map<Node, readonly Node[]>()
  const checks: PlannedCheck[] = []
  const known = new Set<string>()
  for (const node of graph.nodes) {
    if (node.value || !node.op.checks) continue
    for (const { of: x, low = LOWEST, high = HIGHEST, except = LOWEST, ...words } of node.op.checks(graph.inputsOf(node), node.attrs)) {
      const key = `${x.id} ${low} ${high} ${except}`
      if (known.has(key)) continue
      known.add(key)
      checks.push({ ...words, low, high, except, shape: givenShape(x, graph), isFloat: x.dtype === 'float32' })
      inputs.set(makeNode({ op: checkOp, attrs: { low, high, except, id: checks.length }, shape: [], dtype: 'int32', outputs: [] }), [x])
    }
  }
  const late = afterEffects(graph)
  const nodes = [...inputs.keys()]
  const early = nodes.filter((node) => !late.has(inputs.get(node)![0]!))
  return { ...graph, nodes: [...graph.nodes, ...nodes], inputsOf: (node) => inputs.get(node) ?? graph.inputsOf(node), checks, early, hasLate: early.length < nodes.length }
}

/** The shape of the value that this one was made from, one number for each number. */
function givenShape(x: Node, graph: Graph): Shape {
  let node = x
  for (let inputs = graph.inputsOf(node); inputs.length === 1 && inputs[0]!.size === x.size; inputs = graph.inputsOf(node)) node = inputs[0]!
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

/** A number that a check found wrong. */
export interface DataFault extends PlannedCheck {
  readonly value: number
  /** Its place in what the user gave. */
  readonly position: readonly number[]
}

/** What a check that failed noted (its number from 1, the value's bits, the value's place) in words of the caller. */
export function faultOf(checks: readonly PlannedCheck[], [id, bits, place]: readonly [number, number, number]): DataFault {
  const check = checks[id - 1]!
  const value = check.isFloat ? new Float32Array(Int32Array.of(bits).buffer)[0]! : bits
  let rest = place
  const position = [...check.shape].reverse().map((size) => {
    const at = rest % size
    rest = (rest - at) / size
    return at
  }).reverse()
  return { ...check, value, position }
}

/** "label 7 of sample 3 is outside 0 to 2", and what was expected. */
export function describeFault({ op, what, value, position: [sample = 0, ...rest], isFloat, low, high, hint }: DataFault): string {
  const where = rest.some((at) => at > 0) ? `at [${[sample, ...rest].join(', ')}]` : `of sample ${sample}`
  return `${op}: ${what} ${value} ${where} is ${isFloat ? 'not a whole number' : `outside ${low} to ${high}`}; ${hint}`
}
