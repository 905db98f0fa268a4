// Data by rows: trees of tensors, typed arrays and arrays whose first axis is samples; labels of samples as plain values.
import { isHostData } from '../graph/convert'
import type { HostData } from '../graph/node'
import { gather } from '../ops/gather'
import { Tensor, Variable } from '../tensor'
import { check, CornusError, reading, showValue } from '../util/errors'
import { sizeOf, type Shape } from '../util/shape'
import { flattenTree, type Flat } from '../util/tree'

/** Samples on the first axis of each leaf: tensors, typed arrays, nested arrays, lists of texts; or arrays and objects of these. */
export type RowTree = RowLeaf | readonly RowTree[] | { readonly [name: string]: RowTree }
export type RowLeaf = Tensor | Variable | HostData | readonly unknown[]
/** Numbers of rows. */
export type Rows = readonly number[] | Int32Array | Uint32Array
/** A class of samples. */
export type Label = number | string
/** One label for each sample; of rows with several columns (one-hot, probabilities) the place of the greatest. */
export type Labels = Tensor | Variable | HostData | readonly (number | boolean | string)[] | readonly (readonly number[])[]

const isTensor = (x: unknown): x is Tensor | Variable => x instanceof Tensor || x instanceof Variable
const isPart = (x: unknown): boolean => isTensor(x) || (typeof x === 'object' && x !== null && !Array.isArray(x))

/** An array is a leaf, unless it lists tensors, typed arrays or objects. */
const isLeaf = (x: unknown): x is RowLeaf => isTensor(x) || isHostData(x) || (Array.isArray(x) && !isPart(x[0]))

export const leavesOf = (data: unknown, what: string): Flat<RowLeaf> => {
  const flat = flattenTree(data, isLeaf, what, (part, path) => `${path} is ${showValue(part)}; expected tensors or arrays of samples`)
  check(flat.leaves.length > 0, 'BAD_DATA', () => `${what}: there are no samples in ${showValue(data)}`)
  return flat
}

const lengthOf = (leaf: RowLeaf, path: string): number => {
  if (!isTensor(leaf)) return leaf.length
  check(leaf.shape.length > 0, 'BAD_SHAPE', () => `${path} is a scalar; expected a first axis of samples`)
  return leaf.shape[0]!
}

/** How many samples there are; all leaves have as many. */
export function countRows(data: RowTree, what: string): number {
  const { leaves, paths } = leavesOf(data, what)
  const counts = leaves.map((leaf, i) => lengthOf(leaf, paths[i]!))
  const other = counts.findIndex((count) => count !== counts[0])
  check(other < 0, 'BAD_SHAPE', () => `${paths[0]} has ${counts[0]} samples, ${paths[other]} has ${counts[other]}; they must be as many`)
  return counts[0]!
}

/** Some rows of every leaf, in the order of `rows`; the form of the data stays. */
export const takeRows = <T extends RowTree>(data: T, rows: Rows): T => reading('take', () => taken(data, rows))

function taken<T extends RowTree>(data: T, rows: Rows): T {
  const count = countRows(data, 'take')
  const list = checkRows(rows, count)
  const { leaves, rebuild } = leavesOf(data, 'take')
  return rebuild(leaves.map((leaf) => rowsOf(leaf, list))) as T
}

function checkRows(rows: unknown, count: number): Int32Array {
  const list = reading('take: rows', () => Array.from(rows as Iterable<unknown>))
  const wrong = list.findIndex((row) => !Number.isInteger(row) || (row as number) < 0 || (row as number) >= count)
  check(wrong < 0, 'BAD_ARGUMENT', () => `take: there is no row ${showValue(list[wrong])}; rows go from 0 to ${count - 1}`)
  return Int32Array.from(list as number[])
}

function rowsOf(leaf: RowLeaf, rows: Int32Array): RowLeaf {
  if (isTensor(leaf)) return gather(leaf, rows)
  if (!isHostData(leaf)) return Array.from(rows, (row) => leaf[row])
  const Same = leaf.constructor as new (length: number) => HostData
  const values = new Same(rows.length)
  rows.forEach((row, i) => (values[i] = leaf[row]!))
  return values
}

