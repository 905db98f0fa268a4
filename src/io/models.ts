// Whole models in files. Each format is a row of one table; which one a file is of shows by its content, a target's by its ending.
import { Layer, type Outputs } from '../layers/layer'
import type { Model } from '../model/model'
import type { CustomObjects } from '../util/customObjects'
import { check, CornusError, isInstance, reading, showValue } from '../util/errors'
import { flag, givenOptions, optional } from '../util/options'
import { throwIfAborted } from '../util/turn'
import { h5Format } from './h5'
import { isJson, isObject, parseJson, type Json } from './json'
import { kerasFolder, kerasFormat } from './keras'
import { locate, openSource, storeOf, type Located, type Source, type Target } from './places/locate'
import { join, type OpenFile, type Place, type TransferOptions } from './places/place'
import type { FetchOptions } from './places/web'
import { badFile } from './source'
import type { TfjsArtifacts } from './tfjs'

export type AnyModel = Model<Outputs>

export type ModelFormatName = 'keras' | 'h5' | 'tfjs'

export interface SaveModelOptions extends TransferOptions {
  /** Default: by the target's ending: .keras, .h5; without one 'keras'. */
  format?: ModelFormatName | undefined
  /** Whether the file has the optimizer's state, and what the model was compiled with. Default true. */
  optimizer?: boolean | undefined
}

export interface LoadModelOptions extends FetchOptions {
  /** Own layers, models, losses, functions … by the names that the file gives them; a lambda layer's function by the function's name. */
  customObjects?: CustomObjects | undefined
  /** Compiled as it was, with the optimizer's state. Default true. */
  compile?: boolean | undefined
}

/** A file of a model, opened. */
export interface OpenedModel {
  readonly file: OpenFile
  /** Where the files lie that belong to it. */
  readonly place: Place | undefined
  /** The first bytes. */
  readonly head: Uint8Array
  /** What it holds, if it is JSON. */
  json(): Promise<Json | undefined>
}

/** A file to write; the first of a model's is the one that users name. */
export interface FileToWrite {
  readonly name: string
  readonly pieces: readonly Uint8Array[]
}

/** How to write: `name` as the user gave it. */
export interface WriteOptions {
  readonly name: string
  readonly optimizer: boolean
}
export interface ReadOptions extends TransferOptions {
  readonly compile: boolean
  readonly customObjects: CustomObjects
}

/** A format of whole models. */
export interface ModelFormat {
  readonly name: ModelFormatName
  /** Endings of names, with the dot. */
  readonly endings: readonly string[]
  /** Whether an opened file is of this format. */
  recognizes(opened: OpenedModel): boolean | Promise<boolean>
  /** The files of a model; the first is the one that the user names. */
  write?(model: AnyModel, options: WriteOptions): readonly FileToWrite[] | Promise<readonly FileToWrite[]>
  read(opened: OpenedModel, options: ReadOptions): Promise<AnyModel>
}

/** All formats, in the order in which files are tried. */
const formats: readonly ModelFormat[] = [
  kerasFormat,
  {
    name: 'tfjs',
    endings: ['.json'],
    recognizes: async ({ json }) => isTfjs(await json()),
    read: async (opened, options) => (await import('./tfjsModel')).readTfjsModel(opened, options),
    write: async (model, options) => (await import('./tfjsWrite')).tfjsFiles(model, options),
  },
  kerasFolder,
  h5Format,
]

/** Whether JSON is a model of TensorFlow.js: it has a manifest of weights, or a topology. */
const isTfjs = (json: Json | undefined): boolean => isObject(json) && ('weightsManifest' in json || 'modelTopology' in json)

const written = (): string[] => [...new Set(formats.filter(({ write }) => write).map(({ name }) => name))]

function formatFor(name: string, given: ModelFormatName | undefined, what: string): ModelFormat & Required<Pick<ModelFormat, 'write'>> {
  const byEnding = formats.find(({ endings, write }) => write && endings.some((ending) => name.toLowerCase().endsWith(ending)))
  const plain = !/\.[a-z\d]{1,12}$/i.test(name) // 'indexeddb://model'
  const found = given === undefined ? (byEnding ?? (plain ? kerasFormat : undefined)) : formats.find((each) => each.name === given)
  check(
    found?.write,
    'BAD_ARGUMENT',
    () =>
      `${what}: ${given === undefined ? `the ending of ${showValue(name)}` : `the format ${showValue(given)}`} is no format of models; ` +
      `end the name in .keras or .h5, or give format: ${written().map(showValue).join(' or ')}; for weights alone there is saveWeights`,
  )
  return found as ModelFormat & Required<Pick<ModelFormat, 'write'>>
}

const SAVING = ['format', 'optimizer', 'signal', 'onProgress']
const LOADING = ['customObjects', 'compile', 'signal', 'onProgress', 'integrity', 'cache', 'requestInit']

/** The options of a call, of which none may be unknown. */
function known<T extends object>(given: T | undefined, names: readonly string[], what: string): T {
  const options = givenOptions(given, what)
  const stranger = Object.keys(options).find((name) => !names.includes(name))
  check(stranger === undefined, 'BAD_ARGUMENT', () => `${what}: unknown option ${showValue(stranger)}; the options are ${names.join(', ')}`)
  return options as T
}

