// Reads HDF5: groups, attributes and datasets, as Keras, h5py and older tools write them. Links that lead out of the file are refused.
import type { HostData } from '../../graph/dtypes'
import { badFile, Cursor, utf8, type ByteSource } from '../source'
import { readStored, type Stored } from './data'
import { Hdf5File } from './file'
import { message, type AttributeValue, type DatasetInfo, type Datatype } from './format'
import { FractalHeap, readLocalHeap } from './heaps'
import { readDataspace, readDatatype, readFilters, readLayout, type Filter } from './messages'
import { readObject, type Message } from './object'
import { walkNewTree, walkOldTree } from './trees'
import { toNumbers, toStrings } from './values'

/** An opened file's root group. Only what is asked for is read. */
export const openHdf5 = async (source: ByteSource): Promise<Group> => {
  const file = await Hdf5File.open(source)
  return Group.at(file, file.root, '')
}

/** Whether bytes begin as an HDF5 file does. */
export const isHdf5 = (head: Uint8Array): boolean => head[0] === 0x89 && head[1] === 0x48 && head[2] === 0x44 && head[3] === 0x46

type Link = { readonly kind: 'hard'; readonly address: number } | { readonly kind: 'soft' | 'external' }

const MAX_LINKS = 1_000_000

abstract class Named {
  protected constructor(
    protected readonly file: Hdf5File,
    protected readonly messages: readonly Message[],
    readonly path: string,
  ) {}

  private all: Promise<ReadonlyMap<string, () => Promise<AttributeValue>>> | undefined

  /** Names of the attributes. */
  async attributeNames(): Promise<string[]> {
    return [...(await this.attributes()).keys()]
  }

  /** The value of an attribute, or undefined if there is none of this name. */
  async attribute(name: string): Promise<AttributeValue | undefined> {
    return (await this.attributes()).get(name)?.()
  }

  /** An attribute that must be text. */
  async text(name: string): Promise<string | undefined> {
    const value = await this.attribute(name)
    if (value !== undefined && typeof value !== 'string')
      throw badFile(this.file.source, `attribute ${name} of ${this.path || '/'} is not a text`)
    return value
  }

  /** An attribute that must be a list of texts; an empty list may have any type. */
  async texts(name: string): Promise<readonly string[] | undefined> {
    const value = await this.attribute(name)
    if (value === undefined) return undefined
    if (typeof value === 'string') return [value]
    if (value.length === 0) return []
    if (typeof value[0] !== 'string') throw badFile(this.file.source, `attribute ${name} of ${this.path || '/'} is not a list of texts`)
    return value as readonly string[]
  }

  private attributes(): Promise<ReadonlyMap<string, () => Promise<AttributeValue>>> {
    return (this.all ??= this.readAttributes())
  }

  private async readAttributes(): Promise<ReadonlyMap<string, () => Promise<AttributeValue>>> {
    const found = new Map<string, () => Promise<AttributeValue>>()
    const add = (cursor: Cursor) => {
      const { name, value } = readAttribute(this.file, cursor)
      found.set(name, value)
    }
    for (const { type, cursor } of this.messages) {
      if (type === message.ATTRIBUTE) add(cursor())
      else if (type === message.ATTRIBUTE_INFO) await this.denseAttributes(cursor(), add)
    }
    return found
  }

  /** Attributes of objects that have many of them. */
  private async denseAttributes(info: Cursor, add: (cursor: Cursor) => void): Promise<void> {
    const { file } = this
    info.skip(1)
    if (info.u8() & 1) info.skip(2)
    const [heapAt, treeAt] = [info.uint(file.offsets), info.uint(file.offsets)]
    if (!file.isSet(heapAt) || !file.isSet(treeAt)) return
    const heap = await FractalHeap.open(file, heapAt)
    await walkNewTree(file, treeAt, async (record) => add(await heap.get(record.take(8))))
  }
}

