// Random numbers: counter-based (Philox), so that a mask is drawn again in the backward pass instead of being kept.
import type { TensorLike } from '../graph/convert'
import { defineOp, type OpFunction } from '../graph/define'
import { constantNode } from '../graph/leaves'
import type { Node } from '../graph/node'
import type { Storage } from '../graph/storage'
import { currentTrace, readStorage, recordEffect, type Trace } from '../graph/trace'
import { check, isInstance, showValue } from '../util/errors'
import { number } from '../util/options'
import { broadcastShapes, checkShape, sameShape, showShape, sizeOf, type Shape } from '../util/shape'
import { mul } from './binary'
import { cast } from './cast'

/** key0, key1, high counter words: four numbers that a kernel adds its element counters to. */
const SEED = { shape: [4], dtype: 'int32' } as const

/** Where random numbers come from: in a traced function a variable that every run moves on, elsewhere a new constant for each use. */
export class Generator {
  private key: [number, number] = [0, 0]
  private drawn = 0
  readonly storage: Storage = { name: 'random', ...SEED, address: 0, initial: undefined, leaf: undefined }
  private readonly streams = new WeakMap<Trace, number>()

  constructor(seed: number) {
    this.reset(seed)
  }

  reset(seed: number): Int32Array {
    this.key = [seed | 0, Math.floor(seed / 2 ** 32) | 0]
    this.drawn = 0
    const state = new Int32Array([...this.key, 0, 1])
    this.storage.initial = constantNode(state, SEED)
    return state
  }

  /** What it draws next outside of Programs; what those draw stands in the storage. */
  get position(): readonly [key0: number, key1: number, drawn: number] {
    return [...this.key, this.drawn]
  }

  set position([key0, key1, drawn]: readonly [key0: number, key1: number, drawn: number]) {
    this.key = [key0, key1]
    this.drawn = drawn
  }

  /** Seed and stream of one more random op. */
  next(): { seed: Node; stream: number } {
    const trace = currentTrace()
    if (!trace) return { seed: constantNode(new Int32Array([...this.key, this.drawn++, 0]), SEED), stream: 0 }
    const stream = this.streams.get(trace) ?? 0
    this.streams.set(trace, stream + 1)
    return { seed: this.traceSeed(trace), stream }
  }

  private readonly seeds = new WeakMap<Trace, Node>()
  /** All random ops of a trace read the state as it was at the start; one effect moves it on. */
  private traceSeed(trace: Trace): Node {
    let seed = this.seeds.get(trace)
    if (!seed) {
      seed = readStorage(this.storage)
      this.seeds.set(trace, seed)
      recordEffect(trace, advanceSeed(seed))
    }
    return seed
  }
}

/** seed[2] += 1, after everyone has drawn. */
const advanceSeed = defineOp('advanceSeed', {
  inputs: ['seed'],
  writes: [0],
  shape: () => SEED,
  lower: (program, { seed }) => program.call('incrementInt', { y: seed.at(2), by: 1 }),
})

/** Not to be foreseen unless setSeed is called. */
const entropy = () => Math.floor(Math.random() * 2 ** 53)

export const generator = new Generator(entropy())

/** Seed and stream of a random op that always draws the same. */
const fixed = (seed: number) => ({ seed: constantNode(new Int32Array([seed | 0, Math.floor(seed / 2 ** 32) | 0, 0, 2]), SEED), stream: 0 })

/** A seed: the same numbers each time; a generator: the next ones of its own; null: the next ones that all draw from. */
type Source = number | Generator | null

function sourceOf(given: Source | undefined, what: string): { seed: Node; stream: number } {
  if (given === undefined || given === null) return generator.next()
  if (isInstance(given, Generator)) return given.next()
  check(Number.isSafeInteger(given), 'BAD_ARGUMENT', () => `${what}: seed must be an integer, not ${showValue(given)}`)
  return fixed(given)
}

type Draw = { shape: Shape; stream: number; a: number; b: number }
type DrawKernel = 'randomUniform' | 'randomNormal' | 'truncatedNormal' | 'bernoulli'

