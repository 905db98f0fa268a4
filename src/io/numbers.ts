// Numbers as files store them, as the arrays that tensors take. Files are little-endian unless they say otherwise.
import type { HostData } from '../graph/dtypes'
import { badFile } from './source'

export type StoredType =
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

type Decode = (buffer: ArrayBuffer, file: { readonly name: string }) => HostData

interface Stored {
  readonly bytes: number
  readonly decode: Decode
}

/** A row for each type: bytes of an element, and how to read them. 16-bit and 64-bit floats become float32, 64-bit integers int32. */
export const storedTypes: { readonly [type in StoredType]: Stored } = {
  float16: { bytes: 2, decode: (buffer) => halfFloats(new Uint16Array(buffer)) },
  bfloat16: { bytes: 2, decode: (buffer) => upperHalves(new Uint16Array(buffer)) },
  float32: { bytes: 4, decode: (buffer) => new Float32Array(buffer) },
  float64: { bytes: 8, decode: (buffer) => Float32Array.from(new Float64Array(buffer)) },
  int8: { bytes: 1, decode: (buffer) => new Int8Array(buffer) },
  int16: { bytes: 2, decode: (buffer) => new Int16Array(buffer) },
  int32: { bytes: 4, decode: (buffer) => new Int32Array(buffer) },
  int64: { bytes: 8, decode: (buffer, file) => narrowed(new BigInt64Array(buffer), file) },
  uint8: { bytes: 1, decode: (buffer) => new Uint8Array(buffer) },
  uint16: { bytes: 2, decode: (buffer) => new Uint16Array(buffer) },
  uint32: { bytes: 4, decode: (buffer) => new Uint32Array(buffer) },
  uint64: { bytes: 8, decode: (buffer, file) => narrowed(new BigUint64Array(buffer), file) },
  bool: { bytes: 1, decode: (buffer) => new Uint8Array(buffer) },
}

/** The values of so many whole elements. The result has memory of its own. */
export function decodeNumbers(bytes: Uint8Array, type: StoredType, file: { readonly name: string }, big = false): HostData {
  const { bytes: width, decode } = storedTypes[type]
  const copy = bytes.slice() // in its own buffer, where every address is right
  if (width > 1 && big === littleEndian) for (let at = 0; at < copy.length; at += width) copy.subarray(at, at + width).reverse()
  return decode(copy.buffer, file)
}

function halfFloats(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const [sign, exponent, fraction] = [half & 0x8000 ? -1 : 1, (half >> 10) & 31, half & 1023]
    if (exponent === 0) return sign * fraction * 2 ** -24
    if (exponent === 31) return fraction ? NaN : sign * Infinity
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  })
}

/** bfloat16: the upper halves of float32. */
function upperHalves(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half * 65536).buffer)
}

function narrowed(wide: BigInt64Array | BigUint64Array, file: { readonly name: string }): Int32Array {
  return Int32Array.from(wide as BigInt64Array, (value) => {
    const small = Number(value)
    if (small !== (small | 0)) throw badFile(file, `holds the integer ${value}, which does not fit into 32 bits`)
    return small
  })
}
