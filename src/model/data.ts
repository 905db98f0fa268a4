// Data as users give it: trees of values. Their leaves, in the order of the model's own inputs and outputs, are the feeds of a step.
import { reshapeAdvice } from './advice'
import { isHostData, makeConstant, type TensorLike } from '../graph/convert'
import { Tensor, type HostData, type Spec } from '../graph/node'
import { Variable } from '../graph/variable'
import type { Feed } from '../runtime/machine'
import { evaluate } from '../runtime/turns'
import { check, didYouMean, reading, showValue } from '../util/errors'
import { showShape, type Shape } from '../util/shape'
import { flattenTree, type Flat, type Tree } from '../util/tree'

/** Values, or an array or object of them where a model has several inputs or outputs. */
export type DataTree = TensorLike | readonly DataTree[] | { readonly [name: string]: DataTree }

/** Values with their shape: [samples, …]. */
export interface Samples extends Spec {
  readonly data: HostData
}

/**
 * What a step takes, each part a tree of tensors: the trees of the model's inputs and outputs, where it says so, else as they were given.
 */
export interface StepData {
  readonly x: Tree<Tensor>
  readonly y?: Tree<Tensor>
  readonly sampleWeight?: Tree<Tensor>
}

/** How the leaves of a batch stand in x, y and sample weights. */
export class Layout {
  /** Layouts with the same key are alike. */
  readonly key: string

  constructor(
    private readonly x: Flat<unknown>,
    private readonly y?: Flat<unknown>,
    private readonly weight?: Flat<unknown>,
  ) {
    this.key = `${textOf(x)}|${textOf(y)}|${textOf(weight)}`
  }

  /** Leaves in words: 'x.title'. */
  get paths(): readonly string[] {
    return [this.x, this.y, this.weight].flatMap((part) => part?.paths ?? [])
  }

  /** How many leaves are inputs. */
  get inputs(): number {
    return this.x.leaves.length
  }

  get hasTargets(): boolean {
    return this.y !== undefined
  }

  /** The trees again, of something for each leaf. */
  rebuild(leaves: readonly Tensor[]): StepData {
    let at = 0
    const next = (part: Flat<unknown>) => part.rebuild(leaves.slice(at, (at += part.leaves.length)))
    return { x: next(this.x), ...(this.y && { y: next(this.y) }), ...(this.weight && { sampleWeight: next(this.weight) }) }
  }
}

const textOf = (part: Flat<unknown> | undefined): string => (part ? part.paths.join() : '')

/** One batch: how to write each leaf, and what they make together. */
export interface Batch {
  readonly size: number
  readonly layout: Layout
  readonly specs: readonly Spec[]
  readonly feeds: readonly Feed[]
  /** Which sample of the data a row is. */
  sampleAt(row: number): number
}

/** What a model knows of its data. */
export interface DataForm {
  /** Names of the inputs as they stand in the model; undefined: any tree. */
  readonly inputs: Flat<string> | undefined
  readonly outputs: Flat<string> | undefined
  /** Of each input, with the batch in front. */
  readonly inputShapes: readonly (readonly (number | null)[] | undefined)[]
  readonly name: string
}

/**
 * The leaves of x, y and sample weights, and their layout. Values are taken at once: what the caller does to its arrays later does not
 * matter.
 */
export interface Given {
  readonly layout: Layout
  readonly nodes: readonly Tensor[]
  /** Of vectors in x: as columns. */
  readonly shapes: readonly Shape[]
}

/** What a caller gave for a step. */
export interface GivenParts {
  readonly x: unknown
  readonly y?: unknown
  readonly sampleWeight?: unknown
}

/** Reads data; `where` begins the messages ('fit', 'batch 3 of the data'). */
export const readData = (given: GivenParts, form: DataForm, where: string): Given => reading(where, () => read(given, form, where))

function read({ x, y, sampleWeight }: GivenParts, form: DataForm, where: string): Given {
  const xs = leavesOf(x, form.inputs, 'x', where)
  check(xs.leaves.length, 'BAD_DATA', () => `${where}: there is no tensor in x, ${showValue(x)}`)
  const ys = y === undefined || y === null ? undefined : leavesOf(y, form.outputs, 'y', where)
  const weights = sampleWeight === undefined || sampleWeight === null ? undefined : weightsOf(sampleWeight, ys, form, where)
  const nodes: Tensor[] = []
  for (const part of [xs, ys, weights]) part?.leaves.forEach((leaf, i) => nodes.push(nodeOf(leaf, part.paths[i]!, where)))
  const shapes = nodes.map(({ shape }, i) => (i < xs.leaves.length ? inputShape(shape, form, i) : shape))
  return { layout: new Layout(xs, ys, weights), nodes, shapes }
}

/** One weight for all outputs, or a tree with one for each. */
function weightsOf(given: unknown, ys: Flat<unknown> | undefined, form: DataForm, where: string): Flat<unknown> {
  check(ys !== undefined, 'BAD_ARGUMENT', () => `${where}: sampleWeight needs targets y`)
  const several = (form.outputs?.leaves.length ?? 1) > 1
  const listed = several && Array.isArray(given) && typeof given[0] !== 'number' // [[…], […]] are two outputs' weights, not one of two axes
  return isValues(given) && !listed ? single(given, 'sampleWeight') : leavesOf(given, form.outputs, 'sampleWeight', where)
}

function nodeOf(leaf: unknown, path: string, where: string): Tensor {
  const place = path === 'x' || path === 'y' || path === 'sampleWeight' ? path : `${where}: ${path}`
  const node = leaf instanceof Tensor ? leaf : leaf instanceof Variable ? leaf.read() : constantOf(leaf, place)
  check(node.rank > 0, 'BAD_SHAPE', () => `${place} must have a first axis of samples; got a scalar`)
  return node
}

