// Where batches come from: arrays in memory, or iterators that somebody else writes.
import type { HostData } from '../graph/node'
import type { Feed } from '../runtime/machine'
import { check, CornusError, reading, showValue } from '../util/errors'
import { permutation } from '../util/shuffle'
import { showShape, sizeOf } from '../util/shape'
import {
  isValues,
  readData,
  toSamples,
  type Batch,
  type DataForm,
  type DataTree,
  type Given,
  type GivenParts,
  type Layout,
  type Samples,
} from './data'

/** An item of an iterable data set. */
export type BatchLike =
  | readonly [x: DataTree, y?: DataTree, sampleWeight?: DataTree]
  | { x: DataTree; y?: DataTree; sampleWeight?: DataTree }
  | { xs: DataTree; ys?: DataTree }
/** Batches: an array or (async) iterable of them, or a generator function, which is called where they begin anew. */
export type BatchIterable = Iterable<BatchLike> | AsyncIterable<BatchLike> | (() => Iterable<BatchLike> | AsyncIterable<BatchLike>)

/** Batches one after the other; `close` says that no more will be asked for. */
export interface BatchStream {
  /** @param more whether another will be asked for, so that it can be fetched meanwhile */
  next(more: boolean): Promise<Batch | undefined>
  close(failed: boolean): Promise<void>
}

/** Where batches come from, from the beginning at each `open`. */
export interface Source {
  /** Batches from beginning to end, if known. */
  readonly count: number | undefined
  /** The same in samples. */
  readonly samples: number | undefined
  /** Whether `open` begins anew, and does not go on where the last stream stopped. */
  readonly restarts: boolean
  /** @param random gives a new order of the samples, where there is a choice */
  open(random?: () => number): BatchStream
}

/** Samples in memory. All parts have the same number of samples. */
export class ArraySource implements Source {
  readonly size: number
  readonly count: number
  readonly restarts = true

  get samples(): number {
    return this.size
  }

  constructor(
    private readonly layout: Layout,
    private readonly leaves: readonly Samples[],
    private readonly batchSize: number,
    private readonly first = 0,
  ) {
    this.size = leaves[0]!.shape[0]!
    this.count = Math.ceil(this.size / batchSize)
    leaves.forEach(({ shape }, i) =>
      check(
        shape[0] === this.size,
        'BAD_SHAPE',
        () =>
          `${layout.paths[0]} has ${this.size} samples, ${layout.paths[i]} has ${shape[0]} (shape ${showShape(shape)}); ` +
          'they must be as many',
      ),
    )
  }

  /** The samples from `start` to before `end`. */
  part(start: number, end: number, batchSize: number): ArraySource {
    return new ArraySource(
      this.layout,
      this.leaves.map(({ data, shape, dtype }) => {
        const each = sizeOf(shape.slice(1))
        return { data: data.subarray(start * each, end * each), shape: [end - start, ...shape.slice(1)], dtype }
      }),
      batchSize,
      this.first + start,
    )
  }

  open(random?: () => number): BatchStream {
    const order = random && permutation(this.size, random)
    let start = 0
    return {
      next: async () => {
        if (start >= this.size) return undefined
        const batch = this.batch(start, Math.min(this.batchSize, this.size - start), order)
        start += this.batchSize
        return batch
      },
      close: async () => undefined,
    }
  }

  /** Some of the samples, or all. */
  batch(start = 0, size = this.size, order?: Uint32Array): Batch {
    return {
      size,
      sampleAt: (row) => this.first + (order?.[start + row] ?? start + row),
      layout: this.layout,
      specs: this.leaves.map(({ shape, dtype }) => ({ shape: [size, ...shape.slice(1)], dtype })),
      feeds: this.leaves.map(({ data, shape }) => rowsFeed(data, sizeOf(shape.slice(1)), start, size, order)),
    }
  }
}

/** Rows of so few numbers are copied one by one: a view of each would take longer. */
const SHORT = 32

/** Copies rows start … start + size, or the rows that stand there in a given order. */
function rowsFeed(data: HostData, each: number, start: number, size: number, order: Uint32Array | undefined): Feed {
  if (!order) return size * each === data.length ? data : data.subarray(start * each, (start + size) * each)
  return (target) => {
    for (let row = 0; row < size; row++) {
      const from = order[start + row]! * each
      if (each <= SHORT) for (let i = 0; i < each; i++) target[row * each + i] = data[from + i]!
      else target.set(data.subarray(from, from + each), row * each)
    }
  }
}

/** Anything that yields batches; an array counts if it holds objects { x, y }, else it is data. */
export const isIterable = (x: unknown): x is BatchIterable => reading('x', () => yieldsBatches(x))

function yieldsBatches(x: unknown): boolean {
  if (typeof x === 'function') return true
  if (Array.isArray(x)) return typeof x[0] === 'object' && x[0] !== null && ('x' in x[0] || 'xs' in x[0])
  return typeof x === 'object' && x !== null && !isValues(x) && (Symbol.iterator in x || Symbol.asyncIterator in x)
}

type BatchIterator = Iterator<BatchLike> | AsyncIterator<BatchLike>

