// The user's handle: what can be asked of a tensor and of a variable, and how they are made.
import { dtypeOf, isHostData, makeConstant, toNode, type NestedArray, type TensorLike } from './graph/convert'
import { checkDType } from './graph/dtypes'
import { constantNode } from './graph/leaves'
import { Tensor, type DType, type HostData } from './graph/node'
import { currentTrace } from './graph/trace'
import { Variable, type VariableOptions } from './graph/variable'
import * as ops from './ops/index'
import { recordAssign } from './ops/update'
import { evaluateSync, readContents } from './runtime/runs'
import { evaluate, writeContents } from './runtime/turns'
import { check, CornusError, showValue } from './util/errors'
import { flag, integer, optional, readOptions, text } from './util/options'
import { checkShape, sameShape, showShape, sizeOf, type Shape } from './util/shape'

export { Tensor, Variable }
export type { DType, NestedArray, Shape, TensorLike }

/** Values as they come out: Float32Array, Int32Array, or for bool a Uint8Array of 0 and 1. */
export type Values = Float32Array | Int32Array | Uint8Array
/** Values as nested arrays; of a scalar a plain number. */
export type NestedValues = number | boolean | NestedValues[]

/** What tensors and variables have in common. Everything is lazy but the methods that return values. */
interface Methods {
  /**
   * Computes the values, off the calling thread where threads are up; row-major. Where it is known: `const bytes: Float32Array = await
   * x.data()`.
   */
  data<T extends Values = Values>(): Promise<T>
  /** Computes the values on the calling thread. */
  dataSync<T extends Values = Values>(): T
  /**
   * Computes the values, as nested arrays. Where the rank is known: `const rows: number[][] = await x.array()`, or `x.array<number[][]>()`.
   */
  array<T extends NestedValues = NestedValues>(): Promise<T>
  /** Computes the values on the calling thread, as nested arrays. */
  arraySync<T extends NestedValues = NestedValues>(): T
  /** The values as nested arrays: what `JSON.stringify` writes. */
  toJSON(): NestedValues
  /** The single value of a tensor of one element. */
  item(): Promise<number>
  /** Computes and prints the values. */
  print(): void

  add(b: TensorLike): Tensor
  sub(b: TensorLike): Tensor
  mul(b: TensorLike): Tensor
  div(b: TensorLike): Tensor
  pow(b: TensorLike): Tensor
  mod(b: TensorLike): Tensor
  maximum(b: TensorLike): Tensor
  minimum(b: TensorLike): Tensor
  equal(b: TensorLike): Tensor
  notEqual(b: TensorLike): Tensor
  less(b: TensorLike): Tensor
  lessEqual(b: TensorLike): Tensor
  greater(b: TensorLike): Tensor
  greaterEqual(b: TensorLike): Tensor
  logicalAnd(b: TensorLike): Tensor
  logicalOr(b: TensorLike): Tensor
  logicalNot(): Tensor
  matmul(b: TensorLike, options?: { transposeA?: boolean; transposeB?: boolean }): Tensor
  dot(b: TensorLike): Tensor

  neg(): Tensor
  abs(): Tensor
  sign(): Tensor
  square(): Tensor
  sqrt(): Tensor
  rsqrt(): Tensor
  reciprocal(): Tensor
  exp(): Tensor
  expm1(): Tensor
  log(): Tensor
  log1p(): Tensor
  sin(): Tensor
  cos(): Tensor
  tanh(): Tensor
  sigmoid(): Tensor
  erf(): Tensor
  softplus(): Tensor
  relu(): Tensor
  floor(): Tensor
  ceil(): Tensor
  round(): Tensor
  clip(minimum: number, maximum: number): Tensor
  softmax(axis?: number): Tensor
  logSoftmax(axis?: number): Tensor
  cast(dtype: DType): Tensor