function draw(kernel: DrawKernel) {
  const op = defineOp<readonly ['seed'], Draw>(kernel, {
    inputs: ['seed'],
    unique: true,
    shape: (_, { shape }) => ({ shape, dtype: 'float32' }),
    lower: (program, { seed, y }, { stream, a, b }) => {
      const n = sizeOf(y.shape)
      program.call(kernel, { y, seed, stream, n, a, b }, { work: n * 10 })
    },
    grad: () => [null],
  })
  return (shape: Shape, a: number, b: number, given?: Source): Node => {
    const { seed, stream } = sourceOf(given, kernel)
    return op(seed, { shape: checkShape(shape), stream, a, b })
  }
}

const uniformOp = draw('randomUniform')
const normalOp = draw('randomNormal')
const truncatedOp = draw('truncatedNormal')
const bernoulliOp = draw('bernoulli')

const finite = (name: string, values: Record<string, number>) =>
  Object.entries(values).forEach(([key, value]) => number().read(value, `${name}: ${key}`))

/** Uniform numbers from minimum to before maximum; with a seed of its own the same each time. */
export function randomUniform(shape: Shape, minimum = 0, maximum = 1, seed?: number | null): Node {
  finite('randomUniform', { minimum, maximum })
  return uniformOp(shape, minimum, maximum, seed)
}
/** Normally distributed numbers; with a seed of its own the same each time. */
export function randomNormal(shape: Shape, mean = 0, stddev = 1, seed?: Source): Node {
  finite('randomNormal', { mean, stddev })
  return normalOp(shape, mean, stddev, seed)
}
/** Normally distributed numbers, none further than two deviations from the mean; with a seed of its own the same each time. */
export function truncatedNormal(shape: Shape, mean = 0, stddev = 1, seed?: number | null): Node {
  finite('truncatedNormal', { mean, stddev })
  return truncatedOp(shape, mean, stddev, seed)
}
/** `value` with this probability, else 0. */
export function bernoulli(shape: Shape, probability = 0.5, value = 1, seed?: Source): Node {
  number(0, 1).read(probability, 'bernoulli: probability')
  finite('bernoulli', { value })
  return bernoulliOp(shape, probability, value, seed)
}

/** y = x / (1 − rate) where kept, else 0; the same kernel with the same seed is the way back. */
const dropoutOp: OpFunction<readonly ['x', 'seed'], { rate: number; stream: number }> = defineOp('dropout', {
  inputs: ['x', 'seed'],
  inplace: [0],
  shape: ({ x }) => ({ shape: x.shape, dtype: 'float32' }),
  lower: (program, { x, seed, y }, { rate, stream }) => {
    const n = sizeOf(y.shape)
    program.call('dropout', { y, x, seed, stream, n, rate }, { work: n * 10, elementwise: n })
  },
  grad: ({ seed, dy }, attrs) => [dropoutOp(dy, seed, attrs), null],
})

const checkNoise = (shape: Shape, noise: Shape) =>
  check(
    sameShape(broadcastShapes(shape, noise, 'dropout: noiseShape'), shape),
    'BAD_SHAPE',
    () => `dropout: noiseShape ${showShape(noise)} does not broadcast to ${showShape(shape)}`,
  )

/**
 * Sets each element to 0 with probability `rate` and scales the others by 1 / (1 − rate). `noiseShape` (ones where a decision is shared)
 * broadcasts to x. Nothing is stored: the mask is drawn again for the gradient.
 */
export function dropout(x: TensorLike, rate: number, noiseShape?: Shape, from: Generator = generator): Node {
  number(0, 1).read(rate, 'dropout: rate')
  const node = cast(x, 'float32')
  if (noiseShape !== undefined) checkNoise(node.shape, checkShape(noiseShape, 'dropout: noiseShape'))
  if (rate === 0) return node
  if (noiseShape) return rate === 1 ? mul(node, 0) : mul(node, bernoulli(noiseShape, 1 - rate, 1 / (1 - rate), from))
  const { seed, stream } = sourceOf(from, 'dropout')
  return dropoutOp(node, seed, { rate, stream })
}
