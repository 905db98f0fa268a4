// defineOp: an op in one place. Shape rule, kernel calls and gradient stand side by side; nothing else in the house lists ops.
import type { KernelArgs, KernelName } from '../generated/kernels'
import { check } from '../util/errors'
import { checkShape } from '../util/shape'
import { toNode, type TensorLike } from './convert'
import { pick } from './leaves'
import type { DType } from './dtypes'
import { refuseSymbolic } from './symbolic'
import { makeNode, specOf, type Attrs, type Node, type Spec } from './node'
import type { Shape } from '../util/shape'

/** A place in a buffer. Which buffer, and where that lies, is the plan's affair. */
export interface Pointer extends Spec {
  /** The place so many elements further on. */
  at(elements: number): Pointer
}

/** How a kernel call may run. */
export interface CallHint {
  /** Estimated cost in element steps (about a quarter of a nanosecond each); default: elements read and written. */
  work?: number
  /** Set to the element count by flat element-wise kernels: threads then touch only their own elements, and chains need no barrier. */
  elementwise?: number
}

/** What an op's `lower` writes kernel calls into. */
export interface Lowering {
  call<K extends KernelName>(kernel: K, args: KernelArgs<Pointer | null>[K], hint?: CallHint): void
  /** Working memory of so many bytes for each thread. */
  scratch(bytesPerThread: number): Pointer
  /** A buffer for the length of this op that all threads share: so many elements, or a shape. */
  temporary(shape: number | Shape, dtype?: DType): Pointer
  /** Threads that the program may run on. */
  readonly threads: number
}

type Given<N extends readonly string[]> = { readonly [K in keyof N]: TensorLike }
type Named<N extends readonly string[], T> = { readonly [K in N[number]]: T }

export interface OpDefinition<N extends readonly string[], O extends readonly string[], A extends Attrs> {
  /** Names of the inputs; `['...x']` takes any number of them, as an array `x`. */
  readonly inputs: N
  /** Names of the outputs, if not one `y`; `['...y']` gives any number of them, as an array `y`. */
  readonly outputs?: O
  /** Validates, and says what comes out; an error names the op and both shapes. */
  shape(inputs: InputNodes<N>, attrs: A): Spec | readonly Spec[]
  /**
   * Kernel calls that fill the outputs from the inputs. Of several outputs, those that nobody asks for are null. Missing: a leaf or an
   * alias.
   */
  lower?(program: Lowering, buffers: InputPointers<N> & OutputPointers<O>, attrs: A): void
  /**
   * Gradient to each input, in order; null where there is none. `d` and an output's name is its incoming gradient (of a missing one:
   * zeros). Missing: not differentiable.
   */
  grad?(values: InputNodes<N> & OutputsOf<O, Node> & OutputsOf<GradientNames<O>, Node>, attrs: A): readonly (Node | null)[]
  /** Inputs broadcast to the output: gradients may have its shape, and are summed to those of the inputs. */
  readonly broadcasts?: boolean
  /**
   * The same value (or values, one for each output) made of other ops: stands in where `grad` is missing, and gives fused gradients a
   * gradient of their own.
   */
  composed?(inputs: InputNodes<N>, attrs: A, gradients: Gradients): Node | readonly Node[]
  /** The op with an activation that it applies itself as it writes, if it can. */
  activated?(inputs: InputNodes<N>, attrs: A, activation: string, sole: Sole): Node | null
  /** The op with zeros in its output where y is not positive, if that is easy: the gradient of a rectifier with output y. */
  rectified?(inputs: InputNodes<N>, attrs: A, y: Node): Node | null
  /**
   * The op with each place of one axis of its output times `scale` and plus `shift`, where that can be done to its weights and costs less
   * there.
   */
  scaled?(inputs: InputNodes<N>, attrs: A, by: Scaling, sole: Sole): Node | null
  /** The output is the first input's memory, so many elements on; null if it cannot be for these attributes. */
  readonly alias?: (inputs: InputNodes<N>, attrs: A) => number | null
  /** Every number of the output is one of the input's. */
  readonly repeats?: boolean
  /** Inputs (by place) that the first output may overwrite; a function where that depends on the attributes. */
  readonly inplace?: readonly number[] | ((attrs: A) => readonly number[])
  /** Inputs (by place) that `lower` does not read: they are there for `composed`, and their memory is free for others. */
  readonly unread?: readonly number[]
  /** What numbers of the inputs must be. A Program whose check fails performs no effect, and the error says which number it was. */
  readonly checks?: (inputs: InputNodes<N>, attrs: A) => readonly DataCheck[]
  /** Inputs (by place) that are variables and are written. Such an op is an effect: it runs once, after all readers of the old contents. */
  readonly writes?: readonly number[]
  /** Two nodes alike are not one (default: they are). */
  readonly unique?: boolean
}

