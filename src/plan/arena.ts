// Offsets in the arena: buffers whose lives overlap get places of their own, the others share.

export interface Lifetime {
  readonly bytes: number
  /** First and last step that needs it. */
  readonly from: number
  readonly to: number
}

export interface ArenaLayout {
  /** Byte offset of each buffer, in the order given. */
  readonly offsets: readonly number[]
  readonly bytes: number
}

/** Largest first, each at the lowest gap among those alive with it (greedy by size; see Pisarchyk & Lee, arXiv:2001.03288). */
export function placeBuffers(buffers: readonly Lifetime[], reuse = true): ArenaLayout {
  const offsets = new Array<number>(buffers.length).fill(0)
  const bySize = buffers.map((_, i) => i).sort((i, j) => buffers[j]!.bytes - buffers[i]!.bytes || i - j)
  /** Those that have a place, by offset, as numbers in a row: four of each. */
  const placed = new Float64Array(FIELDS * buffers.length)
  let used = 0
  let total = 0
  for (const i of bySize) {
    const { bytes, from, to } = buffers[i]!
    let at = 0
    for (let k = 0; k < used; k += FIELDS) {
      const end = placed[k + 1]!
      if (end <= at || (reuse && (placed[k + 2]! > to || from > placed[k + 3]!))) continue
      if (placed[k]! >= at + bytes) break
      at = end
    }
    offsets[i] = at
    total = Math.max(total, at + bytes)
    let place = used
    while (place > 0 && placed[place - FIELDS]! > at) place -= FIELDS
    placed.copyWithin(place + FIELDS, place, used)
    placed.set([at, at + bytes, from, to], place)
    used += FIELDS
  }
  return { offsets, bytes: total }
}

/** Offset, end, first and last step. */
const FIELDS = 4
