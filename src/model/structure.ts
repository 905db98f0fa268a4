// What a traced step depends on, as a key: it is used again only for a model of the same structure.
import { structureVersion } from '../graph/structure'
import type { AnyLayer } from '../layers/layer'
import type { Optimizer } from '../optimizers/index'

const ids = new WeakMap<object, number>()
let nextId = 1

/** A number for an object's identity. */
function idOf(x: object): number {
  const known = ids.get(x)
  if (known !== undefined) return known
  ids.set(x, nextId)
  return nextId++
}

const idOrNone = (x: object | null | undefined): number => (x ? idOf(x) : 0)

/** The layers of a model with their flags, its weights with theirs, and the settings of its optimizer. */
export class StructureKey {
  private version = -1
  private text = ''

  constructor(private readonly model: AnyLayer) {}

  /** Cheap while nothing has changed anywhere. A model that is frozen and thawed again has the key that it had. */
  get(optimizer?: Optimizer): string {
    const version = structureVersion()
    if (version !== this.version) {
      this.text = keyOf(this.model, optimizer)
      this.version = version
    }
    return this.text
  }
}

function keyOf(model: AnyLayer, optimizer: Optimizer | undefined): string {
  const seen = new Set<AnyLayer>()
  const layers: string[] = []
  const walk = (layer: AnyLayer): void => {
    layers.push(`${idOf(layer)}${layer.trainable ? '' : 'f'}`)
    if (seen.has(layer)) return
    seen.add(layer)
    for (const inner of layer.sublayers) walk(inner)
  }
  walk(model)
  const weights = model.allWeights.map(
    ({ variable, regularizer, constraint }) =>
      `${idOf(variable.storage)}${variable.trainable ? '' : 'f'}${variable.sparseUpdates}${idOrNone(regularizer)}.${idOrNone(constraint)}` +
      (optimizer?.decays(variable) === false ? 'n' : ''),
  )
  return `${layers.join()}|${weights.join()}|${idOrNone(optimizer)}.${optimizer?.revision ?? 0}`
}
