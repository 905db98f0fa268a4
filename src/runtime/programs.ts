// Programs: the machine that they are linked into, those that are found again by what they compute, and those of a traced function.
import { layout } from '../generated/kernels'
import { placeholder } from '../graph/leaves'
import type { Node } from '../graph/node'
import { fuse } from '../plan/fuse'
import { joinRepeats, signatureOf, type Graph, type Signature } from '../plan/order'
import { packPlan } from '../plan/pack'
import { makePlan } from '../plan/plan'
import { CornusError } from '../util/errors'
import { Lru } from '../util/lru'
import { config } from './config'
import { showPlan } from './debug'
import { Machine, Program } from './machine'

/** A Program with what it was made for. */
export interface Compiled {
  readonly program: Program
  readonly signature: Signature
}

let machine: Machine | undefined
let prepareMachine: (machine: Machine) => void = () => {}

/** What is to be done with the machine when it is made, at the first computation. */
export const whenMachineIsMade = (prepare: (machine: Machine) => void): void => {
  prepareMachine = prepare
}

export function theMachine(): Machine {
  if (!machine) {
    machine = new Machine()
    prepareMachine(machine)
  }
  return machine
}

/** The machine, if anything was computed yet. */
export const startedMachine = (): Machine | undefined => machine

/** Programs of single requests by what they compute. */
const found = new Lru<string, Program>(256, (program) => program.discard())
export const cachedPrograms = (): number => found.size

/** Raised when Programs made before no longer fit the configuration. */
let generation = 0

/** No Program made so far is used again; those in use now are freed when they are given back. */
export function retirePrograms(): void {
  found.clear()
  generation++
}

/** Plans and links what computes `outputs` and performs `effects`. */
export function compileNodes(outputs: readonly Node[], effects: readonly Node[]): Compiled {
  const ends = fuse([...outputs, ...effects])
  const graph = joinRepeats(ends, true)
  const signature = signatureOf(graph, ends)
  return { program: link({ graph, ends, signature, outputs: outputs.length }), signature }
}

interface Planned {
  readonly graph: Graph
  readonly ends: readonly Node[]
  readonly signature: Signature
  /** How many of the ends are values that are read. */
  readonly outputs: number
}

function link({ graph, ends, signature, outputs }: Planned): Program {
  const plan = makePlan(graph, ends, signature, outputs, {
    threads: config.threads,
    reuse: config.reuseMemory,
    guard: config.poison ? layout.ALIGN : 0,
  })
  showPlan(plan)
  return new Program(theMachine(), packPlan(plan), plan.records)
}

/** The Program that computes nodes whose values are not known yet, with the values of its inputs. */
export function lookUp(wanted: readonly Node[]): Compiled {
  const ends = fuse(wanted)
  const graph = joinRepeats(ends, false)
  const unknown = graph.nodes.some((node) => node.op.writes.length > 0 || (node.op === placeholder && !node.value))
  if (unknown)
    throw new CornusError(
      'BAD_ARGUMENT',
      'values are not known while a function is being traced; return the tensor from the function and read it outside',
    )
  const signature = signatureOf(graph, ends)
  return { program: found.take(signature.key, () => link({ graph, ends, signature, outputs: ends.length })), signature }
}

/** Programs whose owners were collected go with them. */
const owners = new FinalizationRegistry<Program>((program) => program.discard())

/** The Program of a traced function: made when it is first wanted, and again after a change of configuration. */
export class Compilation {
  private made: Compiled | undefined
  private generation = 0

  constructor(
    private readonly outputs: readonly Node[],
    private readonly effects: readonly Node[],
  ) {}

  get(): Compiled {
    if (this.made && this.generation === generation) return this.made
    this.free()
    this.made = compileNodes(this.outputs, this.effects)
    this.generation = generation
    owners.register(this, this.made.program, this)
    return this.made
  }

  /** Gives its memory back; a call that comes later makes it anew. */
  free(): void {
    owners.unregister(this)
    this.made?.program.discard()
    this.made = undefined
  }
}
