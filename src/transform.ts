// Functions made from functions: traced into one Program, or differentiated.
import { isHostData, toNode, type TensorLike } from './graph/convert'
import { constantNode, placeholderNode, readVariable } from './graph/leaves'
import { specOf, Tensor, topologicalOrder, type HostData, type Node, type Spec } from './graph/node'
import { currentTrace, recordTrace } from './graph/trace'
import { Variable } from './graph/variable'
import { gradients } from './grad'
import { clone } from './ops/shape'
import type { Feed } from './runtime/machine'
import { Compilation, type Compiled } from './runtime/programs'
import { computeDeferred, keepingHistory, readContents, valuesOf, type Request, type Work } from './runtime/runs'
import { atOnce, inTurn, runOf, type Uses } from './runtime/turns'
import type { Snapshot } from './runtime/variables'
import { check, CornusError, isInstance, showValue } from './util/errors'
import { nth } from './util/lists'
import { Lru } from './util/lru'
import { copiedList, showShape } from './util/shape'
import { flattenTree } from './util/tree'

/** What a traced function may return: a tensor, or arrays and objects of them. */
export type Tree = Tensor | Variable | readonly Tree[] | { readonly [key: string]: Tree } | undefined | void

/** What a traced function may take: whatever a tensor can be made of, or arrays and objects of that. */
export type ArgumentTree = TensorLike | readonly ArgumentTree[] | { readonly [key: string]: ArgumentTree }

/** What may be given where a traced function takes these. */
type Given<P> = P extends Tensor ? TensorLike : P extends object ? { readonly [K in keyof P]: Given<P[K]> } : never

/** A function traced once for each combination of argument shapes. */
export interface CompiledFunction<A extends readonly unknown[], R extends Tree> {
  /** Runs it, off the calling thread where threads are up; the tensors of the result hold their values. */
  (...args: A): Promise<R>
  /** Runs it on the calling thread. */
  sync(...args: A): R
}

/** A traced function for given shapes: call `run` with the values of its arguments. */
export class TracedFunction<R extends Tree> {
  private readonly compilation: Compilation
  /** What it computes, by their specs, and the variables that it uses. */
  readonly outputs: readonly Node[]
  readonly uses: Uses
  private readonly placeholders: readonly Node[]
  private order: { readonly of: Compiled; readonly places: readonly number[] } | undefined
  /** The result, of its tensors. */
  readonly rebuild: (values: readonly Tensor[]) => unknown

  constructor(body: (...args: Tensor[]) => R, specs: readonly Spec[]) {
    this.placeholders = specs.map((spec) => placeholderNode(spec))
    const first = specs.length ? nth(this.placeholders, 0).id : placeholderNode({ shape: [], dtype: 'float32' }).id
    const { trace, result } = recordTrace(() => body(...this.placeholders))
    const { leaves, rebuild } = resultsOf(result)
    this.rebuild = rebuild
    // A variable or an argument returned as it is would change under the reader's eyes: hand out a copy.
    this.outputs = leaves.map((leaf) => clone(leaf))
    this.compilation = new Compilation(this.outputs, trace.effects)
    this.uses = { storages: new Set(trace.leaves.keys()), writes: trace.effects.length > 0 }
    if (!currentTrace()) fixCaptured([...this.outputs, ...trace.effects], first)
  }

  /** The run that computes it for these arguments; those that nobody reads are left out. */
  request(values: readonly Feed[], snapshot?: Snapshot): Request {
    const compiled = this.compilation.get()
    if (this.order?.of !== compiled)
      this.order = { of: compiled, places: compiled.signature.dynamic.map((node) => this.placeholders.indexOf(node)) }
    return { compiled, feeds: this.order.places.map((place) => nth(values, place)), snapshot }
  }

  /** A run, of which only the numbers are wanted. */
  values(values: readonly Feed[]): Promise<readonly HostData[]> {
    return inTurn(
      runOf(() => this.request(values)),
      { uses: this.uses },
    )
  }

