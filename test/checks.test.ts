import { createHash } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import {
  compile,
  configure,
  layers,
  losses,
  ops,
  optimizers,
  sequential,
  setSeed,
  tensor,
  variable,
  valueAndGrad,
  type Sequential,
  type Variable,
} from '../src/index'
import { layout } from '../src/generated/kernels'
import { registry } from '../src/graph/define'
import { readContents } from '../src/runtime/session'
import { useExecutor, type Machine, type Program } from '../src/runtime/machine'
import { bytesOf } from '../src/graph/dtypes'
import { interleaved } from './support/engine'
import { builds, Kernels } from './support/kernels'

afterAll(() => configure({ threads: 2 }))

describe.each(builds)('the kernel (%s)', (build) => {
  const wasm = new Kernels(build)
  const run = (x: Int32Array | Float32Array, more: { low?: number; high?: number; except?: number } = {}) => {
    wasm.reset()
    const fault = new Int32Array(wasm.memory.buffer, layout.FAULT, 3).fill(0)
    wasm.call(
      'check',
      { x: wasm.buffer(x), n: x.length, low: 0, high: 9, except: -(2 ** 31), isFloat: Number(x instanceof Float32Array), id: 5, ...more },
      3,
    )
    return [...fault]
  }
  it.each([1, 3, 4, 5, 16, 17, 63])('finds each wrong number among %i, and the first of two', (n) => {
    for (let place = 0; place < n; place++)
      for (const value of [-1, 10, 2 ** 31 - 1, -(2 ** 31) + 1]) {
        const x = Int32Array.from({ length: n }, (_, i) => i % 10)
        expect(run(x)).toEqual([0, 0, 0])
        x[place] = value
        expect(run(x)).toEqual([5, value, place])
        expect(run(x, { except: value })).toEqual([0, 0, 0])
        x[n - 1] = 77
        expect(run(x)).toEqual(place === n - 1 ? [5, 77, place] : [5, value, place])
      }
  })
  it('takes float32 that are int32', () => {
    const wrong = [0.5, NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31) - 256, 1e20]
    expect(run(Float32Array.of(0, -0, 3, -5, 2 ** 31 - 128, -(2 ** 31)))).toEqual([0, 0, 0])
    for (const value of wrong) expect(run(Float32Array.of(1, 2, 3, value, 0.25))[2]).toBe(3)
  })
})

const sha = (parts: readonly (Uint8Array | Float32Array | Int32Array)[]): string => {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest('hex')
}
const hash = (variables: readonly Variable[]): string => sha(variables.map(({ storage }) => readContents(storage)))

/** Watches all variables that Programs use, whoever owns them: weights, optimizer state, metrics, seeds. */
class Watch {
  private readonly blocks = new Map<number, number>()
  private machine: Machine | undefined
  /** SHA-256 over all of them before the last Program ran. */
  before = ''

  constructor(threads: number) {
    useExecutor(undefined)
    configure({ threads })
    const run = interleaved('random')
    useExecutor((program) => {
      this.note(program)
      this.before = this.now
      run(program)
    })
  }

  private note(program: Program): void {
    this.machine = program.machine
    program.plan.storages.forEach((spec, place) => this.blocks.set(program.addressOf({ base: place, offset: 0 }), bytesOf(spec)))
  }

  get now(): string {
    return this.known()()
  }

  /** SHA-256 over the variables that are known now, whenever it is asked for. */
  known(): () => string {
    const blocks = [...this.blocks]
    return () => sha(blocks.map(([at, bytes]) => this.machine!.memory.raw(at, bytes).slice()))
  }
}

interface Failure {
  readonly model: () => Sequential
  readonly x: number[] | number[][]
  readonly y: number[] | number[][]
  readonly message: RegExp
}

const dropped = { rate: 0.3 }
const classifier = (last: 'softmax' | 'linear', loss: ReturnType<typeof losses.sparseCategoricalCrossentropy>) => () => {
  const model = sequential([
    layers.dense({ units: 4, inputShape: [2] }),
    layers.batchNormalization(),
    layers.dropout(dropped),
    layers.dense({ units: 3, activation: last }),
  ])
  model.compile({ optimizer: optimizers.adam(), loss, metrics: ['accuracy'] })
  return model
}
const embedder = (sparseUpdates: boolean) => () => {
  const model = sequential([
    layers.embedding({ inputDim: 5, outputDim: 3, inputShape: [2], sparseUpdates }),
    layers.flatten(),
    layers.batchNormalization(),
    layers.dropout(dropped),
    layers.dense({ units: 1 }),
  ])
  model.compile({ optimizer: optimizers.sgd({ momentum: 0.9 }), loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] })
  return model
}
const points = [
  [1, 2],
  [3, 4],
  [5, 6],
  [7, 8],
]
const failures: Record<string, Failure> = {}
for (const [name, y, message] of [
  ['too great a label', [0, 1, 3, 0], /label 3 of sample 2 is outside 0 to 2; the predictions have 3 classes/],
  ['a negative label', [0, -1, 1, 0], /label -1 of sample 1 is outside 0 to 2/],
  ['half a label', [0, 1, 1, 1.5], /value 1.5 of sample 3 is not a whole number/],
  ['NaN for a label', [NaN, 1, 1, 1], /value NaN of sample 0 is not a whole number/],
] as const) {
  failures[`${name}, of probabilities`] = {
    model: classifier('softmax', losses.sparseCategoricalCrossentropy()),
    x: points,
    y: [...y],
    message,
  }
  failures[`${name}, of logits`] = {
    model: classifier('linear', losses.sparseCategoricalCrossentropy({ fromLogits: true })),
    x: points,
    y: [...y],
    message,
  }
}
for (const sparse of [true, false])
  for (const [name, x, message] of [
    [
      'too great an index',
      [
        [0, 1],
        [2, 5],
      ],
      /index 5 at \[1, 1\] is outside 0 to 4; the table has 5 rows/,
    ],
    [
      'an index below the table',
      [
        [0, 1],
        [2, -6],
      ],
      /index -6 at \[1, 1\]/,
    ],
    [
      'half an index',
      [
        [0, 1],
        [2.5, 1],
      ],
      /value 2.5 of sample 1 is not a whole number/,
    ],
  ] as const)
    failures[`${name}, ${sparse ? 'sparse' : 'dense'} update`] = {
      model: embedder(sparse),
      x: x.map((row) => [...row]),
      y: [1, 2],
      message,
    }

