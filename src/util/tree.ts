// Trees: wherever one tensor may stand, an array or an object of them may, to any depth. All user data goes through here.
import { check, CornusError, reading, showValue } from './errors'

/** A leaf, or an array or object of trees. */
export type Tree<L> = L | readonly Tree<L>[] | { readonly [name: string]: Tree<L> }

/** Deeper data is a mistake, as a structure that contains itself. */
const MAX_DEPTH = 64

/** How a tree branches: what is a leaf, and how to build the tree again from others in the same order. */
export interface Flat<L> {
  readonly leaves: readonly L[]
  /** Each leaf's place in words: 'x', 'x[0]', 'x.title'. */
  readonly paths: readonly string[]
  /** A tree of the same form. */
  rebuild<M>(leaves: readonly M[]): Tree<M>
}

/**
 * Leaves in order (of an object: the order of its keys), with a way back. `isLeaf` says what stands for itself; anything else must be an
 * array or a plain
 * object, or is an error that names its place, which begins with `what`.
 */
export function flattenTree<L>(tree: unknown, isLeaf: (x: unknown) => x is L, what: string, message = expectedTensors): Flat<L> {
  const leaves: L[] = []
  const paths: string[] = []
  const walk = (part: unknown, path: string, depth: number): (<M>(from: readonly M[]) => Tree<M>) => {
    if (isLeaf(part)) {
      const place = leaves.push(part) - 1
      paths.push(path)
      return (from) => from[place]!
    }
    check(
      depth < MAX_DEPTH,
      'BAD_DATA',
      () => `${what}: arrays and objects stand more than ${MAX_DEPTH} deep in each other; does it contain itself?`,
    )
    if (Array.isArray(part)) {
      const builders = Array.from(part, (each, i) => walk(each, `${path}[${i}]`, depth + 1))
      return (from) => builders.map((build) => build(from))
    }
    if (typeof part !== 'object' || part === null) throw new CornusError('BAD_DATA', message(part, path))
    const builders = Object.entries(part).map(([name, each]) => [name, walk(each, `${path}.${name}`, depth + 1)] as const)
    return (from) => Object.fromEntries(builders.map(([name, build]) => [name, build(from)]))
  }
  const rebuild = reading(what, () => walk(tree, what, 0))
  return { leaves, paths, rebuild }
}

const expectedTensors = (part: unknown, path: string) => `${path} is ${showValue(part)}; expected a tensor, or an array or object of them`

/** The tree with each leaf replaced. */
export function mapTree<L, M>(tree: unknown, isLeaf: (x: unknown) => x is L, map: (leaf: L, path: string) => M, what: string): Tree<M> {
  const { leaves, paths, rebuild } = flattenTree(tree, isLeaf, what)
  return rebuild(leaves.map((leaf, i) => map(leaf, paths[i]!)))
}

/** The leaves in Keras's order: of an object by its sorted keys. */
export function leavesByName<L>(tree: Tree<L>, isLeaf: (x: unknown) => x is L): L[] {
  if (isLeaf(tree)) return [tree]
  if (Array.isArray(tree)) return (tree as readonly Tree<L>[]).flatMap((each) => leavesByName(each, isLeaf))
  const branches = tree as { readonly [name: string]: Tree<L> }
  return Object.keys(branches)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => leavesByName(branches[name]!, isLeaf))
}
