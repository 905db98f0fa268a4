// Shapes: sizes, strides, broadcasting, axes. A shape is a plain array of non-negative integers.
import { check, CornusError, showValue } from './errors'

export type Shape = readonly number[]

export const MAX_RANK = 6

/** Number of elements. */
export const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1)

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= shape[i]!
  }
  return strides
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i])

export const showShape = (shape: readonly (number | null)[]): string => `[${shape.map((d) => d ?? '?').join(', ')}]`

/** Checks a shape given by a user: integers from 0, at most rank 6 and 2^30 elements (4 GiB of memory). */
export function checkShape(shape: unknown, what = 'shape'): Shape {
  const dims = copiedList(shape)
  check(
    isIntegers(dims) && dims.every((d) => d >= 0),
    'BAD_SHAPE',
    () => `${what} must be an array of integers from 0, not ${showValue(shape)}`,
  )
  check(dims.length <= MAX_RANK, 'BAD_SHAPE', () => `${what} ${showShape(dims)} has rank ${dims.length}; at most ${MAX_RANK} is supported`)
  check(
    sizeOf(dims) < 2 ** 30,
    'BAD_SHAPE',
    () => `${what} ${showShape(dims)} has ${sizeOf(dims)} elements; at most 2^30 fit into WebAssembly memory`,
  )
  return dims.map((d) => d + 0)
}

/** What stands at a place that the list is known to have. */
export function at<T>(list: readonly T[], place: number): T {
  if (place < 0 || place >= list.length) throw new CornusError('INTERNAL', `place ${place} of a list of ${list.length}`)
  return list[place] as T
}

/** A list of a user's as of now; undefined if it is none, or cannot be read. */
export function copiedList(list: unknown): readonly unknown[] | undefined {
  try {
    return Array.isArray(list) ? Array.from<unknown>(list) : undefined
  } catch {
    // a proxy
    return undefined
  }
}

export const isIntegers = (list: readonly unknown[] | undefined): list is readonly number[] =>
  list !== undefined && list.every((each) => Number.isInteger(each))

/** The shape that two shapes broadcast to, as NumPy does. */
export function broadcastShapes(a: Shape, b: Shape, op: string): number[] {
  const rank = Math.max(a.length, b.length)
  const shape = new Array<number>(rank)
  for (let i = 0; i < rank; i++) {
    const da = a[a.length - rank + i] ?? 1
    const db = b[b.length - rank + i] ?? 1
    if (da !== db && da !== 1 && db !== 1) {
      throw new CornusError(
        'BAD_SHAPE',
        `${op}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast: ` +
          `dimension ${i - rank} is ${da} against ${db}; they must be equal, or one of them 1`,
      )
    }
    shape[i] = da === 1 ? db : da
  }
  return shape
}

/** Strides of `shape` seen as `target`: 0 where a dimension is broadcast. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape)
  const offset = target.length - shape.length
  return target.map((_, i) => (i < offset || shape[i - offset] === 1 ? 0 : strides[i - offset]!))
}

/** One axis, counted from the front; negative ones count from the end. */
export function normalizeAxis(axis: number, rank: number, op: string): number {
  check(Number.isInteger(axis), 'BAD_ARGUMENT', () => `${op}: axis must be an integer, not ${showValue(axis)}${positionalAxis(axis, op)}`)
  check(
    axis >= -rank && axis < rank,
    'BAD_ARGUMENT',
    () =>
      `${op}: axis ${axis} is out of range for rank ${rank}; ` +
      `${rank ? `expected an integer from ${-rank} to ${rank - 1}` : 'a scalar has no axes'}`,
  )
  return axis < 0 ? axis + rank : axis
}

/** Whoever gave the axis as an option is told its place. */
function positionalAxis(given: unknown, op: string): string {
  const axis =
    typeof given === 'object' && given !== null
      ? ((given as { axis?: unknown; axes?: unknown }).axis ?? (given as { axes?: unknown }).axes)
      : undefined
  return axis === undefined ? '' : `; the axis is no option: write ops.${op}(x, ${showValue(axis)})`
}

/** Axes sorted and without repeats; null or undefined means all. */
export function normalizeAxes(axes: number | readonly number[] | null | undefined, rank: number, op: string): number[] {
  if (axes === null || axes === undefined) return Array.from({ length: rank }, (_, i) => i)
  const given = copiedList(axes) ?? [axes]
  const list = given.map((axis) => normalizeAxis(axis as number, rank, op))
  check(new Set(list).size === list.length, 'BAD_ARGUMENT', () => `${op}: axes [${list.join(', ')}] name an axis twice`)
  return list.sort((a, b) => a - b)
}

/** A strided loop as kernels take it: exactly six dimensions, padded in front with ones. */
export interface Loop {
  readonly dims: number[]
  /** Strides of each operand, in elements. */
  readonly strides: number[][]
}

/** Drops dimensions of one and joins neighbours that every operand walks through evenly. */
export function collapse(shape: Shape, strides: readonly (readonly number[])[]): Loop {
  const dims: number[] = []
  const out: number[][] = strides.map(() => [])
  for (let i = 0; i < shape.length; i++) {
    const d = shape[i]!
    if (d === 1) continue
    const last = dims.length - 1
    const joins = last >= 0 && strides.every((s, k) => out[k]![last] === s[i]! * d)
    if (joins) {
      dims[last]! *= d
      strides.forEach((s, k) => (out[k]![last] = s[i]!))
    } else {
      dims.push(d)
      strides.forEach((s, k) => out[k]!.push(s[i]!))
    }
  }
  const missing = MAX_RANK - dims.length
  return { dims: [...Array<number>(missing).fill(1), ...dims], strides: out.map((s) => [...Array<number>(missing).fill(0), ...s]) }
}
