// Calls kernels straight, without graph or plan: buffers lie between sentinels in NaN-poisoned memory, and N threads are N calls in turn
// (a kernel never waits for another thread, so the order of the shares cannot matter).
import v8 from 'node:v8'
import { kernels, layout, type KernelArgs, type KernelName } from '../../src/generated/kernels'
import { bytesOf } from '../../src/runtime/wasm'

if (Number.parseInt(process.versions.node) < 22) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

export type BuildName = 'simd' | 'relaxed'
export type Data = Float32Array | Int32Array | Uint32Array

const GUARD = 64 // bytes before and after each buffer
const POISON = 0x7fc0dead // a NaN, and an index no table has

const bytes = { simd: bytesOf('simd'), relaxed: bytesOf('relaxed') }
export const builds = (['simd', 'relaxed'] as const).filter((name) => WebAssembly.validate(bytes[name]))

/** A wasm instance with memory of its own. */
export class Kernels {
  readonly memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true })
  readonly exports: Record<string, (args: number, ith: number, nth: number) => void>
  private top: number = layout.HEAP
  private readonly buffers: { at: number; end: number }[] = []

  constructor(build: BuildName = 'simd') {
    const table = new WebAssembly.Table({ initial: 1, element: 'anyfunc' })
    const module = new WebAssembly.Module(bytes[build])
    this.exports = new WebAssembly.Instance(module, { env: { memory: this.memory, table } }).exports as never
  }

  /** Forgets all buffers. */
  reset() {
    this.top = layout.HEAP
    this.buffers.length = 0
  }

  /** A buffer with these contents, or one of so many 4-byte elements of poison; returns its address. */
  buffer(data: Data | number): number {
    const length = typeof data === 'number' ? data : data.length
    const size = Math.ceil((length * 4) / layout.ALIGN) * layout.ALIGN
    const at = Math.ceil((this.top + GUARD) / layout.ALIGN) * layout.ALIGN
    this.top = at + size + GUARD
    while (this.memory.buffer.byteLength < this.top) this.memory.grow(256)
    new Uint32Array(this.memory.buffer, at - GUARD, (size + 2 * GUARD) / 4).fill(POISON)
    if (typeof data !== 'number')
      new Uint8Array(this.memory.buffer, at, length * 4).set(new Uint8Array(data.buffer, data.byteOffset, length * 4))
    this.buffers.push({ at, end: at + size })
    return at
  }

  /**
   * Runs a kernel as `threads` threads would, the last share first; fails if anything outside the buffers (their padding is theirs) was
   * written.
   */
  call<K extends KernelName>(name: K, args: KernelArgs<number>[K], threads = 1) {
    const { size, fields } = kernels[name]
    const at = this.buffer(size / 4)
    const view = new DataView(this.memory.buffer, at, size)
    for (const [field, offset, type, , count] of fields) {
      const value = (args as unknown as Record<string, number | number[]>)[field]
      const values = count ? (value as number[]) : [value as number]
      values.forEach((each, i) => {
        if (type === 'f32') view.setFloat32(offset + 4 * i, each, true)
        else if (type === 'f64') view.setFloat64(offset + 8 * i, each, true)
        else view.setInt32(offset + 4 * i, each, true)
      })
    }
    for (let ith = threads - 1; ith >= 0; ith--) this.exports[name]!(at, ith, threads)
    this.checkGuards(name)
  }

  /** A copy of `length` elements. */
  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length).slice()
  }

  ints(at: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, length).slice()
  }

  private checkGuards(name: string) {
    for (const { at, end } of this.buffers) {
      for (const start of [at - GUARD, end]) {
        const guard = new Uint32Array(this.memory.buffer, start, GUARD / 4)
        if (guard.some((word) => word !== POISON))
          throw new Error(`${name} wrote outside a buffer, near ${start < at ? 'its start' : 'its end'}`)
      }
    }
  }
}
