// The machine: one memory, one instance of the core, and Programs linked into it.
import { layout } from '../generated/kernels'
import type { HostData, Spec } from '../graph/node'
import { bytesOf, dtypes, type Contents } from '../graph/dtypes'
import { describeFault, faultOf } from '../plan/faults'
import { ARENA, IMAGE, RECORD_BYTES, type PackedProgram, type Place, type PlacedValue, type ProgramFrame } from '../plan/packed'
import type { KernelCall } from '../plan/plan'
import { CornusError } from '../util/errors'
import { sizeOf } from '../util/shape'
import { config } from './config'
import { showRun } from './debug'
import { Memory } from './memory'
import { chooseBuild, compileModule, instantiate, isProvided, tableIndex, wantsSharedMemory, type Build, type Core } from './wasm'
import { askForPairs, NARROW, optimized, type Wide } from './wide'

/** Values for one run: an array to copy in, or a function that writes them itself. */
export type Feed = HostData | ((target: Contents) => void)

/** Views of a Program's inputs and outputs, valid until memory grows or the Program is linked elsewhere. */
interface Values {
  readonly buffer: ArrayBufferLike
  readonly inputs: readonly Contents[]
  readonly outputs: readonly Contents[]
}

/** A packed Program in wasm memory, ready to run. */
export class Program {
  readonly plan: ProgramFrame
  readonly at: number
  readonly end: number
  private readonly constantsAt: number
  private readonly relocations: Int32Array
  /** Base addresses that the image's pointers were last written for: arena, then storages. */
  private bases: readonly number[] = []
  private holders = 0
  private unwanted = false
  private kept: readonly Uint8Array[] = []
  private seen: Values | undefined

  /** `records` are what it was packed from, where that is known. */
  constructor(
    readonly machine: Machine,
    { frame, image, kernels, recordBytes, constantsAt, relocations }: PackedProgram,
    readonly records: readonly KernelCall[] = [],
  ) {
    this.plan = frame
    this.at = machine.memory.allocate(image.length)
    this.end = this.at + recordBytes
    this.constantsAt = this.at + constantsAt
    this.relocations = relocations
    machine.memory.raw(this.at, image.length).set(image)
    const words = new Uint32Array(machine.memory.wasm.buffer, this.at, recordBytes / 4)
    for (let i = 0; i < words.length; i += RECORD_BYTES / 4) words[i] = tableIndex[kernels[words[i]!]!]
    this.patch((base) => (base === IMAGE ? this.at : undefined))
  }

  /** Takes copies of the variables that a check may come too late for. */
  keep(): void {
    if (this.plan.restores) this.kept = this.writtenBytes().map((bytes) => bytes.slice())
  }

  /** Writes them back. */
  restore(): void {
    this.writtenBytes().forEach((bytes, i) => this.kept[i] && bytes.set(this.kept[i]))
    this.kept = []
  }

  private writtenBytes(): Uint8Array[] {
    return this.plan.writes.map((place) => this.machine.memory.raw(this.bases[1 + place]!, bytesOf(this.plan.storages[place]!)))
  }

  /** Held from before its values are copied in until its outputs are copied out: nobody frees it meanwhile. */
  hold(): void {
    this.holders++
  }

  release(): void {
    if (--this.holders === 0 && this.unwanted) this.machine.memory.free(this.at)
  }

  /** It will not be looked up again: its memory is freed as soon as nobody holds it. */
  discard(): void {
    if (this.unwanted) return
    this.unwanted = true
    if (this.holders === 0) this.machine.memory.free(this.at)
  }

  /** Writes the pointers for these addresses, if any has changed. */
  link(arena: number, storages: readonly number[]): void {
    const { bases } = this
    if (bases.length === storages.length + 1 && bases[0] === arena && storages.every((at, i) => at === bases[i + 1])) return
    this.patch((base) => (base === IMAGE ? undefined : base === ARENA ? arena : storages[base]))
    this.bases = [arena, ...storages]
    this.seen = undefined
  }

  /** Its inputs and outputs as they lie in memory. */
  get values(): Values {
    const { buffer } = this.machine.memory.wasm
    if (this.seen?.buffer === buffer) return this.seen
    const view = (place: PlacedValue) => this.machine.view(this.addressOf(place), place.spec)
    return (this.seen = { buffer, inputs: this.plan.inputs.map(view), outputs: this.plan.outputs.map(view) })
  }

  /** Writes the pointers whose base has an address now. */
  private patch(addressOf: (base: number) => number | undefined): void {
    const words = new Uint32Array(this.machine.memory.wasm.buffer)
    const { relocations } = this
    for (let i = 0; i < relocations.length; i += 3) {
      const address = addressOf(relocations[i + 1]!)
      if (address !== undefined) words[(this.at + relocations[i]!) / 4] = address + (relocations[i + 2]! >>> 0)
    }
  }

  addressOf({ base, offset }: Place): number {
    if (base === 'constants') return this.constantsAt + offset
    return (base === 'arena' ? this.bases[0]! : this.bases[1 + base]!) + offset
  }
}

/** Runs the records of a prepared Program on the calling thread. */
export type Executor = (program: Program) => void