const ways: Record<string, (model: Sequential, x: Failure['x'], y: Failure['y']) => Promise<unknown>> = {
  fit: (model, x, y) => model.fit(x, y, { epochs: 1, batchSize: 4, shuffle: false, verbose: 0 }),
  trainOnBatch: (model, x, y) => model.trainOnBatch(x, y),
}

describe.each([1, 3])('a step that fails changes nothing, on %i threads', (threads) => {
  describe.each(Object.entries(ways))('%s', (_, way) => {
    it.each(Object.entries(failures))('%s', async (_name, { model: make, x, y, message }) => {
      const watch = new Watch(threads)
      setSeed(3)
      const model = make()
      const good = (values: Failure['x']) => (values as number[]).map((v) => (Array.isArray(v) ? v.map(() => 1) : 1)) as Failure['x']
      await model.trainOnBatch(good(x), good(y)) // all state is there
      const before = hash(stateOf(model))
      const all = watch.known()
      const whole = all()
      await expect(way(model, x, y)).rejects.toMatchObject({ code: 'BAD_DATA', message: expect.stringMatching(message) as string })
      expect(hash(stateOf(model))).toBe(before)
      expect(all()).toBe(whole) // metrics too, which the call had taken for its own
      await way(model, good(x), good(y))
      expect(hash(stateOf(model))).not.toBe(before)
    })
  })

  it.each(['outside', 'in the second of two steps', 'of a variable that the first step wrote'])('compile: an index %s', async (where) => {
    const watch = new Watch(threads)
    const [w, counter, at] = [variable(tensor([1, 2, 3]), { name: 'w' }), variable(tensor(0)), variable(tensor([1, 1], undefined, 'int32'))]
    const step = compile((index: ReturnType<typeof tensor>) => {
      counter.assign(counter.read().add(1))
      if (where === 'of a variable that the first step wrote') at.assign(index)
      const rows =
        where === 'in the second of two steps' ? [tensor([0, 1], undefined, 'int32'), index] : [where === 'outside' ? index : at.read()]
      for (const row of rows) {
        const { value, grads } = valueAndGrad(() => ops.gather(w, row).square().sum(), [w])
        w.assign(w.read().sub(grads[0]!.mul(0.1)).add(value.mul(0)))
      }
    })
    const int = (values: number[]) => tensor(values, undefined, 'int32')
    await step(int([0, 2]))
    const before = hash([w, counter, at])
    for (const bad of [
      [0, 3],
      [-4, 1],
    ])
      await expect(step(int(bad))).rejects.toMatchObject({
        code: 'BAD_DATA',
        message: expect.stringMatching(/gather: index (3|-4) of sample/) as string,
      })
    expect(() => step.sync(int([9, 9]))).toThrow(/index 9/)
    expect(hash([w, counter, at])).toBe(before)
    expect(watch.now).toBe(watch.before)
    await step(int([2, 1]))
    expect(hash([w, counter, at])).not.toBe(before)
  })
})

it('an error in data tells which number it was', async () => {
  const lookup = ops.gather(
    tensor([1, 2, 3]),
    tensor(
      [
        [0, 1],
        [2, 7],
      ],
      undefined,
      'int32',
    ),
  )
  await expect(lookup.data()).rejects.toMatchObject({
    fault: { op: 'gather', what: 'index', value: 7, position: [1, 1], low: -3, high: 2 },
  })
})

it('every op whose kernel looks something up checks its indices', () => {
  const looking = [...registry.values()].filter(
    ({ lower, name }) => lower && /gather|scatter|takeAlong|uniqueRows|sparse.*Entropy/i.test(name),
  )
  expect(looking.length).toBeGreaterThan(6)
  expect(looking.filter(({ checks }) => !checks).map(({ name }) => name)).toEqual([])
})

/** Weights and optimizer state. */
function stateOf(model: Sequential): Variable[] {
  return [...model.weights, ...model.optimizer.variables]
}
