// Messages of object headers: what an object is, in small structures of a few versions each.
import { badFile, Cursor, type ByteSource } from '../source'
import type { Datatype } from './format'

/** The file with the sizes of its addresses and lengths. */
export interface Context {
  readonly source: ByteSource
  /** Bytes of an address. */
  readonly offsets: number
  /** Bytes of a length. */
  readonly lengths: number
}

export const unsupported = (file: ByteSource, what: string): Error => badFile(file, `${what}; cornus does not read that`)

const MAX_RANK = 32

/** Sizes of the dimensions; of a dataspace without any value [0]. */
export function readDataspace(cursor: Cursor, { source, lengths }: Context): number[] {
  const version = cursor.u8()
  const rank = cursor.u8()
  cursor.skip(1)
  const isNull = version === 2 ? cursor.u8() === 2 : (cursor.skip(5), false)
  if (version !== 1 && version !== 2) throw badFile(source, `dataspace of version ${version}`)
  if (rank > MAX_RANK) throw badFile(source, `a dataset has rank ${rank}; at most ${MAX_RANK} is possible`)
  const shape = Array.from({ length: rank }, () => cursor.uint(lengths))
  if (shape.some((d) => !Number.isSafeInteger(d)) || !Number.isSafeInteger(shape.reduce((n, d) => n * d, 1)))
    throw badFile(source, 'a dataset claims more elements than can be counted')
  return isNull ? [0] : shape
}

const INT = 0
const FLOAT = 1
const STRING = 3
const OPAQUE = 5
const ENUM = 8
const VARIABLE = 9

export function readDatatype(cursor: Cursor, { source }: Context): Datatype {
  const head = cursor.u8()
  const [kind, version] = [head & 15, head >> 4]
  const bits = cursor.u8() | (cursor.u8() << 8) | (cursor.u8() << 16)
  const bytes = cursor.u32()
  if (version < 1 || version > 5) throw badFile(source, `datatype of version ${version}`)
  switch (kind) {
    case INT:
      cursor.skip(4)
      if (![1, 2, 4, 8].includes(bytes)) throw unsupported(source, `integers of ${bytes} bytes`)
      return { kind: 'int', bytes, signed: (bits & 8) !== 0, big: (bits & 1) !== 0 }
    case FLOAT:
      return readFloat(cursor, source, bytes, bits)
    case STRING:
      return { kind: 'string', bytes, padding: (bits & 15) === 2 ? 'space' : 'null' }
    case OPAQUE:
      return { kind: 'opaque', bytes }
    case ENUM: {
      // of which only the numbers matter: h5py stores bool so
      const base = readDatatype(cursor, { source, offsets: 8, lengths: 8 })
      if (base.kind !== 'int') throw unsupported(source, 'an enumeration that is not of integers')
      return base
    }
    case VARIABLE:
      if ((bits & 15) !== 1) throw unsupported(source, 'arrays of variable length')
      return { kind: 'varString', bytes }
    default:
      throw unsupported(
        source,
        `datatype of class ${kind} (${['', '', 'time', '', 'bit field', '', 'compound', 'reference', '', '', 'array'][kind] || 'unknown'})`,
      )
  }
}

/** Mantissa bits of the float types there are. */
const IEEE = new Map([
  [2, 10],
  [4, 23],
  [8, 52],
])
const BFLOAT16_MANTISSA = 7

function readFloat(cursor: Cursor, source: ByteSource, bytes: number, bits: number): Datatype {
  cursor.skip(7)
  const mantissa = cursor.u8()
  cursor.skip(4)
  if (bytes === 2 && mantissa === BFLOAT16_MANTISSA) return { kind: 'bfloat16', bytes: 2, big: false }
  if (IEEE.get(bytes) !== mantissa) throw unsupported(source, `floats of ${bytes} bytes with ${mantissa} bits of mantissa`)
  return { kind: 'float', bytes, big: (bits & 1) !== 0 }
}

