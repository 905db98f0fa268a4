// A trace: what a function did to variables while it was being recorded, so that all of it becomes one Program.
import { nth } from '../util/lists'
import { readVariable } from './leaves'
import { makeNode, specOf, type Node } from './node'
import type { Storage } from './storage'

export interface Trace {
  /** Ops that write variables, in the order of the calls. */
  readonly effects: Node[]
  /** The leaf that reads a variable's contents as of now. */
  readonly leaves: Map<Storage, Node>
}

let current: Trace | undefined

/** The trace that is being recorded, if any. */
export const currentTrace = (): Trace | undefined => current

/** Runs `body` as a recording of its own. */
export function recordTrace<T>(body: () => T): { trace: Trace; result: T } {
  const outer = current
  const trace: Trace = { effects: [], leaves: new Map() }
  current = trace
  try {
    return { trace, result: body() }
  } finally {
    current = outer
  }
}

/** Runs `body` as if nothing were recorded: what it makes does not depend on the trace under way. */
export function outsideTrace<T>(body: () => T): T {
  const outer = current
  current = undefined
  try {
    return body()
  } finally {
    current = outer
  }
}

/** The node that reads a variable: its contents now, or as left by the effects recorded so far. */
export function readStorage(storage: Storage): Node {
  const known = current ? current.leaves.get(storage) : storage.leaf?.deref()
  if (known) return known
  const node = makeNode({ op: readVariable, ...specOf(storage), storage })
  if (current) current.leaves.set(storage, node)
  else storage.leaf = new WeakRef(node)
  return node
}

/** Notes an effect in the trace; whoever reads the written variables afterwards sees what it wrote. */
export function recordEffect(trace: Trace, effect: Node): void {
  trace.effects.push(effect)
  for (const place of effect.op.writes) {
    const { storage } = nth(effect.inputs, place)
    if (!storage) continue
    const after = makeNode({ op: readVariable, inputs: [effect], ...specOf(storage), storage })
    trace.leaves.set(storage, after)
  }
}
