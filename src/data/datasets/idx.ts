// IDX, the format of MNIST and its kin.
//
//   0 ┊ 0 ┊ type: u8 ┊ rank: u8 ┊ dims: u32 × rank ┊ values, row-major     (all numbers big-endian)
import { decompress, isGzip } from '../../util/decompress'
import { check, isInstance, showValue } from '../../util/errors'
import { text } from '../../util/options'

export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array
export interface Idx {
  readonly shape: number[]
  readonly data: IdxData
}

const types = {
  0x08: { bytes: 1, make: (n: number) => new Uint8Array(n), read: (view: DataView, at: number) => view.getUint8(at) },
  0x09: { bytes: 1, make: (n: number) => new Int8Array(n), read: (view: DataView, at: number) => view.getInt8(at) },
  0x0b: { bytes: 2, make: (n: number) => new Int16Array(n), read: (view: DataView, at: number) => view.getInt16(at) },
  0x0c: { bytes: 4, make: (n: number) => new Int32Array(n), read: (view: DataView, at: number) => view.getInt32(at) },
  0x0d: { bytes: 4, make: (n: number) => new Float32Array(n), read: (view: DataView, at: number) => view.getFloat32(at) },
  0x0e: { bytes: 8, make: (n: number) => new Float64Array(n), read: (view: DataView, at: number) => view.getFloat64(at) },
} as const
type TypeCode = keyof typeof types

const MOST_DIMS = 8
const MOST_BYTES = 2 ** 30

interface Header {
  readonly type: TypeCode
  readonly shape: number[]
  readonly start: number // of the values
  readonly end: number
}

/** The header, or undefined where there are not enough bytes for one. */
function headerOf(bytes: Uint8Array, what: string): Header | undefined {
  if (bytes.length < 4) return undefined
  const [zero = 0, nought = 0, type = 0, rank = 0] = bytes
  check(
    zero === 0 && nought === 0,
    'BAD_FILE',
    () =>
      `${what} is no IDX file: it must start with two zero bytes, not ` +
      `${hex(bytes.subarray(0, 4))}${bytes[0] === 0x3c ? ' (an HTML page?)' : ''}`,
  )
  check(
    type in types,
    'BAD_FILE',
    () => `${what}: unknown type of values ${hex(bytes.subarray(2, 3))} at byte 2; IDX has 08, 09, 0b, 0c, 0d and 0e`,
  )
  check(rank >= 1 && rank <= MOST_DIMS, 'BAD_FILE', () => `${what}: ${rank} dimensions at byte 3; expected 1 to ${MOST_DIMS}`)
  const start = 4 + 4 * rank
  if (bytes.length < start) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const end = start + shape.reduce((product, dim) => product * dim, types[type as TypeCode].bytes)
  check(
    shape.every((dim) => dim <= MOST_BYTES) && end <= MOST_BYTES,
    'BAD_FILE',
    () => `${what}: dimensions ${shape.join(' × ')} are more than 1 GiB; the file is damaged or no IDX file`,
  )
  return { type: type as TypeCode, shape, start, end }
}

/**
 * Values and shape of an IDX file that is not compressed. Bytes stay bytes; the values are a copy.
 * Throws BAD_FILE unless the file is exactly as long as its header says. `what` names the file in errors.
 */
export function parseIdx(bytes: Uint8Array, what = 'IDX file'): Idx {
  text.read(what, 'parseIdx: the name of the file')
  check(isInstance(bytes, Uint8Array), 'BAD_ARGUMENT', () => `${what}: the bytes must be a Uint8Array, not ${showValue(bytes)}`)
  const header = headerOf(bytes, what)
  check(header, 'BAD_FILE', () => `${what}: cut off within the header, after ${bytes.length} bytes`)
  const { type, shape, start, end } = header
  check(
    bytes.length >= end,
    'BAD_FILE',
    () => `${what}: cut off: ${shape.join(' × ')} values need ${end} bytes, the file has ${bytes.length}`,
  )
  check(bytes.length === end, 'BAD_FILE', () => `${what}: ${bytes.length - end} bytes too many after the ${shape.join(' × ')} values`)
  if (type === 0x08) return { shape, data: new Uint8Array(bytes.subarray(start)) }
  const { bytes: size, make, read } = types[type]
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const data = make((end - start) / size)
  for (let i = 0; i < data.length; i++) data[i] = read(view, start + i * size)
  return { shape, data }
}

/** An IDX file, gzipped or plain. */
export async function readIdx(bytes: Uint8Array, what = 'IDX file'): Promise<Idx> {
  return parseIdx(isGzip(bytes) ? await decompress(bytes, 'gzip', (head) => headerOf(head, what)?.end, what) : bytes, what)
}

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