function constantOf(leaf: unknown, place: string): Tensor {
  check(isValues(leaf), 'BAD_DATA', () => `${place}: expected a tensor, nested arrays or a typed array, not ${showValue(leaf)}`)
  return makeConstant(leaf)
}

/** The nodes with their values. */
export async function toSamples({ nodes, shapes, layout }: Given): Promise<Samples[]> {
  const values = await evaluate(nodes)
  return nodes.map(({ dtype, size }, i) => {
    const shape = shapes[i]!
    const data = values[i]!
    check(
      data.length === size,
      'BAD_DATA',
      () => `${layout.paths[i]}: shape ${showShape(shape)} needs ${size} values; its array has ${data.length}`,
    )
    return { data, shape, dtype }
  })
}

/** A tree that belongs to predictions, in their order: targets, weights. */
export const alongside = (given: Tree<Tensor>, outputs: Flat<string>, what: string, where: string): (Tensor | undefined)[] =>
  leavesOf(given, outputs, what, where).leaves as (Tensor | undefined)[]

const single = (given: unknown, what: string): Flat<unknown> => ({ leaves: [given], paths: [what], rebuild: (leaves) => leaves[0]! })

/** Whether something is the values of one tensor: an array is, unless it lists tensors or objects. */
export const isValues = (x: unknown): x is TensorLike =>
  typeof x === 'number' || typeof x === 'boolean' || isTensor(x) || isHostData(x) || (Array.isArray(x) && !isTensor(x[0]) && !isPlain(x[0]))

const isTensor = (x: unknown): x is Tensor | Variable => x instanceof Tensor || x instanceof Variable
const isPlain = (x: unknown): x is { readonly [name: string]: unknown } =>
  typeof x === 'object' && x !== null && !Array.isArray(x) && !isTensor(x) && !ArrayBuffer.isView(x)

/** Leaves in the order of the model's names, if it has any. */
function leavesOf(given: unknown, names: Flat<string> | undefined, what: string, where: string): Flat<unknown> {
  if (!names) return isTensor(given) ? single(given, what) : flattenTree(given, isValues, what)
  const places = names.rebuild(names.leaves.map((_, i) => i))
  if (typeof places === 'number' && !isPlain(given))
    return single(Array.isArray(given) && given.length === 1 && !isValues(given) ? given[0] : given, what)
  const listed = Array.isArray(given) && given.length === 1
  if (names.leaves.length === 1 && isValues(given) && !listed) return { ...single(given, what), rebuild: names.rebuild }
  const leaves: unknown[] = []
  align(places, given, names.leaves, leaves, { what, where })
  return { leaves, paths: names.leaves.map((name) => `${what}.${name}`), rebuild: names.rebuild }
}

/** Finds what was given for each of the model's inputs or outputs: in an object by its key or name, in an array by its place. */
function align(
  places: Tree<number>,
  given: unknown,
  names: readonly string[],
  leaves: unknown[],
  { what, where }: { what: string; where: string },
): void {
  const wanted = placesIn(places)
  const listed = wanted.map((place) => `'${names[place]}'`).join(', ')
  if (isPlain(given)) {
    const parts: [string, Tree<number>][] = isPlain(places)
      ? Object.entries(places as { [key: string]: Tree<number> })
      : wanted.map((place) => [names[place]!, place])
    for (const [key, part] of parts) {
      const name = Object.hasOwn(given, key) || typeof part !== 'number' ? key : names[part]!
      check(
        Object.hasOwn(given, name),
        'BAD_DATA',
        () => `${where}: ${what} has no '${key}'${didYouMean(key, Object.keys(given))}; expected an object with ${listed}`,
      )
      if (typeof part === 'number') leaves[part] = given[name]
      else align(part, given[name], names, leaves, { what: `${what}.${key}`, where })
    }
    return
  }
  const parts: readonly Tree<number>[] = Array.isArray(places) ? places : wanted
  check(Array.isArray(given) && given.length === parts.length, 'BAD_DATA', () => {
    const got = Array.isArray(given)
      ? `an array of ${given.length}`
      : isTensor(given)
        ? `one tensor of shape ${showShape(given.shape)}`
        : showValue(given)
    return `${where}: ${what} must be an array of ${parts.length} or an object with ${listed}, not ${got}`
  })
  parts.forEach((part, i) => {
    if (typeof part === 'number') leaves[part] = (given as unknown[])[i]
    else align(part, (given as unknown[])[i], names, leaves, { what: `${what}[${i}]`, where })
  })
}

const placesIn = (places: Tree<number>): number[] =>
  typeof places === 'number' ? [places] : Object.values(places as { [key: string]: Tree<number> }).flatMap((part) => placesIn(part))

/** [n] → [n, 1] where the input is not a scalar for each sample; then the shape is held against what the model takes. */
function inputShape(given: Shape, { inputShapes, inputs, name }: DataForm, place: number): Shape {
  const expected = inputShapes[place]
  const shape = given.length === 1 && expected?.length !== 1 ? [given[0]!, 1] : given
  const what = inputs && inputs.leaves.length > 1 ? `input '${inputs.leaves[place]}'` : 'x'
  check(shape[0]! > 0, 'BAD_SHAPE', () => `${name}: ${what} has no samples: shape ${showShape(shape)}`)
  const fits = !expected || (expected.length === shape.length && expected.every((d, i) => i === 0 || d === null || d === shape[i]))
  check(
    fits,
    'BAD_SHAPE',
    () => `${name}: expected ${what} of shape ${showShape(expected!)}, got ${showShape(given)}${reshapeAdvice(given, expected!)}`,
  )
  return shape
}