  sum(axes?: ops.Axes, keepDims?: boolean): Tensor
  mean(axes?: ops.Axes, keepDims?: boolean): Tensor
  max(axes?: ops.Axes, keepDims?: boolean): Tensor
  min(axes?: ops.Axes, keepDims?: boolean): Tensor
  prod(axes?: ops.Axes, keepDims?: boolean): Tensor
  any(axes?: ops.Axes, keepDims?: boolean): Tensor
  all(axes?: ops.Axes, keepDims?: boolean): Tensor
  variance(axes?: ops.Axes, keepDims?: boolean): Tensor
  std(axes?: ops.Axes, keepDims?: boolean): Tensor
  logSumExp(axes?: ops.Axes, keepDims?: boolean): Tensor
  argMax(axis?: number | null): Tensor
  argMin(axis?: number | null): Tensor

  reshape(shape: Shape): Tensor
  flatten(): Tensor
  transpose(perm?: readonly number[]): Tensor
  expandDims(axis?: number): Tensor
  squeeze(axes?: number | readonly number[] | null): Tensor
  broadcastTo(shape: Shape): Tensor
  slice(begin: number | readonly number[], size?: number | readonly number[]): Tensor
  reverse(axes: number | readonly number[]): Tensor
  pad(widths: readonly (readonly [number, number])[], value?: number): Tensor
  tile(repeats: readonly number[]): Tensor
  gather(indices: TensorLike, axis?: number): Tensor
  clone(): Tensor
  stopGradient(): Tensor
}

declare module './graph/node' {
  interface Tensor extends Methods {}
}
declare module './graph/variable' {
  interface Variable extends Methods {
    /** Gives it new contents of the same shape. In a traced function this becomes part of the Program, else it happens at once. */
    assign(value: TensorLike): void
  }
}

/** Ops whose first argument is the tensor itself. */
const forwarded = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'mod',
  'maximum',
  'minimum',
  'equal',
  'notEqual',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
  'logicalAnd',
  'logicalOr',
  'logicalNot',
  'matmul',
  'dot',
  'neg',
  'abs',
  'sign',
  'square',
  'sqrt',
  'rsqrt',
  'reciprocal',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sin',
  'cos',
  'tanh',
  'sigmoid',
  'erf',
  'softplus',
  'relu',
  'floor',
  'ceil',
  'round',
  'clip',
  'softmax',
  'logSoftmax',
  'cast',
  'sum',
  'mean',
  'max',
  'min',
  'prod',
  'any',
  'all',
  'variance',
  'std',
  'logSumExp',
  'argMax',
  'argMin',
  'reshape',
  'transpose',
  'expandDims',
  'squeeze',
  'broadcastTo',
  'slice',
  'reverse',
  'pad',
  'tile',
  'gather',
  'clone',
  'stopGradient',
] as const satisfies readonly (keyof Methods & keyof typeof ops)[]

const methods = {
  ...Object.fromEntries(
    forwarded.map((name) => [
      name,
      function (this: TensorLike, ...args: unknown[]) {
        return (ops[name] as (...all: unknown[]) => Tensor)(this, ...args)
      },
    ]),
  ),
  flatten(this: Tensor) {
    return ops.reshape(this, [this.size])
  },
  async data(this: Tensor) {
    return valuesOf(this, (await evaluate([toNode(this)]))[0]!)
  },
  dataSync(this: Tensor) {
    return valuesOf(this, evaluateSync([toNode(this)])[0]!)
  },
  async array(this: Tensor) {
    return nest(await this.data(), this)
  },
  arraySync(this: Tensor) {
    return nest(this.dataSync(), this)
  },
  async item(this: Tensor) {
    check(this.size === 1, 'BAD_SHAPE', () => `item: a tensor of shape ${showShape(this.shape)} has ${this.size} values; expected one`)
    return Number((await this.data())[0])
  },
  print(this: Tensor) {
    console.log(show(this))
  },
  toJSON(this: Tensor) {
    return this.arraySync()
  },
  toString(this: Tensor) {
    return isKnown(this) && this.size === 1 ? String(nest(this.dataSync(), this)).replace(/[[\]]/g, '') : headOf(this)
  },
  [Symbol.toPrimitive](this: Tensor, hint: string) {
    if (hint === 'string') return this.toString()
    throw new CornusError(
      'BAD_ARGUMENT',
      `JavaScript's operators do not compute with tensors (here ${headOf(this)}); use methods: a.add(b), a.sub(b), a.mul(b), ` +
        'a.div(b), a.less(b), a.equal(b); for a number: await a.item()',
    )
  },
  [Symbol.for('nodejs.util.inspect.custom')](this: Tensor) {
    return isKnown(this) ? show(this) : headOf(this)
  },
}
for (const prototype of [Tensor.prototype, Variable.prototype]) {
  for (const key of Reflect.ownKeys(methods))
    Object.defineProperty(prototype, key, { value: Reflect.get(methods, key) as unknown, writable: true, configurable: true })
}

