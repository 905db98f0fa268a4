// Writes HDF5 as Keras and h5py read it: superblock 0, old groups, data in one piece. The file comes as pieces, so that weights are not
// copied.
//
//   ┊ superblock ┊ for each dataset: header, data ┊ for each group, after its members: heap of names, tables of names, tree, header ┊
import { SIGNATURE, message } from './format'

/** Number types that are written. */
export type WrittenType = 'float16' | 'float32' | 'int32' | 'uint8'

export interface DatasetToWrite {
  readonly shape: readonly number[]
  readonly type: WrittenType
  /** The values as they lie in memory, little-endian. */
  readonly data: Uint8Array
  readonly attributes?: Attributes
}

export interface GroupToWrite {
  readonly members: ReadonlyMap<string, GroupToWrite | DatasetToWrite>
  readonly attributes?: Attributes
}

export type Attributes = { readonly [name: string]: string | readonly string[] }

/** Bytes of a file, one piece after the other. */
export function writeHdf5(root: GroupToWrite): Uint8Array[] {
  const writer = new Writer(leafSize(root))
  const superblock = writer.allocate(96)
  const group = writer.group(root)
  superblock.set(superblockBytes(writer, group))
  return writer.pieces
}

/** Half of the names in a table, so that 32 tables hold the largest group. */
function leafSize(group: GroupToWrite): number {
  const inner = [...group.members.values()].map((member) => (isGroup(member) ? leafSize(member) : 0))
  return Math.max(4, Math.ceil(group.members.size / (2 * INTERNAL * 2)), ...inner)
}

const INTERNAL = 16
const NOWHERE = 2n ** 64n - 1n

const isGroup = (member: GroupToWrite | DatasetToWrite): member is GroupToWrite => 'members' in member
const pad8 = (bytes: number): number => Math.ceil(bytes / 8) * 8
const encoder = new TextEncoder()

/** Bytes of a structure, written one field after the other. */
class Fields {
  private readonly view: DataView
  private at = 0

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  u8(...values: readonly number[]): this {
    for (const value of values) this.view.setUint8(this.at++, value)
    return this
  }

  u16(value: number): this {
    this.view.setUint16(this.at, value, true)
    return this.skip(2)
  }

  u32(value: number): this {
    this.view.setUint32(this.at, value, true)
    return this.skip(4)
  }

  u64(...values: readonly (number | bigint)[]): this {
    for (const value of values) {
      this.view.setBigUint64(this.at, BigInt(value), true)
      this.skip(8)
    }
    return this
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.at)
    return this.skip(bytes.length)
  }

  text = (ascii: string): this => this.raw(Uint8Array.from(ascii, (c) => c.charCodeAt(0)))

  skip(bytes: number): this {
    this.at += bytes
    return this
  }
}

const fields = (bytes: number): Fields => new Fields(new Uint8Array(bytes))

interface PlacedGroup {
  readonly header: number
  readonly tree: number
  readonly heap: number
}

class Writer {
  readonly pieces: Uint8Array[] = []
  end = 0

  constructor(readonly leaf: number) {}

  /** A piece of the file, at an address that 8 divides. */
  allocate(bytes: number): Uint8Array {
    return this.place(new Uint8Array(pad8(bytes)))
  }

  private place(piece: Uint8Array): Uint8Array {
    this.pieces.push(piece)
    this.end += piece.length
    return piece
  }

  private fields(bytes: number): { readonly address: number; readonly to: Fields } {
    const address = this.end
    return { address, to: new Fields(this.allocate(bytes)) }
  }

  group({ members, attributes = {} }: GroupToWrite): PlacedGroup {
    const sorted = [...members]
      .map(([name, member]) => ({ name, bytes: encoder.encode(name), member }))
      .toSorted((a, b) => compareBytes(a.bytes, b.bytes))
    const placed = sorted.map(({ name, bytes, member }) => {
      const child = isGroup(member) ? this.group(member) : undefined
      return { name, bytes, child, header: child?.header ?? this.dataset(member as DatasetToWrite) }
    })
    const names = nameOffsets(placed.map(({ bytes }) => bytes))
    const heap = this.heapOfNames(names)
    const tables = this.tables(placed, names.offsets)
    const tree = this.tree(tables)
    const header = this.header([{ type: message.SYMBOL_TABLE, body: fields(16).u64(tree, heap).bytes }, ...this.attributes(attributes)])
    return { header, tree, heap }
  }

  private heapOfNames({ size, names }: Names): number {
    const { address, to } = this.fields(32)
    const data = this.fields(size)
    for (const name of names) data.to.raw(name.bytes)
    to.text('HEAP').u8(0, 0, 0, 0).u64(size, 1, data.address) // 1: no free list
    return address
  }

  private tables(
    placed: readonly { child: PlacedGroup | undefined; header: number }[],
    offsets: readonly number[],
  ): { address: number; last: number }[] {
    const room = 2 * this.leaf
    const tables: { address: number; last: number }[] = []
    for (let from = 0; from < placed.length; from += room) {
      const part = placed.slice(from, from + room)
      const { address, to } = this.fields(8 + 40 * room)
      to.text('SNOD').u8(1, 0).u16(part.length)
      part.forEach(({ child, header }, i) => {
        to.u64(offsets[from + i]!, header)
          .u32(child ? 1 : 0)
          .u32(0)
        to.u64(child?.tree ?? 0, child?.heap ?? 0)
      })
      tables.push({ address, last: offsets[from + part.length - 1]! })
    }
    return tables
  }