/** What the numbers of a value must be. */
export interface DataCheck {
  /** int32; or float32, whose numbers must be whole. */
  readonly of: Node
  /** The least and the greatest that pass; default: all of int32. */
  readonly low?: number
  readonly high?: number
  /** A number that passes besides. */
  readonly except?: number
  /** The function that the user called, what its numbers are called ('label', 'index'), and what to do about it. */
  readonly op: string
  readonly what: string
  readonly hint: string
}

/** Whether a node is read in one place only. */
export type Sole = (x: Node) => boolean
export interface Scaling {
  readonly axis: number
  readonly scale: Node
  readonly shift: Node
}

type IsList<N extends readonly string[]> = N extends readonly [`...${string}`] ? true : false
type ListName<N extends readonly string[]> = N extends readonly [`...${infer S}`] ? S : never
type InputNodes<N extends readonly string[]> = IsList<N> extends true ? { readonly [K in ListName<N>]: readonly Node[] } : Named<N, Node>
type InputPointers<N extends readonly string[]> =
  IsList<N> extends true ? { readonly [K in ListName<N>]: readonly Pointer[] } : Named<N, Pointer>
type OutputPointers<O extends readonly string[]> =
  IsList<O> extends true
    ? { readonly [K in ListName<O>]: readonly (Pointer | null)[] }
    : O extends readonly [string]
      ? Named<O, Pointer>
      : Named<O, Pointer | null>
type Arguments<N extends readonly string[]> = IsList<N> extends true ? [inputs: readonly TensorLike[]] : Given<N>
type OutputsOf<O extends readonly string[], T> = IsList<O> extends true ? { readonly [K in ListName<O>]: readonly T[] } : Named<O, T>
/** The names with a `d` before them. */
type GradientNames<O extends readonly string[]> =
  IsList<O> extends true ? readonly [`...d${ListName<O>}`] : { readonly [K in keyof O]: `d${O[K]}` }
type Result<O extends readonly string[]> =
  IsList<O> extends true ? readonly Node[] : O extends readonly [string] ? Node : { readonly [K in keyof O]: Node }

/** dy/dx for each x: what src/grad.ts does, for an op that is itself a gradient and describes itself as one. */
export type Gradients = (y: Node, xs: readonly Node[], dy: Node) => Node[]

/** An op as the graph, the gradient and the plan see it. */
export interface Op {
  readonly name: string
  shape(inputs: readonly Node[], attrs: Attrs): Spec | readonly Spec[]
  lower?(program: Lowering, inputs: readonly Pointer[], outputs: readonly (Pointer | null)[], attrs: Attrs): void
  grad?(inputs: readonly Node[], ys: readonly Node[], dys: readonly Node[], attrs: Attrs): readonly (Node | null)[]
  composed?(inputs: readonly Node[], attrs: Attrs, gradients: Gradients): Node | readonly Node[]
  activated?(inputs: readonly Node[], attrs: Attrs, activation: string, sole: Sole): Node | null
  rectified?(inputs: readonly Node[], attrs: Attrs, y: Node): Node | null
  scaled?(inputs: readonly Node[], attrs: Attrs, by: Scaling, sole: Sole): Node | null
  alias?(inputs: readonly Node[], attrs: Attrs): number | null
  checks?(inputs: readonly Node[], attrs: Attrs): readonly DataCheck[]
  readonly repeats?: boolean | undefined
  inplace(attrs: Attrs): readonly number[]
  readonly unread: readonly number[]
  readonly writes: readonly number[]
  readonly unique: boolean
  readonly broadcasts?: boolean
}

/** All ops by name, for tests that must not forget one. */
export const registry = new Map<string, Op>()

/** The function that applies an op. */
export type OpFunction<
  N extends readonly string[],
  A extends Attrs = Record<never, never>,
  O extends readonly string[] = readonly ['y'],
> = (...args: [...Arguments<N>, ...({} extends A ? [attrs?: A] : [attrs: A])]) => Result<O>

