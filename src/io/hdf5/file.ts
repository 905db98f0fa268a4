// The file as the structures see it: addresses, pages that were read before, and a bound on the work that a damaged file can cause.
import { badFile, Cursor, type ByteSource } from '../source'
import { SIGNATURE } from './format'
import type { Context } from './messages'

const PAGE = 2 ** 14
const PAGES_KEPT = 256
/** Structures that a file may have: a file of weights has some thousands. */
const MAX_STEPS = 2_000_000

export class Hdf5File implements Context {
  private readonly pages = new Map<number, Uint8Array>()
  private steps = 0
  private base = 0
  offsets = 8
  lengths = 8
  /** Object header of the root group. */
  root = 0

  private constructor(readonly source: ByteSource) {}

  static async open(source: ByteSource): Promise<Hdf5File> {
    const file = new Hdf5File(source)
    await file.readSuperblock()
    return file
  }

  /** The signature stands at 0, or behind a block of the user's at 512, 1024, 2048 … */
  private async readSuperblock(): Promise<void> {
    for (let at = 0; at + 48 <= this.source.size; at = at === 0 ? 512 : at * 2) {
      const cursor = await this.at(at, Math.min(128, this.source.size - at))
      if (cursor.ascii(8) === SIGNATURE) return this.readVersion(cursor)
    }
    throw badFile(this.source, 'is not an HDF5 file: its signature is missing')
  }

  private readVersion(cursor: Cursor): void {
    const version = cursor.u8()
    if (version > 3) throw badFile(this.source, `HDF5 superblock of version ${version}; versions 0 to 3 are known`)
    if (version < 2) cursor.skip(4)
    this.offsets = this.width(cursor.u8())
    this.lengths = this.width(cursor.u8())
    cursor.skip(version >= 2 ? 1 : version === 1 ? 13 : 9)
    this.base = cursor.uint(this.offsets)
    cursor.uint(this.offsets)
    const end = cursor.uint(this.offsets)
    cursor.skip(version < 2 ? 2 * this.offsets : 0) // driver information, name of the root
    this.root = cursor.uint(this.offsets)
    if (end > this.source.size) throw badFile(this.source, `is cut off: it has ${this.source.size} bytes where its header speaks of ${end}`)
  }

  private width(bytes: number): number {
    if (bytes !== 2 && bytes !== 4 && bytes !== 8) throw badFile(this.source, `addresses of ${bytes} bytes`)
    return bytes
  }

  /** Whether an address is set at all. */
  isSet(address: number): boolean {
    return address !== Infinity && address !== 256 ** this.offsets - 1
  }

  /** A cursor over bytes at an address. */
  async at(address: number, bytes: number): Promise<Cursor> {
    return new Cursor(await this.bytes(address, bytes, true), this.source)
  }

  /** A cursor over as many bytes as are there, at most so many. */
  atMost(address: number, bytes: number): Promise<Cursor> {
    return this.at(address, Math.max(0, Math.min(bytes, this.source.size - this.base - address)))
  }

  /** Bytes at an address; small structures go through pages. */
  async bytes(address: number, bytes: number, paged = false): Promise<Uint8Array> {
    if (++this.steps > MAX_STEPS) throw badFile(this.source, 'has more structures than any file of weights; it is damaged')
    const start = this.base + address
    if (!(address >= 0 && bytes >= 0 && start + bytes <= this.source.size))
      throw badFile(this.source, `points to bytes ${start} to ${start + bytes}, beyond its ${this.source.size}; it is damaged or cut off`)
    if (!paged || bytes > PAGE) return this.source.read(start, start + bytes)
    const first = Math.floor(start / PAGE)
    const page = await this.page(first)
    const from = start - first * PAGE
    if (from + bytes <= page.length) return page.subarray(from, from + bytes)
    const next = await this.page(first + 1)
    const both = new Uint8Array(bytes)
    both.set(page.subarray(from))
    both.set(next.subarray(0, bytes - (page.length - from)), page.length - from)
    return both
  }

  private async page(number: number): Promise<Uint8Array> {
    const known = this.pages.get(number)
    if (known) return known
    const page = await this.source.read(number * PAGE, Math.min(this.source.size, (number + 1) * PAGE))
    if (this.pages.size >= PAGES_KEPT) this.pages.clear()
    this.pages.set(number, page)
    return page
  }
}
