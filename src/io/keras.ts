// .keras: a ZIP of config.json, metadata.json and the weights, as Keras 3 saves models; the same files in a folder are read, too.
import { writeContents } from '../runtime/session'
import type { HostData } from '../graph/dtypes'
import { deserialize } from '../model/layers'
import { Model } from '../model/model'
import { saveLayer } from '../layers/saved'
import { withCustomObjects } from '../util/customObjects'
import { kerasText, toKeras } from '../util/keras'
import { nth } from '../util/lists'
import { sameShape } from '../util/shape'
import { throwIfAborted } from '../util/turn'
import { isObject, parseJson, type Json } from './json'
import { modernCompile, modernLayer } from './legacyConfig'
import type { AnyModel, FileToWrite, ModelFormat, OpenedModel, ReadOptions, WriteOptions } from './models'
import { dequantized, plainTypes } from './quantized'
import { badFile, type ByteSource } from './source'
import { arraysOf, fillWeights, weightsFile, type Stored } from './weights'
import { writeZip, Zip } from './zip'

const [CONFIG, METADATA, WEIGHTS] = ['config.json', 'metadata.json', 'model.weights'] as const

/** Opens a file that belongs to a model; undefined where there is none. */
type OpenMember = (name: string) => Promise<ByteSource | undefined>

export const kerasFormat: ModelFormat = {
  name: 'keras',
  endings: ['.keras'],
  recognizes: ({ head }) => head[0] === 0x50 && head[1] === 0x4b,
  write: writeKeras,
  async read({ file }, options) {
    const zip = await Zip.open(file)
    const member: OpenMember = (name) => zip.open(name)
    const config = await member(CONFIG)
    if (!config)
      throw badFile(file, `is an archive without ${CONFIG}, and so no model; it holds ${zip.names.slice(0, 5).join(', ') || 'nothing'}`)
    return readModel(parseJson(await config.read(0, config.size), config), file, member, options)
  },
}

/** config.json of a folder with the other files beside it. */
export const kerasFolder: ModelFormat = {
  name: 'keras',
  endings: [],
  async recognizes(opened) {
    const json = await opened.json()
    return isObject(json) && ('class_name' in json || 'className' in json) && 'config' in json
  },
  async read({ file, place, json }: OpenedModel, options) {
    return readModel((await json()) ?? null, file, async (name) => place?.open(beside(file.name, name), options), options)
  },
}

