// Executors that run Programs as several threads would, on one: between two meetings the threads go through their records in an order of
// the test's
// choice. What is missing a meeting then gives other numbers than one thread.
import v8 from 'node:v8'
if (Number.parseInt(process.versions.node) < 22) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')
import '../../src/selfCheck'
import { kernels, layout } from '../../src/generated/kernels'
import { RECORD_BYTES } from '../../src/plan/packed'
import { useExecutor, type Executor } from '../../src/runtime/machine'
import { configure } from '../../src/runtime/session'
import { makeRandom } from '../../src/util/shuffle'
import { comparing } from './packed'

/**
 * How threads run between two meetings: each through all of its records at once, the first thread first or the last; one far ahead of the
 * others, or
 * far behind; or by turns at random.
 */
export type Order = 'up' | 'down' | 'ahead' | 'behind' | 'random'

export interface Mode {
  threads: number
  order: Order
  deterministic: boolean
  /** Without it every buffer has memory and a guard of its own. */
  reuse: boolean
}

/** Every way of running that must give the same numbers (per build). */
export const modes: readonly Mode[] = [
  { threads: 1, order: 'up', deterministic: true, reuse: false },
  { threads: 2, order: 'down', deterministic: true, reuse: true },
  { threads: 3, order: 'random', deterministic: true, reuse: true },
  { threads: 1, order: 'up', deterministic: false, reuse: true },
  { threads: 3, order: 'ahead', deterministic: false, reuse: false },
]

/** Sets the mode; poisoned memory and guards are always on. `restored`: whether each Program also runs as its bytes restored. */
export function useMode({ threads, order, deterministic, reuse }: Mode, restored = true): void {
  useExecutor(undefined) // a wide core is checked within configure()
  configure({ threads, deterministic, reuseMemory: reuse, poison: true })
  useExecutor(restored ? comparing(interleaved(order)) : interleaved(order))
}

type Kernel = (args: number, ith: number, nth: number) => void
const names = Object.keys(kernels)

/** An executor that runs each Program on as many threads as it was planned for. */
export function interleaved(order: Order, random: () => number = makeRandom(1)): Executor {
  return ({ machine, at, end, plan }) => {
    const words = new Uint32Array(machine.memory.wasm.buffer, at, (end - at) / 4)
    const core = machine.core as unknown as { readonly [name: string]: Kernel }
    const flagsOf = (i: number) => words[(i * RECORD_BYTES) / 4 + 2]!
    const isShut = (i: number) => (flagsOf(i) & layout.GATE) !== 0 && machine.memory.ints(layout.FAULT, 1)[0] !== 0
    const step = (i: number, ith: number) => {
      const [kernel, args] = words.subarray((i * RECORD_BYTES) / 4)
      const serial = (flagsOf(i) & layout.SERIAL) !== 0
      if (!serial) core[names[kernel! - 1]!]!(args!, ith, plan.threads)
      else if (ith === 0) core[names[kernel! - 1]!]!(args!, 0, 1)
    }
    const records = (end - at) / RECORD_BYTES
    for (let from = 0, to = 0; from < records; from = to) {
      for (to = from + 1; to < records && !(flagsOf(to) & layout.MEET); ) to++
      const next = new Array<number>(plan.threads).fill(from)
      for (const [ith, steps] of turns(order, plan.threads, to - from, random)) {
        for (let k = 0; k < steps && next[ith]! < to && !isShut(next[ith]!); k++) step(next[ith]!++, ith)
      }
      if (next.some((i) => i < to)) return
    }
  }
}

/** Whose turn it is, and for how many of its records; in the end everyone has had all of them. */
function* turns(order: Order, threads: number, records: number, random: () => number): Generator<readonly [thread: number, steps: number]> {
  const all = Array.from({ length: threads }, (_, k) => k)
  const one = Math.floor(random() * threads)
  const others = all.filter((k) => k !== one)
  if (order === 'random') for (let k = 0; k < 2 * threads; k++) yield [Math.floor(random() * threads), Math.ceil(random() * records)]
  const last = {
    up: all,
    down: [...all].reverse(),
    ahead: [one, ...others],
    behind: [...others, one],
    random: [...all].sort(() => random() - 0.5),
  }[order]
  for (const thread of last) yield [thread, records]
}
