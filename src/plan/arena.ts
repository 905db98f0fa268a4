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
  const placed: { at: number; end: number; from: number; to: number }[] = []
  const bySize = buffers.map((_, i) => i).sort((i, j) => buffers[j]!.bytes - buffers[i]!.bytes || i - j)
  let total = 0
  for (const i of bySize) {
    const { bytes, from, to } = buffers[i]!
    let at = 0
    for (const other of placed) {
      const alive = !reuse || (other.from <= to && from <= other.to)
      if (!alive || other.end <= at) continue
      if (other.at >= at + bytes) break
      at = other.end
    }
    offsets[i] = at
    total = Math.max(total, at + bytes)
    let place = placed.length
    while (place > 0 && placed[place - 1]!.at > at) place--
    placed.splice(place, 0, { at, end: at + bytes, from, to })
  }
  return { offsets, bytes: total }
}
