// The state of a training in one file: weights, optimizer, random numbers, counts of the epoch under way, callbacks, and where it stands.
import { dtypes, type HostData } from '../graph/dtypes'
import { Tensor } from '../graph/node'
import type { Storage } from '../graph/storage'
import { constantNode } from '../graph/leaves'
import type { CallbackHooks } from '../callbacks/callback'
import type { AnyLayer } from '../layers/layer'
import { placesBelow } from '../layers/walk'
import type { Resume } from '../callbacks/resume'
import type { Checkpoint, Position, TrainingParts } from '../model/resume'
import { Generator, generator } from '../ops/random'
import { readContents, writeContents } from '../runtime/session'
import { seeds } from '../seed'
import { CornusError, showValue } from '../util/errors'
import { sameShape, showShape, type Shape } from '../util/shape'
import { isObject, parseJson, type Json } from './json'
import { locate, type Located, type Target } from './places/locate'
import { readSafetensors, writeSafetensors, type ArrayToWrite } from './safetensors'
import { badFile } from './source'

const NAME = 'training.safetensors'
const FORMAT = 'cornus training 1'

/** What the file says besides arrays. */
interface State {
  readonly position: Position
  readonly seed: number
  /** Of the generator of all, and of those of layers with seeds of their own. */
  readonly generators: readonly (readonly number[])[]
  readonly data: TrainingParts['data']
  /** Fields of each callback. */
  readonly callbacks: readonly Json[]
}

interface Kept {
  readonly state: State
  readonly arrays: ReadonlyMap<string, { readonly shape: Shape; readonly data: HostData }>
}

/** Opens the checkpoint of a place, or makes ready to keep one. */
export async function openCheckpoint(resume: Resume, signal: AbortSignal | undefined): Promise<Checkpoint> {
  const { place: target, name: given = NAME, double = false, deleteAtEnd } = resume
  const text = typeof target === 'string' || target instanceof URL
  const located = locate((text ? `${String(target).replace(/[/\\]$/, '')}/${given}` : target) as Target, given)
  const { place, name } = located
  const before = `${name}.previous`
  const kept = await readKept(located).catch(async (error: unknown) => {
    const older = double ? await readKept({ place, name: before }) : undefined
    if (!older) throw error
    return older
  })
  return {
    position: kept?.state.position,
    restore: (parts) => restore(kept!, parts, located),
    restoreCallbacks: (callbacks) => restoreCallbacks(kept!, callbacks),
    save: async (position, parts) => {
      const last = double ? await bytesAt(located) : undefined
      if (last) await place.write(before, [last], { signal })
      await place.write(name, write(position, parts), { signal })
    },
    end: async () => {
      if (!deleteAtEnd) return
      for (const each of [name, ...(double ? [before] : [])]) if (await bytesAt({ place, name: each })) await place.remove?.(each)
    },
  }
}

async function bytesAt({ place, name }: Located): Promise<Uint8Array | undefined> {
  const file = await place.open(name, {})
  try {
    return await file?.read(0, file.size)
  } finally {
    await file?.close?.()
  }
}

// Reading

async function readKept({ place, name }: Located): Promise<Kept | undefined> {
  const file = await place.open(name, {})
  if (!file) return undefined
  try {
    const { arrays, metadata } = await readSafetensors(file)
    if (metadata.format !== FORMAT) throw badFile(file, 'is no checkpoint of a training; give fit({ resume }) a folder of its own')
    const state = parseJson(new TextEncoder().encode(metadata.state ?? ''), file)
    if (!isState(state)) throw badFile(file, 'the state of the training in it is damaged; remove the file to begin anew')
    const read = await Promise.all(arrays.map(async ({ name: key, shape, read }) => [key, { shape, data: await read() }] as const))
    return { state, arrays: new Map(read) }
  } finally {
    await file.close?.()
  }
}

const isCount = (x: Json | undefined): boolean => Number.isSafeInteger(x) && (x as number) >= 0

function isState(x: Json): x is Json & State {
  if (!isObject(x)) return false
  const { position, seed, generators, callbacks } = x
  const walk = isObject(position) ? position.walk : undefined
  return (
    isObject(position) &&
    isCount(position.epoch) &&
    isCount(position.step) &&
    isObject(walk) &&
    isCount(walk.batches) &&
    isCount(walk.epochs) &&
    Number.isSafeInteger(seed) &&
    Array.isArray(generators) &&
    generators.every((each: Json) => Array.isArray(each) && each.length === 3 && each.every((n: Json) => Number.isSafeInteger(n))) &&
    Array.isArray(callbacks)
  )
}

