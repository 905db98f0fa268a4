// What the whole library is set to, and what it says of itself.
import type { Node } from '../graph/node'
import { CornusError } from '../util/errors'
import { givenOptions } from '../util/options'
import { runtimeName, warnOnce, type RuntimeName } from '../util/env'
import { applyOptions, config, type Options } from './config'
import type { Machine } from './machine'
import { compileNodes, retirePrograms, startedMachine, theMachine, whenMachineIsMade } from './programs'
import { readContents, runHere, settle, threads } from './runs'
import { contentsOf } from './variables'
import { chooseBuild, type Build } from './wasm'
import type { Wide } from './wide'

/** What a wide core is checked with: the values of some nodes, and effects. */
let selfCheck: (() => { outputs: readonly Node[]; effects: readonly Node[] }) | undefined
export const provideSelfCheck = (check: typeof selfCheck): void => {
  selfCheck = check
}

whenMachineIsMade((machine) => {
  if (config.wide) widen(machine)
})

function widen(machine: Machine): void {
  machine.widen((narrow, wide) => {
    const { outputs, effects } = selfCheck!()
    const compiled = compileNodes(outputs, effects)
    const { storages } = compiled.signature
    const before = storages.map(readContents)
    const restore = () => storages.forEach((storage, i) => contentsOf(storage).set(before[i]!))
    const run = () => {
      restore()
      return [...runHere({ compiled, feeds: [] }), ...storages.map(readContents)].map(({ buffer }) => new Int32Array(buffer as ArrayBuffer))
    }
    narrow()
    const expected = run()
    wide()
    run() // after which all of it is compiled in pairs
    const found = run()
    narrow()
    restore()
    compiled.program.discard()
    return expected.some((words, i) => words.some((word, j) => word !== found[i]![j]))
  })
  if (!machine.wide.on) warnOnce(`running narrow: ${machine.wide.why}`)
}

/** Sets options of the whole library; they hold from the next run on. What runs now is finished first, and keeps its memory until then. */
export function configure(given: Options): void {
  const options: Options = givenOptions(given, 'configure')
  const machine = startedMachine()
  if (machine && options.memory !== undefined && options.memory !== config.memory) {
    throw new CornusError('BAD_ARGUMENT', 'configure: memory must be set before the first computation')
  }
  const planned = () => `${config.threads} ${config.reuseMemory} ${config.poison} ${JSON.stringify(config.rewrites)}`
  const before = planned()
  const [module, { wide }] = [machine?.module, config]
  settle()
  applyOptions(options)
  if (planned() !== before) retirePrograms()
  if (machine && (machine.build !== chooseBuild(config.deterministic) || wide !== config.wide)) {
    machine.refresh()
    if (config.wide) widen(machine)
  }
  if (planned() !== before || machine?.module !== module || threads.failed) threads.reset()
}

/** What runs here, and with what. */
export interface Info {
  readonly runtime: RuntimeName
  /** 'relaxed': with fused multiply-add; 'simd': the strict build. */
  readonly build: Build
  /** Whether kernels run in 256-bit code (`configure({ wide: true })`), and why. */
  readonly wide: Wide
  /** Threads that large Programs run on now. */
  readonly threads: number
  /** Why they are not more. */
  readonly why: string
  /** Bytes of WebAssembly memory: in blocks, as reserved so far, and the most it may grow to. */
  readonly memory: { readonly used: number; readonly reserved: number; readonly limit: number; readonly blocks: number }
}

export function info(): Info {
  const { build, memory, wide } = theMachine()
  const { count, why } = threads.state(memory.shared)
  return {
    runtime: runtimeName(),
    build,
    wide,
    threads: count,
    why,
    memory: { used: memory.used, reserved: memory.bytes, limit: memory.limit, blocks: memory.blocks },
  }
}