/** Values of a leaf in rows, as numbers. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly values: ArrayLike<number>
}

/** A vector or matrix of numbers as its values. */
export const matrixOf = (given: unknown, what: string): Matrix => reading(what, () => readMatrix(given, what))

function readMatrix(given: unknown, what: string): Matrix {
  if (isHostData(given)) return { rows: given.length, columns: 1, values: Array.from(given) }
  if (!isTensor(given)) return ofLists(given, what)
  const shape: Shape = given.shape
  check(shape.length === 1 || shape.length === 2, 'BAD_SHAPE', () => `${what} must be [samples] or [samples, classes], not [${shape}]`)
  return { rows: shape[0]!, columns: sizeOf(shape.slice(1)), values: given.dataSync() }
}

function ofLists(given: unknown, what: string): Matrix {
  if (!Array.isArray(given)) throw new CornusError('BAD_DATA', `${what} must be a tensor or an array, not ${showValue(given)}`)
  const list = given as readonly unknown[]
  const isList = (row: unknown): row is ArrayLike<unknown> => Array.isArray(row) || isHostData(row)
  const columns = isList(list[0]) ? list[0].length : 1
  const nested = isList(list[0])
  const values = list.flatMap((row, i) => {
    const cells: unknown[] = isList(row) ? Array.from(row) : [row]
    const right = isList(row) === nested && cells.length === columns && cells.every((cell) => isNumber(cell))
    check(right, 'BAD_DATA', () => `${what}[${i}] is ${showValue(row)}; expected ${nested ? `a row of ${columns} numbers` : 'a number'}`)
    return cells.map(Number)
  })
  return { rows: list.length, columns, values }
}

const isNumber = (x: unknown) => typeof x === 'boolean' || (typeof x === 'number' && !Number.isNaN(x))

/** The label of each sample. Scores in one column are compared with a threshold, where one is given. */
export const labelsOf = (given: unknown, what: string, threshold?: number): Label[] =>
  reading(what, () => readLabels(given, what, threshold))

function readLabels(given: unknown, what: string, threshold: number | undefined): Label[] {
  const texts = Array.isArray(given) && (given as readonly unknown[]).some((label) => typeof label === 'string')
  if (texts) {
    const list = given as readonly unknown[]
    const wrong = list.findIndex((label) => typeof label !== 'string' && typeof label !== 'number')
    check(wrong < 0, 'BAD_DATA', () => `${what}[${wrong}] is ${showValue(list[wrong])}; expected a text or number`)
    return list as Label[]
  }
  const { rows, columns, values } = matrixOf(given, what)
  const whole = columns > 1 || Array.from(values).every((value) => Number.isInteger(value))
  if (threshold !== undefined && !whole) return Array.from(values, (value) => Number(value > threshold))
  return columns <= 1 ? Array.from(values) : Array.from({ length: rows }, (_, row) => greatest(values, row * columns, columns))
}

function greatest(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0
  for (let i = 1; i < count; i++) if (values[start + i]! > values[start + best]!) best = i
  return best
}

/** Numbers by size, then texts by their letters. */
export const sortedLabels = (labels: Iterable<Label>): Label[] =>
  [...new Set(labels)].sort((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1))

/** Weights of samples, each from 0; one each where none are given. */
export function weightsOf(given: unknown, count: number, what: string): ArrayLike<number> {
  if (given === undefined || given === null) return new Float64Array(count).fill(1)
  const { rows, columns, values } = matrixOf(given, `${what}: sampleWeight`)
  const right = rows === count && columns === 1 && Array.from(values).every((value) => value >= 0 && Number.isFinite(value))
  check(right, 'BAD_DATA', () => `${what}: sampleWeight must be ${count} numbers from 0, one for each sample`)
  return values
}

export const sameCount = (a: number, b: number, what: string): void =>
  check(a === b, 'BAD_SHAPE', () => `${what}: yTrue has ${a} samples, the predictions ${b}; they must be as many`)
