// Search trees: old ones of groups and chunks, new ones of links and attributes. They are walked whole, in order.
import { badFile, type Cursor } from '../source'
import type { Hdf5File } from './file'
import { bytesFor } from './heaps'

const MAX_DEPTH = 32

/** Walks an old tree; `leaf` gets what stands below its lowest nodes. `keyBytes` is the size of the keys between children. */
export async function walkOldTree(
  file: Hdf5File,
  address: number,
  type: 0 | 1,
  keyBytes: number,
  leaf: (child: number, key: Cursor) => Promise<void> | void,
): Promise<void> {
  const seen = new Set<number>()
  const walk = async (node: number, above: number): Promise<void> => {
    if (seen.has(node)) throw badFile(file.source, 'a search tree goes round in a circle; the file is damaged')
    seen.add(node)
    const head = await file.at(node, 8 + 2 * file.offsets)
    head.expect('TREE', 'a search tree')
    const [found, level, entries] = [head.u8(), head.u8(), head.u16()]
    if (found !== type || level >= above) throw badFile(file.source, 'a search tree of the wrong kind or depth; the file is damaged')
    const cursor = await file.at(node + head.bytes.length, entries * (keyBytes + file.offsets))
    for (let i = 0; i < entries; i++) {
      const key = cursor.at
      cursor.skip(keyBytes)
      const child = cursor.uint(file.offsets)
      const after = cursor.at
      if (level > 0) await walk(child, level)
      else {
        cursor.at = key
        await leaf(child, cursor)
      }
      cursor.at = after
    }
  }
  await walk(address, MAX_DEPTH)
}

/** Walks a new tree; `record` gets each record. */
export async function walkNewTree(file: Hdf5File, address: number, record: (cursor: Cursor) => Promise<void> | void): Promise<void> {
  const head = await file.at(address, 18 + file.offsets + file.lengths)
  head.expect('BTHD', 'a search tree').skip(2)
  const [nodeSize, recordSize, depth] = [head.u32(), head.u16(), head.u16()]
  head.skip(2)
  const [root, count] = [head.uint(file.offsets), head.u16()]
  if (!file.isSet(root)) return
  if (recordSize === 0 || nodeSize < 16 || depth > MAX_DEPTH)
    throw badFile(file.source, 'a search tree whose sizes make no sense; the file is damaged')
  const limits = childLimits(file, nodeSize, recordSize, depth)
  const seen = new Set<number>()
  const walk = async (node: number, records: number, level: number): Promise<void> => {
    if (seen.has(node)) throw badFile(file.source, 'a search tree goes round in a circle; the file is damaged')
    seen.add(node)
    const cursor = await file.at(node, nodeSize)
    cursor.expect(level === 0 ? 'BTLF' : 'BTIN', 'a node of a search tree').skip(2)
    const first = cursor.at
    const visit = async (i: number) => {
      cursor.at = first + i * recordSize
      await record(cursor)
    }
    for (let i = 0; i <= records; i++) {
      if (level > 0) {
        const { countBytes, totalBytes } = limits[level]!
        cursor.at = first + records * recordSize + i * (file.offsets + countBytes + totalBytes)
        await walk(cursor.uint(file.offsets), cursor.uint(countBytes), level - 1)
      }
      if (i < records) await visit(i)
    }
  }
  await walk(root, count, depth)
}

/** Bytes of the counts that stand beside a child's address, for the inner nodes of each level. */
function childLimits(file: Hdf5File, nodeSize: number, recordSize: number, depth: number): { countBytes: number; totalBytes: number }[] {
  const free = nodeSize - 10
  let most = Math.floor(free / recordSize)
  let total = most
  const countBytes = bytesFor(most)
  const limits = [{ countBytes: 0, totalBytes: 0 }]
  for (let level = 1; level <= depth; level++) {
    const totalBytes = level === 1 ? 0 : bytesFor(total)
    const pointer = file.offsets + countBytes + totalBytes
    limits.push({ countBytes, totalBytes })
    most = Math.floor((free - pointer) / (recordSize + pointer))
    total = most + (most + 1) * total
  }
  return limits
}
