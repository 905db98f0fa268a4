import { describe, test } from 'vitest'
import * as ops from '../src/ops/index'
import type { Tensor } from '../src/tensor'
import { checkOp, spread, type OpCase } from './support/checkOp'
import { erf, map, zip } from './support/reference'

const sizes = [[0], [1], [3], [4], [5], [15], [16], [17], [7, 9], [], [9, 130]]
const positive = (u: number) => 0.1 + 3 * u
const sigma = (x: number) => 1 / (1 + Math.exp(-x))

type Row = [name: string, op: (x: Tensor) => Tensor, f: (x: number) => number, values?: (u: number) => number, extra?: Partial<OpCase>]

const rows: Row[] = [
  ['neg', ops.neg, (x) => -x],
  ['abs', ops.abs, Math.abs],
  ['sign', ops.sign, Math.sign],
  ['square', ops.square, (x) => x * x],
  ['sqrt', ops.sqrt, Math.sqrt, positive],
  ['rsqrt', ops.rsqrt, (x) => 1 / Math.sqrt(x), positive],
  ['reciprocal', ops.reciprocal, (x) => 1 / x],
  ['exp', ops.exp, Math.exp],
  ['expm1', ops.expm1, Math.expm1],
  ['log', ops.log, Math.log, positive],
  ['log1p', ops.log1p, Math.log1p, positive],
  ['sin', ops.sin, Math.sin],
  ['cos', ops.cos, Math.cos],
  ['tanh', ops.tanh, Math.tanh],
  ['sigmoid', ops.sigmoid, sigma],
  ['erf', ops.erf, erf],
  ['softplus', ops.softplus, (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0)],
  ['relu', ops.relu, (x) => Math.max(x, 0)],
  [
    'relu with options',
    (x) => ops.relu(x, { negativeSlope: 0.2, maxValue: 1.5, threshold: 0.5 }),
    (x) => (x >= 1.5 ? 1.5 : x >= 0.5 ? x : 0.2 * (x - 0.5)),
    (u) => [-1.4, -0.3, 0.2, 0.7, 1.1, 1.9][Math.floor(u * 6)]!,
  ],
  ['elu', (x) => ops.elu(x, 0.7), (x) => (x > 0 ? x : 0.7 * Math.expm1(x))],
  ['selu', ops.selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
  ['gelu', ops.gelu, (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2))],
  ['gelu approximate', (x) => ops.gelu(x, true), (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
  ['silu', ops.silu, (x) => x * sigma(x)],
  ['clip', (x) => ops.clip(x, -1, 0.5), (x) => Math.min(Math.max(x, -1), 0.5), (u) => [-1.7, -0.4, 0.2, 0.9][Math.floor(u * 4)]!],
  ['floor', ops.floor, Math.floor],
  ['ceil', ops.ceil, Math.ceil],
  ['isNan', ops.isNan, (x) => Number(Number.isNaN(x)), undefined, { differentiable: [] }],
  ['isFinite', ops.isFinite, (x) => Number(Number.isFinite(x)), undefined, { differentiable: [] }],
  ['logicalNot', ops.logicalNot, (x) => Number(x === 0), undefined, { differentiable: [] }],
  ['cast to int32', (x) => ops.cast(x, 'int32'), Math.trunc, (u) => 40 * u - 20, { differentiable: [] }],
]

describe('ops of one operand', () => {
  test.each(rows)('%s', (_, op, f, values = spread, extra = {}) => {
    checkOp(
      op,
      sizes.map((shape) => ({ shapes: [shape], values: [values], ...extra })),
      map(f),
    )
  })
  test('round goes to even', () => {
    checkOp(
      ops.round,
      [
        { shapes: [[9]], values: [(_, i) => (i - 4) / 2 + 0.001 * (i % 2)] },
        { shapes: [[6]], values: [(_, i) => i - 2.5], differentiable: [] },
      ],
      map((x) => {
        const r = Math.round(x)
        return Math.abs(x % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r
      }),
    )
  })
})

const pairs: [number[], number[]][] = [
  [[0], [0]],
  [[1], [1]],
  [[5], [5]],
  [[17], [17]],
  [
    [7, 9],
    [7, 9],
  ],
  [[4, 5], [5]],
  [
    [4, 5],
    [4, 1],
  ],
  [
    [3, 1],
    [1, 6],
  ],
  [[], [4, 3]],
  [[2, 3, 4], []],
  [
    [2, 1, 3, 1],
    [4, 1, 2],
  ],
  [
    [2, 1, 2, 1, 2, 3],
    [1, 3, 1, 2, 1, 3],
  ],
  [[12, 30], [30]],
  [
    [30, 12],
    [30, 1],
  ],
  [[200, 3], [3]],
]

type PairRow = [
  name: string,
  op: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
  values?: OpCase['values'],
  extra?: Partial<OpCase>,
]
const floorMod = (a: number, b: number) => a - Math.floor(a / b) * b
const apart = [(u: number) => spread(u), (u: number) => spread(u) * 0.83 + 0.011] as const

const pairRows: PairRow[] = [
  ['add', ops.add, (a, b) => a + b],
  ['sub', ops.sub, (a, b) => a - b],
  ['mul', ops.mul, (a, b) => a * b],
  ['div', ops.div, (a, b) => a / b],
  ['pow', ops.pow, Math.pow, [positive, spread]],
  ['maximum', ops.maximum, Math.max, apart],
  ['minimum', ops.minimum, Math.min, apart],
  ['squaredDifference', ops.squaredDifference, (a, b) => (a - b) ** 2],
  ['mod', ops.mod, floorMod, [(u) => 10 * u + 0.3, () => 7.7], { differentiable: [0] }],
  ['floorDiv', ops.floorDiv, (a, b) => Math.floor(a / b), [(u) => Math.floor(20 * u) - 10 + 0.5, () => 3], { differentiable: [] }],
  ...(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const).map(
    (name): PairRow => [
      name,
      ops[name],
      {
        equal: (a: number, b: number) => Number(a === b),
        notEqual: (a: number, b: number) => Number(a !== b),
        less: (a: number, b: number) => Number(a < b),
        lessEqual: (a: number, b: number) => Number(a <= b),
        greater: (a: number, b: number) => Number(a > b),
        greaterEqual: (a: number, b: number) => Number(a >= b),
      }[name],
      [(u) => Math.floor(3 * u), (u) => Math.floor(3 * u)],
      { differentiable: [] },
    ],
  ),
  [
    'logicalAnd',
    ops.logicalAnd,
    (a, b) => Number(a && b ? 1 : 0),
    [(u) => Math.floor(2 * u), (u) => Math.floor(2 * u)],
    { differentiable: [] },
  ],
  [
    'logicalOr',
    ops.logicalOr,
    (a, b) => Number(a || b ? 1 : 0),
    [(u) => Math.floor(2 * u), (u) => Math.floor(2 * u)],
    { differentiable: [] },
  ],
  [
    'logicalXor',
    ops.logicalXor,
    (a, b) => Number(Boolean(a) !== Boolean(b)),
    [(u) => Math.floor(2 * u), (u) => Math.floor(2 * u)],
    { differentiable: [] },
  ],
]

describe('ops of two operands, broadcasting', () => {
  test.each(pairRows)('%s', (_, op, f, values = [spread, spread], extra = {}) => {
    checkOp(
      op,
      pairs.map((shapes) => ({ shapes, values, ...extra })),
      zip(f),
    )
  })
  const integer = (
    name: 'add' | 'sub' | 'mul' | 'maximum' | 'minimum' | 'mod' | 'floorDiv' | 'less' | 'equal',
    f: (a: number, b: number) => number,
  ) =>
    test(`${name} of int32`, () =>
      checkOp(
        ops[name],
        pairs.map((shapes) => ({
          shapes,
          dtypes: ['int32', 'int32'],
          differentiable: [],
          values: [(u) => Math.floor(2e3 * u) - 1000, (u) => Math.floor(20 * u) - 10 || 3],
        })),
        zip(f),
      ))
  integer('add', (a, b) => a + b)
  integer('sub', (a, b) => a - b)
  integer('mul', (a, b) => a * b)
  integer('maximum', Math.max)
  integer('minimum', Math.min)
  integer('mod', floorMod)
  integer('floorDiv', (a, b) => Math.floor(a / b))
  integer('less', (a, b) => Number(a < b))
  integer('equal', (a, b) => Number(a === b))
})
