// A backup as bytes: contents of variables in the form of safetensors, with the place in training beside them.
import type { HostData } from '../graph/node'
import type { Storage } from '../graph/storage'
import { readContents } from '../runtime/runs'
import { writeContents } from '../runtime/turns'
import { CornusError } from '../util/errors'
import { showShape, sizeOf } from '../util/shape'

/** Storages by their names in the file. */
export type Named = readonly (readonly [name: string, storage: Storage])[]
interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

const LENGTH = 8

/** The file: length of the header, header, values one after the other. */
export function writeBackup(storages: Named, place: object): Uint8Array {
  let end = 0
  const values = storages.map(([, storage]) => readContents(storage))
  const entries = storages.map(([name, { shape, dtype }], i): [string, Entry] => {
    const start = end
    end += values[i]!.byteLength
    return [name, { dtype: dtype === 'float32' ? 'F32' : 'I32', shape, data_offsets: [start, end] }]
  })
  const text = JSON.stringify({ __metadata__: { place: JSON.stringify(place) }, ...Object.fromEntries(entries) })
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 4) * 4))
  const bytes = new Uint8Array(LENGTH + header.length + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
  bytes.set(header, LENGTH)
  entries.forEach(
    (
      [
        ,
        {
          data_offsets: [start],
        },
      ],
      i,
    ) => bytes.set(bytesOf(values[i]!), LENGTH + header.length + start),
  )
  return bytes
}

const bytesOf = ({ buffer, byteOffset, byteLength }: HostData): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)

const damaged = (why: string, cause?: unknown): CornusError =>
  new CornusError('BAD_FILE', `backupAndRestore: the backup ${why}; remove it to begin anew`, { cause })

/** Puts the contents back, all or none, and returns the place in training. */
export function readBackup(bytes: Uint8Array, storages: Named): unknown {
  const { header, start } = headerOf(bytes)
  const contents = storages.map(([name, storage]) => {
    const { shape, data_offsets: [from, to] = [0, -1] } = (header[name] ?? {}) as Partial<Entry>
    const fits =
      shape !== undefined &&
      String(shape) === String(storage.shape) &&
      start + to <= bytes.length &&
      to - from === sizeOf(storage.shape) * 4
    if (!fits) throw damaged(`is of another model or optimizer, or damaged: ${name} should have shape ${showShape(storage.shape)}`)
    const values = bytes.slice(start + from, start + to).buffer
    return storage.dtype === 'float32' ? new Float32Array(values) : new Int32Array(values)
  })
  const more = Object.keys(header).length - 1 - storages.length
  if (more) throw damaged(`is of another model or optimizer: it has ${more} arrays more`)
  storages.forEach(([, storage], i) => writeContents(storage, contents[i]!))
  return placeOf(header)
}

function headerOf(bytes: Uint8Array): { header: { readonly [name: string]: unknown }; start: number } {
  try {
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true))
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH, LENGTH + length))
    const header: unknown = JSON.parse(text)
    if (typeof header === 'object' && header !== null) return { header: { ...header }, start: LENGTH + length }
  } catch (cause) {
    throw damaged('is damaged', cause)
  }
  throw damaged('is damaged')
}

function placeOf(header: { readonly [name: string]: unknown }): unknown {
  try {
    return JSON.parse((header.__metadata__ as { place: string }).place)
  } catch (cause) {
    throw damaged('does not say where training was', cause)
  }
}
