// ZIP: a strict reader that opens members in place, and a writer that stores them. See PKWARE's APPNOTE 6.3.
import { decompress } from '../util/decompress'
import { badFile, bytesSource, Cursor, partSource, utf8, type ByteSource } from './source'

const [LOCAL, CENTRAL, END, END64, LOCATOR64] = [0x04034b50, 0x02014b50, 0x06054b50, 0x06064b50, 0x07064b50]
const [STORED, DEFLATED] = [0, 8]
const END_BYTES = 22
const MAX_COMMENT = 65535
const MAX_MEMBERS = 10_000
/** Members over this are not worth reading twice for a checksum; what they hold is checked by its own format. */
const CHECKED_BYTES = 2 ** 26

interface Member {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  /** Of its local header. */
  readonly at: number
}

/** An opened archive: its members by name. */
export class Zip {
  private constructor(
    private readonly source: ByteSource,
    private readonly members: ReadonlyMap<string, Member>,
  ) {}

  static async open(source: ByteSource): Promise<Zip> {
    const { at, size, count, end } = await findDirectory(source)
    if (count > MAX_MEMBERS) throw badFile(source, `the archive has ${count} members; at most ${MAX_MEMBERS} are read`)
    if (at + size > end) throw badFile(source, 'the table of members lies outside of the archive; it is damaged or cut off')
    const cursor = new Cursor(await source.read(at, at + size), source)
    const members = new Map<string, Member>()
    for (let i = 0; i < count; i++) {
      const member = readEntry(cursor, source)
      if (member.name.endsWith('/')) continue
      if (members.has(member.name)) throw badFile(source, `the archive has two members named '${member.name}'`)
      members.set(member.name, member)
    }
    checkOverlaps(source, [...members.values()], at)
    return new Zip(source, members)
  }

  get names(): readonly string[] {
    return [...this.members.keys()]
  }

  /** A member as a source of its own, or undefined. */
  async open(name: string): Promise<ByteSource | undefined> {
    const member = this.members.get(name)
    if (!member) return undefined
    const label = `${this.source.name}: ${name}`
    const start = await this.dataAt(member)
    if (start + member.packed > this.source.size) throw badFile(this.source, `member ${name} is cut off`)
    if (member.method === STORED && member.size > CHECKED_BYTES) return partSource(this.source, start, member.size, label)
    const packed = await this.source.read(start, start + member.packed)
    const bytes = member.method === STORED ? packed : await decompress(packed, 'deflate-raw', () => member.size, label)
    if (crc32(bytes) !== member.crc) throw badFile(this.source, `the checksum of member ${name} is wrong; the archive is damaged`)
    return bytesSource(bytes, label)
  }

  /** Where a member's bytes begin; its local header must say what the table says. */
  private async dataAt({ at, name, method, packed, size }: Member): Promise<number> {
    const { source } = this
    const head = new Cursor(await source.read(at, Math.min(source.size, at + 30)), source)
    if (head.u32() !== LOCAL) throw badFile(source, `member ${name} has no header; the archive is damaged`)
    head.skip(2)
    const [flags, found] = [head.u16(), head.u16()]
    head.skip(8)
    const [localPacked, localSize, nameLength, extra] = [head.u32(), head.u32(), head.u16(), head.u16()]
    const start = at + 30 + nameLength + extra
    const local = utf8(await source.read(at + 30, Math.min(source.size, at + 30 + nameLength)), source)
    const told = !(flags & 8) && localSize !== 0xffffffff && localPacked !== 0xffffffff // else the sizes stand elsewhere
    if (local !== name || found !== method || (told && (localSize !== size || localPacked !== packed))) {
      throw badFile(source, `member ${name}: its own header says something else than the table of members`)
    }
    return start
  }
}

interface Directory {
  readonly at: number
  readonly size: number
  readonly count: number
  readonly end: number
}

/** The table of members stands at the end, behind it only a comment. */
async function findDirectory(source: ByteSource): Promise<Directory> {
  const from = Math.max(0, source.size - END_BYTES - MAX_COMMENT)
  const tail = await source.read(from, source.size)
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length)
  const ends: number[] = []
  for (let at = tail.length - END_BYTES; at >= 0; at--) if (view.getUint32(at, true) === END) ends.push(at)
  const fits = ends.filter((at) => at + END_BYTES + view.getUint16(at + 20, true) === tail.length)
  if (fits.length === 0)
    throw badFile(source, 'is not a whole ZIP archive: the table of members at its end is missing; it is cut off, or another kind of file')
  if (ends.length > 1) throw badFile(source, 'the archive ends in two ways, which programs read differently; it is refused')
  const cursor = new Cursor(tail, source, fits[0]! + 4)
  const [disk, start, here, count, size, at] = [cursor.u16(), cursor.u16(), cursor.u16(), cursor.u16(), cursor.u32(), cursor.u32()]
  if (disk !== 0 || start !== 0 || here !== count) throw badFile(source, 'is a part of an archive over several disks')
  const end = from + fits[0]!
  return count === 0xffff || size === 0xffffffff || at === 0xffffffff ? directory64(source, end) : { at, size, count, end }
}

