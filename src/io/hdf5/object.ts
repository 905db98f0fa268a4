// Object headers, of both versions: the messages that say what an object is.
import { badFile, Cursor } from '../source'
import type { Hdf5File } from './file'
import { message } from './format'
import { unsupported } from './messages'

export interface Message {
  readonly type: number
  readonly cursor: () => Cursor
}

const SHARED = 2
const MAX_BLOCKS = 10_000

/** All messages of the object at an address. */
export async function readObject(file: Hdf5File, address: number): Promise<Message[]> {
  const start = await file.atMost(address, 16)
  const isNew = start.left >= 4 && start.ascii(4) === 'OHDR'
  return isNew ? readNewHeader(file, address) : readOldHeader(file, address)
}

/** Pieces of a header, each of a known length; continuation messages add more. */
class Blocks {
  private readonly waiting: { readonly address: number; readonly size: number }[] = []
  private readonly seen = new Set<number>()

  constructor(private readonly file: Hdf5File) {}

  add(address: number, size: number): void {
    if (this.seen.has(address) || this.seen.size > MAX_BLOCKS)
      throw badFile(this.file.source, 'an object header goes on in itself; the file is damaged')
    this.seen.add(address)
    this.waiting.push({ address, size })
  }

  take(): { readonly address: number; readonly size: number } | undefined {
    return this.waiting.shift()
  }
}

async function readOldHeader(file: Hdf5File, address: number): Promise<Message[]> {
  const head = await file.at(address, 16)
  if (head.u8() !== 1) throw badFile(file.source, `there is no object at ${address}; the file is damaged`)
  head.skip(1)
  let left = head.u16()
  head.skip(4)
  const blocks = new Blocks(file)
  blocks.add(address + 16, head.u32())
  const messages: Message[] = []
  for (let block = blocks.take(); block; block = blocks.take()) {
    const cursor = await file.at(block.address, block.size)
    while (left > 0 && cursor.left >= 8) {
      const [type, size, flags] = [cursor.u16(), cursor.u16(), cursor.u8()]
      cursor.skip(3)
      await addMessage(file, messages, blocks, type, flags, cursor.take(size))
      left--
    }
  }
  return messages
}

async function readNewHeader(file: Hdf5File, address: number): Promise<Message[]> {
  const head = await file.atMost(address, 64)
  head.expect('OHDR', 'an object header')
  if (head.u8() !== 2) throw badFile(file.source, 'an object header of an unknown version')
  const flags = head.u8()
  if (flags & 0x20) head.skip(16)
  if (flags & 0x10) head.skip(4)
  const size = head.uint(1 << (flags & 3))
  const blocks = new Blocks(file)
  blocks.add(address + head.at, size)
  const messages: Message[] = []
  let isFirst = true
  for (let block = blocks.take(); block; block = blocks.take()) {
    const cursor = await file.at(block.address, block.size)
    const end = isFirst ? block.size : block.size - 4 // a checksum stands behind, in continuations within the size
    if (!isFirst) cursor.expect('OCHK', 'the rest of an object header')
    isFirst = false
    while (end - cursor.at >= 4 + (flags & 4 ? 2 : 0)) {
      const [type, length, messageFlags] = [cursor.u8(), cursor.u16(), cursor.u8()]
      if (flags & 4) cursor.skip(2)
      await addMessage(file, messages, blocks, type, messageFlags, cursor.take(length))
    }
  }
  return messages
}

async function addMessage(
  file: Hdf5File,
  messages: Message[],
  blocks: Blocks,
  type: number,
  flags: number,
  body: Uint8Array,
): Promise<void> {
  if (type === message.CONTINUATION) {
    const cursor = new Cursor(body, file.source)
    return blocks.add(cursor.uint(file.offsets), cursor.uint(file.lengths))
  }
  if (type === message.EXTERNAL) throw unsupported(file.source, 'a dataset in another file')
  if (!(flags & SHARED)) messages.push({ type, cursor: () => new Cursor(body, file.source) })
  else if ((Object.values(message) as readonly number[]).includes(type)) messages.push(await sharedMessage(file, type, body))
}

/** A message that stands in another object: a named datatype. */
async function sharedMessage(file: Hdf5File, type: number, body: Uint8Array): Promise<Message> {
  const cursor = new Cursor(body, file.source)
  const version = cursor.u8()
  const kind = cursor.u8()
  if (version > 3 || (version === 3 && kind !== 2)) throw unsupported(file.source, 'messages shared in a heap')
  if (version === 1) cursor.skip(6)
  const found = (await readObject(file, cursor.uint(file.offsets))).find((each) => each.type === type)
  if (!found) throw badFile(file.source, 'refers to a named datatype that is not there')
  return found
}
