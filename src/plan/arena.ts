// Offsets in the arena: buffers whose lives overlap get places of their own, the others share.

export interface Lifetime {
  readonly bytes: number
  /** First and last step that needs it. */
  readonly first: number
  readonly last: number
}

export interface Placement {
  /** Byte offset of each buffer, in the order given. */
  readonly offsets: readonly number[]
  readonly bytes: number
}

/** Largest first, each at the lowest gap among those alive with it (greedy by size; see Pisarchyk & Lee, arXiv:2001.03288). */
export function placeBuffers(buffers: readonly Lifetime[], reuse = true): Placement {
  const offsets = new Array<number>(buffers.length).fill(0)
  const placed: { from: number; to: number; first: number; last: number }[] = []
  const bySize = buffers.map((_, i) => i).sort((i, j) => buffers[j]!.bytes - buffers[i]!.bytes || i - j)
  let total = 0
  for (const i of bySize) {
    const { bytes, first, last } = buffers[i]!
    let at = 0
    for (const other of placed) {
      const alive = !reuse || (other.first <= last && first <= other.last)
      if (!alive || other.to <= at) continue
      if (other.from >= at + bytes) break
      at = other.to
    }
    offsets[i] = at
    total = Math.max(total, at + bytes)
    const entry = { from: at, to: at + bytes, first, last }
    let place = placed.length
    while (place > 0 && placed[place - 1]!.from > at) place--
    placed.splice(place, 0, entry)
  }
  return { offsets, bytes: total }
}
