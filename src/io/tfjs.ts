// TensorFlow.js layers models, read: model.json with its topology and a manifest of weights, which lie in shards beside it.
import type { HostData } from '../graph/dtypes'
import { dtypes } from '../graph/dtypes'
import { CornusError } from '../util/errors'
import { isObject, parseJson, type Json } from './json'
import { decodeNumbers, type StoredType } from './numbers'
import type { OpenFile, Place, TransferOptions } from './places/place'
import { badFile, bytesSource, type ByteSource } from './source'
import { checkName } from './zip'

/** An array of a file, read when it is wanted. */
export interface TfjsArray {
  readonly name: string
  readonly shape: readonly number[]
  /** Of an optimizer, or of the model. */
  readonly group: 'model' | 'optimizer'
  read(): Promise<HostData>
}

/** What a file holds. */
export interface TfjsModel {
  /** { class_name, config } as the file has it, or undefined of weights alone. */
  readonly topology: Json | undefined
  readonly trainingConfig: Json | undefined
  readonly arrays: ReadonlyMap<string, TfjsArray>
  readonly generatedBy: string | undefined
  readonly convertedBy: string | undefined
}

const MAX_RANK = 32
const MAX_MANIFEST = 64 * 2 ** 20

/** Opens a model.json; its shards are looked for beside it. */
export async function readTfjs(file: ByteSource, place: Place | undefined, options: TransferOptions = {}): Promise<TfjsModel> {
  if (file.size > MAX_MANIFEST) throw badFile(file, `a model.json of ${file.size} bytes; at most ${MAX_MANIFEST} are read`)
  const json = parseJson(await file.read(0, file.size), file)
  return openTfjs(json, file, place, options)
}

/** The same of JSON that is parsed already. */
export async function openTfjs(json: Json, file: { readonly name: string }, place: Place | undefined, options: TransferOptions = {}) {
  if (!isObject(json)) throw badFile(file, 'is no model of TensorFlow.js: its JSON is not an object')
  const groups = groupsOf(json.weightsManifest, file)
  const shards = await Promise.all(groups.map(({ paths }) => openShards(paths, file, place, options)))
  return modelOf(
    json,
    groups.map((group, i) => ({ specs: group.specs, bytes: shards[i]! })),
    file,
  )
}

/** What tf.io hands around: a topology, specs of weights, and their bytes. */
export interface TfjsArtifacts {
  readonly modelTopology?: unknown
  readonly weightSpecs?: unknown
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[] | Uint8Array | undefined
  readonly [key: string]: unknown
}

/** A model as tf.io hands it around, in memory. */
export function fromArtifacts({ weightData = [], ...artifacts }: TfjsArtifacts): TfjsModel {
  const file = { name: 'the model given' }
  const json = JSON.parse(JSON.stringify(artifacts)) as { readonly [key: string]: Json }
  const parts = (Array.isArray(weightData) ? weightData : [weightData]) as readonly (ArrayBuffer | Uint8Array)[]
  const bytes = parts.map((part) => bytesSource(part instanceof Uint8Array ? part : new Uint8Array(part), 'weightData'))
  return modelOf(json, [{ specs: specsOf(json.weightSpecs ?? [], file), bytes }], file)
}

interface Group {
  readonly specs: readonly Spec[]
  readonly bytes: readonly ByteSource[]
}

function modelOf(json: { readonly [key: string]: Json }, groups: readonly Group[], file: { readonly name: string }): TfjsModel {
  refuseGraph(json, file)
  const { modelTopology, trainingConfig, generatedBy, convertedBy } = json
  const topology = isObject(modelTopology) && isObject(modelTopology.model_config) ? modelTopology.model_config : modelTopology
  const inner = isObject(modelTopology) ? modelTopology.training_config : undefined
  const arrays = new Map<string, TfjsArray>()
  for (const group of groups) placeArrays(group, arrays, file)
  const text = (value: Json | undefined) => (typeof value === 'string' ? value : undefined)
  return {
    topology: topology ?? undefined,
    trainingConfig: trainingConfig ?? inner ?? undefined,
    arrays,
    generatedBy: text(generatedBy),
    convertedBy: text(convertedBy),
  }
}

function refuseGraph({ format, modelTopology: topology }: { readonly [key: string]: Json }, file: { readonly name: string }): void {
  const graph = format === 'graph-model' || (isObject(topology) && (Array.isArray(topology.node) || 'library' in topology))
  if (graph)
    throw new CornusError(
      'UNSUPPORTED',
      `${file.name}: is a graph model of TensorFlow.js: a graph of operations without layers, which is not read. ` +
        "Take the Keras model that it was made of: in Python model.save('model.keras'), or tensorflowjs_converter " +
        '--input_format keras --output_format tfjs_layers_model',
    )
}

// Manifest

interface Quantization {
  readonly dtype: 'uint8' | 'uint16' | 'float16'
  readonly scale: number
  readonly min: number
}

interface Spec {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
  readonly stored: StoredType
  readonly quantization: Quantization | undefined
  readonly group: 'model' | 'optimizer'
}

function groupsOf(manifest: Json | undefined, file: { readonly name: string }): { paths: readonly string[]; specs: readonly Spec[] }[] {
  if (manifest === undefined) return []
  if (!Array.isArray(manifest)) throw badFile(file, 'its weightsManifest is not a list')
  return (manifest as readonly Json[]).map((group) => {
    if (!isObject(group) || !Array.isArray(group.paths) || !group.paths.every((path: Json) => typeof path === 'string'))
      throw badFile(file, 'a group of its weightsManifest has no list of paths')
    return { paths: group.paths as readonly string[], specs: specsOf(group.weights ?? [], file) }
  })
}

