// NumPy's files: .npy is one array, .npz a ZIP of them. See numpy.lib.format.
import type { HostData } from '../graph/dtypes'
import { decodeNumbers, storedTypes, type StoredType } from './numbers'
import { badFile, Cursor, utf8, type ByteSource } from './source'
import { writeZip, Zip } from './zip'

const MAGIC = '\x93NUMPY'
const MAX_HEADER = 65_536
const MAX_RANK = 32

/** NumPy's letters without the byte order. */
const letters: { readonly [letters: string]: StoredType } = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
}

/** An array of values with its shape. */
export interface NpyArray {
  readonly shape: readonly number[]
  readonly type: StoredType
  readonly data: HostData
}

export async function readNpy(source: ByteSource): Promise<NpyArray> {
  const head = new Cursor(await source.read(0, Math.min(source.size, 12)), source)
  head.expect(MAGIC, 'a NumPy array')
  const version = head.u8()
  head.skip(1)
  if (version < 1 || version > 3) throw badFile(source, `a NumPy array in version ${version} of the format; 1 to 3 are known`)
  const length = head.uint(version === 1 ? 2 : 4)
  const start = head.at + length
  if (length > MAX_HEADER || start > source.size) throw badFile(source, `its header claims ${length} bytes; the file has ${source.size}`)
  const { descr, shape, fortran } = readHeader(utf8(await source.read(head.at, start), source), source)
  const type = letters[descr.slice(1)]
  if (!type || !'<>|='.includes(descr[0]!))
    throw badFile(source, `holds values of the type '${descr.slice(0, 40)}'; numbers and booleans are read, no objects and no text`)
  const size = shape.reduce((n, d) => n * d, storedTypes[type].bytes)
  if (start + size !== source.size)
    throw badFile(source, `an array of shape [${shape.join(', ')}] takes ${size} bytes; ${source.size - start} are there`)
  if (fortran && shape.length > 1) throw badFile(source, 'holds its values column by column; save numpy.ascontiguousarray(x)')
  return { shape, type, data: decodeNumbers(await source.read(start, start + size), type, source, descr[0] === '>') }
}

/** The header is a literal of Python: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */
function readHeader(text: string, source: ByteSource): { descr: string; shape: number[]; fortran: boolean } {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const dims = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1]
  if (descr === undefined || fortran === undefined || dims === undefined)
    throw badFile(source, 'its header is not that of a plain array of numbers')
  const shape = dims
    .split(',')
    .map((d) => d.trim().replace(/L$/, ''))
    .filter((d) => d !== '')
    .map(Number)
  if (shape.length > MAX_RANK || !shape.every((d) => Number.isSafeInteger(d)))
    throw badFile(source, `its shape (${dims.slice(0, 60)}) cannot be`)
  return { descr, shape, fortran: fortran === 'True' }
}

/** An array to write; its bytes as they lie in memory. */
export interface ToNpy {
  readonly shape: readonly number[]
  readonly type: StoredType
  readonly data: Uint8Array
}

export function writeNpy({ shape, type, data }: ToNpy): Uint8Array[] {
  const code = Object.keys(letters).find((each) => letters[each] === type)!
  const order = storedTypes[type].bytes === 1 ? '|' : '<'
  const dict = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10
  const header = new Uint8Array(10 + length).fill(0x20)
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8])
  header.set(new TextEncoder().encode(dict), 10)
  header[header.length - 1] = 0x0a
  return [header, data]
}

/** The arrays of an archive by name, read when they are wanted. */
export async function readNpz(source: ByteSource): Promise<Map<string, () => Promise<NpyArray>>> {
  const zip = await Zip.open(source)
  const names = zip.names.filter((name) => name.endsWith('.npy'))
  const open = async (name: string) => {
    const member = await zip.open(name)
    if (!member) throw badFile(source, `member ${name} is missing`)
    return readNpy(member)
  }
  return new Map(names.map((name) => [name.slice(0, -4), () => open(name)]))
}

export const writeNpz = (arrays: ReadonlyMap<string, ToNpy>): Uint8Array[] =>
  writeZip([...arrays].map(([name, array]) => ({ name: `${name}.npy`, pieces: writeNpy(array) })))
