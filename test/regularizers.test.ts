import { describe, expect, it } from 'vitest'
import { gradients } from '../src/grad'
import { tensor } from '../src/tensor'
import { expectNear } from './support/golden'
import { constraints, getConstraint, getRegularizer, regularizers } from './support/parts'

const w = tensor([[1, -2, 0.5], [3, 0.25, -1]])
const flat = [1, -2, 0.5, 3, 0.25, -1]
const l1 = 7.75
const l2 = 1 + 4 + 0.25 + 9 + 0.0625 + 1

describe('regularizers', () => {
  it.each([
    [regularizers.l1(), 0.01 * l1, flat.map((v) => 0.01 * Math.sign(v))],
    [regularizers.l2(), 0.01 * l2, flat.map((v) => 0.02 * v)],
    [regularizers.l2(0.5), 0.5 * l2, flat],
    [regularizers.l1({ l1: 2 }), 2 * l1, flat.map((v) => 2 * Math.sign(v))],
    [regularizers.l1l2({ l1: 0.1, l2: 0.2 }), 0.1 * l1 + 0.2 * l2, flat.map((v) => 0.1 * Math.sign(v) + 0.4 * v)],
    [regularizers.l1l2(), 0, flat.map(() => 0)],
  ])('%j', (regularizer, value, gradient) => {
    expectNear(regularizer.call(w).dataSync(), [value], 1e-6, 'value')
    expectNear(gradients(regularizer.call(w), [w])[0]!.dataSync(), gradient, 1e-6, 'gradient')
  })

  it('orthogonal: mean |cosine| of pairs', () => {
    const rows = (1 * 3 - 2 * 0.25 - 0.5) / Math.sqrt(5.25 * 10.0625)
    expectNear(regularizers.orthogonal({ factor: 0.3 }).call(w).dataSync(), [0.3 * Math.abs(rows)], 1e-6, 'rows')
    const cos = ([a, b]: number[], [c, d]: number[]) => Math.abs((a! * c! + b! * d!) / Math.hypot(a!, b!) / Math.hypot(c!, d!))
    const columns = [[1, 3], [-2, 0.25], [0.5, -1]]
    const mean = (cos(columns[0]!, columns[1]!) + cos(columns[0]!, columns[2]!) + cos(columns[1]!, columns[2]!)) / 3
    expectNear(regularizers.orthogonal({ mode: 'columns' }).call(w).dataSync(), [0.01 * mean], 1e-6, 'columns')
  })

  it('by name, from a config, as a function', () => {
    expect(getRegularizer('l1_l2')!.className).toBe('L1L2')
    expect(getRegularizer({ className: 'L2', config: { l2: 0.5 } })!.getConfig()).toEqual({ l2: 0.5 })
    expect(getRegularizer({ className: 'OrthogonalRegularizer', config: { factor: 1, mode: 'columns' } })!.className).toBe('OrthogonalRegularizer')
    expectNear(getRegularizer((x) => x.sum())!.call(w).dataSync(), [1.75], 1e-6, 'own')
    expect(getRegularizer(null)).toBe(null)
    expect(() => getRegularizer('l3')).toThrow(/unknown regularizer 'l3'/)
    expect(() => regularizers.l2({ l2: -1 })).toThrow(/must be a number from 0, not -1/)
    expect(() => regularizers.orthogonal().call(tensor([1, 2]))).toThrow(/only a matrix/)
  })
})

describe('constraints', () => {
  const norms = [Math.hypot(1, 3), Math.hypot(2, 0.25), Math.hypot(0.5, 1)]
  const scaled = (wanted: (norm: number) => number) => flat.map((v, i) => (v * wanted(norms[i % 3]!)) / (norms[i % 3]! + 1e-7))
  it.each([
    [constraints.maxNorm(), scaled((n) => Math.min(n, 2))],
    [constraints.maxNorm({ maxValue: 1, axis: [0, 1] }), flat.map((v) => v / Math.sqrt(l2))],
    [constraints.unitNorm(), scaled(() => 1)],
    [constraints.nonNeg(), flat.map((v) => Math.max(v, 0))],
    [constraints.minMaxNorm({ minValue: 1.5, maxValue: 2.5, rate: 0.5 }), scaled((n) => 0.5 * Math.min(Math.max(n, 1.5), 2.5) + 0.5 * n)],
  ])('%j', (constraint, expected) => expectNear(constraint.call(w).dataSync(), expected, 1e-6, 'value'))

  it('zeros stay zeros', () => expect([...constraints.unitNorm().call(tensor([[0], [0]])).dataSync()]).toEqual([0, 0]))

  it('by name, from a config, as a function', () => {
    expect(getConstraint('max_norm')!.className).toBe('MaxNorm')
    expect(getConstraint({ className: 'MinMaxNorm', config: { minValue: 0.5, maxValue: 1, rate: 1, axis: 0 } })!.getConfig()).toEqual({ minValue: 0.5, maxValue: 1, rate: 1, axis: 0 })
    expect(getConstraint((x) => x.mul(2))!.call(w).shape).toEqual([2, 3])
    expect(getConstraint(undefined)).toBe(null)
    expect(() => getConstraint('maxnom')).toThrow(/did you mean 'maxNorm'/)
    expect(() => constraints.minMaxNorm({ minValue: 2, maxValue: 1 })).toThrow(/minValue must be a number from 0 to 1, not 2/)
  })
})