function specsOf(list: Json, file: { readonly name: string }): Spec[] {
  if (!Array.isArray(list)) throw badFile(file, 'its weights are not described by a list')
  return (list as readonly Json[]).map((spec) => specOf(spec, file))
}

const isCount = (x: Json): x is number => Number.isSafeInteger(x) && (x as number) >= 0
const TYPES: { readonly [dtype: string]: StoredType } = { float32: 'float32', int32: 'int32', bool: 'bool' }

function specOf(spec: Json, file: { readonly name: string }): Spec {
  const { name, shape, dtype, quantization, group } = isObject(spec) ? spec : {}
  if (typeof name !== 'string' || name === '') throw badFile(file, 'a weight of its manifest has no name')
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !(shape as readonly Json[]).every(isCount))
    throw badFile(file, `weight ${name} has the shape ${JSON.stringify(shape)?.slice(0, 60)}`)
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype))
    throw badFile(file, `weight ${name} has the dtype ${JSON.stringify(dtype)}; float32, int32 and bool are read`)
  const quantized = quantization === undefined || quantization === null ? undefined : readQuantization(quantization, name, file)
  return {
    name,
    shape: shape as number[],
    dtype: dtype as Spec['dtype'],
    stored: quantized?.dtype ?? TYPES[dtype]!,
    quantization: quantized,
    group: group === 'optimizer' ? 'optimizer' : 'model',
  }
}

function readQuantization(given: Json, name: string, file: { readonly name: string }): Quantization {
  const { dtype, scale = 1, min = 0 } = isObject(given) ? given : {}
  if (dtype === 'float16') return { dtype, scale: 1, min: 0 }
  if (dtype !== 'uint8' && dtype !== 'uint16')
    throw badFile(file, `weight ${name} is quantized to ${JSON.stringify(dtype)}; uint8, uint16 and float16 are read`)
  const told = isObject(given) && 'scale' in given && 'min' in given
  const usable = typeof scale === 'number' && typeof min === 'number' && Number.isFinite(scale) && Number.isFinite(min) && scale !== 0
  if (!told || !usable)
    throw badFile(file, `weight ${name} is quantized with scale ${String(scale)} and min ${String(min)}; both must be numbers`)
  return { dtype, scale, min }
}

// Bytes

const BYTES: { readonly [type in StoredType]?: number } = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 }
const bytesOf = ({ shape, stored }: Spec): number => shape.reduce((n, d) => n * d, BYTES[stored]!)

/** Shards lie beside the model, and nowhere else. */
async function openShards(
  paths: readonly string[],
  file: { readonly name: string },
  place: Place | undefined,
  options: TransferOptions,
): Promise<OpenFile[]> {
  for (const path of paths) checkPath(path, file)
  if (paths.length && !place)
    throw new CornusError(
      'BAD_ARGUMENT',
      `${file.name}: its weights lie in other files (${paths[0]} …); give a path or URL, the list of all files, ` +
        'or an object with read(name)',
    )
  return Promise.all(
    paths.map(async (path) => {
      const shard = await place!.open(path, options)
      if (!shard) throw badFile(file, `its weights in ${path} are missing: there is no such file beside it`)
      return shard
    }),
  )
}

function checkPath(path: string, file: { readonly name: string }): void {
  checkName(path, file)
  if (/^[a-z][a-z\d+.-]+:/i.test(path)) throw badFile(file, `its weights are said to be at ${path.slice(0, 60)}; they must lie beside it`)
}

function placeArrays({ specs, bytes }: Group, arrays: Map<string, TfjsArray>, file: { readonly name: string }): void {
  let at = 0
  for (const spec of specs) {
    if (arrays.has(spec.name)) throw badFile(file, `has two weights named ${spec.name}`)
    const [start, end] = [at, at + bytesOf(spec)]
    at = end
    const read = async () => decode(await readAcross(bytes, start, end), spec, file)
    arrays.set(spec.name, { name: spec.name, shape: spec.shape, group: spec.group, read })
  }
  const size = bytes.reduce((sum, each) => sum + each.size, 0)
  if (size !== at) throw badFile(file, `its weights take ${at} bytes; ${size} are there${strangeShard(bytes)}`)
}

/** What stands where bytes of weights are expected, if it is another thing that servers give. */
function strangeShard(shards: readonly ByteSource[]): string {
  const small = shards.find(({ size }) => size < 4096)
  return small
    ? `. ${small.name} has only ${small.size} bytes: is it a page that says that the file is missing, or a pointer of Git LFS?`
    : ''
}

/** Bytes of shards that stand one behind the other. */
async function readAcross(shards: readonly ByteSource[], start: number, end: number): Promise<Uint8Array> {
  let at = 0
  const parts: Uint8Array[] = []
  for (const shard of shards) {
    const [from, to] = [Math.max(start - at, 0), Math.min(end - at, shard.size)]
    if (from < to) parts.push(await shard.read(from, to))
    at += shard.size
  }
  if (parts.length === 1) return parts[0]!
  const whole = new Uint8Array(end - start)
  parts.reduce((to, part) => (whole.set(part, to), to + part.length), 0)
  return whole
}

function decode(bytes: Uint8Array, { stored, dtype, quantization }: Spec, file: { readonly name: string }): HostData {
  const values = decodeNumbers(bytes, stored, file)
  if (!quantization || quantization.dtype === 'float16') return values
  const { scale, min } = quantization
  const whole = dtypes[dtype].whole
  const numbers = new dtypes[dtype].Array(values.length)
  for (let i = 0; i < numbers.length; i++) numbers[i] = whole ? Math.round(values[i]! * scale + min) : values[i]! * scale + min
  return numbers
}
