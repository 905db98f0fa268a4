// The table of number types: a new one is a row here and the kernels that compute on it.
import { layout } from '../generated/kernels'
import { check, showValue } from '../util/errors'
import type { Kind } from '../util/options'
import { sizeOf, type Shape } from '../util/shape'

/**
 * Values on the JavaScript side. Float32Array for float32, Int32Array for int32 and bool; other kinds are converted when they are copied
 * in.
 */
export type HostData =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | Uint8ClampedArray

type ArrayClass =
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | Int32ArrayConstructor
  | Int16ArrayConstructor
  | Int8ArrayConstructor
  | Uint32ArrayConstructor
  | Uint16ArrayConstructor
  | Uint8ArrayConstructor

interface NumberType {
  /** Of an element in WebAssembly memory. */
  readonly bytes: number
  /** What values are read from memory as. */
  readonly Array: ArrayClass
  /** Which kernels compute on it, where an op has one for each: 'sum' and 'sumInt'. */
  readonly kernelSuffix: '' | 'Int'
  /** Whole numbers only. */
  readonly whole: boolean
}

export const dtypes = {
  float32: { bytes: 4, Array: Float32Array, kernelSuffix: '', whole: false },
  int32: { bytes: 4, Array: Int32Array, kernelSuffix: 'Int', whole: true },
  /** 0 or 1. */
  bool: { bytes: 4, Array: Int32Array, kernelSuffix: 'Int', whole: true },
} as const satisfies { readonly [name: string]: NumberType }

/** Element types of tensors. */
export type DType = keyof typeof dtypes

/** Values as they are read from memory. */
export type Contents = InstanceType<(typeof dtypes)[DType]['Array']>

/** Bytes of a buffer: whole multiples of what kernels may read at once. */
export const alignUp = (bytes: number): number => Math.ceil(bytes / layout.ALIGN) * layout.ALIGN

/** Bytes of a value in memory. */
export const bytesOf = ({ shape, dtype }: { readonly shape: Shape; readonly dtype: DType }): number => dtypes[dtype].bytes * sizeOf(shape)

/** Checks the name of a number type. */
export function checkDType(dtype: unknown, what: string): DType {
  check(
    typeof dtype === 'string' && Object.hasOwn(dtypes, dtype),
    'BAD_DTYPE',
    () => `${what}: unknown dtype ${showValue(dtype)}; expected one of '${Object.keys(dtypes).join("', '")}'`,
  )
  return dtype as DType
}

/** A number type as an option. */
export const dtypeKind: Kind<DType> = {
  takes: `one of '${Object.keys(dtypes).join("', '")}'`,
  save: (held) => held,
  read: checkDType,
}
