// Training data in the forms users have it, as batches that write themselves into WebAssembly memory.
import { isHostData, makeConstant, type TensorLike } from '../graph/convert'
import { Tensor, type DType, type HostData, type Spec } from '../graph/node'
import { Variable } from '../graph/variable'
import type { Feed } from '../runtime/machine'
import { evaluate } from '../runtime/session'
import { check, CornusError } from '../util/errors'
import { showShape, sizeOf, type Shape } from '../util/shape'
import { permutation } from '../util/shuffle'

/** Values with their shape: [samples, …]. */
export interface Samples {
  readonly data: HostData
  readonly shape: Shape
  readonly dtype: DType
}

/** One batch: for each of x, y and sample weights (as far as given) its spec and how to write it. */
export interface Batch {
  readonly size: number
  readonly specs: readonly Spec[]
  readonly feeds: readonly Feed[]
}

/** An item of an iterable data set. */
export type BatchLike = readonly [x: TensorLike, y?: TensorLike, sampleWeight?: TensorLike] | { x: TensorLike; y?: TensorLike; sampleWeight?: TensorLike } | { xs: TensorLike; ys?: TensorLike }
export type BatchIterable = Iterable<BatchLike> | AsyncIterable<BatchLike>
export type DataLike = TensorLike | BatchIterable

/** Where batches come from, epoch after epoch. */
export interface Source {
  /** Samples, if known. */
  readonly size: number | undefined
  batches(batchSize: number, order?: () => number): AsyncIterable<Batch> | Iterable<Batch>
}

export const batchCount = (source: Source, batchSize: number): number | undefined => (source.size === undefined ? undefined : Math.ceil(source.size / batchSize))

/** Values of x or y on the JavaScript side; vectors stay vectors for y and become columns for x. */
export async function toSamples(values: TensorLike, what: string): Promise<Samples> {
  const node = values instanceof Tensor || values instanceof Variable ? values : undefined
  const tensor = node instanceof Variable ? node.read() : (node ?? makeConstant(values))
  check(tensor.rank > 0, 'BAD_SHAPE', () => `${what} must have a first axis of samples; got a scalar`)
  const [data] = await evaluate([tensor])
  check(data!.length === tensor.size, 'BAD_DATA', () => `${what}: shape ${showShape(tensor.shape)} needs ${tensor.size} values; its array has ${data!.length}`)
  return { data: data!, shape: tensor.shape, dtype: tensor.dtype }
}

/** [n] → [n, 1], as Keras does with x. */
export const asColumns = (samples: Samples): Samples => (samples.shape.length === 1 ? { ...samples, shape: [samples.shape[0]!, 1] } : samples)

/** Samples in memory. All parts have the same number of samples. */
export class ArraySource implements Source {
  readonly size: number

  constructor(private readonly parts: readonly Samples[], names = ['x', 'y', 'sampleWeight']) {
    this.size = parts[0]!.shape[0]!
    parts.forEach(({ shape }, i) => check(shape[0] === this.size, 'BAD_SHAPE', () =>
      `${names[0]} has ${this.size} samples, ${names[i]} has ${shape[0]} (shape ${showShape(shape)}); they must be as many`))
  }

  /** The samples from `start` to before `end`. */
  part(start: number, end: number): ArraySource {
    return new ArraySource(this.parts.map(({ data, shape, dtype }) => {
      const each = sizeOf(shape.slice(1))
      return { data: data.subarray(start * each, end * each), shape: [end - start, ...shape.slice(1)], dtype }
    }))
  }

  *batches(batchSize: number, random?: () => number): Iterable<Batch> {
    const order = random && permutation(this.size, random)
    for (let start = 0; start < this.size; start += batchSize) {
      const size = Math.min(batchSize, this.size - start)
      yield {
        size,
        specs: this.parts.map(({ shape, dtype }) => ({ shape: [size, ...shape.slice(1)], dtype })),
        feeds: this.parts.map(({ data, shape }) => rowsFeed(data, sizeOf(shape.slice(1)), start, size, order)),
      }
    }
  }
}

/** Copies rows start … start + size, or the rows that stand there in a given order. */
function rowsFeed(data: HostData, each: number, start: number, size: number, order: Uint32Array | undefined): Feed {
  if (!order) return data.subarray(start * each, (start + size) * each)
  return (target) => {
    for (let row = 0; row < size; row++) {
      const from = order[start + row]! * each
      if (each === 1) target[row] = data[from]!
      else target.set(data.subarray(from, from + each), row * each)
    }
  }
}

/** Anything that yields batches; an array counts if it holds objects { x, y }, else it is a nested array of values. */
export const isIterable = (x: unknown): x is BatchIterable =>
  (Array.isArray(x) && typeof x[0] === 'object' && x[0] !== null && ('x' in x[0] || 'xs' in x[0])) || typeof x === 'object' && x !== null && !Array.isArray(x) && !isHostData(x) && !(x instanceof Tensor) && !(x instanceof Variable) && (Symbol.iterator in x || Symbol.asyncIterator in x)

/** Batches that somebody else makes. */
export class IterableSource implements Source {
  readonly size = undefined

  constructor(private readonly items: BatchIterable, private readonly parts: number) {}

  async *batches(): AsyncIterable<Batch> {
    let place = 0
    for await (const item of this.items as AsyncIterable<BatchLike>) {
      yield this.toBatch(item, place++)
    }
  }

  private async toBatch(item: BatchLike, place: number): Promise<Batch> {
    const values = partsOf(item).filter((part) => part !== undefined)
    if (values.length === 0 || values.length < this.parts) {
      throw new CornusError('BAD_DATA', `batch ${place} of the data: expected [x, y] or { x, y }, got ${item === null ? 'null' : Array.isArray(item) ? `an array of ${item.length}` : typeof item}`)
    }
    const samples = await Promise.all(values.slice(0, Math.max(this.parts, Math.min(values.length, this.parts === 1 ? 1 : 3))).map((value, i) => toSamples(value, `batch ${place}, part ${i}`)))
    samples[0] = asColumns(samples[0]!)
    const [batch] = new ArraySource(samples).batches(samples[0].shape[0]!)
    if (!batch) throw new CornusError('BAD_DATA', `batch ${place} of the data is empty`)
    return batch
  }
}

function partsOf(item: BatchLike): (TensorLike | undefined)[] {
  if (Array.isArray(item)) return [...item] as (TensorLike | undefined)[]
  if (typeof item !== 'object' || item === null) return []
  const { x, y, sampleWeight, xs, ys } = item as { x?: TensorLike; y?: TensorLike; sampleWeight?: TensorLike; xs?: TensorLike; ys?: TensorLike }
  return [x ?? xs, y ?? ys, sampleWeight]
}
