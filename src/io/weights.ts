// Weights in files: .weights.h5 of Keras 3, safetensors and NumPy's archives. Loaded only when a model saves or loads.
import { dtypes, type HostData } from '../graph/dtypes'
import type { Variable } from '../graph/variable'
import type { AnyLayer } from '../layers/layer'
import type { PlacedWeight } from '../layers/walk'
import { readContents, writeContents } from '../runtime/session'
import { check, CornusError, didYouMean, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { knownOptions } from '../util/options'
import { sameShape, showShape } from '../util/shape'
import { isHdf5, openHdf5, Dataset, type Group } from './hdf5/reader'
import { writeHdf5, type DatasetToWrite, type GroupToWrite } from './hdf5/writer'
import { isJson } from './json'
import { fillLegacy, isLegacy } from './legacyWeights'
import { readNpz, writeNpz } from './npy'
import { locate, openSource, type Source, type Target } from './places/locate'
import type { Place, TransferOptions } from './places/place'
import type { FetchOptions } from './places/web'
import { readSafetensors, writeSafetensors } from './safetensors'
import type { ByteSource } from './source'
import { matchNames } from './weightNames'

export type WeightsFormat = 'h5' | 'safetensors' | 'npz'

export interface SaveWeightsOptions extends TransferOptions {
  /** Default: by the target's ending: .weights.h5, .safetensors, .npz. */
  format?: WeightsFormat | undefined
}

export interface LoadWeightsOptions extends FetchOptions {
  /**
   * Default true: every weight must be in the file, with its shape, and nothing else; else what fits is loaded and the report says what did
   * not.
   */
  strict?: boolean | undefined
  /**
   * What the file calls a weight, where not by its path or name: a table, or a function of the name ('dense/kernel') and path
   * ('layers/dense/vars/0').
   */
  names?: { readonly [name: string]: string } | ((name: string, path: string) => string) | undefined
}

const TRANSFER = ['signal', 'onProgress']
const FETCH = ['integrity', 'cache', 'requestInit']

/** What became of a load: names of the model's weights and of the file's arrays. */
export interface WeightsReport {
  readonly matched: readonly string[]
  /** Weights that the file does not have. */
  readonly missing: readonly string[]
  /** Weights that have another shape there. */
  readonly mismatched: readonly string[]
  /** Arrays of the file that no weight took. */
  readonly unused: readonly string[]
}

/** An array of a file, under the name that it has there. */
export interface Stored {
  readonly shape: readonly number[]
  read(): Promise<HostData>
}

const ENDINGS: readonly (readonly [ending: string, format: WeightsFormat])[] = [
  ['.h5', 'h5'],
  ['.hdf5', 'h5'],
  ['.safetensors', 'safetensors'],
  ['.npz', 'npz'],
]

function formatOf(name: string, given: WeightsFormat | undefined): WeightsFormat {
  const found = given ?? ENDINGS.find(([ending]) => name.toLowerCase().endsWith(ending))?.[1]
  const known = ENDINGS.some(([, format]) => format === found)
  check(
    found !== undefined && known,
    'BAD_ARGUMENT',
    () =>
      `saveWeights: ${given === undefined ? `the ending of ${showValue(name)}` : `the format ${showValue(given)}`} is not known; ` +
      `end the name in .weights.h5, .safetensors or .npz, or give format: 'h5', 'safetensors' or 'npz'`,
  )
  return found
}

/** The values of a weight as of now, as bytes. */
const bytesOf = (variable: Variable): Uint8Array => {
  const { buffer, byteOffset, byteLength } = readContents(variable.storage)
  return new Uint8Array(buffer, byteOffset, byteLength)
}
const typeOf = (variable: Variable): 'float32' | 'int32' => (dtypes[variable.dtype].whole ? 'int32' : 'float32')

function checkBuilt(layer: AnyLayer, what: string): readonly PlacedWeight[] {
  const weights = layer.allWeights
  check(
    weights.length > 0 || layer.built,
    'NOT_BUILT',
    () =>
      `${layer.name}: ${what} needs the weights, which are made when the input's shape is known; ` +
      'give the first layer an inputShape, or call the model once',
  )
  return weights
}

/** A variable's values as of now, as a dataset. */
export const datasetOf = (variable: Variable): DatasetToWrite => ({
  shape: variable.shape,
  type: typeOf(variable),
  data: bytesOf(variable),
})

/** A variable and where it stands in a file. */
interface Placed {
  readonly path: string
  readonly name?: string
  readonly variable: Variable
}

/** A file of all weights, and of what stands beside them, in pieces. */
export function weightsFile(layer: AnyLayer, format: WeightsFormat, others: readonly Placed[] = []): Uint8Array[] {
  const weights = checkBuilt(layer, 'saveWeights')
  const arrays = [...weights, ...others].map(({ path, name = path, variable }) => ({
    name,
    path,
    shape: variable.shape,
    type: typeOf(variable),
    data: bytesOf(variable),
  }))
  if (format === 'safetensors') return writeSafetensors(arrays, { format: 'cornus' })
  if (format === 'npz') return writeNpz(new Map(arrays.map((array) => [array.name, array])))
  return writeHdf5(groupsOf(arrays))
}

/** Groups by the paths of their datasets. */
function groupsOf(arrays: readonly (DatasetToWrite & { readonly path: string })[]): GroupToWrite {
  type Members = Map<string, GroupToWrite | DatasetToWrite>
  const root: Members = new Map()
  const enter = (members: Members, name: string): Members => {
    const known = members.get(name)
    if (known && 'members' in known) return known.members as Members
    const inner: Members = new Map()
    members.set(name, { members: inner })
    return inner
  }
  for (const { path, ...dataset } of arrays) {
    const parts = path.split('/')
    parts.slice(0, -1).reduce(enter, root).set(nth(parts, -1), dataset)
  }
  return { members: root }
}

/** Saves a layer's or model's weights. */
export async function saveWeights(layer: AnyLayer, target: Target, given?: SaveWeightsOptions): Promise<void> {
  const { format, ...options } = knownOptions(given, ['format', ...TRANSFER], 'saveWeights')
  const { place, name } = locate(target, `${layer.name}.weights.h5`)
  await place.write(name, weightsFile(layer, formatOf(name, format)), options)
}

/** Loads weights into a layer or model; all are read and checked before any is written. */
export async function loadWeights(layer: AnyLayer, source: Source, given?: LoadWeightsOptions): Promise<WeightsReport> {
  const { strict = true, names, ...options } = knownOptions(given, ['strict', 'names', ...TRANSFER, ...FETCH], 'loadWeights')
  checkBuilt(layer, 'loadWeights')
  const { file, place } = await openSource(source, { ...options, wanted: `${layer.name}.weights.h5` })
  try {
    const older = names === undefined && strict ? await fillOlder(layer, file) : undefined
    return older ?? (await fillWeights(layer, await arraysOf(file, place, options), file, { strict, names }))
  } finally {
    await file.close?.()
  }
}

/** Weights of an .h5 file of Keras 1 to 3, if it is one. */
async function fillOlder(layer: AnyLayer, file: ByteSource): Promise<WeightsReport | undefined> {
  if (!isHdf5(await file.read(0, Math.min(8, file.size)))) return undefined
  const root = await openHdf5(file)
  if (!(await isLegacy(root))) return undefined
  const written = new Set(await fillLegacy(layer, root, file))
  const matched = layer.allWeights.filter(({ variable }) => written.has(variable)).map(({ name }) => name)
  return { matched, missing: [], mismatched: [], unused: [] }
}

/** Puts the arrays of a file into the weights that they belong to; all are read and checked before any is written. */
export async function fillWeights(
  layer: AnyLayer,
  stored: ReadonlyMap<string, Stored>,
  file: { readonly name: string },
  { strict = true, names }: Pick<LoadWeightsOptions, 'strict' | 'names'> = {},
): Promise<WeightsReport> {
  const guessed = matchNames(layer, stored)
  const found = layer.allWeights.map((weight) => ({ weight, key: keyOf(weight, stored, names) ?? guessed.get(weight.variable) }))
  const report = reportOf(found, stored)
  if (strict) checkReport(report, stored, layer, file)
  const matched = new Set(report.matched)
  const wanted = found.filter(({ weight, key }) => key !== undefined && matched.has(weight.name))
  const values: HostData[] = []
  for (const { key } of wanted) values.push(await stored.get(key!)!.read())
  wanted.forEach(({ weight }, i) => writeContents(weight.variable.storage, nth(values, i)))
  return report
}

type Found = { readonly weight: PlacedWeight; readonly key: string | undefined }

function keyOf({ name, path }: PlacedWeight, stored: ReadonlyMap<string, Stored>, names: LoadWeightsOptions['names']): string | undefined {
  const given = typeof names === 'function' ? names(name, path) : names && Object.hasOwn(names, name) ? names[name] : undefined
  return [given, path, name].find((key) => key !== undefined && stored.has(key))
}

function reportOf(found: readonly Found[], stored: ReadonlyMap<string, Stored>): WeightsReport {
  const fits = ({ weight, key }: Found) => key !== undefined && sameShape(stored.get(key)!.shape, weight.variable.shape)
  const used = new Set(found.map(({ key }) => key))
  const nameOf = ({ weight }: Found) => weight.name
  return {
    matched: found.filter(fits).map(nameOf),
    missing: found.filter(({ key }) => key === undefined).map(nameOf),
    mismatched: found.filter((each) => each.key !== undefined && !fits(each)).map(nameOf),
    unused: [...stored.keys()].filter((key) => !used.has(key) && !key.startsWith('optimizer/')),
  }
}

const listed = (names: readonly string[]): string =>
  names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '')

