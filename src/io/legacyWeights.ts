// Weights as .h5 files of Keras 1 to 3 keep them: a group for each layer, whose weights stand in an order of its own.
import type { HostData } from '../graph/dtypes'
import type { Variable } from '../graph/variable'
import type { AnyLayer } from '../layers/layer'
import { Model } from '../model/model'
import { writeContents } from '../runtime/session'
import { sameShape, showShape } from '../util/shape'
import { Dataset, type Group } from './hdf5/reader'
import { olderWeights, type LegacyArray } from './olderWeights'
import { badFile, type ByteSource } from './source'

/** A list of names, which may be cut into several attributes. */
async function namesIn(group: Group, attribute: string): Promise<readonly string[] | undefined> {
  const whole = await group.texts(attribute)
  if (whole) return whole
  const parts: string[] = []
  for (let i = 0; ; i++) {
    const part = await group.texts(`${attribute}${i}`)
    if (!part) return i ? parts : undefined
    parts.push(...part)
  }
}

interface LegacyLayer {
  readonly name: string
  readonly arrays: readonly LegacyArray[]
}

export async function arraysIn(group: Group, file: ByteSource): Promise<LegacyArray[]> {
  const arrays: LegacyArray[] = []
  for (const name of (await namesIn(group, 'weight_names')) ?? []) {
    const found = await group.get(name)
    if (!(found instanceof Dataset)) throw badFile(file, `names the weight ${name}, which is not there`)
    arrays.push({ name, shape: found.shape, read: () => found.read() })
  }
  return arrays
}

/** Whether a group has weights as .h5 files of Keras 2 have them. */
export const isLegacy = async (root: Group): Promise<boolean> =>
  (await root.attributeNames()).some((name) => /^layer_names0?$/.test(name)) || (await root.group('model_weights')) !== undefined

/** Puts the weights of an .h5 file, whole or weights alone, into a model: by the names of its layers, or in their order. */
export async function fillLegacy(model: AnyLayer, given: Group, file: ByteSource): Promise<Variable[]> {
  const group = (await given.group('model_weights')) ?? given
  const names = await namesIn(group, 'layer_names')
  if (!names) throw badFile(file, 'has no layer_names, and is no file of weights of Keras')
  const saved: LegacyLayer[] = []
  for (const name of names) {
    const inner = await group.group(name)
    if (!inner) throw badFile(file, `names the layer ${name}, which is not there`)
    const arrays = await arraysIn(inner, file)
    if (arrays.length) saved.push({ name, arrays })
  }
  const pairs = pairsOf(model, saved, file)
  const values: { readonly variable: Variable; readonly data: HostData }[] = []
  for (const { layer, arrays } of pairs) {
    const weights = ownOrder(layer)
    const fitting = olderWeights(layer, weights, arrays)
    if (fitting.length !== weights.length)
      throw badFile(file, `layer '${layer.name}' has ${weights.length} weights; the file has ${arrays.length} for it`)
    for (const [i, { name, shape, read }] of fitting.entries()) {
      const variable = weights[i] as Variable
      if (!sameShape(shape, variable.shape))
        throw badFile(file, `${name} has shape ${showShape(shape)}; '${variable.name}' has ${showShape(variable.shape)}`)
      values.push({ variable, data: await read() })
    }
  }
  for (const { variable, data } of values) writeContents(variable.storage, data)
  return values.map(({ variable }) => variable)
}

/** As these files have them: weights that train first, over all layers inside. */
export const ownOrder = (layer: AnyLayer): Variable[] => [...layer.trainableWeights, ...layer.nonTrainableWeights]

export const layersOf = (model: AnyLayer): readonly AnyLayer[] => (model instanceof Model ? model.layers : [model])

function pairsOf(
  model: AnyLayer,
  saved: readonly LegacyLayer[],
  file: ByteSource,
): { readonly layer: AnyLayer; readonly arrays: readonly LegacyArray[] }[] {
  const layers = layersOf(model).filter((layer) => layer.weights.length > 0)
  const byName = new Map(saved.map((each) => [each.name, each]))
  if (layers.every(({ name }) => byName.has(name)) && layers.length === saved.length)
    return layers.map((layer) => ({ layer, arrays: byName.get(layer.name)?.arrays ?? [] }))
  if (layers.length !== saved.length)
    throw badFile(
      file,
      `has weights of ${saved.length} layers (${saved
        .slice(0, 6)
        .map(({ name }) => name)
        .join(', ')}${saved.length > 6 ? ' …' : ''}); ` +
        `the model has ${layers.length} with weights (${layers
          .slice(0, 6)
          .map(({ name }) => name)
          .join(', ')}${layers.length > 6 ? ' …' : ''})`,
    )
  return layers.map((layer, i) => ({ layer, arrays: saved[i]?.arrays ?? [] }))
}
