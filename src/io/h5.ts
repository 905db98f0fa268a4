// .h5: whole models as Keras 1, 2 and 3 keep them in HDF5, and weights alone in the same form.
//
//   attributes: keras_version, backend, model_config (JSON), training_config (JSON)
//   model_weights/ layer_names; a group for each layer: weight_names, and a dataset for each name
//   optimizer_weights/ weight_names, datasets
import type { HostData } from '../graph/dtypes'
import type { Variable } from '../graph/variable'
import { InputLayer } from '../layers/inputLayer'
import type { AnyLayer } from '../layers/layer'
import { saveLayer } from '../layers/saved'
import { serialize as saveLoss, type LossLike } from '../losses/index'
import { serialize as saveMetric, type MetricLike } from '../metrics/index'
import { deserialize } from '../model/layers'
import { Model } from '../model/model'
import { writeContents } from '../runtime/session'
import { withCustomObjects } from '../util/customObjects'
import { kerasText, toKeras } from '../util/keras'
import { sameShape } from '../util/shape'
import { throwIfAborted } from '../util/turn'
import { isHdf5, openHdf5, type Group } from './hdf5/reader'
import type { Attributes, DatasetToWrite, GroupToWrite } from './hdf5/writer'
import { writeHdf5 } from './hdf5/writer'
import { isObject, parseJson, type Json } from './json'
import { modernCompile, modernLayer } from './legacyConfig'
import { legacyConfig } from './legacyWriter'
import { arraysIn, fillLegacy, layersOf, ownOrder } from './legacyWeights'
import type { LegacyArray } from './olderWeights'
import type { AnyModel, FileToWrite, ModelFormat, ReadOptions, WriteOptions } from './models'
import { plainTypes } from './quantized'
import { badFile, type ByteSource } from './source'
import { datasetOf } from './weights'

export const h5Format: ModelFormat = {
  name: 'h5',
  endings: ['.h5', '.hdf5'],
  recognizes: ({ head }) => isHdf5(head),
  write: writeH5,
  async read({ file }, options) {
    const root = await openHdf5(file)
    const config = await root.text('model_config')
    if (config === undefined)
      throw badFile(file, 'holds weights alone, without layers; make the model and call model.loadWeights(…) with the same source')
    return readH5(root, parseJson(new TextEncoder().encode(config), file), file, options)
  },
}

async function readH5(root: Group, given: Json, file: ByteSource, options: ReadOptions): Promise<AnyModel> {
  const { config } = plainTypes(given, file)
  const version = (await root.text('keras_version')) ?? '1'
  const model = deserialize((version.startsWith('3') ? config : modernLayer(config, file)) as never, {
    customObjects: options.customObjects,
  })
  if (!(model instanceof Model)) throw badFile(file, `holds a layer, ${model.className}, where a model is expected`)
  throwIfAborted(options.signal, 'load')
  const weights = await root.group('model_weights')
  if (!weights) throw badFile(file, 'has no model_weights; the file is damaged')
  await fillLegacy(model, weights, file)
  const training = await root.text('training_config')
  if (!options.compile || training === undefined) return model
  const saved = parseJson(new TextEncoder().encode(training), file)
  if (!isObject(saved)) return model
  const { config: plain } = plainTypes(saved, file)
  withCustomObjects(options.customObjects, () => model.compileFromConfig(modernCompile(plain)))
  const state = await root.group('optimizer_weights')
  if (state) await fillState(model, state, file)
  return model
}

/** What Keras 2 calls the variables of optimizers. */
const SLOTS: { readonly [older: string]: readonly string[] } = {
  iter: ['iteration'],
  iteration: ['iteration'],
  learning_rate: ['learning_rate'],
  m: ['momentum'],
  v: ['velocity', 'norm'],
  vhat: ['velocity_hat'],
  rms: ['velocity'],
  mg: ['average_gradient'],
  momentum: ['momentum'],
  accumulator: ['accumulator'],
  linear: ['linear'],
  accum_grad: ['accumulated_grad'],
  accum_var: ['accumulated_delta_var'],
}

/** The optimizer's state: in Keras 3's order, or by the names that Keras 2 gives its variables. */
async function fillState(model: AnyModel, group: Group, file: ByteSource): Promise<void> {
  const arrays = await arraysIn(group, file)
  const { variables } = model.optimizer
  const placed = paired(variables, arrays) ?? bySlots(arrays, variables)
  if (!placed) return console.warn(`cornus: ${file.name}: the state of the optimizer does not fit; it starts fresh`)
  const values: { readonly variable: Variable; readonly data: HostData }[] = []
  for (const { variable, array } of placed) values.push({ variable, data: await array.read() })
  for (const { variable, data } of values) writeContents(variable.storage, data)
}

interface Paired {
  readonly variable: Variable
  readonly array: LegacyArray
}

