// A dataset's bytes: in one piece, or in chunks that went through filters.
import { CornusError } from '../../util/errors'
import { decompress } from '../../util/decompress'
import { badFile, type Cursor } from '../source'
import type { Hdf5File } from './file'
import { unsupported, type Filter, type Layout } from './messages'
import { walkOldTree } from './trees'

export interface Stored {
  readonly shape: readonly number[]
  /** Bytes of an element. */
  readonly width: number
  readonly layout: Layout
  readonly filters: readonly Filter[]
}

/** What a file may say that it holds without holding it: fill values take no space. */
const MOST_UNSTORED = 2 ** 26

export async function readStored(file: Hdf5File, { shape, width, layout, filters }: Stored): Promise<Uint8Array> {
  const size = shape.reduce((n, d) => n * d, width)
  if (layout.kind === 'chunked') return readChunks(file, { shape, width, layout, filters }, size)
  if (filters.length) throw badFile(file.source, 'has filters on data that are not in chunks; the file is damaged')
  if (layout.kind === 'compact') return exactly(file, layout.bytes, size)
  if (size === 0) return new Uint8Array(0)
  if (!file.isSet(layout.address)) return unstored(file, size)
  if (layout.size !== Infinity && layout.size < size)
    throw badFile(file.source, `a dataset of shape [${shape.join(', ')}] takes ${size} bytes; ${layout.size} are stored`)
  return file.bytes(layout.address, size)
}

function exactly(file: Hdf5File, bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length < size) throw badFile(file.source, `a dataset takes ${size} bytes; ${bytes.length} are stored`)
  return bytes.subarray(0, size)
}

function unstored(file: Hdf5File, size: number): Uint8Array {
  if (size > Math.max(MOST_UNSTORED, 16 * file.source.size))
    throw badFile(file.source, `claims a dataset of ${size} bytes and stores none of them`)
  return new Uint8Array(size)
}

type Chunked = Stored & { readonly layout: Layout & { readonly kind: 'chunked' } }

async function readChunks(file: Hdf5File, stored: Chunked, size: number): Promise<Uint8Array> {
  const {
    shape,
    width,
    layout: { chunk, address },
  } = stored
  const chunkBytes = chunk.reduce((n, d) => n * d, width)
  const fits = chunk.length === shape.length && chunk.every((d) => d > 0) && Number.isSafeInteger(chunkBytes)
  if (!fits) throw badFile(file.source, `a dataset of shape [${shape.join(', ')}] in chunks of [${chunk.join(', ')}]; the file is damaged`)
  const count = shape.reduce((n, d, i) => n * Math.ceil(d / chunk[i]!), 1)
  if (count * 16 > 64 * file.source.size || chunkBytes > Math.max(MOST_UNSTORED, 2000 * file.source.size)) {
    throw badFile(file.source, `claims ${count} chunks of ${chunkBytes} bytes, more than its ${file.source.size} bytes can hold`)
  }
  const whole = unstored(file, Math.min(size, Number.MAX_SAFE_INTEGER))
  if (size === 0 || !file.isSet(address)) return whole
  await eachChunk(file, stored, chunkBytes, async (place, at, bytes, mask) => {
    if (place.some((d, i) => d % chunk[i]! !== 0 || d >= shape[i]!))
      throw badFile(file.source, `a chunk stands at [${place.join(', ')}], outside its dataset; the file is damaged`)
    const raw = await file.bytes(at, bytes)
    copyChunk(whole, shape, await unfilter(file, raw, stored.filters, mask, chunkBytes), chunk, place, width)
  })
  return whole
}

type TakeChunk = (place: readonly number[], address: number, bytes: number, mask: number) => Promise<void>

async function eachChunk(file: Hdf5File, { shape, layout, filters }: Chunked, chunkBytes: number, take: TakeChunk): Promise<void> {
  const { address, chunk, index } = layout
  const origin = shape.map(() => 0)
  switch (index.kind) {
    case 'tree':
      return walkOldTree(file, address, 1, 8 + 8 * (shape.length + 1), (child, key: Cursor) => {
        const [bytes, mask] = [key.u32(), key.u32()]
        return take(
          shape.map(() => key.uint(8)),
          child,
          bytes,
          mask,
        )
      })
    case 'single':
      return take(origin, address, index.size ?? chunkBytes, index.mask)
    case 'implicit': {
      for (const [i, place] of places(shape, chunk).entries()) await take(place, address + i * chunkBytes, chunkBytes, 0)
      return undefined
    }
    case 'fixed':
      return eachFixed(file, address, places(shape, chunk), filters.length > 0, chunkBytes, take)
  }
}

/** First elements of all chunks, row by row. */
function places(shape: readonly number[], chunk: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, d, i) => all.flatMap((place) => Array.from({ length: Math.ceil(d / chunk[i]!) }, (_, k) => [...place, k * chunk[i]!])),
    [[]],
  )
}

