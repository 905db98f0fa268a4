// Rewrites: patterns of the graph that are replaced by something cheaper of the same value. The list is src/ops/rewrites.ts; each has an
// off-switch.
import type { Attrs, Node } from './node'
import type { Op, Sole } from './define'

export const rewriteNames = [
  'activation',
  'scaling',
  'rectifiedGradient',
  'softmaxLogits',
  'sigmoidLogits',
  'rowGradient',
  'zeroGradient',
] as const
export type RewriteName = (typeof rewriteNames)[number]

/** A node whose inputs may have been rewritten already. */
export interface Candidate {
  readonly op: Op
  readonly inputs: readonly Node[]
  readonly attrs: Attrs
}

export interface Rewrite {
  readonly name: RewriteName
  /** Names of the ops at the top of the pattern. */
  readonly ops: readonly string[]
  /** The rest of the pattern, and the condition. */
  when(node: Candidate, sole: Sole): boolean
  /** What takes its place; nothing if an op below cannot do it after all. */
  result(node: Candidate, sole: Sole): Node | null
  /** When: before each plan, at any node; or where somebody asks for it, as a loss does. */
  readonly at: 'plan' | 'call'
}

const byName = new Map<RewriteName, Rewrite>()
/** Those of plans by the op at their top. */
const planned = new Map<string, Rewrite[]>()
const off = new Set<RewriteName>()

/** Takes the list. */
export function provideRewrites(list: readonly Rewrite[]): readonly Rewrite[] {
  for (const rewrite of list) {
    byName.set(rewrite.name, rewrite)
    if (rewrite.at === 'plan') for (const op of rewrite.ops) planned.set(op, [...(planned.get(op) ?? []), rewrite])
  }
  return list
}

/** Which are on: all, none, or all but those that are named with false. */
export type RewriteChoice = boolean | { readonly [K in RewriteName]?: boolean }

export const isRewriteChoice = (choice: unknown): choice is RewriteChoice =>
  typeof choice === 'boolean' ||
  (typeof choice === 'object' &&
    choice !== null &&
    Object.entries(choice).every(([name, on]) => (rewriteNames as readonly string[]).includes(name) && typeof on === 'boolean'))

export function chooseRewrites(choice: RewriteChoice): void {
  off.clear()
  for (const name of rewriteNames) if (choice === false || (choice !== true && choice[name] === false)) off.add(name)
}

const tried = (rewrite: Rewrite, node: Candidate, sole: Sole): Node | null =>
  !off.has(rewrite.name) && rewrite.when(node, sole) ? rewrite.result(node, sole) : null

/** What a plan puts in the place of a node, if anything. */
export function planRewrite(node: Candidate, sole: Sole): Node | null {
  for (const rewrite of planned.get(node.op.name) ?? []) {
    const result = tried(rewrite, node, sole)
    if (result) return result
  }
  return null
}

/** Whether a plan may find something to rewrite at an op. */
export const mayRewrite = ({ name }: Op): boolean => planned.has(name)

/** A node by the rewrite of this name, where it applies. */
export function rewritten(name: RewriteName, node: Node): Node | undefined {
  const rewrite = byName.get(name)
  return rewrite?.ops.includes(node.op.name) ? (tried(rewrite, node, () => false) ?? undefined) : undefined
}
