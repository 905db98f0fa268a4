// Functions made from functions: traced into one Program, or differentiated.
import { toNode, type TensorLike } from './graph/convert'
import { constantNode, placeholderNode } from './graph/leaves'
import { specOf, Tensor, type HostData, type Node, type Spec } from './graph/node'
import { currentTrace, recordTrace } from './graph/trace'
import { Variable } from './graph/variable'
import { gradients } from './grad'
import { clone } from './ops/shape'
import { compileNodes, freeWith, keepingHistory, programGeneration, run, runSync, type Compiled } from './runtime/session'
import type { Feed } from './runtime/machine'
import { check, CornusError } from './util/errors'
import { showShape } from './util/shape'

/** What a traced function may return: a tensor, or arrays and objects of them. */
export type Tree = Tensor | readonly Tree[] | { readonly [key: string]: Tree } | undefined | void

/** A function traced once for each combination of argument shapes. */
export interface CompiledFunction<A extends readonly TensorLike[], R extends Tree> {
  /** Runs it, off the calling thread where threads are up; the tensors of the result hold their values. */
  (...args: A): Promise<R>
  /** Runs it on the calling thread. */
  sync(...args: A): R
}

/** A traced function for given shapes: call `run` with the values of its arguments. */
export class TracedFunction<R extends Tree> {
  private compiled: Compiled
  private generation = programGeneration()
  private readonly outputs: readonly Node[]
  private readonly effects: readonly Node[]
  private readonly placeholders: readonly Node[]
  private readonly rebuild: (values: readonly Tensor[]) => R

  constructor(body: (...args: Tensor[]) => R, specs: readonly Spec[]) {
    this.placeholders = specs.map((spec) => placeholderNode(spec))
    const { trace, result } = recordTrace(() => body(...this.placeholders))
    const leaves: Tensor[] = []
    this.rebuild = treeOf(result, leaves) as (values: readonly Tensor[]) => R
    // A variable or an argument returned as it is would change under the reader's eyes: hand out a copy.
    this.outputs = leaves.map((leaf) => clone(leaf))
    this.effects = trace.effects
    this.compiled = this.link()
  }

  private link(): Compiled {
    const compiled = compileNodes(this.outputs, this.effects)
    freeWith(this, compiled.program)
    return compiled
  }

  /** The Program and its inputs; made anew if the configuration has changed. Arguments that nobody reads are left out. */
  private prepare(values: readonly Feed[]): [Compiled, Feed[]] {
    if (this.generation !== programGeneration()) {
      this.compiled = this.link()
      this.generation = programGeneration()
    }
    return [this.compiled, this.compiled.signature.dynamic.map((node) => values[this.placeholders.indexOf(node)]!)]
  }

  run(values: readonly Feed[]): Promise<R> {
    return run(...this.prepare(values)).then((outputs) => this.wrap(outputs))
  }

  runSync(values: readonly Feed[]): R {
    return this.wrap(runSync(...this.prepare(values)))
  }

  private wrap(outputs: readonly HostData[]): R {
    return this.rebuild(outputs.map((value, i) => constantNode(value, specOf(this.outputs[i]!))))
  }
}

/** Collects the tensors of a tree and returns how to build it again from others. */
function treeOf(tree: Tree, leaves: Tensor[]): (values: readonly Tensor[]) => Tree {
  if (tree === undefined) return () => undefined
  if (tree instanceof Variable) tree = tree.read()
  if (tree instanceof Tensor) {
    const place = leaves.push(tree) - 1
    return (values) => values[place]
  }
  if (Array.isArray(tree)) {
    const parts = tree.map((part: Tree) => treeOf(part, leaves))
    return (values) => parts.map((part) => part(values)) as Tree
  }
  if (tree !== null && typeof tree === 'object' && !(tree instanceof Promise)) {
    const parts = Object.entries(tree).map(([key, part]) => [key, treeOf(part as Tree, leaves)] as const)
    return (values) => Object.fromEntries(parts.map(([key, part]) => [key, part(values)])) as Tree
  }
  throw new CornusError('BAD_ARGUMENT', `a traced function must return tensors, or arrays or objects of them, not ${tree instanceof Promise ? 'a promise' : typeof tree}`)
}

/**
 * Traces a function once for each combination of argument shapes and dtypes; from then on a call is one run in WebAssembly. Assignments to
 * variables and random numbers inside become part of it. The function must not read values (`data`, `item` …) of what it computes.
 */
export function compile<A extends readonly TensorLike[], R extends Tree>(body: (...args: { [K in keyof A]: Tensor }) => R): CompiledFunction<A, R> {
  const traced = new Map<string, TracedFunction<R>>()
  const prepare = (args: readonly TensorLike[]) => {
    const nodes = args.map((arg) => toNode(arg))
    const key = nodes.map(({ dtype, shape }) => `${dtype}${showShape(shape)}`).join()
    let fn = traced.get(key)
    if (!fn) traced.set(key, (fn = new TracedFunction(body as (...all: Tensor[]) => R, nodes.map(specOf))))
    return { fn, nodes }
  }
  const valueOf = (node: Tensor) => node.value ?? (node.dataSync() as HostData)
  const call = async (...args: A): Promise<R> => {
    const { fn, nodes } = prepare(args)
    return fn.run(nodes.map(valueOf))
  }
  const sync = (...args: A): R => {
    const { fn, nodes } = prepare(args)
    return fn.runSync(nodes.map(valueOf))
  }
  return Object.assign(call, { sync })
}

/** Value of a scalar function of variables, and its gradient to each of them. Inside of `compile` all of it becomes one Program. */
export function valueAndGrad(fn: () => Tensor, variables: readonly Variable[]): { value: Tensor; grads: Tensor[] } {
  const xs = variables.map((v) => {
    check(v instanceof Variable, 'BAD_ARGUMENT', () => 'valueAndGrad: expected an array of variables as second argument')
    return v.read()
  })
  const value = keepingHistory(() => scalar(fn(), 'valueAndGrad'))
  return { value, grads: gradients(value, xs) }
}

/** The gradient of a scalar function to its arguments: `grad(f)(x)`; for several arguments an array. */
export function grad(fn: (x: Tensor) => Tensor): (x: TensorLike) => Tensor
export function grad(fn: (...xs: Tensor[]) => Tensor): (...xs: TensorLike[]) => Tensor[]
export function grad(fn: (...xs: Tensor[]) => Tensor): (...xs: TensorLike[]) => Tensor | Tensor[] {
  return (...args) => {
    const xs = args.map((arg) => toNode(arg))
    const y = keepingHistory(() => scalar(fn(...xs), 'grad'))
    const result = gradients(y, xs)
    return args.length === 1 ? result[0]! : result
  }
}

function scalar(y: Tensor, name: string): Tensor {
  check(y instanceof Tensor, 'BAD_ARGUMENT', () => `${name}: the function must return a tensor, not ${typeof y}`)
  check(y.size === 1, 'BAD_SHAPE', () => `${name}: the function must return a scalar; it returned shape ${showShape(y.shape)}: take a sum or mean`)
  return y
}

/** Performs what a body does to variables: as part of the trace under way, or at once as a Program of its own. */
export function performEffects(body: () => void): void {
  if (currentTrace()) body()
  else new TracedFunction(body, []).runSync([])
}
