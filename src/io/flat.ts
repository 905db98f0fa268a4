// All weights in one buffer, with a table of what stands where: for averages over many clients, other workers, quick snapshots.
import { bytesOf, dtypes, type Contents, type DType } from '../graph/dtypes'
import type { AnyLayer } from '../layers/layer'
import type { PlacedWeight } from '../layers/walk'
import { readContents, writeContents } from '../runtime/session'
import { check, CornusError, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { sameShape, showShape, sizeOf, type Shape } from '../util/shape'

/** Where a weight stands in the buffer. */
export interface FlatEntry {
  /** 'layers/dense/vars/0': attributes from the model, as in .weights.h5 of Keras 3. */
  readonly path: string
  /** 'dense/kernel'. */
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
  /** In bytes, a multiple of 4. */
  readonly offset: number
  readonly byteLength: number
}

/** All weights in one buffer. It can be posted to a worker: `postMessage(flat, [flat.buffer])`. */
export interface FlatWeights {
  readonly buffer: ArrayBuffer
  /** The weights in the order of `getWeights()`, one behind the other. */
  readonly table: readonly FlatEntry[]
}

export interface FlatOptions {
  /** Take this buffer, which must be as long as the weights are, instead of a new one. */
  into?: ArrayBuffer | undefined
}

interface Laid {
  readonly weight: PlacedWeight
  readonly entry: FlatEntry
}

/** The table of a layer's weights, and how long the buffer is. */
function lay(layer: AnyLayer, what: string): { readonly laid: readonly Laid[]; readonly length: number } {
  const weights = layer.allWeights
  check(
    weights.length > 0 || layer.built,
    'NOT_BUILT',
    () =>
      `${layer.name}: ${what} needs the weights, which are made when the input's shape is known; give the first layer an inputShape, ` +
      'or call the model once',
  )
  let length = 0
  const laid = weights.map((weight) => {
    const { shape, dtype } = weight.variable
    const byteLength = bytesOf({ shape, dtype })
    const offset = length
    length += byteLength
    return { weight, entry: { path: weight.path, name: weight.name, shape, dtype, offset, byteLength } }
  })
  return { laid, length }
}

/** Numbers of a buffer as a weight's. */
const view = (buffer: ArrayBufferLike, start: number, { shape, dtype }: FlatEntry): Contents =>
  new dtypes[dtype].Array(buffer as ArrayBuffer, start, sizeOf(shape))

export function getFlatWeights(layer: AnyLayer, { into }: FlatOptions = {}): FlatWeights {
  const { laid, length } = lay(layer, 'getFlatWeights')
  check(
    into === undefined || (into instanceof ArrayBuffer && into.byteLength === length),
    'BAD_ARGUMENT',
    () => `${layer.name}: getFlatWeights: into must be an ArrayBuffer of ${length} bytes, not ${shown(into)}`,
  )
  const buffer = into ?? new ArrayBuffer(length)
  for (const { weight, entry } of laid) view(buffer, entry.offset, entry).set(readContents(weight.variable.storage))
  return { buffer, table: laid.map(({ entry }) => entry) }
}

export type FlatSource = ArrayBufferLike | ArrayBufferView | FlatWeights

export function setFlatWeights(layer: AnyLayer, given: FlatSource): void {
  const { laid, length } = lay(layer, 'setFlatWeights')
  const bytes = bytesIn(given, layer)
  check(
    bytes.length === length,
    'BAD_SHAPE',
    () =>
      `${layer.name}: setFlatWeights: its ${laid.length} weights take ${length} bytes (${length / 4} numbers); ` +
      `${bytes.length} bytes were given`,
  )
  const table = (given as Partial<FlatWeights>).table
  if (table !== undefined) checkTable(layer, laid, table)
  const { buffer, byteOffset } = bytes.byteOffset % 4 ? bytes.slice() : bytes // where typed arrays can begin
  const values = laid.map(({ entry }) => view(buffer, byteOffset + entry.offset, entry))
  laid.forEach(({ weight }, i) => writeContents(weight.variable.storage, nth(values, i)))
}

const isBuffer = (x: unknown): x is ArrayBufferLike =>
  x instanceof ArrayBuffer || (typeof SharedArrayBuffer === 'function' && x instanceof SharedArrayBuffer)

function bytesIn(given: FlatSource, layer: AnyLayer): Uint8Array {
  const held: unknown = ArrayBuffer.isView(given) || isBuffer(given) ? given : (given as Partial<FlatWeights> | null | undefined)?.buffer
  if (isBuffer(held)) return new Uint8Array(held as ArrayBuffer)
  if (held instanceof Float64Array)
    throw new CornusError('BAD_DTYPE', `${layer.name}: setFlatWeights takes 32-bit numbers; write Float32Array.from(values)`)
  if (ArrayBuffer.isView(held)) return new Uint8Array(held.buffer, held.byteOffset, held.byteLength)
  throw new CornusError(
    'BAD_ARGUMENT',
    `${layer.name}: setFlatWeights takes what getFlatWeights() gave, or its buffer (an ArrayBuffer or typed array), not ${shown(given)}`,
  )
}

const shown = (value: unknown): string => (isBuffer(value) ? `a buffer of ${value.byteLength} bytes` : showValue(value))

/** Same shapes and number types at the same places; names may differ. */
function checkTable(layer: AnyLayer, laid: readonly Laid[], table: readonly FlatEntry[]): void {
  check(
    Array.isArray(table) && table.length === laid.length,
    'BAD_ARGUMENT',
    () => `${layer.name}: setFlatWeights: the table has ${table.length ?? 'no'} weights; ${laid.length} are here`,
  )
  laid.forEach(({ entry }, i) => {
    const { path, shape, dtype, offset } = table[i] ?? ({} as Partial<FlatEntry>)
    const fits = Array.isArray(shape) && sameShape(shape, entry.shape) && dtype === entry.dtype && offset === entry.offset
    check(
      fits,
      'BAD_SHAPE',
      () =>
        `${layer.name}: setFlatWeights: weight ${i} is ${entry.path} ${showShape(entry.shape)} ${entry.dtype} here, at byte ` +
        `${entry.offset}; the table has ${showValue(path)} ${Array.isArray(shape) ? showShape(shape) : ''} ` +
        `${String(dtype)} at ${String(offset)}`,
    )
  })
}
