// Symbolic tensors: what a model is drawn with before there are any values. A layer or op that is called on them is not computed but noted,
// as a call of the
// model to be; what comes out is symbolic again. Sizes that differ from run to run (the batch's) are null in their shape.
import { CornusError } from '../util/errors'
import { placeholder, placeholderNode } from './leaves'
import { Tensor, type DType, type Spec } from './node'
import { recordTrace } from './trace'

/** A shape in which some sizes, as the batch's, are not known yet. */
export type PartialShape = readonly (number | null)[]

export interface PartialSpec {
  readonly shape: PartialShape
  readonly dtype: DType
}

/** A tensor without values: the input of a model to be, or what a call gives. */
export class SymbolicTensor extends Tensor {
  /** @internal `place`: which of the call's outputs it is. */
  constructor(
    { shape, dtype }: PartialSpec,
    readonly call: Call,
    readonly place: number,
  ) {
    super({ op: placeholder, shape: shape as Spec['shape'], dtype })
  }

  /** The shape with null for what is not known. */
  get partialShape(): PartialShape {
    return this.shape
  }

  /** Number of elements, if all sizes are known; else NaN. */
  override get size(): number {
    return this.partialShape.reduce<number>((n, d) => n * (d ?? Number.NaN), 1)
  }
}

export const isSymbolic = (x: unknown): x is SymbolicTensor => x instanceof SymbolicTensor

/** Computes what a call gives, from its arguments with tensors in the place of the symbolic ones. */
export type Compute = (...args: readonly unknown[]) => unknown

/** A layer, an op or an input, called once on symbolic tensors. */
export class Call {
  /** Symbolic tensors among the arguments, each as often as it is there. */
  readonly inputs: readonly SymbolicTensor[]
  readonly outputs: readonly SymbolicTensor[]
  /** The outputs in the form in which the call gives them. */
  readonly result: unknown

  /** `target`: the layer, or the op's function. `specs`: of the outputs, where they are known without asking. */
  constructor(
    readonly target: object,
    readonly name: string,
    readonly args: readonly unknown[],
    readonly compute: Compute,
    specs?: readonly PartialSpec[],
  ) {
    this.inputs = symbolicIn(args)
    const outputs: SymbolicTensor[] = []
    const add = (spec: PartialSpec) => {
      const output = new SymbolicTensor(spec, this, outputs.length)
      outputs.push(output)
      return output
    }
    this.result = specs ? specs.map(add) : this.trace(add)
    this.outputs = outputs
  }

  /** Traced with two sizes in the place of the unknown ones: what differs in the results is unknown too. */
  private trace(add: (spec: PartialSpec) => SymbolicTensor): unknown {
    const [first, second] = STAND_INS.map(
      (size) =>
        recordTrace(() => this.run(({ partialShape, dtype }) => placeholderNode({ shape: partialShape.map((d) => d ?? size), dtype })))
          .result,
    )
    const others = tensorsIn(second)
    let place = 0
    return substitute(first, Tensor, ({ shape, dtype }) => {
      const other = others[place++]
      return add({ shape: shape.map((d, axis) => (d === other?.shape[axis] ? d : null)), dtype })
    })
  }

  /** What the call gives with these tensors in the place of the symbolic ones. */
  run(valueOf: (x: SymbolicTensor) => Tensor): unknown {
    return this.compute(...this.args.map((arg) => substitute(arg, SymbolicTensor, valueOf)))
  }
}

const STAND_INS = [64, 96]

/** Deeper arguments are no arguments. */
const MAX_DEPTH = 32

type Class<T> = abstract new (...args: never[]) => T

const isPlain = (x: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(x) as null)

/** A value with every instance of a class in it, in arrays and plain objects too, replaced. */
export function substitute<T>(x: unknown, kind: Class<T>, by: (found: T) => unknown, above: readonly object[] = []): unknown {
  if (x instanceof kind) return by(x)
  if (typeof x !== 'object' || x === null || above.length > MAX_DEPTH || above.includes(x)) return x
  const inside = (each: unknown): unknown => substitute(each, kind, by, [...above, x])
  if (Array.isArray(x)) return typeof x[0] === 'number' ? x : x.map(inside)
  return isPlain(x) ? Object.fromEntries(Object.entries(x).map(([key, each]) => [key, inside(each)])) : x
}

const allIn = <T>(x: unknown, kind: Class<T>): T[] => {
  const found: T[] = []
  substitute(x, kind, (each) => found.push(each))
  return found
}

export function symbolicIn(args: unknown): SymbolicTensor[] {
  try {
    return allIn(args, SymbolicTensor)
  } catch {
    // a proxy or a getter that throws: the op will say so
    return []
  }
}
export const tensorsIn = (x: unknown): Tensor[] => allIn(x, Tensor)

/** One use of an op in a model, as a layer is one. */
export class OpUse {
  /** `name`: as the model calls it; default the op's. */
  constructor(
    readonly op: string,
    readonly name = op,
  ) {}
}

/** An op as users call it: on tensors it computes, on symbolic ones it becomes a call of the model to be. */
export function symbolicOp<F extends (...args: never[]) => unknown>(name: string, fn: F): F {
  const op = (...args: Parameters<F>): unknown =>
    symbolicIn(args).length ? new Call(new OpUse(name), name, args, fn as unknown as Compute).result : fn(...args)
  return Object.defineProperty(op, 'name', { value: name }) as F
}

/** Symbolic tensors have no values to compute on. */
export function refuseSymbolic(op: string, inputs: readonly Tensor[]): void {
  if (inputs.some((input) => input instanceof SymbolicTensor)) {
    throw new CornusError(
      'BAD_ARGUMENT',
      `${op}: got a symbolic tensor, which has no values; write it with layers and ops (layers.dense({ … }).apply(x), ops.add(x, ` +
        'y), x.add(y)), or inside of a lambda layer',
    )
  }
}