function readAttribute(file: Hdf5File, cursor: Cursor): { name: string; value: () => Promise<AttributeValue> } {
  const version = cursor.u8()
  if (version < 1 || version > 3) throw badFile(file.source, `an attribute of version ${version}`)
  const flags = cursor.u8()
  if (version > 1 && flags) throw badFile(file.source, 'an attribute with a named datatype; cornus does not read that')
  const [nameSize, typeSize, spaceSize] = [cursor.u16(), cursor.u16(), cursor.u16()]
  if (version === 3) cursor.skip(1)
  const part = (size: number) => {
    const bytes = cursor.take(size)
    if (version === 1) cursor.skip(Math.min(cursor.left, Math.ceil(size / 8) * 8 - size))
    return new Cursor(bytes, file.source)
  }
  const nameBytes = part(nameSize).bytes
  const name = utf8(nameBytes.subarray(0, nameBytes.indexOf(0) < 0 ? nameBytes.length : nameBytes.indexOf(0)), file.source)
  const [type, space] = [part(typeSize), part(spaceSize)]
  const rest = cursor.take(cursor.left)
  return {
    name,
    value: async () => {
      const [datatype, shape] = [readDatatype(type, file), readDataspace(space, file)]
      type.at = space.at = 0
      const count = shape.reduce((n, d) => n * d, 1)
      if (rest.length < count * datatype.bytes) throw badFile(file.source, `attribute ${name} is cut off`)
      const bytes = rest.subarray(0, count * datatype.bytes)
      if (datatype.kind !== 'string' && datatype.kind !== 'varString') return toNumbers(file, bytes, datatype)
      const strings = await toStrings(file, bytes, datatype, count)
      return shape.length === 0 ? strings[0]! : strings
    },
  }
}

/** A named table of links to other objects. */
export class Group extends Named {
  private links: Promise<ReadonlyMap<string, Link>> | undefined

  static async at(file: Hdf5File, address: number, path: string): Promise<Group> {
    return new Group(file, await readObject(file, address), path)
  }

  /** Names of what is in the group, in the order of the file. */
  async names(): Promise<string[]> {
    return [...(await this.table()).keys()]
  }

  /** What stands at a path below this group ('layers/dense/vars/0'), or undefined. */
  async get(path: string): Promise<Group | Dataset | undefined> {
    const [name, ...rest] = path.split('/').filter((part) => part !== '' && part !== '.')
    if (name === undefined) return this
    const found = await this.child(name)
    return rest.length === 0 || !found ? found : found instanceof Group ? found.get(rest.join('/')) : undefined
  }

  async group(path: string): Promise<Group | undefined> {
    const found = await this.get(path)
    return found instanceof Group ? found : undefined
  }

  async dataset(path: string): Promise<Dataset | undefined> {
    const found = await this.get(path)
    return found instanceof Dataset ? found : undefined
  }

  private async child(name: string): Promise<Group | Dataset | undefined> {
    const link = (await this.table()).get(name)
    if (!link) return undefined
    const path = `${this.path}/${name}`
    if (link.kind !== 'hard')
      throw badFile(
        this.file.source,
        `${path} is ${link.kind === 'soft' ? 'a symbolic link' : 'a link to another file'}; such links are not followed`,
      )
    const messages = await readObject(this.file, link.address)
    return messages.some(({ type }) => type === message.LAYOUT)
      ? new Dataset(this.file, messages, path)
      : new Group(this.file, messages, path)
  }

  private table(): Promise<ReadonlyMap<string, Link>> {
    return (this.links ??= this.readLinks())
  }

  private async readLinks(): Promise<ReadonlyMap<string, Link>> {
    const links = new Map<string, Link>()
    const add = (name: string, link: Link) => {
      if (links.has(name) || links.size >= MAX_LINKS)
        throw badFile(this.file.source, `${this.path || '/'} has ${links.has(name) ? `two members named '${name}'` : 'too many members'}`)
      links.set(name, link)
    }
    for (const { type, cursor } of this.messages) {
      if (type === message.SYMBOL_TABLE) await this.oldLinks(cursor(), add)
      else if (type === message.LINK) readLink(this.file, cursor(), add)
      else if (type === message.LINK_INFO) await this.denseLinks(cursor(), add)
    }
    return links
  }

