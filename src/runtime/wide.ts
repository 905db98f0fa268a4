// Wide mode: V8 can pair 128-bit operations on neighbouring vectors into 256-bit ones (AVX2) if a flag is set before it compiles the
// module.
import { builtin, processLike, runtimeName } from '../util/env'

/** What is known of wide mode. */
export interface Wide {
  /** Whether kernels run in 256-bit code, where the engine finds pairs. */
  readonly on: boolean
  readonly why: string
}

export const NARROW: Wide = { on: false, why: "not asked for: configure({ wide: true }) or CORNUS_WIDE=1, an experiment of the engine's" }

/** Node 22 and 23 take the flag, but pair nothing: the tiles made for pairs take 1.8 times as long as others there. */
const FIRST_NODE = 24

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

const setFlag = (flag: string): unknown => runtimeName() === 'node' && builtin<Engine>('node:v8')?.setFlagsFromString?.(flag)

/** Asks for pairs in what is compiled from now on, or no longer; returns why that cannot be. */
export function askForPairs(on: boolean): string | undefined {
  const why = whyNot()
  if (!why) setFlag(on ? '--experimental-wasm-revectorize' : '--no-experimental-wasm-revectorize')
  return why
}

/** Flags for code with all optimizations at once, and those that take them back. */
const LEAVE_OUT_FIRST_COMPILER = { on: ['--no-liftoff'], off: ['--liftoff'] }
const AFTER_FIRST_RUN = {
  on: ['--wasm-tiering-budget=1', '--wasm-sync-tier-up'],
  off: ['--wasm-tiering-budget=13000000', '--no-wasm-sync-tier-up'],
} // 13 million is what V8 has

/**
 * Runs `body` while functions are compiled with all optimizations, which alone make pairs, at their first or second call. V8 14 aborts
 * where it
 * optimizes functions that it has not run; older ones make slower code of those that ran once.
 */
export function optimized<T>(body: () => T): T {
  const flags = Number.parseInt(processLike()?.versions?.v8 ?? '') >= 14 ? AFTER_FIRST_RUN : LEAVE_OUT_FIRST_COMPILER
  flags.on.forEach(setFlag)
  try {
    return body()
  } finally {
    flags.off.forEach(setFlag)
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
