// Wide mode: V8 can pair 128-bit operations on neighbouring vectors into 256-bit ones (AVX2) if a flag is set before it compiles the module.
import { builtin, processLike, runtimeName } from '../util/env'

/** What is known of wide mode. */
export interface Wide {
  /** Whether kernels run in 256-bit code, where the engine finds pairs. */
  readonly on: boolean
  readonly why: string
}

export const NARROW: Wide = { on: false, why: "not asked for: configure({ wide: true }) or CORNUS_WIDE=1, an experiment of the engine's" }

const FIRST_NODE = 22

interface Engine {
  setFlagsFromString?(flag: string): void
}

/** Why this engine cannot be asked for pairs, or nothing if it can. */
function whyNot(): string | undefined {
  const runtime = runtimeName()
  if (runtime === 'deno') return undefined // takes the flag on its command line only
  if (runtime !== 'node') return runtime === 'browser' ? 'a page cannot set flags of the engine' : `${runtime} cannot set flags of V8`
  const version = processLike()?.versions?.node ?? ''
  return Number.parseInt(version) >= FIRST_NODE ? undefined : `Node ${version} cannot; it takes Node ${FIRST_NODE} or later`
}

const setFlag = (flag: string) => runtimeName() === 'node' && builtin<Engine>('node:v8')?.setFlagsFromString?.(flag)

/** Asks for pairs in what is compiled from now on, or no longer; returns why that cannot be. */
export function askForPairs(on: boolean): string | undefined {
  const why = whyNot()
  if (!why) setFlag(on ? '--experimental-wasm-revectorize' : '--no-experimental-wasm-revectorize')
  return why
}

/** Runs `body` while functions are compiled with all optimizations at their first call: only that code has pairs. */
export function optimized<T>(body: () => T): T {
  setFlag('--no-liftoff')
  try {
    return body()
  } finally {
    setFlag('--liftoff')
  }
}

/** The same module under other bytes, or the engine would take what it has compiled before: a custom section follows. */
export function marked(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const name = [...'wide'].map((c) => c.charCodeAt(0))
  const section = [0, name.length + 1, name.length, ...name]
  const copy = new Uint8Array(bytes.length + section.length)
  copy.set(bytes)
  copy.set(section, bytes.length)
  return copy
}