async function directory64(source: ByteSource, end: number): Promise<Directory> {
  if (end < 20) throw badFile(source, 'the archive is damaged')
  const locator = new Cursor(await source.read(end - 20, end), source)
  if (locator.u32() !== LOCATOR64) throw badFile(source, 'a large archive without its second table; it is damaged')
  locator.skip(4)
  const at = locator.uint(8)
  if (!(at + 56 <= end)) throw badFile(source, 'the table of members lies outside of the archive; it is damaged')
  const record = new Cursor(await source.read(at, at + 56), source)
  if (record.u32() !== END64) throw badFile(source, 'a large archive without its second table; it is damaged')
  record.skip(28)
  const [count, size, start] = [record.uint(8), record.uint(8), record.uint(8)]
  return { at: start, size, count, end: at }
}

const SYMBOLIC_LINK = 0xa000
const ENCRYPTED = 1

function readEntry(cursor: Cursor, source: ByteSource): Member {
  if (cursor.u32() !== CENTRAL) throw badFile(source, 'the table of members is damaged')
  cursor.skip(4)
  const [flags, method] = [cursor.u16(), cursor.u16()]
  cursor.skip(4)
  const [crc, packed32, size32, nameLength, extraLength, commentLength] = [
    cursor.u32(),
    cursor.u32(),
    cursor.u32(),
    cursor.u16(),
    cursor.u16(),
    cursor.u16(),
  ]
  cursor.skip(4)
  const mode = cursor.u32() >>> 16
  const at32 = cursor.u32()
  const name = checkName(utf8(cursor.take(nameLength), source), source)
  const extra = new Cursor(cursor.take(extraLength), source)
  cursor.skip(commentLength)
  if (flags & ENCRYPTED) throw badFile(source, `member ${name} is encrypted`)
  if (method !== STORED && method !== DEFLATED)
    throw badFile(source, `member ${name} is compressed by method ${method}; stored and deflated members are read`)
  if ((mode & 0xf000) === SYMBOLIC_LINK) throw badFile(source, `member ${name} is a link`)
  const [size, packed, at] = wide(extra, [size32, packed32, at32])
  const plausible =
    [size, packed, at].every((value) => value! < 2 ** 48) && (method !== STORED || size === packed) && at! + packed! <= source.size
  if (!plausible) throw badFile(source, `member ${name} claims ${packed} bytes at ${at} for ${size}; the archive has ${source.size}`)
  return { name, method, crc, packed: packed!, size: size!, at: at! }
}

const WIDE_SIZES = 1

/** Values of 64 bits stand in an extra field, in this order, for those that are all ones. */
function wide(extra: Cursor, values: readonly number[]): number[] {
  const result = [...values]
  while (extra.left >= 4) {
    const [id, length] = [extra.u16(), extra.u16()]
    const end = extra.at + length
    if (id === WIDE_SIZES) values.forEach((value, i) => value === 0xffffffff && (result[i] = extra.uint(8)))
    extra.skip(Math.max(0, end - extra.at))
  }
  return result
}

/** Names are of files within the archive; none leads out of it. */
export function checkName(name: string, source: { readonly name: string }): string {
  const bad =
    name === '' ||
    name.length > 1024 ||
    name.includes('\\') ||
    name.includes('\0') ||
    /^([/]|[a-z]:)/i.test(name) ||
    name.split('/').includes('..')
  if (bad) throw badFile(source, `the archive has a member whose name leads out of it: '${name.slice(0, 60)}'`)
  return name
}

/** Members that share bytes are how small archives claim to be huge ones. */
function checkOverlaps(source: ByteSource, members: readonly Member[], directory: number): void {
  const sorted = members.toSorted((a, b) => a.at - b.at)
  sorted.forEach((member, i) => {
    const next = sorted[i + 1]?.at ?? directory
    if (member.at + 30 + member.packed > next)
      throw badFile(source, `member ${member.name} overlaps what comes after it; the archive is damaged`)
  })
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1
  return n
})

/** The checksum of ZIP, of pieces one after the other. */
export function crc32(bytes: Uint8Array, start = 0): number {
  let crc = ~start
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[i]!) & 255]!
  return ~crc >>> 0
}