/** Each variable with the array in its place, if all shapes fit. */
function paired(variables: readonly Variable[], arrays: readonly LegacyArray[]): Paired[] | undefined {
  const pairs = variables.flatMap((variable, i) => arrays.slice(i, i + 1).map((array) => ({ variable, array })))
  const fits = arrays.length === variables.length && pairs.every(({ variable, array }) => sameShape(array.shape, variable.shape))
  return fits ? pairs : undefined
}

/** Variables of each kind in the order of the weights. */
function bySlots(arrays: readonly LegacyArray[], variables: readonly Variable[]): Paired[] | undefined {
  const groups = new Map<string, LegacyArray[]>()
  for (const array of arrays) {
    const slot = array.name.replace(/:\d+$/, '').split('/').at(-1) ?? ''
    groups.set(slot, [...(groups.get(slot) ?? []), array])
  }
  const placed: Paired[] = []
  for (const [slot, list] of groups) {
    const own = ((Object.hasOwn(SLOTS, slot) ? SLOTS[slot] : undefined) ?? [])
      .map((name) => variables.filter((variable) => variable.name.endsWith(`_${name}`) || variable.name.endsWith(`/${name}`)))
      .find((each) => each.length === list.length)
    const pairs = own && paired(own, list)
    if (!pairs) return undefined
    placed.push(...pairs)
  }
  return placed
}

// Writing

function writeH5(model: AnyModel, { name, optimizer }: WriteOptions): FileToWrite[] {
  const { compileConfig, ...saved } = saveLayer(model)
  const config = legacyConfig(toKeras(saved) as Json)
  const training =
    optimizer && model.isCompiled ? trainingConfig(toKeras(compileConfig ?? {}) as { readonly [key: string]: Json }) : undefined
  const members = new Map<string, GroupToWrite>([['model_weights', legacyWeights(model)]])
  if (training) members.set('optimizer_weights', arraysGroup(model.optimizer.variables.map((variable) => [variable.name, variable])))
  const attributes = {
    keras_version: '3.15.0',
    backend: 'cornus',
    model_config: kerasText(config as object),
    ...(training && { training_config: kerasText(training as object) }),
  }
  return [{ name, pieces: writeHdf5({ members, attributes }) }]
}

/** Keras 3 finds losses and metrics of these files only by their classes, not by their names. */
function trainingConfig({ optimizer, loss, metrics, weighted_metrics: weighted, ...rest }: { readonly [key: string]: Json }): Json {
  const { class_name: className = null, config = null } = isObject(optimizer) ? optimizer : {}
  const lossOf = (name: string) => toKeras(saveLoss(name as LossLike))
  const metricOf = (name: string) => (/^(acc|accuracy|ce|crossentropy)$/.test(name) ? name : toKeras(saveMetric(name as MetricLike)))
  return {
    ...rest,
    loss: named(loss ?? null, lossOf),
    metrics: named(metrics ?? null, metricOf),
    weighted_metrics: named(weighted ?? null, metricOf),
    optimizer_config: { class_name: className, config },
  }
}

/** A structure with what its names stand for. */
function named(given: Json, part: (name: string) => Json | ReturnType<typeof toKeras>): Json {
  if (typeof given === 'string') return part(given) as Json
  if (Array.isArray(given)) return (given as readonly Json[]).map((each) => named(each, part))
  if (!isObject(given) || typeof given.class_name === 'string') return given
  return Object.fromEntries(Object.entries(given).map(([key, each]) => [key, named(each, part)]))
}

/** Weights layer by layer, as both files of models and files of weights have them. */
export function legacyWeights(model: AnyLayer): GroupToWrite {
  const layers = layersOf(model).filter((layer) => !(layer instanceof InputLayer) || model instanceof Model)
  const members = new Map<string, GroupToWrite>(
    layers.map((layer) => [layer.name, arraysGroup(ownOrder(layer).map((variable) => [variable.name, variable]))]),
  )
  members.set('top_level_model_weights', arraysGroup([]))
  return { members, attributes: { layer_names: layers.map(({ name }) => name), backend: 'cornus', keras_version: '3.15.0' } }
}

/** Datasets at paths that are their names, and the list of them. */
function arraysGroup(arrays: readonly (readonly [name: string, variable: Variable])[]): GroupToWrite {
  type Members = Map<string, GroupToWrite | DatasetToWrite>
  const root: Members = new Map()
  const names: string[] = []
  const taken = new Set<string>()
  for (const [given, variable] of arrays) {
    let name = given
    for (let i = 1; taken.has(name); i++) name = `${given}_${i}`
    taken.add(name)
    names.push(name)
    const parts = name.split('/')
    let members = root
    for (const part of parts.slice(0, -1)) {
      const known = members.get(part)
      const inner = known && 'members' in known ? (known.members as Members) : (new Map() as Members)
      members.set(part, { members: inner })
      members = inner
    }
    members.set(parts.at(-1) ?? name, datasetOf(variable))
  }
  const attributes: Attributes = { weight_names: names }
  return { members: root, attributes }
}