/** Defines an op and returns the function that applies it: `matmul(a, b, { transposeB: true })`. */
export function defineOp<
  const N extends readonly string[],
  A extends Attrs = Record<never, never>,
  const O extends readonly string[] = readonly ['y'],
>(name: string, definition: OpDefinition<N, O, A>): OpFunction<N, A, O> {
  const op = normalize(name, definition as never)
  check(!registry.has(name), 'INTERNAL', () => `op ${name} is defined twice`)
  registry.set(name, op)
  const isList = definition.inputs[0]?.startsWith('...')
  const arity = isList ? 1 : definition.inputs.length
  return (...args: readonly unknown[]) => {
    const inputs = (isList ? args[0] : args.slice(0, arity)) as TensorLike[]
    return applyOp(
      op,
      inputs.map((x) => toNode(x)),
      (args[arity] ?? {}) as Attrs,
    ) as never
  }
}

/** One op on nodes: the node, or for several outputs their picks. */
export function applyOp(op: Op, inputs: readonly Node[], attrs: Attrs): Node | readonly Node[] {
  refuseSymbolic(op.name, inputs)
  const specs = op.shape(inputs, attrs)
  if (!isList(specs)) {
    const { shape, dtype } = specs
    checkShape(shape, `${op.name}: result`)
    return makeNode({ op, inputs, attrs, shape, dtype })
  }
  for (const { shape } of specs) checkShape(shape, `${op.name}: result`)
  const node = makeNode({ op, inputs, attrs, shape: [], dtype: 'float32', outputs: specs })
  return specs.map((spec, index) => makeNode({ op: pick, inputs: [node], attrs: { index }, ...specOf(spec) }))
}

const isList = (specs: Spec | readonly Spec[]): specs is readonly Spec[] => Array.isArray(specs)

/** Values by their names, or all of them under one; added to `to`. */
function putNamed<T>(to: Record<string, unknown>, names: readonly string[], values: readonly T[], prefix = ''): Record<string, unknown> {
  const [first] = names
  if (first?.startsWith('...')) to[prefix + first.slice(3)] = values
  else for (let i = 0; i < names.length; i++) to[prefix + names[i]!] = values[i]
  return to
}

function normalize(name: string, definition: OpDefinition<readonly string[], readonly string[], Attrs>): Op {
  const {
    inputs,
    outputs = ['y'],
    shape,
    lower,
    grad,
    composed,
    activated,
    rectified,
    scaled,
    alias,
    checks,
    repeats,
    inplace = [],
    broadcasts = false,
    unread = [],
    writes = [],
    unique = writes.length > 0,
  } = definition
  const named = <T>(values: readonly T[]): never => putNamed({}, inputs, values) as never
  const withOutputs = <T>(x: readonly T[], y: readonly (T | null)[]) => putNamed(putNamed({}, inputs, x), outputs, y)
  return {
    name,
    unread,
    writes,
    unique,
    broadcasts,
    repeats,
    inplace: typeof inplace === 'function' ? inplace : () => inplace,
    shape: (x, attrs) => shape(named(x), attrs),
    ...(lower && { lower: (program, x, y, attrs) => lower(program, withOutputs(x, y) as never, attrs) }),
    ...(grad && { grad: (x, ys, dys, attrs) => grad(putNamed(withOutputs(x, ys), outputs, dys, 'd') as never, attrs) }),
    ...(composed && { composed: (x, attrs, gradients) => composed(named(x), attrs, gradients) }),
    ...(activated && { activated: (x, attrs, activation, sole) => activated(named(x), attrs, activation, sole) }),
    ...(rectified && { rectified: (x, attrs, y) => rectified(named(x), attrs, y) }),
    ...(scaled && { scaled: (x, attrs, by, sole) => scaled(named(x), attrs, by, sole) }),
    ...(alias && { alias: (x, attrs) => alias(named(x), attrs) }),
    ...(checks && { checks: (x, attrs) => checks(named(x), attrs) }),
  }
}

/** x with an activation applied by the op that makes it, if it can and nobody else reads x. */
export const activatedNode = (x: Node, activation: string, sole: Sole): Node | null =>
  sole(x) ? (x.op.activated?.(x.inputs, x.attrs, activation, sole) ?? null) : null
/** x scaled by the op that makes it, if it can and nobody else reads x. */
export const scaledNode = (x: Node, by: Scaling, sole: Sole): Node | null =>
  sole(x) ? (x.op.scaled?.(x.inputs, x.attrs, by, sole) ?? null) : null
