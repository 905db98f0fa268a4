// The one walk through a layer: finds sublayers and weights in its properties, in arrays, objects and maps of them, each once, and gives
// each a path.
import { structureVersion } from '../graph/structure'
import { currentTrace, type Trace } from '../graph/trace'
import { Variable } from '../graph/variable'
import { freeName, kerasName, snakeCase } from '../util/names'
import type { Constraint } from '../constraints/index'
import type { Regularizer } from '../regularizers/index'

/** A weight with what belongs to it. */
export interface Weight {
  readonly variable: Variable
  readonly regularizer: Regularizer | null
  readonly constraint: Constraint | null
}

/** What the walk needs to know of a layer. */
export interface Walkable {
  readonly name: string
  readonly className: string
  /** Later layers have greater ones. */
  readonly serial: number
  readonly trainable: boolean
  readonly sublayers: readonly Walkable[]
  /** What is searched, by the names of attributes. */
  attributes(): Iterable<readonly [string, unknown]>
  /** Weights that were added to the layer itself, those first that train. */
  readonly ownWeights: readonly Weight[]
  /** Gives a layer that has no name from its user a free one. */
  nameAmong(taken: ReadonlySet<string>): void
}

/** A layer's place below the one where the walk began. */
export interface Place<L> {
  readonly layer: L
  /** As files name it: 'layers/dense_1', attributes and numbered classes. */
  readonly path: string
  /** As people read it: 'encoder/dense_1', names of layers. */
  readonly name: string
  /** Whether all layers from the first to this one train. */
  readonly trains: boolean
  /** Variables among its properties. */
  readonly variables: readonly Variable[]
}

/** A weight and where it stands. */
export interface PlacedWeight extends Weight {
  /** 'layers/dense/vars/0': attributes from the model, as in .weights.h5 of Keras 3. */
  readonly path: string
  /** 'dense/kernel'. */
  readonly name: string
  readonly trains: boolean
}

const isLayer = (value: unknown): value is Walkable => typeof (value as Walkable | null)?.nameAmong === 'function'

/** What stands in an array, a plain object, a map or a set; undefined of anything else. */
function contentsOf(value: object): Iterable<unknown> | undefined {
  if (Array.isArray(value) || value instanceof Set) return value
  if (value instanceof Map) return value.values()
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? Object.values(value) : undefined
}

interface Found {
  readonly layers: Map<Walkable, string>
  readonly variables: Variable[]
}

/** Numbers what stands in one container: dense, dense_1, … */
function numbering(): (base: string) => string {
  const counts = new Map<string, number>()
  return (base) => {
    const count = counts.get(base) ?? 0
    counts.set(base, count + 1)
    return count ? `${base}_${count}` : base
  }
}

/** Layers and variables directly in a layer, the layers with their paths. */
function search(layer: Walkable): Found {
  const found: Found = { layers: new Map(), variables: [] }
  const seen = new Set<unknown>([layer])
  const take = (value: unknown, path: () => string): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    if (isLayer(value)) return void found.layers.set(value, path())
    if (value instanceof Variable) return void found.variables.push(value)
    const contents = contentsOf(value)
    if (!contents) return
    const [place, number] = [path(), numbering()]
    for (const each of contents) take(each, () => `${place}/${number(isLayer(each) ? snakeCase(each.className) : 'container')}`)
  }
  for (const [attribute, value] of layer.attributes()) take(value, () => kerasName(attribute))
  return found
}

/** Layers directly in this one, each once. */
export const sublayersOf = <L extends Walkable>(layer: L): L[] => [...search(layer).layers.keys()] as L[]

/** Numbers layers of a kind in the order in which they were made: dense, dense_1 … Names that users gave stay. */
export function nameSiblings(layers: readonly Walkable[]): void {
  const taken = new Set<string>()
  for (const layer of [...layers].sort((a, b) => a.serial - b.serial)) {
    layer.nameAmong(taken)
    taken.add(layer.name)
  }
}

/** A layer and all below it, each once, parents first. Those without a name from their user get one that is free among their siblings. */
export function placesBelow<L extends Walkable>(root: L): readonly Place<L>[] {
  const trace = currentTrace()
  if (!trace) return walked(root)
  const version = structureVersion()
  let walks = walksOf.get(trace)
  if (walks?.version !== version) walksOf.set(trace, (walks = { version, places: new Map() }))
  const known = walks.places.get(root) as readonly Place<L>[] | undefined
  if (known) return known
  const places = walked(root)
  if (version === structureVersion()) walks.places.set(root, places)
  return places
}

/** What walks during a trace have found, as long as nothing was built or made: a step asks again and again. */
const walksOf = new WeakMap<Trace, { readonly version: number; readonly places: Map<Walkable, readonly Place<Walkable>[]> }>()

function walked<L extends Walkable>(root: L): Place<L>[] {
  const places: Place<L>[] = []
  const seen = new Set<Walkable>()
  const visit = (layer: L, path: string, name: string, above: boolean): void => {
    if (seen.has(layer)) return
    seen.add(layer)
    const { layers, variables } = search(layer)
    const trains = above && layer.trainable
    places.push({ layer, path, name, trains, variables })
    const number = numbering()
    for (const listed of layer.sublayers) if (!layers.has(listed)) layers.set(listed, `sublayers/${number(snakeCase(listed.className))}`)
    nameSiblings([...layers.keys()])
    const taken = new Set<string>()
    for (const [child, place] of layers) {
      const free = freeName(child.name, taken)
      taken.add(free)
      inner.add(child)
      visit(child as L, join(path, place), join(name, free), trains)
    }
  }
  visit(root, '', '', true)
  return places
}

const join = (a: string, b: string): string => (a ? `${a}/${b}` : b)

/** Layers that stand in others: the weights there are named by the outermost. */
const inner = new WeakSet<object>()

/**
 * All weights below a layer, each once, layer by layer as Keras has them: of each layer its own that train, its own others, then its
 * sublayers'.
 */
export function weightsBelow(root: Walkable): PlacedWeight[] {
  const seen = new Set<Variable>()
  return placesBelow(root).flatMap(({ layer: { ownWeights }, path, name, trains, variables }) => {
    const others = variables.filter((variable) => !ownWeights.some((weight) => weight.variable === variable))
    const taken = new Set<string>()
    return [...ownWeights, ...others.map((variable) => ({ variable, regularizer: null, constraint: null }))].flatMap((weight, i) => {
      if (seen.has(weight.variable)) return []
      seen.add(weight.variable)
      const short = freeName(weight.variable.name.slice(weight.variable.name.lastIndexOf('/') + 1), taken)
      taken.add(short)
      const placed = { path: join(path, `vars/${i}`), name: join(name || (path ? '' : root.name), short) }
      if (!inner.has(root)) Object.assign(weight.variable, placed)
      return [{ ...weight, ...placed, trains: trains && weight.variable.trainable }]
    })
  })
}
