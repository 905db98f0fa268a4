// What users may give for a tensor: numbers, nested arrays, typed arrays.
import { check, CornusError, showValue } from '../util/errors'
import { checkShape, MAX_RANK, showShape, sizeOf, stridesOf, type Shape } from '../util/shape'
import { checkDType, dtypes, type Contents } from './dtypes'
import { constantNode } from './leaves'
import { Tensor, type DType, type HostData, type Node } from './node'
import { Variable } from './variable'

export type NestedArray = readonly (number | boolean | NestedArray)[]
/** Anything that a tensor can be made of. A single number or boolean is a scalar; a typed array has rank 1. */
export type TensorLike = Tensor | Variable | number | boolean | NestedArray | HostData

export const isHostData = (x: unknown): x is HostData =>
  ArrayBuffer.isView(x) && !(x instanceof DataView) && !(x instanceof BigInt64Array) && !(x instanceof BigUint64Array)

/** dtype of a value that is no nested array. */
export const dtypeOf = (x: unknown): DType => {
  if (x instanceof Int32Array || x instanceof Int16Array || x instanceof Int8Array || x instanceof Uint32Array || x instanceof Uint16Array)
    return 'int32'
  return typeof x === 'boolean' ? 'bool' : 'float32'
}

/** The type that holds all leaves of arrays so deep; undefined where there is none. */
function mixedType(list: readonly unknown[], rank: number): DType | undefined {
  let type: DType | undefined
  for (const each of list) {
    const own = Array.isArray(each) && rank > 1 ? mixedType(each as unknown[], rank - 1) : dtypeOf(each)
    if (own === 'float32') return own
    type = own !== undefined && type !== undefined && own !== type ? 'int32' : (own ?? type)
  }
  return type
}

/**
 * The node for a value; values that are not tensors become constants of the given dtype, or: booleans bool, integer typed arrays int32, all
 * else, and any
 * mixture, float32. All that users hand in comes through here or through makeConstant, and is copied: what the caller does to an array
 * after the call does
 * not matter.
 */
export function toNode(x: TensorLike, dtype?: DType): Node {
  try {
    if (x instanceof Tensor) return x
    if (x instanceof Variable) return x.read()
    return constantOf(x, dtype)
  } catch (error) {
    // of a getter or a proxy
    if (error instanceof CornusError) throw error
    throw new CornusError('BAD_DATA', `the values cannot be read: ${showValue(error)}`, { cause: error })
  }
}

function constantOf(x: unknown, given: DType | undefined): Node {
  if (isHostData(x)) {
    const dtype = given ?? dtypeOf(x)
    const values = copyOf(x, dtype)
    return constantNode(values, { shape: [values.length], dtype })
  }
  const shape: number[] = []
  for (let level = x; Array.isArray(level) || isHostData(level); level = (level as readonly unknown[])[0]) {
    shape.push(level.length)
    check(
      shape.length <= MAX_RANK,
      'BAD_DATA',
      () => `arrays stand more than ${MAX_RANK} deep in each other; at most rank ${MAX_RANK} is supported. Does the array contain itself?`,
    )
  }
  const dtype = given ?? (Array.isArray(x) ? mixedType(x, shape.length) : dtypeOf(x)) ?? 'float32'
  const target = { shape: checkShape(shape), dtype, values: newArray(dtype, sizeOf(shape)) }
  fill(target, x, 0, 0)
  return constantNode(target.values, target)
}

export const newArray = (dtype: DType, length: number): Contents => new dtypes[dtype].Array(length)

interface Target {
  readonly shape: Shape
  readonly dtype: DType
  readonly values: Contents
}

/** Writes what stands at one place and returns the place of the next. */
function fill(target: Target, x: unknown, depth: number, at: number): number {
  const { shape, values, dtype } = target
  const length = shape[depth]
  if (length === undefined) {
    if (typeof x !== 'number' && typeof x !== 'boolean')
      throw new CornusError(
        'BAD_DATA',
        `value${placeOf(target, depth, at)} is ${describe(x)}; expected a ` +
          `number${depth ? `, as in the rows before (shape ${showShape(shape)})` : ''}`,
      )
    values[at] =
      dtype === 'float32'
        ? Number(x)
        : dtype === 'bool'
          ? Number(x !== 0 && x !== false)
          : checkInt32(Number(x), () => placeOf(target, depth, at))
    return at + 1
  }
  if (!Array.isArray(x) && !isHostData(x))
    throw new CornusError(
      'BAD_DATA',
      `value${placeOf(target, depth, at)} is ${describe(x)}; expected an array of ${length}: nested arrays must be rectangular`,
    )
  check(
    x.length === length,
    'BAD_DATA',
    () =>
      `value${placeOf(target, depth, at)} has length ${x.length}; expected ${length} as in the rows before: ` +
      'nested arrays must be rectangular',
  )
  let next = at
  for (let i = 0; i < length; i++) next = fill(target, x[i], depth + 1, next)
  return next
}