  run(values: readonly Feed[]): Promise<R> {
    return inTurn(this.work(values), { uses: this.uses })
  }

  runSync(values: readonly Feed[]): R {
    return atOnce(this.work(values), this.uses)
  }

  /** A run as part of what a call does. */
  *work(values: readonly Feed[]): Work<R> {
    return this.wrap(yield () => this.request(values))
  }

  /** The result, of the outputs of a run. */
  wrap(outputs: readonly HostData[]): R {
    return this.rebuild(outputs.map((value, i) => constantNode(value, specOf(nth(this.outputs, i))))) as R
  }

  /** Gives its memory back. */
  free(): void {
    this.compilation.free()
  }
}

/** Tensors from outside that a function captured keep the values that they had when it was traced. */
function fixCaptured(ends: readonly Node[], first: number): void {
  atOnce(computeDeferred(ends))
  for (const node of topologicalOrder(ends)) {
    if (node.id < first && node.op === readVariable && node.inputs.length === 0) node.value ??= readContents(node.storage!)
  }
}

/** The tensors of a result, and how to build it again from others. */
function resultsOf(result: unknown): { leaves: Tensor[]; rebuild: (values: readonly Tensor[]) => unknown } {
  if (isPromise(result)) {
    result.then(undefined, () => {}) // its own error says less
    throw new CornusError(
      'BAD_ARGUMENT',
      'a traced function must not be async: it is called once to see what it computes; ' +
        'write it without async and await, and await the compiled function',
    )
  }
  const isLeaf = (x: unknown): x is Tensor | Variable | undefined => x === undefined || x instanceof Tensor || x instanceof Variable
  const { leaves, paths, rebuild } = flattenTree(result, isLeaf, 'result', (part, path) => {
    const hint =
      typeof part === 'number'
        ? ', the same number in every call: leave it out, or return a tensor that is computed from what the function gets'
        : ''
    return `a traced function must return tensors, or arrays or objects of them; its ${path} is ${showValue(part)}${hint}`
  })
  const given = leaves.flatMap((leaf) => (leaf === undefined ? [] : leaf instanceof Variable ? [leaf.read()] : [leaf]))
  let at = 0
  const places = paths.map((_, i) => (leaves[i] === undefined ? -1 : at++))
  return { leaves: given, rebuild: (values) => rebuild(places.map((place) => values[place])) }
}

const isPromise = (x: unknown): x is PromiseLike<unknown> =>
  typeof x === 'object' && x !== null && 'then' in x && typeof x.then === 'function'

/** Whether a tensor can be made of it as it is: an array, if numbers stand in it (to any depth). */
function isTensorLike(x: unknown): x is TensorLike {
  let first: unknown = x
  for (let depth = 0; Array.isArray(first) && depth < 64; depth++) first = first[0]
  if (Array.isArray(x)) return first === undefined || typeof first !== 'object' || isHostData(first)
  return typeof x !== 'object' || x === null || x instanceof Tensor || x instanceof Variable || ArrayBuffer.isView(x)
}

/** Combinations of argument shapes that a compiled function is kept for. */
const SHAPES = 32

/**
 * Traces a function once for each combination of argument shapes and dtypes; from then on a call is one run in WebAssembly. Assignments to
 * variables and random numbers inside become part of it. The function must not read values (`data`, `item` …) of what it computes.
 * Arguments may be arrays and objects of tensors, too (an array of numbers is one tensor); their values, and those of the variables that it
 * reads, are the ones at the call.
 */