/** A name in the folder of another; places that are folders take the last part alone. */
const beside = (name: string, other: string): string => (/^[a-z]+:\/\//i.test(name) ? new URL(other, name).href : other)

/** The model of a config, its weights, and what it was compiled with. */
async function readModel(config: Json, file: ByteSource, member: OpenMember, options: ReadOptions): Promise<AnyModel> {
  const { config: plain, quantized } = plainTypes(config, file)
  const old = isOld(plain)
  const model = deserialize((old ? modernLayer(plain, file) : plain) as never, { customObjects: options.customObjects })
  if (!(model instanceof Model)) throw badFile(file, `holds a layer, ${model.className}, where a model is expected`)
  throwIfAborted(options.signal, 'load')
  const all = await weightsOf(file, member)
  const stored = quantized ? dequantized(all, model) : all
  const own = new Map([...stored].filter(([path]) => !path.startsWith('optimizer/')))
  if (own.size > 0 || model.weights.length > 0) await fillWeights(model, own, file)
  const given = isObject(plain) ? plain.compile_config : undefined
  if (options.compile && isObject(given) && Object.keys(given).length) {
    const compileConfig = old ? modernCompile({ ...given, optimizer_config: given.optimizer ?? null }) : given
    withCustomObjects(options.customObjects, () => model.compileFromConfig(compileConfig))
    await fillOptimizer(model, stored, file)
  }
  return model
}

/** Files of TensorFlow 2.12 to 2.15, and older ones, have the options of Keras 2. */
const isOld = (config: Json): boolean =>
  /"(keras\.(src\.)?engine\.|batch_input_shape"|time_major"|implementation"|lr")/.test(JSON.stringify(config))

/** All arrays of a model's file, by their paths. */
async function weightsOf(file: ByteSource, member: OpenMember): Promise<Map<string, Stored>> {
  for (const ending of ['.h5', '.npz']) {
    const found = await member(WEIGHTS + ending)
    if (found) return renamed(await arraysOf(found))
  }
  const index = await member(`${WEIGHTS}.json`)
  if (index) return renamed(await shards(index, member))
  throw badFile(file, `has no weights: ${WEIGHTS}.h5 is missing`)
}

/** Weights that were cut into several files. */
async function shards(index: ByteSource, member: OpenMember): Promise<Map<string, Stored>> {
  const json = parseJson(await index.read(0, index.size), index)
  const map = isObject(json) ? json.weight_map : undefined
  if (!isObject(map)) throw badFile(index, 'has no weight_map')
  const all = new Map<string, Stored>()
  const names = new Set(Object.values(map).flat().map(String))
  for (const name of names) {
    if (/[\\/:]|^\.\.?$/.test(name)) throw badFile(index, `names a file elsewhere: '${name.slice(0, 60)}'`)
    const shard = await member(name)
    if (!shard) throw badFile(index, `names the file ${name}, which is not there`)
    for (const [path, array] of await arraysOf(shard)) all.set(path, array)
  }
  return all
}

/** Paths as Keras 3.15 writes them. */
function renamed(stored: ReadonlyMap<string, Stored>): Map<string, Stored> {
  return new Map(
    [...stored].map(([path, array]) => [path.replaceAll('_layer_checkpoint_dependencies', 'layers').replace(/^\//, ''), array]),
  )
}

/** Puts the optimizer's state back. One that does not fit is left fresh, with a warning, as Keras does. */
export async function fillOptimizer(model: AnyModel, stored: ReadonlyMap<string, Stored>, file: ByteSource): Promise<void> {
  const found = [...stored]
    .flatMap(([path, array]) => {
      const [, place] = /^optimizer\/(?:inner_optimizer\/)?vars\/(\d+)$/.exec(path) ?? []
      return place === undefined ? [] : [{ place: Number(place), array }]
    })
    .toSorted((a, b) => a.place - b.place)
  const { variables } = model.optimizer
  if (!found.length) return
  const fits = found.length === variables.length && found.every(({ array }, i) => sameShape(array.shape, nth(variables, i).shape))
  if (!fits)
    return console.warn(
      `cornus: ${file.name}: the optimizer has ${variables.length} variables here and ${found.length} there; it starts fresh`,
    )
  const values: HostData[] = []
  for (const { array } of found) values.push(await array.read())
  variables.forEach(({ storage }, i) => writeContents(storage, nth(values, i)))
}

/** The optimizer's state as arrays of a file. */
export function optimizerArrays(model: AnyModel): readonly { readonly path: string; readonly variable: AnyModel['weights'][number] }[] {
  return model.isCompiled ? model.optimizer.variables.map((variable, i) => ({ path: `optimizer/vars/${i}`, variable })) : []
}

function writeKeras(model: AnyModel, { name, optimizer }: WriteOptions): FileToWrite[] {
  const { compileConfig, ...config } = saveLayer(model)
  const json = (value: unknown) => [new TextEncoder().encode(kerasText(value as object))]
  const members = [
    { name: METADATA, pieces: json({ keras_version: '3.15.0', date_saved: savedAt(new Date()), generated_by: 'cornus' }) },
    { name: CONFIG, pieces: json(toKeras(optimizer ? { ...config, compileConfig: compileConfig ?? {} } : config)) },
    { name: `${WEIGHTS}.h5`, pieces: weightsFile(model, 'h5', optimizer ? optimizerArrays(model) : []) },
  ]
  return [{ name, pieces: writeZip(members) }]
}

/** 2026-11-28@10:00:00 */
const savedAt = (date: Date): string => date.toISOString().replace(/T/, '@').slice(0, 19)
