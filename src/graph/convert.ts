// What users may give for a tensor: numbers, nested arrays, typed arrays.
import { check, CornusError } from '../util/errors'
import { checkShape, showShape, sizeOf, type Shape } from '../util/shape'
import { constantNode } from './leaves'
import { Tensor, type DType, type HostData, type Node } from './node'
import { Variable } from './variable'

export type NestedArray = readonly (number | boolean | NestedArray)[]
/** Anything that a tensor can be made of. A single number or boolean is a scalar; a typed array has rank 1. */
export type TensorLike = Tensor | Variable | number | boolean | NestedArray | HostData

export const isHostData = (x: unknown): x is HostData => ArrayBuffer.isView(x) && !(x instanceof DataView) && !(x instanceof BigInt64Array) && !(x instanceof BigUint64Array)

/** dtype of values whose type is not given: booleans are bool, integer typed arrays int32, all else float32. */
export function dtypeOf(x: TensorLike): DType {
  if (x instanceof Tensor || x instanceof Variable) return x.dtype
  if (x instanceof Int32Array || x instanceof Int16Array || x instanceof Int8Array || x instanceof Uint32Array || x instanceof Uint16Array) return 'int32'
  let first: unknown = x
  while (Array.isArray(first)) first = first[0]
  return typeof first === 'boolean' ? 'bool' : 'float32'
}

/**
 * The node for a value; values that are not tensors become constants of the given dtype. All that users hand in comes through here or through makeConstant,
 * and is copied: what the caller does to an array after the call does not matter.
 */
export function toNode(x: TensorLike, dtype: DType = dtypeOf(x)): Node {
  if (x instanceof Tensor) return x
  if (x instanceof Variable) return x.read()
  if (isHostData(x)) {
    const values = copyOf(x, dtype)
    return constantNode(values, { shape: [values.length], dtype })
  }
  const shape: number[] = []
  for (let level: unknown = x; Array.isArray(level); level = level[0]) shape.push(level.length)
  checkShape(shape)
  const values = newArray(dtype, sizeOf(shape))
  fill(values, x, shape, 0, 0, '')
  return constantNode(values, { shape, dtype })
}

export const newArray = (dtype: DType, length: number): Float32Array | Int32Array => (dtype === 'float32' ? new Float32Array(length) : new Int32Array(length))

function fill(values: Float32Array | Int32Array, x: unknown, shape: Shape, depth: number, at: number, path: string): number {
  if (depth === shape.length) {
    check(typeof x === 'number' || typeof x === 'boolean', 'BAD_DATA', () =>
      `value${path} is ${Array.isArray(x) ? 'an array' : describe(x)}; expected a number${depth ? `, as in the rows before (shape ${showShape(shape)})` : ''}`)
    values[at] = Number(x)
    return at + 1
  }
  const length = shape[depth]!
  if (!Array.isArray(x) && !isHostData(x)) throw new CornusError('BAD_DATA', `value${path} is ${describe(x)}; expected an array of ${length}: nested arrays must be rectangular`)
  check(x.length === length, 'BAD_DATA', () => `value${path} has length ${x.length}; expected ${length} as in the rows before: nested arrays must be rectangular`)
  for (let i = 0; i < length; i++) at = fill(values, x[i], shape, depth + 1, at, `${path}[${i}]`)
  return at
}

const describe = (x: unknown) => (x === null ? 'null' : typeof x === 'string' ? `the string '${x.slice(0, 40)}'` : typeof x === 'bigint' ? `a BigInt (${x}n)` : typeof x)

/** Values with a shape, as `tensor()` takes them. */
export function makeConstant(values: TensorLike, shape?: Shape, dtype?: DType): Node {
  if (values instanceof Tensor || values instanceof Variable) {
    check(shape === undefined && dtype === undefined, 'BAD_ARGUMENT', () => 'tensor: given a tensor already; use reshape or cast on it')
    return toNode(values)
  }
  if (values === null || (typeof values === 'object' && !Array.isArray(values) && !isHostData(values)) || typeof values === 'string' || values === undefined) {
    throw new CornusError('BAD_DATA', `tensor: cannot make a tensor of ${describe(values)}; expected a number, nested arrays, or a typed array`)
  }
  check(dtype === undefined || dtype === 'float32' || dtype === 'int32' || dtype === 'bool', 'BAD_DTYPE', () => `tensor: unknown dtype '${String(dtype)}'; expected 'float32', 'int32' or 'bool'`)
  const node = toNode(values, dtype ?? dtypeOf(values))
  const data = node.value!
  if (shape === undefined) return constantNode(data, node)
  const dims = checkShape(shape, 'tensor: shape')
  check(sizeOf(dims) === data.length, 'BAD_SHAPE', () => `tensor: shape ${showShape(dims)} needs ${sizeOf(dims)} values; ${data.length} were given`)
  return constantNode(data, { shape: dims, dtype: node.dtype })
}

/** Values of the caller's array as of now. Bytes stay bytes, they are widened when they are copied into WebAssembly memory. */
function copyOf(values: HostData, dtype: DType): HostData {
  try {
    if (dtype === 'bool') return Int32Array.from(values, (v) => (v === 0 ? 0 : 1))
    if (dtype === 'int32') return new Int32Array(values)
    return values.BYTES_PER_ELEMENT === 1 ? new (values instanceof Int8Array ? Int8Array : Uint8Array)(values) : new Float32Array(values)
  } catch (cause) {
    if (cause instanceof RangeError) throw new CornusError('OUT_OF_MEMORY', `no memory for a copy of ${values.length} values`, { cause })
    throw new CornusError('BAD_DATA', 'the array has no values any more: its buffer was transferred elsewhere, or has become too short for it', { cause })
  }
}
