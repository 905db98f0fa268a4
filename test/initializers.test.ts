import { describe, expect, it } from 'vitest'
import { getInitializer, initializers, regularizers } from './support/parts'
import { computeFans } from '../src/initializers/varianceScaling'
import { tensor, type Shape } from '../src/tensor'

const valuesOf = (x: { dataSync(): ArrayLike<number> }) => Array.from(x.dataSync())
const meanOf = (v: readonly number[]) => v.reduce((a, b) => a + b, 0) / v.length
const stddevOf = (v: readonly number[]) => Math.sqrt(meanOf(v.map((x) => (x - meanOf(v)) ** 2)))

it.each<[Shape, number, number]>([
  [[], 1, 1],
  [[7], 7, 7],
  [[3, 5], 3, 5],
  [[3, 3, 4, 8], 36, 72],
  [[5, 4, 8], 20, 40],
])('fans of %j', (shape, fanIn, fanOut) => expect(computeFans(shape)).toEqual({ fanIn, fanOut }))

it('fans by given axes', () => expect(computeFans([2, 3, 5], { inputAxes: [0, 1], outputAxes: [-1] })).toEqual({ fanIn: 6, fanOut: 5 }))

it('constants', () => {
  expect(valuesOf(initializers.zeros().call([2, 2]))).toEqual([0, 0, 0, 0])
  expect(valuesOf(initializers.ones().call([3]))).toEqual([1, 1, 1])
  expect(valuesOf(initializers.constant({ value: 0.5 }).call([2]))).toEqual([0.5, 0.5])
  expect(valuesOf(initializers.identity({ gain: 3 }).call([2, 3]))).toEqual([3, 0, 0, 0, 3, 0])
  expect(valuesOf(getInitializer('zeros').call([0, 4]))).toEqual([])
})

// [64, 32]: fanIn 64, fanOut 32
const TRUNCATED = 0.8796256610342398
it.each<[string, object, number, number]>([
  ['randomNormal', {}, 0.05, Infinity],
  ['randomNormal', { mean: 2, stddev: 0.5 }, 0.5, Infinity],
  ['truncatedNormal', {}, 0.05 * TRUNCATED, 0.1],
  ['randomUniform', {}, 0.05 / Math.sqrt(3), 0.05],
  ['glorotUniform', {}, Math.sqrt(1 / 48), Math.sqrt(3 / 48)],
  ['glorotNormal', {}, Math.sqrt(1 / 48), (2 / TRUNCATED) * Math.sqrt(1 / 48)],
  ['heUniform', {}, Math.sqrt(2 / 64), Math.sqrt(6 / 64)],
  ['heNormal', {}, Math.sqrt(2 / 64), (2 / TRUNCATED) * Math.sqrt(2 / 64)],
  ['lecunUniform', {}, Math.sqrt(1 / 64), Math.sqrt(3 / 64)],
  ['lecunNormal', {}, Math.sqrt(1 / 64), (2 / TRUNCATED) * Math.sqrt(1 / 64)],
  ['varianceScaling', { scale: 3, mode: 'fan_out', distribution: 'untruncated_normal' }, Math.sqrt(3 / 32), Infinity],
  ['varianceScaling', {}, Math.sqrt(1 / 64), (2 / TRUNCATED) * Math.sqrt(1 / 64)],
])('%s %j: spread and bounds', (name, options, stddev, bound) => {
  const make = initializers[name as 'randomNormal']
  const values = valuesOf(make({ ...options, seed: 3 }).call([64, 32]))
  const mean = 'mean' in options ? 2 : 0
  expect(Math.abs(meanOf(values) - mean)).toBeLessThan((4 * stddev) / Math.sqrt(2048))
  expect(stddevOf(values) / stddev).toBeGreaterThan(0.94)
  expect(stddevOf(values) / stddev).toBeLessThan(1.06)
  expect(Math.max(...values.map((v) => Math.abs(v - mean)))).toBeLessThanOrEqual(bound * 1.000001)
})

