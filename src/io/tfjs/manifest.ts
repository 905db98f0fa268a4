// The weights of a TensorFlow.js model: groups of shards, and in each group weights one after the other, some of them quantized.
import type { HostData } from '../../graph/dtypes'
import { showValue } from '../../util/errors'
import { isObject, type Json } from '../json'
import { decodeNumbers, type StoredType } from '../numbers'
import { badFile, type ByteSource } from '../source'

/** A weight of the manifest with its values. */
export interface TfjsWeight {
  readonly name: string
  readonly shape: readonly number[]
  /** 'optimizer' for its state. */
  readonly group: string | undefined
  readonly data: HostData
}

/** Reads a shard by its name, which is that of a file beside the model. */
export type OpenShard = (name: string) => Promise<Uint8Array>

const MAX_RANK = 32

/** All weights of all groups. */
export async function readManifest(manifest: Json | undefined, open: OpenShard, file: { readonly name: string }): Promise<TfjsWeight[]> {
  if (!Array.isArray(manifest)) throw badFile(file, 'has no weightsManifest; is it a model of TensorFlow.js?')
  const weights: TfjsWeight[] = []
  for (const group of manifest as Json[]) {
    if (!isObject(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) throw badFile(file, 'its weightsManifest has a group without paths and weights')
    const shards: Uint8Array[] = []
    for (const path of group.paths as Json[]) shards.push(await openShard(path, open, file))
    weights.push(...readGroup(group.weights as Json[], joinShards(shards), file))
  }
  return weights
}

async function openShard(path: Json, open: OpenShard, file: { readonly name: string }): Promise<Uint8Array> {
  const plain = typeof path === 'string' && path !== '' && !/^[a-z][a-z\d+.-]*:|^[/\\]|\\|\0/i.test(path) && !path.split('/').includes('..')
  if (!plain) throw badFile(file, `its manifest names the file ${showValue(path)}; weights lie beside the model and nowhere else`)
  const bytes = await open(path)
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 40)).trimStart().toLowerCase()
  if (start.startsWith('<!doctype') || start.startsWith('<html')) throw badFile({ name: path }, 'is an HTML page, not weights; the server has no such file')
  if (start.startsWith('version https://git-lfs')) throw badFile({ name: path }, 'is a pointer of Git LFS, not the weights; fetch them with git lfs pull')
  return bytes
}

function joinShards(shards: readonly Uint8Array[]): Uint8Array {
  const [first] = shards
  if (first && shards.length === 1) return first
  const whole = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0))
  shards.reduce((at, shard) => (whole.set(shard, at), at + shard.length), 0)
  return whole
}

/** The weights of one group, which take all of its bytes. Weights without a group of bytes (text) are not read. */
export function readGroup(specs: readonly Json[], bytes: Uint8Array, file: { readonly name: string }): TfjsWeight[] {
  let at = 0
  const weights = specs.map((spec) => {
    const { name, shape, dtype, quantization, group } = checkSpec(spec, file)
    const stored = quantization?.stored ?? dtype
    const size = shape.reduce((n, d) => n * d, BYTES[stored])
    if (!(at + size <= bytes.length)) throw badFile(file, `weight ${name} of shape [${shape.join(', ')}] ends after byte ${at + size}; the shards have ${bytes.length}`)
    const data = dequantize(decodeNumbers(bytes.subarray(at, at + size), stored, file), quantization)
    at += size
    return { name, shape, group, data }
  })
  if (at !== bytes.length) throw badFile(file, `its weights take ${at} bytes; the shards have ${bytes.length}`)
  return weights
}

const BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const
type Stored = keyof typeof BYTES & StoredType

interface Quantization {
  readonly stored: Stored
  readonly scale: number
  readonly min: number
}

interface Spec {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
  readonly group: string | undefined
  readonly quantization: Quantization | undefined
}

const oneOf = <const T extends string>(value: Json | undefined, ...choices: readonly T[]): T | undefined => choices.find((choice) => choice === value)

function checkSpec(spec: Json, file: { readonly name: string }): Spec {
  if (!isObject(spec) || typeof spec.name !== 'string') throw badFile(file, 'its weightsManifest has a weight without a name')
  const { name, shape, group, quantization } = spec
  const dtype = oneOf(spec.dtype, 'float32', 'int32', 'bool')
  if (!dtype) throw badFile(file, `weight ${name} has the dtype ${showValue(spec.dtype)}; float32, int32 and bool are read`)
  const dims = Array.isArray(shape) && shape.length <= MAX_RANK && shape.every((d: Json) => Number.isSafeInteger(d) && (d as number) >= 0) ? (shape as number[]) : undefined
  if (!dims) throw badFile(file, `weight ${name} has the shape ${showValue(shape)}`)
  return { name, shape: dims, dtype, group: typeof group === 'string' ? group : undefined, quantization: readQuantization(quantization, name, file) }
}

function readQuantization(given: Json | undefined, name: string, file: { readonly name: string }): Quantization | undefined {
  if (given === undefined || given === null) return undefined
  const stored = isObject(given) ? oneOf(given.dtype, 'uint8', 'uint16', 'float16') : undefined
  if (!isObject(given) || !stored) throw badFile(file, `weight ${name} is quantized in a way that is not known: ${showValue(given)}`)
  if (stored === 'float16') return { stored, scale: 1, min: 0 }
  const { scale, min } = given
  const right = typeof scale === 'number' && typeof min === 'number' && Number.isFinite(scale) && Number.isFinite(min) && scale !== 0
  if (!right) throw badFile(file, `weight ${name} is quantized with the scale ${showValue(scale)} and the least value ${showValue(min)}`)
  return { stored, scale, min }
}

/** q · scale + min, as TensorFlow.js computes it. */
function dequantize(values: HostData, quantization: Quantization | undefined): HostData {
  if (!quantization || quantization.stored === 'float16') return values
  const { scale, min } = quantization
  return Float32Array.from(values, (q) => q * scale + min)
}

/** A shard's bytes through a source. */
export const wholeSource = async (source: ByteSource): Promise<Uint8Array> => source.read(0, source.size)