export function compile<A extends readonly TensorLike[], R extends Tree>(
  body: (...args: { [K in keyof A]: Tensor }) => R,
): CompiledFunction<A, R>
export function compile<P extends readonly unknown[], R extends Tree>(
  body: (...args: P) => R,
): CompiledFunction<{ [K in keyof P]: Given<P[K]> }, R>
export function compile(body: (...args: never[]) => Tree): CompiledFunction<never[], Tree> {
  checkFunction(body, 'compile')
  const traced = new Lru<string, TracedFunction<Tree>>(SHAPES, (fn) => fn.free())
  const prepare = (args: readonly ArgumentTree[]) => {
    const { leaves, paths, rebuild } = flattenTree(args, (x): x is TensorLike => x !== args && isTensorLike(x), 'arguments')
    const nodes = leaves.map((leaf) => toNode(leaf))
    const key = nodes.map(({ dtype, shape }, i) => `${paths[i]} ${dtype}${showShape(shape)}`).join()
    const fn = traced.take(key, () => new TracedFunction((...tensors) => body(...(rebuild(tensors) as never[])), nodes.map(specOf)))
    return { fn, nodes }
  }
  const call = async (...args: readonly ArgumentTree[]): Promise<Tree> => {
    const { fn, nodes } = prepare(args)
    return inTurn(callOf(fn, nodes), { uses: fn.uses })
  }
  const sync = (...args: readonly ArgumentTree[]): Tree => {
    const { fn, nodes } = prepare(args)
    return atOnce(callOf(fn, nodes), fn.uses)
  }
  return Object.assign(call, { sync })
}

/** Computes the arguments that are not known yet, then the function. */
function* callOf<R extends Tree>(fn: TracedFunction<R>, nodes: readonly Node[]): Work<R> {
  return yield* fn.work(yield* valuesOf(nodes))
}

/**
 * Value of a scalar function of variables (which it is given, too), and its gradient to each of them. Inside of `compile` all of it becomes
 * one Program.
 */
export function valueAndGrad(fn: (...variables: Variable[]) => Tensor, variables: readonly Variable[]): { value: Tensor; grads: Tensor[] } {
  checkFunction(fn, 'valueAndGrad')
  const list = copiedList(variables)
  check(
    list?.every((each): each is Variable => isInstance(each, Variable)),
    'BAD_ARGUMENT',
    () => `valueAndGrad: expected an array of variables as second argument, not ${showValue(variables)}`,
  )
  const xs = list.map((each) => each.read())
  const value = keepingHistory(() => scalar(fn(...list), 'valueAndGrad'))
  return { value, grads: gradients(value, xs) }
}

/** The gradient of a scalar function to its arguments: `grad(f)(x)`; for several arguments an array. */
export function grad(fn: (x: Tensor) => Tensor): (x: TensorLike) => Tensor
export function grad(fn: (...xs: Tensor[]) => Tensor): (...xs: TensorLike[]) => Tensor[]
export function grad(fn: (...xs: Tensor[]) => Tensor): (...xs: TensorLike[]) => Tensor | Tensor[] {
  checkFunction(fn, 'grad')
  return (...args) => {
    const xs = args.map((arg) => toNode(arg))
    const y = keepingHistory(() => scalar(fn(...xs), 'grad'))
    const result = gradients(y, xs)
    return args.length === 1 ? nth(result, 0) : result
  }
}

function checkFunction(fn: unknown, name: string): void {
  check(
    typeof fn === 'function' && !/^class\b/.test(Function.prototype.toString.call(fn)),
    'BAD_ARGUMENT',
    () => `${name}: expected a function of tensors, not ${showValue(fn)}`,
  )
}

function scalar(y: Tensor, name: string): Tensor {
  check(y instanceof Tensor, 'BAD_ARGUMENT', () => `${name}: the function must return a tensor, not ${typeof y}`)
  check(
    y.size === 1,
    'BAD_SHAPE',
    () => `${name}: the function must return a scalar; it returned shape ${showShape(y.shape)}: take a sum or mean`,
  )
  return y
}

/** Performs what a body does to variables: as part of the trace under way, or at once as a Program of its own. */
export function performEffects(body: () => void): void {
  if (currentTrace()) body()
  else new TracedFunction(body, []).runSync([])
}