it('a seed makes the same numbers each time, none makes others', () => {
  const draw = (seed: number | null) => valuesOf(initializers.glorotUniform({ seed }).call([4, 4]))
  expect(draw(5)).toEqual(draw(5))
  expect(draw(5)).not.toEqual(draw(6))
  expect(draw(2 ** 40)).not.toEqual(draw(0))
  expect(draw(null)).not.toEqual(draw(null))
  const one = initializers.heNormal({ seed: 1 })
  expect(valuesOf(one.call([3]))).toEqual(valuesOf(one.call([3])))
})

it.each<[Shape, number]>([
  [[8, 8], 1],
  [[40, 40], 1],
  [[64, 256], 1],
  [[100, 3], 2],
  [[3, 7], 1],
  [[1, 5], 1],
  [[3, 3, 4, 6], 1],
  [[2, 2], 1],
])('orthogonal %j', (shape, gain) => {
  for (let seed = 0; seed < 4; seed++) {
    const columns = shape.at(-1)!
    const rows = shape.reduce((a, b) => a * b, 1) / columns
    const w = initializers.orthogonal({ gain, seed }).call(shape).reshape([rows, columns])
    const square = valuesOf(rows < columns ? w.matmul(w, { transposeB: true }) : w.matmul(w, { transposeA: true }))
    const n = Math.min(rows, columns)
    square.forEach((v, i) => expect(Math.abs(v - (i % (n + 1) === 0 ? gain * gain : 0))).toBeLessThan(2e-6 * gain * gain))
  }
})

describe('getInitializer', () => {
  it.each([
    ['glorot_uniform', 'GlorotUniform'],
    ['HeNormal', 'HeNormal'],
    ['lecunNormal', 'LecunNormal'],
    ['normal', 'RandomNormal'],
    ['uniform', 'RandomUniform'],
    ['OrthogonalInitializer', 'Orthogonal'],
    [initializers.ones(), 'Ones'],
  ] as const)('%s', (identifier, className) => expect(getInitializer(identifier).className).toBe(className))

  it('comes back from its config', () => {
    const original = initializers.varianceScaling({ scale: 2, mode: 'fanAvg', distribution: 'uniform', seed: 4 })
    const again = getInitializer({ className: original.className, config: original.getConfig() })
    expect(again.getConfig()).toEqual(original.getConfig())
    expect(valuesOf(again.call([3, 3]))).toEqual(valuesOf(original.call([3, 3])))
  })

  it('takes a function of the shape', () => expect(valuesOf(getInitializer((shape) => tensor([4, 5], shape)).call([2]))).toEqual([4, 5]))

  it.each<[() => unknown, RegExp]>([
    [() => getInitializer('glorotUnifrom'), /unknown initializer 'glorotUnifrom'; did you mean 'glorotUniform'\?/],
    [() => getInitializer(7 as never), /expected a name as 'glorotUniform'/],
    [() => initializers.glorotUniform({ sed: 1 } as never), /unknown option 'sed'; did you mean 'seed'\?/],
    [() => initializers.glorotUniform({ seed: 1.5 }), /seed must be an integer, not 1.5/],
    [() => initializers.randomNormal({ stddev: -1 }), /stddev must be a number from 0, not -1/],
    // @ts-expect-error a misspelt name is caught by types, too
    [() => initializers.varianceScaling({ mode: 'fan' }), /varianceScaling: mode must be one of 'fanIn', 'fanOut', 'fanAvg'; got 'fan'/],
    [() => initializers.constant({ value: '1' as never }), /value must be a number, not '1'/],
    [() => initializers.orthogonal().call([3]), /at least two axes/],
    [() => initializers.identity().call([3, 3, 3]), /only matrices/],
    [() => regularizers.l2('x' as never), /l2: l2 must be a number from 0, not 'x'/],
  ])('%s is an error', (make, message) => expect(make).toThrow(message))
})