Object.defineProperty(Variable.prototype, 'assign', {
  writable: true,
  configurable: true,
  value(this: Variable, value: TensorLike) {
    const node = ops.cast(value, this.dtype)
    check(
      sameShape(node.shape, this.shape),
      'BAD_SHAPE',
      () => `assign: variable '${this.name}' has shape ${showShape(this.shape)}; a value of ${showShape(node.shape)} was given`,
    )
    if (currentTrace()) recordAssign(this.read(), node)
    else writeContents(this.storage, evaluateSync([node])[0]!)
  },
})

/** A copy in the form users get. */
function valuesOf({ dtype }: { dtype: DType }, data: HostData): Values {
  if (dtype === 'bool') return Uint8Array.from(data)
  if (dtype === 'int32') return data instanceof Int32Array ? data.slice() : Int32Array.from(data)
  return data instanceof Float32Array ? data.slice() : Float32Array.from(data)
}

function nest(values: Values, { shape, dtype }: { shape: Shape; dtype: DType }): NestedValues {
  const one = (at: number) => (dtype === 'bool' ? values[at] !== 0 : values[at]!)
  const level = (axis: number, at: number): NestedValues => {
    if (axis === shape.length) return one(at)
    const step = sizeOf(shape.slice(axis + 1))
    return Array.from({ length: shape[axis]! }, (_, i) => level(axis + 1, at + i * step))
  }
  return level(0, 0)
}

/** Whether values are there without computing anything. */
const isKnown = (x: Tensor | Variable): boolean => x instanceof Variable || x.value !== undefined

const kindOf = (x: Tensor | Variable): string =>
  `${x instanceof Variable ? `Variable '${x.name}'` : 'Tensor'} ${x.dtype} ${showShape(x.shape)}`

/** A line in the place of values. */
const headOf = (x: Tensor | Variable): string => `${kindOf(x)}: print() shows its values, await data() or array() gives them`

/** As many numbers as a person looks at. */
const SHOWN = 64

/** Which of an axis is shown: all up to `whole` places, else so many from its beginning and from its end. */
const VIEWS = [
  { whole: 8, head: 3, tail: 3 },
  { whole: 4, head: 2, tail: 2 },
  { whole: 2, head: 1, tail: 1 },
  { whole: 1, head: 1, tail: 0 },
] as const

/** Places of an axis that are shown; −1 stands for those that are not. */
function placesShown(d: number, { whole, head, tail }: (typeof VIEWS)[number]): number[] {
  if (d <= whole) return Array.from({ length: d }, (_, i) => i)
  return [...Array.from({ length: head }, (_, i) => i), -1, ...Array.from({ length: tail }, (_, i) => d - tail + i)]
}

