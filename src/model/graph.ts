// A drawn model as a graph: the calls between its inputs and outputs, in an order in which they can run, and layers in Keras's order.
import type { Call, SymbolicTensor } from '../graph/symbolic'
import { CornusError } from '../util/errors'

export interface CallGraph {
  /** Calls in an order in which they can run, without those of the inputs. */
  readonly calls: readonly Call[]
  /** Targets of all calls, inputs' too, each once: by distance from the outputs, the farthest first, as Keras lists layers. */
  readonly targets: readonly object[]
}

/** Layers of inputs in the place of what gave a tensor elsewhere. */
export type StandIns = ReadonlyMap<SymbolicTensor, object>

/**
 * The graph between symbolic tensors; inputs may be any, so that a part of another model is a model too: `standIns` are the layers of those
 * that no input layer gives.
 */
export function callGraph(
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
  model: string,
  standIns: StandIns = new Map(),
): CallGraph {
  const given = new Set(inputs)
  const targetsOf = (call: Call): readonly object[] => {
    const found = call.outputs.flatMap((output) => standIns.get(output) ?? [])
    return found.length && isGiven(call, given) ? found : [call.target]
  }
  const { order, places } = walk(given, inputs, outputs, model, targetsOf)
  const depths = depthsOf(order, given, targetsOf)
  const targets = [...depths.keys()].toSorted((a, b) => depths.get(b)! - depths.get(a)! || places.get(a)! - places.get(b)!)
  return { calls: order.filter((call) => !isGiven(call, given)), targets }
}

/** A call that stands where the model begins: what it computes is given. */
const isGiven = (call: Call, given: ReadonlySet<SymbolicTensor>): boolean =>
  call.outputs.every((output) => given.has(output)) || call.inputs.length === 0

/**
 * Calls with their inputs before them, without recursion, for models may be thousands of layers deep; and the place at which each target
 * was met first.
 */
function walk(
  given: ReadonlySet<SymbolicTensor>,
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
  model: string,
  targetsOf: (call: Call) => readonly object[],
) {
  const order: Call[] = []
  const places = new Map<object, number>()
  const done = new Set<Call>()
  const stack: { readonly call: Call; next: number }[] = []
  const meet = (call: Call) => {
    if (done.has(call)) return
    done.add(call)
    for (const target of targetsOf(call)) if (!places.has(target)) places.set(target, places.size)
    stack.push({ call, next: 0 })
  }
  for (const output of [...outputs, ...inputs]) {
    meet(output.call)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const input = isGiven(top.call, given) ? undefined : top.call.inputs[top.next++]
      if (input) meet(input.call)
      else {
        checkReached(top.call, given, model)
        order.push(top.call)
        stack.pop()
      }
    }
  }
  return { order, places }
}

function checkReached(call: Call, given: ReadonlySet<SymbolicTensor>, model: string): void {
  const isInput = call.inputs.length === 0
  if (!isInput || call.outputs.every((output) => given.has(output))) return
  throw new CornusError(
    'BAD_ARGUMENT',
    `${model}: the outputs depend on the input '${call.name}', which is not among the model's inputs; add it to inputs`,
  )
}

/**
 * Keras's rule: a call stands one before the calls that need it, a target where the farthest of its calls stands; inputs as their calls do.
 */
function depthsOf(
  order: readonly Call[],
  given: ReadonlySet<SymbolicTensor>,
  targetsOf: (call: Call) => readonly object[],
): Map<object, number> {
  const ofCalls = new Map<Call, number>()
  const ofTargets = new Map<object, number>()
  for (const call of [...order].reverse()) {
    const targets = targetsOf(call)
    const depth = Math.max(ofCalls.get(call) ?? 0, ...targets.map((target) => ofTargets.get(target) ?? 0))
    ofCalls.set(call, depth)
    for (const target of targets) ofTargets.set(target, depth)
    if (isGiven(call, given)) continue
    for (const { call: before } of call.inputs) ofCalls.set(before, Math.max(ofCalls.get(before) ?? 0, depth + 1))
  }
  return ofTargets
}