/** '[2][0]': the indices of a place at some depth. */
const placeOf = ({ shape }: Target, depth: number, at: number): string =>
  stridesOf(shape)
    .slice(0, depth)
    .map((stride, i) => `[${Math.floor(at / Math.max(1, stride)) % Math.max(1, shape[i] ?? 1)}]`)
    .join('')

function checkInt32(value: number, place: () => string): number {
  if ((value | 0) === value) return value
  throw new CornusError(
    'BAD_DATA',
    `value${place()} is ${value}; int32 takes whole numbers from ${-(2 ** 31)} to ${2 ** 31 - 1}: round them first, ` +
      `or make the tensor with dtype 'float32'`,
  )
}

/** What is given where numbers should be, with the way to numbers where there is one. */
function describe(x: unknown): string {
  if (x === null || x === undefined) return String(x)
  if (typeof x === 'string') {
    const isNumber = x.trim() !== '' && Number.isFinite(Number(x))
    const hint = isNumber ? 'make it a number: Number(x)' : 'of labels take their numbers: labels.map((label) => classes.indexOf(label))'
    return `the string ${showValue(x)} (${hint})`
  }
  if (typeof x === 'bigint' || x instanceof BigInt64Array || x instanceof BigUint64Array)
    return `a BigInt, ${showValue(x)} (make it numbers: ${typeof x === 'bigint' ? 'Number(x)' : 'Array.from(x, Number)'})`
  if (typeof x !== 'object') return showValue(x)
  if (x instanceof Tensor || x instanceof Variable) return 'a tensor (join tensors by ops.stack or ops.concat)'
  if (x instanceof ArrayBuffer || x instanceof DataView || (typeof SharedArrayBuffer !== 'undefined' && x instanceof SharedArrayBuffer))
    return 'bytes without a type (wrap them: new Float32Array(x))'
  if ('then' in x) return 'a promise (await it first)'
  return `${showValue(x)}${Symbol.iterator in x && !Array.isArray(x) ? ' (make it an array: Array.from(x))' : ''}`
}

/** Values with a shape, as `tensor()` takes them. */
export function makeConstant(values: TensorLike, shape?: Shape, dtype?: DType): Node {
  if (dtype !== undefined) checkDType(dtype, 'tensor')
  const node = toNode(values, dtype)
  if (shape === undefined && dtype === undefined) return node
  const value = values instanceof Tensor || values instanceof Variable ? undefined : node.value
  check(value, 'BAD_ARGUMENT', () => 'tensor: given a tensor already; use reshape or cast on it')
  const dims = checkShape(shape ?? node.shape, 'tensor: shape')
  check(
    sizeOf(dims) === value.length,
    'BAD_SHAPE',
    () => `tensor: shape ${showShape(dims)} needs ${sizeOf(dims)} values; ${value.length} were given`,
  )
  return constantNode(value, { shape: dims, dtype: node.dtype })
}

/** Values of the caller's array as of now. Bytes stay bytes, they are widened when they are copied into WebAssembly memory. */
function copyOf(values: HostData, dtype: DType): HostData {
  try {
    if (dtype === 'bool') return Int32Array.from(values, (v) => (v === 0 ? 0 : 1))
    if (dtype === 'int32') return wholeNumbers(values)
    return values.BYTES_PER_ELEMENT === 1 ? new (values instanceof Int8Array ? Int8Array : Uint8Array)(values) : new Float32Array(values)
  } catch (cause) {
    if (cause instanceof CornusError) throw cause
    if (cause instanceof RangeError) throw new CornusError('OUT_OF_MEMORY', `no memory for a copy of ${values.length} values`, { cause })
    throw new CornusError(
      'BAD_DATA',
      'the array has no values any more: its buffer was transferred elsewhere, or has become too short for it',
      { cause },
    )
  }
}

function wholeNumbers(values: HostData): Int32Array {
  const whole = new Int32Array(values)
  if (values instanceof Uint32Array || values instanceof Float32Array || values instanceof Float64Array)
    values.forEach((value, i) => checkInt32(value, () => `[${i}]`))
  return whole
}