/** Puts everything back, or nothing where the file is of another training. */
function restore({ state, arrays }: Kept, parts: TrainingParts, { name }: Located): readonly HostData[] {
  checkData(state, parts, name)
  const groups = storagesOf(parts.model)
  const writes = Object.entries(groups).flatMap(([group, storages]) =>
    storages.map((storage, i) => ({ storage, data: arrayFor(`${group}/${i}`, storage, arrays, name) })),
  )
  const counted = [...arrays.keys()].filter((key) => /^(weight|optimizer|random)\//.test(key)).length
  if (counted !== writes.length || state.generators.length !== groups.random!.length)
    throw mismatch(name, `it holds ${counted} weights and states of the optimizer; ${writes.length} are here`)
  for (const { storage, data } of writes) writeContents(storage, data)
  generatorsOf(parts.model).forEach((each, i) => (each.position = state.generators[i] as [number, number, number]))
  seeds.state = state.seed
  return parts.metrics.map((fresh, i) => arrays.get(`metric/${i}`)?.data ?? fresh)
}

function checkData({ data }: State, parts: TrainingParts, name: string): void {
  const said = (of: TrainingParts['data'] | undefined) =>
    `${of?.samples ?? '?'} samples in ${of?.batches ?? '?'} batches, ${of?.shuffled ? '' : 'not '}shuffled`
  const same = (['batches', 'samples', 'shuffled'] as const).every((key) => (data?.[key] ?? undefined) === parts.data[key])
  if (!same) throw mismatch(name, `the training that was cut off had ${said(data)}; this one has ${said(parts.data)}`)
}

function arrayFor(key: string, storage: Storage, arrays: Kept['arrays'], name: string): HostData {
  const found = arrays.get(key)
  if (!found || !sameShape(found.shape, storage.shape))
    throw mismatch(
      name,
      `${storage.name} has shape ${showShape(storage.shape)} here, ${found ? showShape(found.shape) : 'and is not'} there`,
    )
  return found.data
}

const mismatch = (name: string, what: string): CornusError =>
  new CornusError(
    'BAD_FILE',
    `${name}: is the checkpoint of another model or optimizer, or of other data: ${what}. ` +
      'Remove it to begin anew, or give fit({ resume }) another place',
  )

// What there is

/** Where random numbers come from: all, then those of layers with seeds of their own. */
const generatorsOf = (model: AnyLayer): Generator[] => [
  generator,
  ...placesBelow<AnyLayer>(model).flatMap(({ layer }) => Object.values(layer).filter((value) => value instanceof Generator)),
]

const storagesOf = (model: TrainingParts['model']): { readonly [group: string]: readonly Storage[] } => ({
  weight: model.variables.map(({ storage }) => storage),
  optimizer: model.optimizer.variables.map(({ storage }) => storage),
  random: generatorsOf(model).map(({ storage }) => storage),
})

// Writing

const bytesOf = ({ buffer, byteOffset, byteLength }: HostData): Uint8Array => new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
const typeOf = (data: HostData) => (data instanceof Float32Array ? 'float32' : 'int32')
const toWrite = (name: string, shape: Shape, data: HostData): ArrayToWrite => ({ name, shape, type: typeOf(data), data: bytesOf(data) })

function write(position: Position, { model, callbacks, metrics, data }: TrainingParts): Uint8Array[] {
  const arrays = Object.entries(storagesOf(model)).flatMap(([group, storages]) =>
    storages.map((storage, i) => toWrite(`${group}/${i}`, storage.shape, readContents(storage))),
  )
  metrics.forEach((counts, i) => arrays.push(toWrite(`metric/${i}`, [counts.length], counts)))
  const saved = callbacks.map((callback, i) =>
    fieldsOf(callback, (key, tensor) => arrays.push(toWrite(`callback/${i}/${key}`, tensor.shape, tensor.dataSync()))),
  )
  const generators = generatorsOf(model).map((each) => [...each.position])
  const state = { position, seed: seeds.state, generators, data, callbacks: saved }
  return writeSafetensors(arrays, { format: FORMAT, state: JSON.stringify(state) })
}

// Callbacks

/** A callback that says itself what its state is. */
interface Stateful {
  getState?(): unknown
  setState?(state: unknown): void
}

/** What callbacks are told, or were made with. */
const NOT_STATE = new Set(['model', 'params', 'options', 'monitor', 'mode', 'minDelta', 'place', 'separator', 'resume'])

type TakeTensor = (key: string, tensor: Tensor) => void

function fieldsOf(callback: CallbackHooks, take: TakeTensor): Json {
  const { getState } = callback as Stateful
  const kind = kindOf(callback)
  if (typeof getState === 'function') return { kind, state: encode(getState.call(callback), 'state', take) ?? null }
  const fields = Object.entries(callback).flatMap(([key, value]) => {
    const coded = NOT_STATE.has(key) ? undefined : encode(value, key, take)
    return coded === undefined ? [] : [[key, coded] as const]
  })
  return { kind, fields: Object.fromEntries(fields) }
}

/** Plain values as JSON, of which all numbers come back; undefined for what is neither data nor a tensor. */
function encode(value: unknown, key: string, take: TakeTensor, depth = 0): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { number: Object.is(value, -0) ? '-0' : String(value) }
  if (value === undefined) return { nothing: true }
  if (typeof value !== 'object' || depth > 20) return undefined
  if (value instanceof Tensor) {
    take(key, value)
    return { tensor: key, dtype: value.dtype }
  }
  const isList = Array.isArray(value)
  if (!isList && Object.getPrototypeOf(value) !== Object.prototype) return undefined
  const inner = Object.entries(value).map(([name, each]) => [name, encode(each, `${key}/${name}`, take, depth + 1)] as const)
  if (inner.some(([, coded]) => coded === undefined)) return undefined
  return isList ? { list: inner.map(([, coded]) => coded!) } : { object: Object.fromEntries(inner as [string, Json][]) }
}