const yes = optional(flag, true)

/** Saves a model: layers, weights, and what it was compiled with. */
export async function saveModel(model: AnyModel, target: Target, given?: SaveModelOptions): Promise<void> {
  const { format, optimizer, ...transfer } = known(given, SAVING, 'save')
  const { place, name } = locate(target, `${model.name}.${format ?? 'keras'}`)
  const chosen = formatFor(name, format, 'save')
  const [main, ...others] = await chosen.write(model, { name, optimizer: yes.read(optimizer ?? true, 'save: optimizer') })
  for (const file of others) await place.write(file.name, file.pieces, transfer)
  await place.write(main!.name, main!.pieces, transfer)
}

/** A model as the bytes of a file. */
export async function exportModel(model: AnyModel, format: ModelFormatName, given?: SaveModelOptions): Promise<Uint8Array> {
  check(isInstance(model, Layer), 'BAD_ARGUMENT', () => `exportModel: expected a model, not ${showValue(model)}`)
  const { optimizer } = known(given, SAVING, 'exportModel')
  const chosen = formatFor('', format, 'exportModel')
  const [main, ...others] = await chosen.write(model, { name: 'model', optimizer: yes.read(optimizer ?? true, 'exportModel: optimizer') })
  check(!others.length, 'UNSUPPORTED', () => `exportModel: a model of format '${format}' is several files; save it to a place`)
  return join(main!.pieces)
}

/** The model that a file holds. */
export async function loadModel(source: Source | TfjsArtifacts, given?: LoadModelOptions): Promise<AnyModel> {
  const { customObjects = {}, compile, ...fetching } = known(given, LOADING, 'loadModel')
  const options = {
    ...fetching,
    customObjects: givenOptions(customObjects, 'loadModel: customObjects'),
    compile: yes.read(compile ?? true, 'loadModel: compile'),
  }
  throwIfAborted(fetching.signal, 'load')
  const inMemory = await artifactsOf(source)
  if (inMemory) return (await import('./tfjsModel')).modelFromArtifacts(inMemory, options)
  const opened = await openModel(source as Source, fetching)
  const { file } = opened
  try {
    for (const format of formats) if (await format.recognizes(opened)) return await format.read(opened, options)
    throw unknownFile(opened)
  } finally {
    await file.close?.()
  }
}

/** A model as tf.io of TensorFlow.js hands it around, or one that it left in a store of the browser. */
async function artifactsOf(source: Source | TfjsArtifacts): Promise<TfjsArtifacts | undefined> {
  const isArtifacts = () => typeof source === 'object' && source !== null && ('weightSpecs' in source || 'weightData' in source)
  if (reading('loadModel: the source', isArtifacts)) return source as TfjsArtifacts
  const [, scheme, name] = typeof source === 'string' ? (/^(indexeddb|localstorage):\/\/(.+)$/is.exec(source) ?? []) : []
  if (!scheme || !name) return undefined
  const own = await storeOf(scheme)!.open(name, {})
  await own?.close?.()
  return own ? undefined : (await import('./places/tfjsStores')).tfjsStored(scheme.toLowerCase(), name)
}

/** Opens a file; of a folder its config.json. */
async function openModel(source: Source, options: FetchOptions): Promise<OpenedModel> {
  try {
    const { file, place } = await openSource(source, options)
    return await open(file, place)
  } catch (error) {
    const again = inFolder(source, options)
    const file = await again?.place.open(again.name, options).catch(() => undefined)
    if (!again || !file) throw error
    return open(file, again.place)
  }
}

/** config.json in the folder that a source may be. */
function inFolder(source: Source, options: FetchOptions): Located | undefined {
  if (typeof source === 'string' || source instanceof URL) return locate(`${String(source).replace(/\/$/, '')}/config.json`, '', options)
  const isOwn = () => typeof source === 'object' && source !== null && 'read' in source
  return reading('loadModel: the source', isOwn) ? locate(source as Target, 'config.json', options) : undefined
}

const HEAD = 512

async function open(file: OpenFile, place: Place | undefined): Promise<OpenedModel> {
  const head = await file.read(0, Math.min(HEAD, file.size))
  let parsed: Promise<Json | undefined> | undefined
  const json = async () => (isJson(head) ? parseJson(await file.read(0, file.size), file) : undefined)
  return { file, place, head, json: () => (parsed ??= json()) }
}

function unknownFile({ file, head }: OpenedModel): CornusError {
  const text = new TextDecoder().decode(head.subarray(0, 60))
  if (/^\s*<(!doctype|html|\?xml)/i.test(text))
    return badFile(file, 'is a web page, not a model: the address is wrong, or a server gave its error page')
  if (text.startsWith('version https://git-lfs'))
    return badFile(file, 'is a pointer of Git LFS, not the file itself; fetch it with git lfs pull')
  if (file.size === 0) return badFile(file, 'is empty')
  return badFile(file, `is no model that can be read; those of Keras (.keras, .h5) are. Weights alone are read by model.loadWeights(…)`)
}