let executor: Executor | undefined

/** Puts another executor in the place of the core's own: a test's, which runs threads in an order of its choice. */
export const useExecutor = (other: Executor | undefined): void => {
  executor = other
}

export class Machine {
  readonly memory: Memory
  build: Build
  module: WebAssembly.Module
  core: Core
  wide: Wide = NARROW
  private faultSeen: Int32Array

  constructor() {
    this.memory = new Memory(wantsSharedMemory(), config.memory * 2 ** 20)
    this.build = chooseBuild(config.deterministic)
    this.module = compileModule(this.build, this.memory.shared)
    this.core = instantiate(this.module, this.memory.wasm)
    this.faultSeen = this.memory.ints(layout.FAULT, FAULT_WORDS)
  }

  /** Takes over a changed configuration: the narrow core of its build. */
  refresh(): void {
    this.build = chooseBuild(config.deterministic)
    this.use(compileModule(this.build, this.memory.shared))
    this.wide = NARROW
  }

  private use(module: WebAssembly.Module, core = module === this.module ? this.core : instantiate(module, this.memory.wasm)): void {
    this.module = module
    this.core = core
    this.memory.ints(layout.WIDE, 1)[0] = 0
  }

  /** Takes the wide core, if it can be had and `differs` finds that it computes what the narrow one does. */
  widen(differs: (narrow: () => void, wide: () => void) => boolean): void {
    const [module, core] = [this.module, this.core]
    let why = isProvided()
      ? 'the module was handed in; set the flag --experimental-wasm-revectorize before it is compiled'
      : askForPairs(true)
    if (!why) {
      const narrow = () => this.use(module, core)
      const wide = () => {
        this.use(compileModule(this.build, this.memory.shared, true))
        this.memory.ints(layout.WIDE, 1)[0] = 1
      }
      try {
        if (optimized(() => differs(narrow, wide))) why = 'the self-check gave other bits than the narrow build'
        else wide()
      } catch (error) {
        why = `the self-check failed (${error instanceof Error ? error.message : String(error)})`
      }
      if (why) {
        narrow()
        askForPairs(false)
      }
    }
    this.wide = why ? { on: false, why } : { on: true, why: 'the self-check gave the same bits as the narrow build' }
  }

  /** Copies values in and links; `arena` is where the Program works, if not in the arena of all. */
  prepare(program: Program, feeds: readonly Feed[], storages: readonly number[], arena = this.memory.arena(program.plan.arenaBytes)): void {
    program.link(arena, storages)
    program.keep()
    if (this.faulted) this.fault.fill(0)
    if (config.poison) new Uint32Array(this.memory.wasm.buffer, arena, program.plan.arenaBytes / 4).fill(POISON)
    const { inputs } = program.values
    for (let i = 0; i < inputs.length; i++) {
      const feed = feeds[i]!
      if (typeof feed === 'function') feed(inputs[i]!)
      else inputs[i]!.set(feed)
    }
  }

  /** Runs a prepared Program on the calling thread. */
  runHere(program: Program): void {
    if (config.debug >= 2 && program.records.length)
      showRun(
        program,
        (record) => this.core.run(program.at + record * RECORD_BYTES, program.at + (record + 1) * RECORD_BYTES, 0, 1),
        () => this.faulted,
      )
    else if (executor) executor(program)
    else this.core.run(program.at, program.end, 0, 1)
  }

  /** Outputs of the last run, copied; throws what a kernel complained about. */
  collect(program: Program): HostData[] {
    this.checkFault(program)
    if (config.poison) this.checkGuards(program)
    return program.values.outputs.map((output) => output.slice())
  }

  private checkGuards({ plan, records, machine }: Program): void {
    for (const guard of plan.guards) {
      const words = new Uint32Array(machine.memory.wasm.buffer, machine.memory.arena(0) + guard, layout.ALIGN / 4)
      if (words.some((word) => word !== POISON))
        throw new CornusError(
          'INTERNAL',
          `a kernel wrote past its buffer (arena offset ${guard}) in ${records.map(({ op }) => op).join(', ')}`,
        )
    }
  }

  view(at: number, spec: Spec): Contents {
    return new dtypes[spec.dtype].Array(this.memory.wasm.buffer, at, sizeOf(spec.shape))
  }

  /** Throws what a check has found; the Program's variables are then as they were. */
  checkFault(program: Program): void {
    if (!this.faulted) return
    const [id, bits, place] = this.fault
    this.fault.fill(0)
    program.restore()
    const fault = faultOf(program.plan.checks, [id!, bits!, place!])
    throw new CornusError('BAD_DATA', describeFault(fault), { fault })
  }

  private get faulted(): boolean {
    return this.fault[0] !== 0
  }

  /** What a check that failed has left. */
  private get fault(): Int32Array {
    if (this.faultSeen.buffer !== this.memory.wasm.buffer) this.faultSeen = this.memory.ints(layout.FAULT, FAULT_WORDS)
    return this.faultSeen
  }
}

/** A NaN, and an index that no table has. */
const POISON = 0x7fc0dead

/** A check that failed leaves its number, the bits of the value, and its place. */
const FAULT_WORDS = 3