/** What callbacks of a class have in common. (Names of classes are not the same in every build.) */
const kindOf = (callback: CallbackHooks): string => Object.keys(callback).sort().join()

/** Puts fields back: of callbacks with the same fields the first's to the first, whichever else there are now. */
function restoreCallbacks({ state, arrays }: Kept, callbacks: readonly CallbackHooks[]): void {
  const waiting = state.callbacks.map((saved, i) => ({ saved, i }))
  for (const callback of callbacks) {
    const kind = kindOf(callback)
    const at = waiting.findIndex(({ saved }) => isObject(saved) && saved.kind === kind)
    const [found] = at < 0 ? [] : waiting.splice(at, 1)
    if (found) restoreCallback(callback, found.saved, (key) => arrays.get(`callback/${found.i}/${key}`))
  }
}

function restoreCallback(callback: CallbackHooks, saved: Json, arrayOf: ArrayOf): void {
  if (!isObject(saved)) return
  if (saved.state !== undefined) return (callback as Stateful).setState?.(decode(saved.state, arrayOf))
  if (!isObject(saved.fields)) return
  for (const [key, coded] of Object.entries(saved.fields))
    if (Object.hasOwn(callback, key) && !NOT_STATE.has(key)) Reflect.set(callback, key, decode(coded, arrayOf))
}

type ArrayOf = (key: string) => { readonly shape: Shape; readonly data: HostData } | undefined

function decode(coded: Json, arrayOf: ArrayOf): unknown {
  if (!isObject(coded)) return coded
  const { number, nothing, tensor, dtype, list, object } = coded
  if (nothing === true) return undefined
  if (typeof number === 'string') return Number(number)
  if (Array.isArray(list)) return (list as readonly Json[]).map((each) => decode(each, arrayOf))
  if (isObject(object)) return Object.fromEntries(Object.entries(object).map(([key, each]) => [key, decode(each, arrayOf)]))
  const found = typeof tensor === 'string' ? arrayOf(tensor) : undefined
  if (!found) throw new CornusError('BAD_FILE', `the state of a callback is damaged: ${showValue(coded)}`)
  const type = typeof dtype === 'string' && Object.hasOwn(dtypes, dtype) ? (dtype as keyof typeof dtypes) : 'float32'
  return constantNode(found.data, { shape: found.shape, dtype: type })
}