/** The index of datasets that cannot grow, in the newest format: an array of addresses, in pages where it is long. */
async function eachFixed(
  file: Hdf5File,
  address: number,
  all: readonly number[][],
  filtered: boolean,
  chunkBytes: number,
  take: TakeChunk,
): Promise<void> {
  const head = await file.at(address, 8 + file.lengths + file.offsets)
  head.expect('FAHD', 'an index of chunks').skip(2)
  const [entry, pageBits, count] = [head.u8(), head.u8(), head.uint(file.lengths)]
  if (count < all.length || entry < file.offsets) throw badFile(file.source, 'an index of chunks that is too short; the file is damaged')
  const perPage = 2 ** pageBits
  const block = head.uint(file.offsets)
  const pages = count > perPage ? Math.ceil(count / perPage) : 0
  const first = block + 6 + file.offsets + (pages ? Math.ceil(pages / 8) : 0) + (pages ? 4 : 0)
  for (const [i, place] of all.entries()) {
    const gap = pages ? Math.floor(i / perPage) * 4 : 0 // each page ends in a checksum
    const cursor = await file.at(first + i * entry + gap, entry)
    const at = cursor.uint(file.offsets)
    if (!file.isSet(at)) continue
    const bytes = filtered ? cursor.uint(entry - file.offsets - 4) : chunkBytes
    await take(place, at, bytes, filtered ? cursor.u32() : 0)
  }
}

const [DEFLATE, SHUFFLE, FLETCHER32] = [1, 2, 3]

/** Takes the filters off, the last one first; a bit of the mask says that a chunk left one out. */
async function unfilter(file: Hdf5File, raw: Uint8Array, filters: readonly Filter[], mask: number, size: number): Promise<Uint8Array> {
  let bytes = raw
  for (let i = filters.length - 1; i >= 0; i--) {
    const { id, values } = filters[i]!
    if (mask & (1 << i)) continue
    if (id === DEFLATE) bytes = await inflate(file, bytes, size)
    else if (id === SHUFFLE) bytes = unshuffle(bytes, values[0] ?? 1)
    else if (id === FLETCHER32) bytes = checked(file, bytes)
    else throw unsupported(file.source, `data compressed by filter ${id} (gzip, shuffle and fletcher32 are read)`)
  }
  if (bytes.length !== size) throw badFile(file.source, `a chunk of ${bytes.length} bytes where ${size} are expected; the file is damaged`)
  return bytes
}

async function inflate(file: Hdf5File, bytes: Uint8Array, size: number): Promise<Uint8Array> {
  try {
    // up to a checksum more than the data
    return await decompress(bytes, 'deflate', (head) => (head.length > size ? head.length : size), file.source.name)
  } catch (error) {
    throw error instanceof CornusError ? error : badFile(file.source, 'compressed data are damaged', error)
  }
}

/** First bytes of all elements, then the second ones …, back to elements. */
function unshuffle(bytes: Uint8Array, width: number): Uint8Array {
  if (width <= 1 || width > bytes.length) return bytes
  const count = Math.floor(bytes.length / width)
  const whole = bytes.slice()
  for (let k = 0; k < width; k++) {
    for (let i = 0; i < count; i++) whole[i * width + k] = bytes[k * count + i]!
  }
  return whole
}

/** The data in front of their checksum, which must be right. */
function checked(file: Hdf5File, bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) throw badFile(file.source, 'a chunk without its checksum; the file is damaged')
  const data = bytes.subarray(0, -4)
  const stored = new DataView(bytes.buffer, bytes.byteOffset + data.length).getUint32(0, true)
  if (fletcher32(data) !== stored) throw badFile(file.source, 'the checksum of a chunk is wrong; the file is damaged')
  return data
}

/** As HDF5 has it: over 16-bit words whose first byte is the higher one. */
function fletcher32(data: Uint8Array): number {
  let [low, high] = [0, 0]
  for (let at = 0; at < data.length; at += 2) {
    low = (low + data[at]! * 256 + (data[at + 1] ?? 0)) % 65535
    high = (high + low) % 65535
  }
  return high * 65536 + low
}

/** The rows of a chunk to their places; what stands over the edge is left out. */
function copyChunk(
  whole: Uint8Array,
  shape: readonly number[],
  bytes: Uint8Array,
  chunk: readonly number[],
  place: readonly number[],
  width: number,
): void {
  const last = shape.length - 1
  const extent = shape.map((d, i) => Math.min(chunk[i]!, d - place[i]!))
  const run = (extent[last] ?? 1) * width
  const walk = (axis: number, from: number, to: number): void => {
    if (axis >= last) return whole.set(bytes.subarray(from * width, from * width + run), to * width)
    const inner = (dims: readonly number[]) => dims.slice(axis + 1).reduce((n, d) => n * d, 1)
    for (let i = 0; i < extent[axis]!; i++) walk(axis + 1, from + i * inner(chunk), to + i * inner(shape))
  }
  const start = place.reduce((at, d, i) => at * shape[i]! + d, 0)
  walk(0, 0, start)
}
