// Stored elements as arrays of JavaScript: little-endian bytes are taken as they lie, other forms are turned.
import type { HostData } from '../../graph/dtypes'
import { badFile, utf8 } from '../source'
import type { Hdf5File } from './file'
import type { Datatype } from './format'
import { readGlobalHeap } from './heaps'
import { unsupported } from './messages'

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Bytes in the order of this machine, at an address that typed arrays take. */
function inOrder(bytes: Uint8Array, width: number, big: boolean): ArrayBuffer {
  const copy = bytes.slice()
  if (width > 1 && big === littleEndian) for (let at = 0; at < copy.length; at += width) copy.subarray(at, at + width).reverse()
  return copy.buffer
}

/** Values of numbers, as the nearest array that tensors take. */
export function toNumbers(file: Hdf5File, bytes: Uint8Array, type: Datatype): HostData {
  switch (type.kind) {
    case 'float': return toFloats(inOrder(bytes, type.bytes, type.big), type.bytes)
    case 'bfloat16': return bfloat16(new Uint16Array(inOrder(bytes, 2, false)))
    case 'int': return toIntegers(file, inOrder(bytes, type.bytes, type.big), type.bytes, type.signed)
    case 'opaque':
      if (type.bytes === 2) return bfloat16(new Uint16Array(inOrder(bytes, 2, false))) // as Keras stores bfloat16
      throw unsupported(file.source, `opaque values of ${type.bytes} bytes`)
    default: throw badFile(file.source, 'holds text where numbers are expected')
  }
}

const toFloats = (buffer: ArrayBuffer, bytes: number): HostData =>
  bytes === 4 ? new Float32Array(buffer) : bytes === 8 ? Float32Array.from(new Float64Array(buffer)) : halfFloats(new Uint16Array(buffer))

/** 16-bit floats, of which there are few enough for a table. */
function halfFloats(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const [sign, exponent, fraction] = [half & 0x8000 ? -1 : 1, (half >> 10) & 31, half & 1023]
    if (exponent === 0) return sign * fraction * 2 ** -24
    if (exponent === 31) return fraction ? NaN : sign * Infinity
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  })
}

/** The upper halves of float32. */
function bfloat16(halves: Uint16Array): Float32Array {
  const words = Uint32Array.from(halves, (half) => half * 65536)
  return new Float32Array(words.buffer)
}

function toIntegers(file: Hdf5File, buffer: ArrayBuffer, bytes: number, signed: boolean): HostData {
  if (bytes === 1) return signed ? new Int8Array(buffer) : new Uint8Array(buffer)
  if (bytes === 2) return signed ? new Int16Array(buffer) : new Uint16Array(buffer)
  if (bytes === 4) return signed ? new Int32Array(buffer) : new Uint32Array(buffer)
  const wide = signed ? new BigInt64Array(buffer) : new BigUint64Array(buffer)
  return Int32Array.from(wide as BigInt64Array, (value) => {
    const small = Number(value)
    if (small !== (small | 0)) throw badFile(file.source, `holds the integer ${value}, which does not fit into 32 bits`)
    return small
  })
}

/** Values of text: fixed strings lie side by side, others in a heap. */
export async function toStrings(file: Hdf5File, bytes: Uint8Array, type: Datatype, count: number): Promise<string[]> {
  const each = (i: number) => bytes.subarray(i * type.bytes, (i + 1) * type.bytes)
  if (type.kind === 'string') return Array.from({ length: count }, (_, i) => fixedString(file, each(i), type.padding))
  if (type.kind !== 'varString') throw badFile(file.source, 'holds numbers where text is expected')
  const strings: string[] = []
  for (let i = 0; i < count; i++) strings.push(await variableString(file, each(i)))
  return strings
}

function fixedString(file: Hdf5File, bytes: Uint8Array, padding: 'null' | 'space'): string {
  const zero = bytes.indexOf(0)
  const whole = utf8(zero < 0 ? bytes : bytes.subarray(0, zero), file.source)
  return padding === 'space' ? whole.replace(/ +$/, '') : whole
}

async function variableString(file: Hdf5File, bytes: Uint8Array): Promise<string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const length = view.getUint32(0, true)
  const heap = Number(view.getBigUint64(4, true))
  if (length === 0) return ''
  const text = await readGlobalHeap(file, heap, view.getUint32(12, true))
  return utf8(text.subarray(0, length), file.source)
}