  private tree(tables: readonly { address: number; last: number }[]): number {
    const { address, to } = this.fields(24 + 8 * (2 * INTERNAL + 1) + 8 * 2 * INTERNAL)
    to.text('TREE').u8(0, 0).u16(tables.length).u64(NOWHERE, NOWHERE, 0)
    for (const table of tables) to.u64(table.address, table.last)
    return address
  }

  private dataset({ shape, type, data, attributes = {} }: DatasetToWrite): number {
    const attributeMessages = this.attributes(attributes)
    const at = this.end
    if (data.length) {
      this.place(data)
      if (data.length % 8) this.place(new Uint8Array(8 - (data.length % 8)))
    }
    return this.header([
      { type: message.DATASPACE, body: dataspace(shape) },
      { type: message.DATATYPE, body: datatypes[type] },
      { type: message.FILL, body: Uint8Array.of(2, 2, 2, 1, 0, 0, 0, 0) },
      {
        type: message.LAYOUT,
        body: fields(18)
          .u8(3, 1)
          .u64(data.length ? at : NOWHERE, data.length).bytes,
      },
      ...attributeMessages,
    ])
  }

  private header(messages: readonly { type: number; body: Uint8Array }[]): number {
    const size = messages.reduce((sum, { body }) => sum + 8 + pad8(body.length), 0)
    const { address, to } = this.fields(16 + size)
    to.u8(1, 0).u16(messages.length).u32(1).u32(size).u32(0)
    for (const { type, body } of messages)
      to.u16(type)
        .u16(pad8(body.length))
        .u32(0)
        .raw(body)
        .skip(pad8(body.length) - body.length)
    return address
  }

  private attributes(attributes: Attributes): { type: number; body: Uint8Array }[] {
    return Object.entries(attributes).map(([name, value]) => ({
      type: message.ATTRIBUTE,
      body: this.attribute(encoder.encode(`${name}\0`), value),
    }))
  }

  /** Text of variable length, which lies in a heap of its own: attributes themselves are limited to 64 kB. */
  private attribute(name: Uint8Array, value: string | readonly string[]): Uint8Array {
    const strings = (typeof value === 'string' ? [value] : value).map((each) => encoder.encode(each))
    const space = dataspace(typeof value === 'string' ? [] : [strings.length])
    const heap = strings.length ? this.heapOfStrings(strings) : 0
    const to = fields(8 + pad8(name.length) + pad8(VARIABLE_TEXT.length) + pad8(space.length) + 16 * strings.length)
    to.u8(1, 0).u16(name.length).u16(VARIABLE_TEXT.length).u16(space.length)
    to.raw(name)
      .skip(pad8(name.length) - name.length)
      .raw(VARIABLE_TEXT)
      .raw(space)
    strings.forEach((each, i) =>
      to
        .u32(each.length)
        .u64(heap)
        .u32(i + 1),
    )
    return to.bytes
  }

  private heapOfStrings(strings: readonly Uint8Array[]): number {
    const used = 16 + strings.reduce((sum, each) => sum + 16 + pad8(each.length), 0)
    const size = Math.max(4096, used + 16)
    const { address, to } = this.fields(size)
    to.text('GCOL').u8(1, 0, 0, 0).u64(size)
    strings.forEach((each, i) =>
      to
        .u16(i + 1)
        .u16(1)
        .u32(0)
        .u64(each.length)
        .raw(each)
        .skip(pad8(each.length) - each.length),
    )
    to.u16(0)
      .u16(0)
      .u32(0)
      .u64(size - used)
    return address
  }
}

interface Names {
  readonly size: number
  readonly names: readonly { readonly bytes: Uint8Array }[]
  readonly offsets: readonly number[]
}

/** Names behind each other, each ended by 0 and padded to 8; eight zeros stand in front. */
function nameOffsets(all: readonly Uint8Array[]): Names {
  const names = [new Uint8Array(0), ...all].map((name) => {
    const bytes = new Uint8Array(pad8(name.length + 1))
    bytes.set(name)
    return { bytes }
  })
  const offsets: number[] = []
  const size = names.reduce((at, { bytes }) => (offsets.push(at), at + bytes.length), 0)
  return { size, names, offsets: offsets.slice(1) }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

function dataspace(shape: readonly number[]): Uint8Array {
  return fields(8 + 8 * shape.length)
    .u8(1, shape.length, 0, 0)
    .u32(0)
    .u64(...shape).bytes
}

const datatypes: { readonly [type in WrittenType]: Uint8Array } = {
  float32: fields(20).u8(0x11, 0x20, 0x1f, 0).u32(4).u16(0).u16(32).u8(23, 8, 0, 23).u32(127).bytes,
  float16: fields(20).u8(0x11, 0x20, 0x0f, 0).u32(2).u16(0).u16(16).u8(10, 5, 0, 10).u32(15).bytes,
  int32: fields(12).u8(0x10, 8, 0, 0).u32(4).u16(0).u16(32).bytes,
  uint8: fields(12).u8(0x10, 0, 0, 0).u32(1).u16(0).u16(8).bytes,
}

/** UTF-8 text of variable length. */
const VARIABLE_TEXT = fields(24).u8(0x19, 1, 1, 0).u32(16).u8(0x10, 0, 0, 0).u32(1).u16(0).u16(8).bytes

function superblockBytes({ leaf, end }: Writer, root: PlacedGroup): Uint8Array {
  const to = fields(96).text(SIGNATURE).u8(0, 0, 0, 0, 0, 8, 8, 0).u16(leaf).u16(INTERNAL).u32(0)
  to.u64(0, NOWHERE, end, NOWHERE) // base, free space, end, driver information
  return to.u64(0, root.header).u32(1).u32(0).u64(root.tree, root.heap).bytes
}
