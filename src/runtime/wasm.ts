// Which binary runs here, compiled and instantiated on a memory.
import { instantiateSync } from '@assemblyscript/loader'
import { inflateSync } from 'fflate'
import { kernels, type KernelName } from '../generated/kernels'
import { relaxed, simd } from '../generated/wasm'
import { fromBase64 } from '../util/base64'
import { check } from '../util/errors'
import { patch } from './patch'
import { marked } from './wide'

export type Build = 'simd' | 'relaxed'

/** The executor and the kernels, called with plain addresses. */
export interface Core {
  run(pc: number, end: number, ith: number, nth: number): void
}

/** Place of each kernel in the function table; 0 stays empty. */
export const tableIndex = Object.fromEntries(Object.keys(kernels).map((name, i) => [name, i + 1])) as { readonly [K in KernelName]: number }

const decoded: Partial<Record<Build, Uint8Array<ArrayBuffer>>> = {}
const modules = new Map<string, WebAssembly.Module>()

let provided: WebAssembly.Module | undefined

/**
 * Takes a compiled core.wasm; before the first computation. For where wasm cannot be compiled from bytes, or should be a file of its own.
 */
export function provideModule(module: WebAssembly.Module): void {
  check(
    Object.prototype.toString.call(module) === '[object WebAssembly.Module]',
    'BAD_ARGUMENT',
    () => 'provideModule: expected a WebAssembly.Module, compiled from core.wasm',
  )
  provided = module
}

/** Whether the module was handed in. */
export const isProvided = (): boolean => provided !== undefined

/** Whether the core gets shared memory. A module that was handed in asks for it, even where no thread can be had. */
export const wantsSharedMemory = (): boolean =>
  provided !== undefined ||
  (typeof SharedArrayBuffer === 'function' && (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false)

/** A build's binary. */
export const bytesOf = (build: Build): Uint8Array<ArrayBuffer> =>
  (decoded[build] ??= build === 'relaxed' ? patch(bytesOf('simd'), inflate(relaxed)) : inflate(simd))

const valid: Partial<Record<Build, boolean>> = {}
/** Whether the engine takes a build; asked once, since every configure() chooses anew. */
const isValid = (build: Build): boolean => (valid[build] ??= WebAssembly.validate(bytesOf(build)))

/** The relaxed build (fused multiply-add) where the engine takes it and bits need not be equal on all machines, else the strict one. */
export function chooseBuild(deterministic: boolean): Build {
  if (provided) return 'simd'
  check(simd, 'UNSUPPORTED', () => 'this entry comes without its wasm: call provideModule(module) with a compiled core.wasm first')
  check(
    isValid('simd'),
    'UNSUPPORTED',
    () => 'this JavaScript engine has no WebAssembly SIMD with atomics; use Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or later',
  )
  return !deterministic && isValid('relaxed') ? 'relaxed' : 'simd'
}

/** The compiled module; one binary serves shared and plain memory. */
export function compileModule(build: Build, shared: boolean, wide = false): WebAssembly.Module {
  if (provided) return provided
  const key = `${build}${shared}${wide}`
  let module = modules.get(key)
  if (!module) {
    const bytes = shared ? bytesOf(build) : withPlainMemory(bytesOf(build))
    module = new WebAssembly.Module(wide ? marked(bytes) : bytes)
    modules.set(key, module)
  }
  return module
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Core {
  const names = Object.keys(kernels) as KernelName[]
  const table = new WebAssembly.Table({ initial: names.length + 1, element: 'anyfunc' })
  const { exports } = instantiateSync(module, { env: { memory, table } }).instance // the loader's own exports are wrapped
  for (const name of names) table.set(tableIndex[name], exports[name] as () => void)
  return exports as unknown as Core
}

/** Clears the shared bit in the limits of the memory import. */
function withPlainMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const name = [...'memory'].map((c) => c.charCodeAt(0))
  for (let at = 8; at < bytes.length - 8; at++) {
    // ┊ "memory" ┊ 0x02 memory ┊ 0x03 shared, with maximum ┊
    if (name.every((c, i) => bytes[at + i] === c) && bytes[at + 6] === 2 && bytes[at + 7] === 3) {
      const plain = bytes.slice()
      plain[at + 7] = 1
      return plain
    }
  }
  return bytes
}

const inflate = (text: string) => inflateSync(fromBase64(text)) as Uint8Array<ArrayBuffer>
