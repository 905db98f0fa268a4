// Stored elements as arrays and strings of JavaScript.
import type { HostData } from '../../graph/dtypes'
import { decodeNumbers, type StoredType } from '../numbers'
import { badFile, utf8 } from '../source'
import type { Hdf5File } from './file'
import type { Datatype } from './format'
import { readGlobalHeap } from './heaps'
import { unsupported } from './messages'

/** Values of numbers, as the nearest array that tensors take. */
export function toNumbers(file: Hdf5File, bytes: Uint8Array, type: Datatype): HostData {
  switch (type.kind) {
    case 'float':
      return decodeNumbers(bytes, `float${8 * type.bytes}` as StoredType, file.source, type.big)
    case 'int':
      return decodeNumbers(bytes, `${type.signed ? 'int' : 'uint'}${8 * type.bytes}` as StoredType, file.source, type.big)
    case 'bfloat16':
      return decodeNumbers(bytes, 'bfloat16', file.source)
    case 'opaque':
      if (type.bytes === 2) return decodeNumbers(bytes, 'bfloat16', file.source) // as Keras stores it
      throw unsupported(file.source, `opaque values of ${type.bytes} bytes`)
    default:
      throw badFile(file.source, 'holds text where numbers are expected')
  }
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