/** Where a dataset's bytes are. */
export type Layout =
  | { readonly kind: 'compact'; readonly bytes: Uint8Array }
  | { readonly kind: 'contiguous'; readonly address: number; readonly size: number }
  | { readonly kind: 'chunked'; readonly address: number; readonly chunk: readonly number[]; readonly index: ChunkIndex }

/** How chunks are found. */
export type ChunkIndex =
  | { readonly kind: 'tree' }
  | { readonly kind: 'single'; readonly size?: number; readonly mask: number }
  | { readonly kind: 'implicit' }
  | { readonly kind: 'fixed' }

const COMPACT = 0
const CONTIGUOUS = 1
const CHUNKED = 2

export function readLayout(cursor: Cursor, context: Context): Layout {
  const version = cursor.u8()
  if (version === 1 || version === 2) return readOldLayout(cursor, context)
  if (version < 3 || version > 5) throw badFile(context.source, `data layout of version ${version}`)
  const kind = cursor.u8()
  if (kind === COMPACT) return { kind: 'compact', bytes: cursor.take(cursor.u16()) }
  if (kind === CONTIGUOUS) return { kind: 'contiguous', address: cursor.uint(context.offsets), size: cursor.uint(context.lengths) }
  if (kind !== CHUNKED) throw unsupported(context.source, 'a virtual dataset, which points to other files')
  if (version > 3) return readNewChunks(cursor, context)
  const rank = cursor.u8() - 1
  const address = cursor.uint(context.offsets)
  return { kind: 'chunked', address, chunk: Array.from({ length: rank }, () => cursor.u32()), index: { kind: 'tree' } }
}

function readOldLayout(cursor: Cursor, { source, offsets }: Context): Layout {
  const rank = cursor.u8()
  const kind = cursor.u8()
  cursor.skip(5)
  const address = kind === COMPACT ? 0 : cursor.uint(offsets)
  const dims = Array.from({ length: rank }, () => cursor.u32())
  if (kind === COMPACT) return { kind: 'compact', bytes: cursor.take(cursor.u32()) }
  if (kind === CHUNKED) return { kind: 'chunked', address, chunk: dims.slice(0, -1), index: { kind: 'tree' } }
  if (kind !== CONTIGUOUS) throw badFile(source, `data layout of class ${kind}`)
  return { kind: 'contiguous', address, size: Infinity }
}

const [SINGLE, IMPLICIT, FIXED] = [1, 2, 3]

function readNewChunks(cursor: Cursor, { source, offsets, lengths }: Context): Layout {
  const flags = cursor.u8()
  const rank = cursor.u8() - 1
  const width = cursor.u8()
  const chunk = Array.from({ length: rank }, () => cursor.uint(width))
  cursor.uint(width) // bytes of an element
  const type = cursor.u8()
  const index = (): ChunkIndex => {
    if (type === SINGLE) return flags & 2 ? { kind: 'single', size: cursor.uint(lengths), mask: cursor.u32() } : { kind: 'single', mask: 0 }
    if (type === IMPLICIT) return { kind: 'implicit' }
    if (type !== FIXED)
      throw unsupported(source, 'a dataset that can grow, in the newest format; save it without maxshape, or with libver="earliest"')
    cursor.skip(1)
    return { kind: 'fixed' }
  }
  const found = index()
  return { kind: 'chunked', chunk, index: found, address: cursor.uint(offsets) }
}

export interface Filter {
  readonly id: number
  /** Its parameters. */
  readonly values: readonly number[]
}

const MAX_FILTERS = 32

export function readFilters(cursor: Cursor, { source }: Context): Filter[] {
  const version = cursor.u8()
  const count = cursor.u8()
  if ((version !== 1 && version !== 2) || count > MAX_FILTERS) throw badFile(source, `a list of ${count} filters of version ${version}`)
  if (version === 1) cursor.skip(6)
  return Array.from({ length: count }, () => {
    const id = cursor.u16()
    const nameLength = version === 1 || id >= 256 ? cursor.u16() : 0
    cursor.skip(2)
    const values = cursor.u16()
    cursor.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength)
    const filter = { id, values: Array.from({ length: values }, () => cursor.u32()) }
    if (version === 1 && values % 2) cursor.skip(4)
    return filter
  })
}