/** An iterator, with the item that was asked for ahead of time. */
interface Walk {
  readonly iterator: BatchIterator
  ahead: Promise<IteratorResult<BatchLike>> | undefined
  place: number
}

/** Iterators of the callers' own, which go on where the last one who walked stopped. */
const walks = new WeakMap<object, Walk>()

/** Batches that somebody else makes. Items that follow are fetched while a step runs. */
export class IterableSource implements Source {
  readonly count: number | undefined
  readonly restarts: boolean
  readonly samples = undefined
  private readonly given: object | undefined

  /** @param targets whether batches must have targets */
  constructor(
    private readonly items: BatchIterable,
    private readonly form: DataForm,
    private readonly targets: boolean,
  ) {
    this.count = Array.isArray(items) ? items.length : undefined
    const isOpen = typeof items === 'object' && 'next' in items
    this.given = isOpen ? items : undefined
    this.restarts = !isOpen
  }

  open(): BatchStream {
    const walk = this.walk()
    return {
      next: async (more) => {
        const asked = walk.ahead ?? ask(walk)
        walk.ahead = undefined
        const { done, value } = await asked
        if (done) return undefined
        const given = this.read(value, walk.place++) // before the next batch is asked for, which may come in the same arrays
        if (more) fetchAhead(walk)
        return toBatch(given)
      },
      // What the caller opened is the caller's to close, unless it was of no use.
      close: async (failed) => {
        if (failed || !this.given) await walk.iterator.return?.()
        if (failed && this.given) walks.delete(this.given)
      },
    }
  }

  private walk(): Walk {
    const known = this.given && walks.get(this.given)
    if (known) return known
    const walk: Walk = { iterator: iteratorOf(this.items), ahead: undefined, place: 0 }
    if (this.given) walks.set(this.given, walk)
    return walk
  }

  private read(item: BatchLike, place: number): GivenBatch {
    const where = `batch ${place} of the data`
    const parts = partsOf(item)
    const complete = parts?.x !== undefined && (!this.targets || parts.y !== undefined)
    if (!complete)
      throw new CornusError(
        'BAD_DATA',
        `${where}: expected ${this.targets ? '[x, y] or { x, y }' : '[x] or { x }'}, ` +
          `got ${Array.isArray(item) ? `an array of ${item.length}` : showValue(item)}`,
      )
    return { given: readData(parts, this.form, where), where }
  }
}

interface GivenBatch {
  readonly given: Given
  readonly where: string
}

async function toBatch({ given, where }: GivenBatch): Promise<Batch> {
  const samples = await toSamples(given)
  const size = samples[0]!.shape[0]!
  check(size > 0, 'BAD_DATA', () => `${where} is empty`)
  return new ArraySource(given.layout, samples, size).batch()
}

function fetchAhead(walk: Walk): void {
  const ahead = ask(walk)
  ahead.catch(() => undefined) // whoever asks for the batch gets the error
  walk.ahead = ahead
}

/** The next item; what the iterator throws says where. */
async function ask({ iterator, place }: Walk): Promise<IteratorResult<BatchLike>> {
  let item: unknown
  try {
    item = await iterator.next()
  } catch (cause) {
    if (cause instanceof CornusError) throw cause
    throw new CornusError(
      'BAD_DATA',
      `batch ${place} of the data: the iterator threw ${cause instanceof Error ? cause.message : showValue(cause)}`,
      { cause },
    )
  }
  if (typeof item !== 'object' || item === null)
    throw new CornusError(
      'BAD_DATA',
      `batch ${place} of the data: next() of the iterator must give { done, value }, not ${showValue(item)}`,
    )
  return item as IteratorResult<BatchLike>
}

function iteratorOf(items: BatchIterable): BatchIterator {
  const made: unknown = typeof items === 'function' ? items() : items
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = (made ?? {}) as {
    [Symbol.asyncIterator]?: () => unknown
    [Symbol.iterator]?: () => unknown
  }
  const iterator = (async ?? sync)?.call(made)
  const works = typeof iterator === 'object' && iterator !== null && 'next' in iterator && typeof iterator.next === 'function'
  if (!works)
    throw new CornusError(
      'BAD_DATA',
      `the data must be an iterable of batches [x, y], or a function that gives one, not ${showValue(made)}`,
    )
  return iterator as BatchIterator
}

/** x, y and sample weights of an item. */
function partsOf(item: BatchLike): GivenParts | undefined {
  if (typeof item !== 'object' || item === null) return undefined
  if (Array.isArray(item)) return { x: item[0], y: item[1], sampleWeight: item[2] }
  const { x, y, sampleWeight, xs, ys } = item as { x?: unknown; y?: unknown; sampleWeight?: unknown; xs?: unknown; ys?: unknown }
  return { x: x ?? xs, y: y ?? ys, sampleWeight }
}

/** Options may stand in the place of y where x is an iterable of batches. */
export function targetsAndOptions<O>(x: unknown, targets: unknown, given: O | undefined): [unknown, O | undefined] {
  const areOptions = given === undefined && isIterable(x) && targets !== undefined && !isValues(targets)
  return areOptions ? [undefined, targets as O] : [targets, given]
}

/** x and y in one object. */
export const isPair = (x: unknown): boolean => typeof x === 'object' && x !== null && 'x' in x && 'y' in x