/** A member to store; its bytes in pieces. */
export interface ToStore {
  readonly name: string
  readonly pieces: readonly Uint8Array[]
}

/** An archive of stored members, as pieces one after the other; those of the members are not copied. */
export function writeZip(members: readonly ToStore[], date = new Date()): Uint8Array[] {
  const all: Uint8Array[] = []
  const entries: Uint8Array[] = []
  let at = 0
  const add = (piece: Uint8Array) => {
    all.push(piece)
    at += piece.length
  }
  for (const { name, pieces } of members) {
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    const crc = pieces.reduce((sum, piece) => crc32(piece, sum), 0)
    const header = { name: new TextEncoder().encode(name), crc, size, date, at }
    entries.push(centralEntry(header))
    add(localHeader(header))
    pieces.forEach(add)
  }
  const start = at
  entries.forEach(add)
  endRecords(entries.length, at - start, start).forEach(add)
  return all
}

interface Header {
  readonly name: Uint8Array
  readonly crc: number
  readonly size: number
  readonly date: Date
  readonly at: number
}

const FULL = 0xffffffff
const UTF8_NAMES = 0x800

/** Years from 1980, two seconds a step. */
const dosTime = (d: Date): number => (d.getHours() << 11) | (d.getMinutes() << 5) | (d.getSeconds() >> 1)
const dosDate = (d: Date): number => (Math.max(0, d.getFullYear() - 1980) << 9) | ((d.getMonth() + 1) << 5) | d.getDate()

/** Numbers of 2, 4 or 8 bytes one after the other, then bytes. */
function pack(fields: readonly (readonly [bytes: 2 | 4 | 8, value: number])[], ...rest: readonly Uint8Array[]): Uint8Array {
  const head = fields.reduce((sum, [bytes]) => sum + bytes, 0)
  const result = new Uint8Array(rest.reduce((sum, { length }) => sum + length, head))
  const view = new DataView(result.buffer)
  let at = 0
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true)
    else if (bytes === 4) view.setUint32(at, value, true)
    else view.setBigUint64(at, BigInt(value), true)
    at += bytes
  }
  for (const part of rest) {
    result.set(part, at)
    at += part.length
  }
  return result
}

const narrow = (value: number): number => Math.min(value, FULL)
const version = (isWide: boolean): number => (isWide ? 45 : 20)

/** What the header before a member and its entry in the directory say alike. */
const described = ({ name, crc, size, date }: Header, extra: Uint8Array, isWide: boolean) =>
  [
    [2, version(isWide)],
    [2, UTF8_NAMES],
    [2, STORED],
    [2, dosTime(date)],
    [2, dosDate(date)],
    [4, crc],
    [4, narrow(size)],
    [4, narrow(size)],
    [2, name.length],
    [2, extra.length],
  ] as const

function localHeader(header: Header): Uint8Array {
  const { name, size } = header
  const isWide = size >= FULL
  const extra = isWide
    ? pack([
        [2, WIDE_SIZES],
        [2, 16],
        [8, size],
        [8, size],
      ])
    : new Uint8Array(0)
  return pack([[4, LOCAL], ...described(header, extra, isWide)], name, extra)
}

function centralEntry(header: Header): Uint8Array {
  const { name, size, at } = header
  const wides = [...(size >= FULL ? [size, size] : []), ...(at >= FULL ? [at] : [])]
  const extra = wides.length
    ? pack([[2, WIDE_SIZES], [2, 8 * wides.length], ...wides.map((value) => [8, value] as const)])
    : new Uint8Array(0)
  return pack(
    [
      [4, CENTRAL],
      [2, version(wides.length > 0)],
      ...described(header, extra, wides.length > 0),
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, narrow(at)],
    ],
    name,
    extra,
  )
}

function endRecords(count: number, size: number, at: number): Uint8Array[] {
  const end = pack([
    [4, END],
    [2, 0],
    [2, 0],
    [2, Math.min(count, 0xffff)],
    [2, Math.min(count, 0xffff)],
    [4, narrow(size)],
    [4, narrow(at)],
    [2, 0],
  ])
  if (at < FULL && size < FULL && count < 0xffff) return [end]
  return [
    pack([
      [4, END64],
      [8, 44],
      [2, 45],
      [2, 45],
      [4, 0],
      [4, 0],
      [8, count],
      [8, count],
      [8, size],
      [8, at],
    ]),
    pack([
      [4, LOCATOR64],
      [4, 0],
      [8, at + size],
      [4, 1],
    ]),
    end,
  ]
}
