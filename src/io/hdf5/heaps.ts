// Heaps: where names, long strings, and the links and attributes of large groups lie.
import { badFile, Cursor } from '../source'
import type { Hdf5File } from './file'

/** Names of old groups. Gives the text at an offset. */
export async function readLocalHeap(file: Hdf5File, address: number): Promise<(offset: number) => Uint8Array> {
  const head = await file.at(address, 8 + 2 * file.lengths + file.offsets)
  head.expect('HEAP', 'a heap of names').skip(4)
  const size = head.uint(file.lengths)
  head.uint(file.lengths)
  const data = await file.bytes(head.uint(file.offsets), size)
  return (offset) => {
    const end = offset < data.length ? data.indexOf(0, offset) : -1
    if (end < 0) throw badFile(file.source, 'a name lies outside its heap; the file is damaged')
    return data.subarray(offset, end)
  }
}

/** An object of the global heap: a string of variable length. */
export async function readGlobalHeap(file: Hdf5File, address: number, wanted: number): Promise<Uint8Array> {
  const head = await file.at(address, 8 + file.lengths)
  head.expect('GCOL', 'a heap of strings').skip(4)
  const size = head.uint(file.lengths)
  const cursor = await file.at(address, size)
  cursor.skip(8 + file.lengths)
  while (cursor.left >= 8 + file.lengths) {
    const index = cursor.u16()
    if (index === 0) break
    cursor.skip(6)
    const bytes = cursor.uint(file.lengths)
    if (index === wanted) return cursor.take(bytes)
    cursor.skip(Math.min(cursor.left, Math.ceil(bytes / 8) * 8))
  }
  throw badFile(file.source, `string ${wanted} is not in its heap; the file is damaged`)
}

/** The heap of new groups: blocks of growing size, seen as one row of bytes. */
export class FractalHeap {
  private constructor(
    private readonly file: Hdf5File,
    private readonly at: {
      readonly width: number
      readonly start: number
      readonly most: number
      readonly bits: number
      readonly root: number
      readonly rows: number
      readonly lengthBytes: number
    },
  ) {}

  static async open(file: Hdf5File, address: number): Promise<FractalHeap> {
    const { offsets, lengths } = file
    const head = await file.at(address, 26 + 12 * lengths + 3 * offsets)
    head.expect('FRHP', 'a heap of links').skip(3)
    if (head.u16() > 0) throw badFile(file.source, 'a heap of links with filters; cornus does not read that')
    head.skip(1)
    const largest = head.u32()
    head.skip(lengths + offsets + lengths + offsets + 8 * lengths)
    const width = head.u16()
    const [start, most, bits] = [head.uint(lengths), head.uint(lengths), head.u16()]
    head.skip(2)
    const [root, rows] = [head.uint(offsets), head.u16()]
    if (!isPowerOfTwo(start) || !isPowerOfTwo(most) || start > most || width === 0 || bits > 64)
      throw badFile(file.source, 'a heap of links whose sizes make no sense; the file is damaged')
    return new FractalHeap(file, { width, start, most, bits, root, rows, lengthBytes: bytesFor(Math.min(most, largest)) })
  }

  /** The bytes behind an identifier. */
  async get(id: Uint8Array): Promise<Cursor> {
    const {
      file,
      at: { bits, lengthBytes, root, rows },
    } = this
    const cursor = new Cursor(id, file.source)
    const kind = (cursor.u8() >> 4) & 3
    if (kind !== 0) throw badFile(file.source, 'a link or attribute of more than 4 kB in the newest format; cornus does not read that')
    const [offset, length] = [cursor.uint(Math.ceil(bits / 8)), cursor.uint(lengthBytes)]
    return file.at(rows === 0 ? root + offset : await this.find(root, rows, offset, 0), length)
  }

  private sizeOfRow = (row: number): number => this.at.start * 2 ** Math.max(0, row - 1)

  /** The address of a place in the heap, below an indirect block that begins at `first`. */
  private async find(block: number, rows: number, offset: number, first: number): Promise<number> {
    const {
      file,
      at: { width, bits, most, start },
    } = this
    const head = 5 + file.offsets + Math.ceil(bits / 8)
    const directRows = Math.log2(most / start) + 2
    let from = first
    for (let row = 0; row < rows; row++) {
      const size = this.sizeOfRow(row)
      if (offset >= from + size * width) {
        from += size * width
        continue
      }
      const column = Math.floor((offset - from) / size)
      const child = (await file.at(block + head + (row * width + column) * file.offsets, file.offsets)).uint(file.offsets)
      const childStart = from + column * size
      if (row < directRows) return child + (offset - childStart)
      return this.find(child, Math.log2(size / start / width) + 1, offset, childStart)
    }
    throw badFile(file.source, 'a link lies outside its heap; the file is damaged')
  }
}

const isPowerOfTwo = (n: number): boolean => n > 0 && Number.isInteger(Math.log2(n))

/** Bytes that numbers up to this take. */
export const bytesFor = (most: number): number => Math.floor(Math.log2(Math.max(1, most)) / 8) + 1
