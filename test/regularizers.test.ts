import { describe, expect, it } from 'vitest'
import { gradients } from '../src/grad'
import { tensor } from '../src/tensor'
import { evaluateSync } from '../src/runtime/session'
import type { Config } from '../src/util/parts'
import { expectNear, golden, toTensor, unpack, type Packed } from './support/golden'
import { constraints, getConstraint, getRegularizer, regularizers } from './support/parts'

const w = tensor([
  [1, -2, 0.5],
  [3, 0.25, -1],
])

describe('regularizers', () => {
  const { data, cases } = golden<{ regularizer: string; options: Config; x: string; value: Packed; gradient: Packed }>('regularizers')
  it.each(cases.map((c) => [`${c.regularizer} ${JSON.stringify(c.options)} of ${c.x}`, c] as const))(
    '%s',
    (label, { regularizer: className, options: config, x: name, value, gradient }) => {
      const x = toTensor(data[name]!)
      const result = getRegularizer({ className, config })!.call(x)
      expect(result.shape).toEqual(value.shape)
      const [actual, slope] = evaluateSync([result, ...gradients(result, [x])])
      expectNear(actual!, unpack(value), 2e-5, label)
      expectNear(slope!, unpack(gradient), 2e-5, `${label} gradient`)
    },
  )

  it('by name, from a config, as a function', () => {
    expect(getRegularizer('l1_l2')!.className).toBe('L1L2')
    expectNear(regularizers.l2(0.5).call(w).dataSync(), [7.65625], 1e-6, 'a plain number')
    expect(getRegularizer({ className: 'L2', config: { l2: 0.5 } })!.getConfig()).toEqual({ l2: 0.5 })
    expect(getRegularizer({ className: 'OrthogonalRegularizer', config: { factor: 1, mode: 'columns' } })!.className).toBe(
      'OrthogonalRegularizer',
    )
    expectNear(
      getRegularizer((x) => x.sum())!
        .call(w)
        .dataSync(),
      [1.75],
      1e-6,
      'own',
    )
    expect(getRegularizer(null)).toBe(null)
    expect(() => getRegularizer('l3')).toThrow(/unknown regularizer 'l3'/)
    expect(() => regularizers.l2({ l2: -1 })).toThrow(/must be a number from 0, not -1/)
    expect(() => regularizers.orthogonal().call(tensor([1, 2]))).toThrow(/only a matrix/)
  })
})

describe('constraints', () => {
  const { data, cases } = golden<{ constraint: string; options: Config; x: string; y: Packed }>('constraints')
  it.each(cases.map((c) => [`${c.constraint} ${JSON.stringify(c.options)} of ${c.x}`, c] as const))(
    '%s',
    (label, { constraint: className, options: config, x, y }) =>
      expectNear(getConstraint({ className, config })!.call(toTensor(data[x]!)).dataSync(), unpack(y), 2e-5, label),
  )

  it('zeros stay zeros', () =>
    expect([
      ...constraints
        .unitNorm()
        .call(tensor([[0], [0]]))
        .dataSync(),
    ]).toEqual([0, 0]))

  it('by name, from a config, as a function', () => {
    expect(getConstraint('max_norm')!.className).toBe('MaxNorm')
    expect(getConstraint({ className: 'MinMaxNorm', config: { minValue: 0.5, maxValue: 1, rate: 1, axis: 0 } })!.getConfig()).toEqual({
      minValue: 0.5,
      maxValue: 1,
      rate: 1,
      axis: 0,
    })
    expect(getConstraint((x) => x.mul(2))!.call(w).shape).toEqual([2, 3])
    expect(getConstraint(undefined)).toBe(null)
    expect(() => getConstraint('maxnom')).toThrow(/did you mean 'maxNorm'/)
    expect(() => constraints.minMaxNorm({ minValue: 2, maxValue: 1 })).toThrow(
      /minValue must be a number from 0 to 1, which is maxValue, not 2/,
    )
  })
})