/** Values as text: of long axes, or of all if there are many, the beginning and the end. */
function show(x: Tensor | Variable): string {
  const { shape, dtype } = x
  const values = x instanceof Variable ? valuesOf(x, readContents(x.storage)) : x.dataSync()
  const numbers = (view: (typeof VIEWS)[number]) => shape.reduce((n, d) => n * (d <= view.whole ? d : view.head + view.tail), 1)
  const view = VIEWS.find((each) => numbers(each) <= SHOWN) ?? VIEWS[3]
  const format = (v: number) => (dtype === 'float32' ? String(Number(v.toPrecision(6))) : dtype === 'bool' ? String(v !== 0) : String(v))
  const level = (axis: number, at: number, indent: string): string => {
    if (axis === shape.length) return format(values[at]!)
    const step = sizeOf(shape.slice(axis + 1))
    const parts = placesShown(shape[axis]!, view).map((i) => (i < 0 ? '…' : level(axis + 1, at + i * step, `${indent} `)))
    return `[${parts.join(axis === shape.length - 1 ? ', ' : `,\n${indent} `)}]`
  }
  return `${kindOf(x)}\n${level(0, 0, '')}`
}

/**
 * A tensor of given values: a number, nested arrays, or a typed array with a shape. Values are copied.
 * dtype is float32 unless they are booleans (bool) or an integer typed array (int32); bytes (Uint8Array) are read as float32.
 */
export function tensor(values: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  return makeConstant(values, shape, dtype)
}

/**
 * A tensor that takes over an array's memory where `tensor` copies it: for data so large that two of it are too many. The array is empty
 * afterwards, so
 * that nobody can change the tensor; what cannot be taken over (part of a buffer, shared memory, another type than Float32Array, Int32Array
 * or bytes) is copied.
 */
export function handOver(values: HostData, shape?: Shape, dtype?: DType): Tensor {
  check(isHostData(values), 'BAD_DATA', () => `handOver: expected a typed array, as a Float32Array, not ${showValue(values)}`)
  const whole = values.buffer instanceof ArrayBuffer && values.byteLength === values.buffer.byteLength
  const asItIs = dtype === undefined && (values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array)
  if (!whole || !asItIs) return makeConstant(values, shape, dtype)
  const dims = checkShape(shape ?? [values.length], 'handOver: shape')
  check(
    sizeOf(dims) === values.length,
    'BAD_SHAPE',
    () => `handOver: shape ${showShape(dims)} needs ${sizeOf(dims)} values; ${values.length} were given`,
  )
  return constantNode(takeOver(values), { shape: dims, dtype: dtypeOf(values) })
}

function takeOver(values: HostData): HostData {
  try {
    return structuredClone(values, { transfer: [values.buffer as ArrayBuffer] })
  } catch (cause) {
    const mend = 'an array can be handed over once, and only one that nothing else holds; tensor(values) makes a copy'
    throw new CornusError('BAD_DATA', `handOver: the array's memory cannot be taken over: ${mend}`, { cause })
  }
}

/** Zeros. */
export const zeros = (shape: Shape, dtype: DType = 'float32'): Tensor => filled(0, shape, dtype)
/** Ones. */
export const ones = (shape: Shape, dtype: DType = 'float32'): Tensor => filled(1, shape, dtype)
/** One value everywhere. */
export const fill = (shape: Shape, value: number, dtype: DType = 'float32'): Tensor => filled(value, shape, dtype)

const filled = (value: number, shape: Shape, dtype: DType): Tensor =>
  ops.broadcastTo(toNode(value, checkDType(dtype, 'fill')), checkShape(shape))

/** n × n ones on the diagonal (rows × columns, if two numbers are given). */
export function eye(rows: number, columns = rows): Tensor {
  for (const [name, value] of Object.entries({ rows, columns })) integer(0).read(value, `eye: ${name}`)
  return ops.equal(ops.expandDims(ops.arange(0, rows), 1), ops.arange(0, columns)).cast('float32')
}

const variableOptions = { name: optional(text, 'variable'), trainable: optional(flag, true) }

/** A variable with these contents at first. */
export function variable(initial: TensorLike, options?: VariableOptions): Variable {
  return new Variable(toNode(initial), readOptions(variableOptions, options, 'variable'))
}
