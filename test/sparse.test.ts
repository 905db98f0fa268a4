import { describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import { optimizers, tensor, variable, zeros, type Variable } from '../src/index'
import type { Optimizer } from '../src/optimizers/index'
import { compile, TracedFunction } from '../src/transform'
import { modes, useMode } from './support/engine'
import { withRewrites } from './support/rewrites'
import { builds, Kernels } from './support/kernels'
import { makeRandom } from '../src/util/shuffle'

const ROWS = 23
const random = (n: number, seed: number) =>
  Float32Array.from(
    { length: n },
    (
      (next) => () =>
        2 * next() - 1
    )(makeRandom(seed)),
  )
/** Indices that come again, within a batch and between batches. */
const batches = (count: number) => [0, 1, 2].map((b) => Int32Array.from({ length: count }, (_, i) => (i * i + 5 * b) % 11))

/** Contents of the table and of the optimizer's variables after a few steps. */
function train(make: () => Optimizer, sparse: boolean, inner: number, count: number, twice = false): Float32Array[] {
  const table = variable(tensor(random(ROWS * inner, 3), [ROWS, inner]))
  ;(table as Variable).sparseUpdates = sparse
  const optimizer = make()
  optimizer.build([table])
  const dy = tensor(random(count * inner, 5), [count, inner])
  const step = compile((indices) => {
    const one = table.gather(indices).mul(dy).sum()
    const loss = twice ? one.add(table.gather(indices.reverse(0)).square().sum()) : one
    optimizer.apply(gradients(loss, [table.read()]), [table])
    return loss
  })
  for (const batch of batches(count)) step.sync(batch)
  return [table, ...optimizer.variables].map((v) => Float32Array.from(v.dataSync()))
}

const touched = new Set(batches(40).flatMap((batch) => [...batch]))

describe('updates of the rows that a batch looked up', () => {
  test.each([1, 3, 8, 17])('are those of the whole table where a gradient of zero changes nothing (rows of %i)', (inner) => {
    for (const make of [
      () => optimizers.sgd({ learningRate: 0.1 }),
      () => optimizers.adagrad({ learningRate: 0.1 }),
      () => optimizers.sgd({ learningRate: 0.1, clipvalue: 0.5 }),
    ]) {
      for (const mode of modes) {
        useMode(mode)
        for (const count of [1, 7, 40]) expect(train(make, true, inner, count)).toEqual(train(make, false, inner, count))
      }
    }
  })

  test.each<[string, () => Optimizer]>([
    ['adam', () => optimizers.adam({ learningRate: 0.1 })],
    ['amsgrad', () => optimizers.adam({ amsgrad: true })],
    ['rmsprop', () => optimizers.rmsprop({ momentum: 0.5, centered: true })],
    ['momentum', () => optimizers.sgd({ momentum: 0.9, nesterov: true })],
    ['adadelta', () => optimizers.adadelta()],
    ['adamax', () => optimizers.adamax()],
    ['nadam', () => optimizers.nadam()],
    ['lion', () => optimizers.lion()],
    ['clipnorm', () => optimizers.adam({ clipnorm: 0.5 })],
    ['globalClipnorm', () => optimizers.adam({ globalClipnorm: 0.5 })],
  ])(
    '%s: the first step is that of the whole table; rows that no batch looked up stay; the same bits on any number of threads',
    (_, make) => {
      const first = (sparse: boolean) => {
        const table = variable(tensor(random(ROWS * 5, 3), [ROWS, 5]))
        table.sparseUpdates = sparse
        const optimizer = make()
        optimizer.apply(gradients(table.gather(batches(40)[0]!).square().sum(), [table.read()]), [table])
        return table.dataSync()
      }
      useMode(modes[0]!)
      const [a, b] = [first(true), first(false)]
      a.forEach((v, i) => expect(Math.abs(v - b[i]!)).toBeLessThan(1e-6))
      const before = random(ROWS * 5, 3)
      const results = modes.filter(({ deterministic }) => deterministic).map((mode) => (useMode(mode), train(make, true, 5, 40)))
      for (const other of results.slice(1)) expect(other).toEqual(results[0])
      for (let row = 0; row < ROWS; row++) {
        if (!touched.has(row)) expect(results[0]![0]!.subarray(row * 5, row * 5 + 5)).toEqual(before.subarray(row * 5, row * 5 + 5))
      }
    },
  )

  test('a table looked up twice', () => {
    useMode(modes[1]!)
    const [a, b] = [
      train(() => optimizers.sgd({ learningRate: 0.1 }), true, 4, 40, true),
      train(() => optimizers.sgd({ learningRate: 0.1 }), false, 4, 40, true),
    ]
    a[0]!.forEach((v, i) => expect(Math.abs(v - b[0]![i]!)).toBeLessThan(1e-5))
  })

  test('with weight decay all rows step', () => {
    useMode(modes[0]!)
    const make = () => optimizers.adamw({ learningRate: 0.1 })
    expect(train(make, true, 4, 7)).toEqual(train(make, false, 4, 7))
  })

  test('a step on a large table touches the rows of the batch alone', () => {
    useMode(modes[1]!)
    const table = variable(zeros([50_000, 32])) // 6.4 MB
    const optimizer = optimizers.adam()
    const step = (sparse: boolean | 'auto') => {
      table.sparseUpdates = sparse
      const traced = new TracedFunction(
        (indices) => optimizer.apply(gradients(table.gather(indices!).square().sum(), [table.read()]), [table]),
        [{ shape: [1600], dtype: 'int32' }],
      )
      return traced.request([new Int32Array(1600)]).compiled.program.plan
    }
    const [rows, whole] = withRewrites(() => [step('auto'), step(false)])
    expect(rows.arenaBytes).toBeLessThan(1.5e6)
    expect(rows.work).toBeLessThan(2e6)
    expect(whole.arenaBytes).toBeGreaterThan(6e6)
    expect(whole.work).toBeGreaterThan(10e6)
  })

  test('an optimizer of ops sees the whole gradient', () => {
    useMode(modes[0]!)
    for (const make of [() => optimizers.lamb(), () => optimizers.adafactor(), () => optimizers.ftrl()])
      expect(train(make, true, 4, 7)).toEqual(train(make, false, 4, 7))
  })

  test('an index outside of the table is an error that names it', () => {
    useMode(modes[0]!)
    const table = variable(tensor(random(12, 1), [4, 3]))
    const optimizer = optimizers.sgd()
    expect(() => optimizer.apply(gradients(table.gather(tensor([1, 9], [2], 'int32')).sum(), [table.read()]), [table])).toThrow('9')
    expect(Float32Array.from(table.dataSync())).not.toContain(NaN)
  })
})

test.each(builds)('uniqueRows, combineRows (%s)', (build) => {
  const wasm = new Kernels(build)
  for (const [count, inner, tableRows] of [
    [0, 1, 4],
    [1, 3, 1],
    [9, 4, 5],
    [100, 7, 30],
    [50, 33, 1000],
  ] as const) {
    const indices = Int32Array.from({ length: count }, (_, i) => (i * 7 + (i % 3)) % tableRows)
    const dy = random(count * inner, 9)
    const seen = [...new Set(indices)]
    for (const threads of [1, 2, 3]) {
      wasm.reset()
      const [rows, place, y] = [wasm.buffer(count), wasm.buffer(count), wasm.buffer(count * inner)]
      wasm.call('uniqueRows', { rows, place, indices: wasm.buffer(indices), slots: wasm.buffer(tableRows), count, tableRows }, threads)
      expect([...wasm.ints(rows, count)]).toEqual([...seen, ...Array<number>(count - seen.length).fill(-1)])
      wasm.call('combineRows', { y, dy: wasm.buffer(dy), place, count, inner }, threads)
      const expected = new Float32Array(count * inner)
      indices.forEach((index, c) => {
        for (let i = 0; i < inner; i++) expected[seen.indexOf(index) * inner + i]! += dy[c * inner + i]!
      })
      expect(wasm.floats(y, count * inner)).toEqual(expected)
    }
  }
})
