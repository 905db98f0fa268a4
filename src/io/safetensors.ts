// safetensors: a header in JSON, then the bytes of all tensors side by side. See huggingface.co/docs/safetensors.
import type { HostData } from '../graph/dtypes'
import { isObject, parseJson, type Json } from './json'
import { decodeNumbers, storedTypes, type StoredType } from './numbers'
import { badFile, type ByteSource } from './source'

/** A named array of a file, read when it is wanted. */
export interface StoredArray {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: StoredType
  read(): Promise<HostData>
}

const MAX_HEADER = 100_000_000
const MAX_RANK = 32

const dtypeNames: { readonly [dtype: string]: StoredType } = {
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
  I8: 'int8',
  I16: 'int16',
  I32: 'int32',
  I64: 'int64',
  U8: 'uint8',
  U16: 'uint16',
  U32: 'uint32',
  U64: 'uint64',
  BOOL: 'bool',
}

/** The arrays of a file in the order of their bytes, with the texts that came along. */
export async function readSafetensors(
  source: ByteSource,
): Promise<{ arrays: StoredArray[]; metadata: { readonly [key: string]: string } }> {
  const { header, start } = await readHeader(source)
  const { __metadata__: metadata = {}, ...entries } = header
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    throw badFile(source, 'its metadata must be texts')
  const placed = Object.entries(entries)
    .map(([name, entry]) => readEntry(source, name, entry))
    .toSorted((a, b) => a.from - b.from || a.to - b.to)
  let end = 0
  for (const { name, from, to } of placed) {
    if (from !== end)
      throw badFile(source, `the bytes of ${name} ${from < end ? 'overlap those' : 'leave a gap behind those'} of the tensor before`)
    end = to
  }
  if (start + end !== source.size) throw badFile(source, `its tensors take ${end} bytes; ${source.size - start} are there`)
  const arrays = placed.map(({ name, shape, type, from, to }) => ({
    name,
    shape,
    type,
    read: async () => decodeNumbers(await source.read(start + from, start + to), type, source),
  }))
  return { arrays, metadata: metadata as { readonly [key: string]: string } }
}

async function readHeader(source: ByteSource): Promise<{ header: { readonly [key: string]: Json }; start: number }> {
  if (source.size < 10) throw badFile(source, 'is too short for a safetensors file')
  const head = await source.read(0, 8)
  const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true))
  if (length < 2 || length > MAX_HEADER || 8 + length > source.size)
    throw badFile(source, `its header claims ${length} bytes; the file has ${source.size}`)
  const text = await source.read(8, 8 + length)
  if (text[0] !== 0x7b) throw badFile(source, "its header does not begin with '{'; it is no safetensors file, or damaged")
  checkKeys(text, source)
  const header = parseJson(text, source)
  if (!isObject(header)) throw badFile(source, 'its header is not an object')
  return { header, start: 8 + length }
}

/** JSON readers keep the last of equal keys; two tensors of one name are refused. */
function checkKeys(text: Uint8Array, source: ByteSource): void {
  const keys = new TextDecoder().decode(text).matchAll(/"((?:[^"\\]|\\.)*)"\s*:\s*\{/gs)
  const seen = new Set<string>()
  for (const [, key] of keys) {
    if (seen.has(key!)) throw badFile(source, `has two tensors named '${key!.slice(0, 60)}'`)
    seen.add(key!)
  }
}

interface Placed {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: StoredType
  readonly from: number
  readonly to: number
}

const isCount = (x: Json | undefined): x is number => Number.isSafeInteger(x) && (x as number) >= 0

function readEntry(source: ByteSource, name: string, entry: Json): Placed {
  if (!isObject(entry)) throw badFile(source, `tensor ${name} is not described`)
  const { dtype, shape, data_offsets: offsets } = entry
  const type = typeof dtype === 'string' && Object.hasOwn(dtypeNames, dtype) ? dtypeNames[dtype] : undefined
  if (!type) throw badFile(source, `tensor ${name} has the dtype ${JSON.stringify(dtype)}; known are ${Object.keys(dtypeNames).join(', ')}`)
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every((d: Json) => isCount(d)))
    throw badFile(source, `tensor ${name} has the shape ${JSON.stringify(shape)?.slice(0, 60)}`)
  const [from, to, ...more] = Array.isArray(offsets) ? (offsets as Json[]) : []
  if (!isCount(from) || !isCount(to) || more.length || from > to)
    throw badFile(source, `tensor ${name} has the place ${JSON.stringify(offsets)?.slice(0, 60)}`)
  const dims = shape as number[]
  const size = dims.reduce((n, d) => n * d, storedTypes[type].bytes)
  if (size !== to - from)
    throw badFile(
      source,
      `tensor ${name} of shape [${dims.join(', ')}] and ${String(dtype)} takes ${size} bytes; its place has ${to - from}`,
    )
  return { name, shape: dims, type, from, to }
}

/** An array to write: its bytes as they lie in memory. */
export interface ArrayToWrite {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: StoredType
  readonly data: Uint8Array
}

/** A file as pieces one after the other; the arrays' bytes are not copied. */
export function writeSafetensors(arrays: readonly ArrayToWrite[], metadata: { readonly [key: string]: string } = {}): Uint8Array[] {
  const nameOf = (type: StoredType) => Object.keys(dtypeNames).find((name) => dtypeNames[name] === type)
  let at = 0
  const entries = arrays.map(
    ({ name, shape, type, data }) => [name, { dtype: nameOf(type), shape, data_offsets: [at, (at += data.length)] }] as const,
  )
  const described = { ...(Object.keys(metadata).length && { __metadata__: metadata }), ...Object.fromEntries(entries) }
  const json = new TextEncoder().encode(JSON.stringify(described))
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true)
  header.set(json, 8)
  return [header, ...arrays.map(({ data }) => data)]
}
