// Runs Programs as several threads would, on one: between two meetings each thread goes through all of its records at once, the last thread
// first or the first first. What is missing a meeting then gives other numbers than one thread.
import v8 from 'node:v8'
if (Number.parseInt(process.versions.node) < 22) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')
import '../../src/selfCheck'
import { configure, session } from '../../src/runtime/session'
import type { Program } from '../../src/runtime/machine'

export interface Mode {
  threads: number
  order: 'up' | 'down'
  deterministic: boolean
  /** Without it every buffer has memory and a guard of its own. */
  reuse: boolean
}

/** Every way of running that must give the same numbers (per build). */
export const modes: readonly Mode[] = [
  { threads: 1, order: 'up', deterministic: true, reuse: false },
  { threads: 2, order: 'down', deterministic: true, reuse: true },
  { threads: 3, order: 'up', deterministic: true, reuse: true },
  { threads: 1, order: 'up', deterministic: false, reuse: true },
  { threads: 3, order: 'down', deterministic: false, reuse: false },
]

/** Sets the mode; poisoned memory and guards are always on. */
export function useMode({ threads, order, deterministic, reuse }: Mode): void {
  const { machine } = session
  delete (machine as { runHere?: unknown }).runHere // of the last mode: a wide core is checked within configure()
  configure({ threads, deterministic, reuseMemory: reuse, poison: true })
  machine.runHere = (program: Program) => {
    const { records } = program.plan
    const view = new DataView(machine.memory.wasm.buffer)
    const core = machine.core as unknown as Record<string, (args: number, ith: number, nth: number) => void>
    let start = 0
    while (start < records.length) {
      let end = start + 1
      while (end < records.length && !records[end]!.meet) end++
      for (let k = 0; k < threads; k++) {
        const ith = order === 'up' ? k : threads - 1 - k
        for (let i = start; i < end; i++) {
          const args = view.getUint32(program.at + 16 * i + 4, true)
          const { kernel, serial } = records[i]!
          if (!serial) core[kernel]!(args, ith, threads)
          else if (ith === 0) core[kernel]!(args, 0, 1)
        }
      }
      start = end
    }
  }
}