  private async oldLinks(table: Cursor, add: (name: string, link: Link) => void): Promise<void> {
    const { file } = this
    const [treeAt, heapAt] = [table.uint(file.offsets), table.uint(file.offsets)]
    const nameAt = await readLocalHeap(file, heapAt)
    await walkOldTree(file, treeAt, 0, file.lengths, async (node) => {
      const head = await file.at(node, 8)
      head.expect('SNOD', 'a table of names').skip(2)
      const count = head.u16()
      const cursor = await file.at(node + 8, count * (2 * file.offsets + 24))
      for (let i = 0; i < count; i++) {
        const name = utf8(nameAt(cursor.uint(file.offsets)), file.source)
        const address = cursor.uint(file.offsets)
        const cache = cursor.u32()
        cursor.skip(20)
        add(name, cache === SOFT_CACHE ? { kind: 'soft' } : { kind: 'hard', address })
      }
    })
  }

  private async denseLinks(info: Cursor, add: (name: string, link: Link) => void): Promise<void> {
    const { file } = this
    info.skip(1)
    if (info.u8() & 1) info.skip(8)
    const [heapAt, treeAt] = [info.uint(file.offsets), info.uint(file.offsets)]
    if (!file.isSet(heapAt) || !file.isSet(treeAt)) return
    const heap = await FractalHeap.open(file, heapAt)
    await walkNewTree(file, treeAt, async (record) => readLink(file, await heap.get(record.skip(4).take(7)), add))
  }
}

const SOFT_CACHE = 2
const [HARD_LINK, SOFT_LINK] = [0, 1]

function readLink(file: Hdf5File, cursor: Cursor, add: (name: string, link: Link) => void): void {
  if (cursor.u8() !== 1) throw badFile(file.source, 'a link of an unknown version')
  const flags = cursor.u8()
  const type = flags & 8 ? cursor.u8() : HARD_LINK
  if (flags & 4) cursor.skip(8)
  if (flags & 16) cursor.skip(1)
  const name = utf8(cursor.take(cursor.uint(1 << (flags & 3))), file.source)
  add(name, type === HARD_LINK ? { kind: 'hard', address: cursor.uint(file.offsets) } : { kind: type === SOFT_LINK ? 'soft' : 'external' })
}

/** Values with a shape. */
export class Dataset extends Named implements DatasetInfo {
  readonly shape: readonly number[]
  readonly type: Datatype
  private readonly stored: Stored

  constructor(file: Hdf5File, messages: readonly Message[], path: string) {
    super(file, messages, path)
    const find = (type: number) => messages.find((each) => each.type === type)?.cursor()
    const need = (type: number, what: string) => {
      const cursor = find(type)
      if (!cursor) throw badFile(file.source, `${path} has no ${what}; the file is damaged`)
      return cursor
    }
    this.shape = readDataspace(need(message.DATASPACE, 'shape'), file)
    this.type = readDatatype(need(message.DATATYPE, 'datatype'), file)
    const filters = find(message.FILTERS)
    const list: readonly Filter[] = filters ? readFilters(filters, file) : []
    this.stored = { shape: this.shape, width: this.type.bytes, layout: readLayout(need(message.LAYOUT, 'data'), file), filters: list }
  }

  get size(): number {
    return this.shape.reduce((n, d) => n * d, 1)
  }

  /** All values, as an array that tensors take: float16, bfloat16 and float64 as float32, 64-bit integers as int32. */
  async read(): Promise<HostData> {
    return toNumbers(this.file, await readStored(this.file, this.stored), this.type)
  }

  /** All values of a dataset of texts. */
  async readTexts(): Promise<string[]> {
    return toStrings(this.file, await readStored(this.file, this.stored), this.type, this.size)
  }
}