function checkReport(
  { missing, mismatched, unused }: WeightsReport,
  stored: ReadonlyMap<string, Stored>,
  layer: AnyLayer,
  file: { readonly name: string },
): void {
  if (missing.length === 0 && mismatched.length === 0 && unused.length === 0) return
  const shapeOf = (name: string) => {
    const weight = layer.allWeights.find((each) => each.name === name)!
    const key = [weight.path, name].find((each) => stored.has(each))
    return `${name} (${showShape(weight.variable.shape)} here${key ? `, ${showShape(stored.get(key)!.shape)} there` : ''})`
  }
  const parts = [
    ...(missing.length ? [`it lacks ${listed(missing)}${didYouMean(nth(missing, 0), unused)}`] : []),
    ...(mismatched.length ? [`of another shape are ${listed(mismatched.map(shapeOf))}`] : []),
    ...(unused.length ? [`no weight takes ${listed(unused)}`] : []),
  ]
  throw new CornusError(
    'BAD_FILE',
    `${file.name} does not fit ${layer.name}: ${parts.join('; ')}. Load what fits with { strict: false }, ` +
      `or say what is what with { names: { 'dense/kernel': 'name in the file' } }`,
  )
}

/** The arrays of a file of any of the formats, by its content. */
export async function arraysOf(file: ByteSource, place?: Place, options: TransferOptions = {}): Promise<ReadonlyMap<string, Stored>> {
  const head = await file.read(0, Math.min(8, file.size))
  if (isJson(head)) return (await (await import('./tfjs')).readTfjs(file, place, options)).arrays
  if (isHdf5(head)) return datasetsBelow(await openHdf5(file))
  if (head[0] === 0x50 && head[1] === 0x4b) return npzArrays(file)
  const { arrays } = await readSafetensors(file)
  return new Map(arrays.map((array) => [array.name, array]))
}

async function npzArrays(file: ByteSource): Promise<Map<string, Stored>> {
  const stored = new Map<string, Stored>()
  for (const [name, read] of await readNpz(file)) {
    const { shape, data } = await read()
    stored.set(name, { shape, read: async () => data })
  }
  return stored
}

const MAX_DEPTH = 64

async function datasetsBelow(group: Group, path = '', depth = 0): Promise<Map<string, Stored>> {
  const stored = new Map<string, Stored>()
  if (depth > MAX_DEPTH) return stored
  for (const name of await group.names()) {
    const item = await group.get(name)
    const inner = path ? `${path}/${name}` : name
    if (item instanceof Dataset) stored.set(inner, item)
    else if (item) for (const [key, each] of await datasetsBelow(item, inner, depth + 1)) stored.set(key, each)
  }
  return stored
}
