// Wasm memory: persistent blocks (weights, optimizer state, Programs) and one arena for everything between. Users free nothing.
import { layout } from '../generated/kernels'
import { alignUp } from '../graph/dtypes'
import { CornusError } from '../util/errors'

const PAGE = 65536

export class Memory {
  readonly wasm: WebAssembly.Memory
  readonly shared: boolean
  private readonly maximumPages: number
  /** Gaps between blocks, by address; the end of memory is not one. */
  private gaps: { at: number; bytes: number }[] = []
  private top: number = layout.HEAP
  private readonly sizes = new Map<number, number>()
  private arenaAt = 0
  private arenaBytes = 0

  constructor(shared: boolean, limitBytes: number) {
    this.maximumPages = Math.max(16, Math.min(65536, Math.floor(limitBytes / PAGE)))
    const made = makeMemory(shared, this.maximumPages)
    this.wasm = made.memory
    this.maximumPages = made.pages
    this.shared = shared
  }

  get bytes(): number {
    return this.wasm.buffer.byteLength
  }

  get limit(): number {
    return this.maximumPages * PAGE
  }

  /** Bytes in blocks and arena. */
  get used(): number {
    return [...this.sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  get blocks(): number {
    return this.sizes.size
  }

  /** A block of at least so many bytes, not cleared. */
  allocate(bytes: number): number {
    const size = Math.max(layout.ALIGN, alignUp(bytes))
    let best = -1
    this.gaps.forEach((gap, i) => {
      if (gap.bytes >= size && (best < 0 || gap.bytes < this.gaps[best]!.bytes)) best = i
    })
    let at: number
    if (best >= 0) {
      const gap = this.gaps[best]!
      at = gap.at
      gap.at += size
      gap.bytes -= size
      if (gap.bytes === 0) this.gaps.splice(best, 1)
    } else {
      at = this.top
      this.reserve(at + size, size)
      this.top = at + size
    }
    this.sizes.set(at, size)
    return at
  }

  free(at: number): void {
    const size = this.sizes.get(at)
    if (size === undefined) return
    this.sizes.delete(at)
    let i = this.gaps.findIndex((gap) => gap.at > at)
    if (i < 0) i = this.gaps.length
    this.gaps.splice(i, 0, { at, bytes: size })
    this.joinGaps(i)
    const last = this.gaps.at(-1)
    if (last && last.at + last.bytes === this.top) {
      this.top = last.at
      this.gaps.pop()
    }
  }

  /** The arena's address; it moves when a Program needs a larger one. */
  arena(bytes: number): number {
    if (bytes > this.arenaBytes) {
      if (this.arenaAt) this.free(this.arenaAt)
      this.arenaAt = 0
      this.arenaBytes = 0
      this.arenaAt = this.allocate(bytes)
      this.arenaBytes = this.sizes.get(this.arenaAt)!
    }
    return this.arenaAt
  }

  /** Leaves the arena to whoever may still write to it, until the returned function is called. */
  leaveArena(): () => void {
    const at = this.arenaAt
    this.arenaAt = 0
    this.arenaBytes = 0
    return () => this.free(at)
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.wasm.buffer, at, length)
  }

  ints(at: number, length: number): Int32Array {
    return new Int32Array(this.wasm.buffer, at, length)
  }

  raw(at: number, length: number): Uint8Array {
    return new Uint8Array(this.wasm.buffer, at, length)
  }

  private joinGaps(i: number) {
    for (const k of [i, i - 1]) {
      const [gap, next] = [this.gaps[k], this.gaps[k + 1]]
      if (gap && next && gap.at + gap.bytes === next.at) {
        gap.bytes += next.bytes
        this.gaps.splice(k + 1, 1)
      }
    }
  }

  private reserve(end: number, requested: number) {
    const slack = layout.ALIGN // kernels may read a vector past the last buffer
    const missing = Math.ceil((end + slack - this.bytes) / PAGE)
    if (missing <= 0) return
    const pages = this.bytes / PAGE
    try {
      const wanted = Math.min(this.maximumPages - pages, Math.max(missing, Math.ceil(pages / 4)))
      if (wanted < missing) throw new RangeError('over the limit')
      this.wasm.grow(wanted)
    } catch (cause) {
      throw new CornusError(
        'OUT_OF_MEMORY',
        `out of WebAssembly memory: ${mib(requested)} requested, ${mib(this.used)} in use, limit ${mib(this.limit)}; ` +
          'use a smaller batch or model, or raise the limit with configure({ memory })',
        { cause },
      )
    }
  }
}

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

/** Engines may refuse to reserve the whole address range: then a smaller maximum. */
function makeMemory(shared: boolean, maximum: number): { memory: WebAssembly.Memory; pages: number } {
  for (let pages = maximum; ; pages = Math.floor(pages / 2)) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 16, maximum: pages, shared }), pages }
    } catch (cause) {
      if (pages < 512) throw new CornusError('OUT_OF_MEMORY', 'this runtime gives no WebAssembly memory', { cause })
    }
  }
}
