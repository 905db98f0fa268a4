// Every Program of the suite as data: written down, read again, and run by what was read, it gives the same bits.
import { packPlan } from '../../src/plan/pack'
import { restoreProgram, serializeProgram } from '../../src/plan/packed'
import { bytesOf } from '../../src/graph/dtypes'
import { layout } from '../../src/generated/kernels'
import type { KernelCall, Plan } from '../../src/plan/plan'
import { Program, type Executor } from '../../src/runtime/machine'

const asBytes = new WeakMap<readonly KernelCall[], Uint8Array>()

/** Takes down each plan as it is made. */
export const writeDown = (plan: Plan): void => void asBytes.set(plan.records, serializeProgram(packPlan(plan)))

/** Runs a Program by `run`, and the first time its restored copy before that, on the same memory. */
export const comparing =
  (run: Executor): Executor =>
  (program) => {
    const bytes = asBytes.get(program.records)
    asBytes.delete(program.records)
    if (!bytes) return run(program)
    const { machine, plan } = program
    const blocks = () => [
      machine.memory.raw(arenaOf(program), plan.arenaBytes),
      machine.memory.raw(layout.FAULT, 12),
      ...plan.storages.map((spec, place) => machine.memory.raw(program.addressOf({ base: place, offset: 0 }), bytesOf(spec))),
    ]
    const copies = () => blocks().map((block) => block.slice())
    const before = copies()
    const copy = new Program(machine, restoreProgram(bytes))
    try {
      copy.link(
        arenaOf(program),
        plan.storages.map((_, place) => program.addressOf({ base: place, offset: 0 })),
      )
      run(copy)
      const outputs = plan.outputs.map((place) => machine.view(copy.addressOf(place), place.spec).slice())
      const written = copies()
      blocks().forEach((block, i) => block.set(before[i]!))
      run(program)
      const same = (a: Uint8Array | Float32Array | Int32Array, b: Uint8Array | Float32Array | Int32Array) =>
        Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength))
      const [, ...after] = copies()
      if (!after.every((block, i) => same(block, written[i + 1]!))) throw new Error('a restored program leaves other variables behind')
      const failed = machine.memory.ints(layout.FAULT, 1)[0] !== 0
      if (!failed && !plan.outputs.every((place, i) => same(machine.view(program.addressOf(place), place.spec).slice(), outputs[i]!)))
        throw new Error('a restored program gives other bits')
    } finally {
      machine.memory.free(copy.at)
    }
  }

const arenaOf = (program: Program): number => program.addressOf({ base: 'arena', offset: 0 })
