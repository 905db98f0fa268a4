import { describe, expect, test } from 'vitest'
import * as ops from '../src/ops/index'
import type { Tensor } from '../src/tensor'
import { checkOp, spread, type Plain, type Reference } from './support/checkOp'
import { at, fromIndex, reduce } from './support/reference'
import { registry } from '../src/graph/define'

const total = (values: number[]) => values.reduce((a, b) => a + b, 0)

type ReduceRow = [name: string, op: (x: Tensor, axes?: ops.Axes, keep?: boolean) => Tensor, f: (values: number[]) => number, ulps?: number]
const reductions: ReduceRow[] = [
  ['sum', ops.sum, total, 64],
  ['mean', ops.mean, (v) => total(v) / v.length, 16],
  ['max', ops.max, (v) => Math.max(...v)],
  ['min', ops.min, (v) => Math.min(...v)],
  ['prod', ops.prod, (v) => v.reduce((a, b) => a * b, 1), 40],
  ['sumSquares', ops.sumSquares, (v) => total(v.map((x) => x * x)), 64],
  ['variance', ops.variance, (v) => total(v.map((x) => (x - total(v) / v.length) ** 2)) / v.length, 64],
  ['logSumExp', ops.logSumExp, (v) => Math.log(total(v.map(Math.exp))), 16],
]
const reduceCases: [number[], number[], boolean][] = [
  [[1], [0], false],
  [[5], [0], true],
  [[17], [0], false],
  [[3, 7], [0], false],
  [[3, 7], [1], false],
  [[3, 7], [0, 1], true],
  [[4, 3, 5], [1], true],
  [[4, 3, 5], [0, 2], false],
  [[2, 3, 2, 5], [1, 3], false],
  [[2, 3, 2, 5], [0, 3], true],
  [[6, 16], [1], false],
  [[6, 33], [1], false],
  [[33, 10], [0], false],
  [[128, 40], [0], false],
]
describe('reductions', () => {
  test.each(reductions)('%s', (name, op, f, ulps = 8) => {
    for (const [shape, axes, keep] of reduceCases) {
      if (name === 'prod' && shape[0]! * (shape[1] ?? 1) > 400) continue
      const distinct = name === 'max' || name === 'min' ? (u: number, i: number) => spread(u) + i * 1e-3 : spread
      checkOp((x) => op(x, axes, keep), [{ shapes: [shape], values: [distinct], ulps }], reduce(axes, f, keep))
    }
  })
  test('a long sum of few outputs goes in chunks', () => {
    checkOp((x) => ops.sum(x), [{ shapes: [[50_001]], ulps: 64 }], reduce([0], total))
    checkOp((x) => ops.sum(x, 0), [{ shapes: [[20_000, 3]], ulps: 64 }], reduce([0], total))
    checkOp(
      (x) => ops.max(x),
      [{ shapes: [[50_001]], values: [(u, i) => spread(u) + i * 1e-6], differentiable: [] }],
      reduce([0], (v) => v.reduce((a, b) => Math.max(a, b))),
    )
  })
  test('prod with zeros: the gradient is the product of the others', () => {
    checkOp(
      (x) => ops.prod(x, 1),
      [{ shapes: [[3, 4]], values: [(u, i) => (i === 1 || i === 5 || i === 6 ? 0 : spread(u))] }],
      reduce([1], (v) => v.reduce((a, b) => a * b, 1)),
    )
  })
  test('sum, max of int32 and bool', () => {
    checkOp(
      (x) => ops.sum(x, 1),
      [{ shapes: [[3, 7]], dtypes: ['int32'], differentiable: [], values: [(u) => Math.floor(100 * u)] }],
      reduce([1], total),
    )
    checkOp(
      (x) => ops.max(x, 0),
      [{ shapes: [[3, 7]], dtypes: ['int32'], differentiable: [], values: [(u) => Math.floor(100 * u) - 50] }],
      reduce([0], (v) => Math.max(...v)),
    )
    checkOp(
      (x) => ops.any(ops.greater(x, 0.5), 1),
      [{ shapes: [[9, 3]], differentiable: [] }],
      reduce([1], (v) => Number(v.some((x) => x > 0.5))),
    )
    checkOp(
      (x) => ops.all(ops.greater(x, -1.5), 1),
      [{ shapes: [[9, 3]], differentiable: [] }],
      reduce([1], (v) => Number(v.every((x) => x > -1.5))),
    )
  })
  test('argMax, argMin', () => {
    const arg = (better: (a: number, b: number) => boolean) => (v: number[]) =>
      v.reduce((best, x, i) => (better(x, v[best]!) ? i : best), 0)
    for (const [shape, axis] of [
      [[7], 0],
      [[5, 9], 1],
      [[5, 9], 0],
      [[2, 3, 4], 1],
      [[3, 40], 1],
    ] as const) {
      const values = [(u: number) => Math.floor(10 * u)]
      checkOp(
        (x) => ops.argMax(x, axis),
        [{ shapes: [shape], differentiable: [], values }],
        reduce(
          [axis],
          arg((a, b) => a > b),
        ),
      )
      checkOp(
        (x) => ops.argMin(x, axis),
        [{ shapes: [shape], differentiable: [], values }],
        reduce(
          [axis],
          arg((a, b) => a < b),
        ),
      )
    }
  })
})

const permuted =
  (perm: readonly number[]): Reference =>
  (x) =>
    fromIndex(
      perm.map((axis) => x!.shape[axis]!),
      (index) =>
        at(
          x!,
          perm.map((_, i) => index[perm.indexOf(i)]!),
        ),
    )

describe('moving values', () => {
  test('reshape, flatten, expandDims, squeeze', () => {
    checkOp(
      (x) => ops.reshape(x, [4, -1]),
      [{ shapes: [[2, 6]] }],
      (x) => ({ shape: [4, 3], data: x!.data }),
    )
    checkOp(
      (x) => ops.mul(ops.expandDims(ops.squeeze(x), -1), 2),
      [{ shapes: [[1, 5, 1]] }],
      (x) => ({ shape: [5, 1], data: x!.data.map((v) => 2 * v) }),
    )
  })
  test.each([
    [
      [3, 5],
      [1, 0],
    ],
    [
      [17, 33],
      [1, 0],
    ],
    [
      [2, 3, 4],
      [2, 0, 1],
    ],
    [
      [2, 3, 4, 5],
      [0, 2, 3, 1],
    ],
    [
      [2, 3, 4, 5],
      [0, 3, 1, 2],
    ],
    [
      [2, 1, 3, 1, 2, 2],
      [5, 4, 3, 2, 1, 0],
    ],
    [
      [70, 90],
      [1, 0],
    ],
  ])('transpose %j by %j', (shape, perm) => {
    checkOp((x) => ops.transpose(x, perm), [{ shapes: [shape] }], permuted(perm))
  })
  test('slice, also as a view', () => {
    const sliced =
      (begin: number[], size: number[]): Reference =>
      (x) =>
        fromIndex(size, (index) =>
          at(
            x!,
            index.map((i, axis) => i + begin[axis]!),
          ),
        )
    for (const [shape, begin, size] of [
      [[7], [2], [3]],
      [
        [4, 16],
        [1, 0],
        [2, 16],
      ],
      [
        [4, 5],
        [1, 2],
        [3, 2],
      ],
      [
        [3, 4, 5],
        [0, 1, 0],
        [3, 2, 5],
      ],
    ] as const) {
      checkOp((x) => ops.slice(x, begin, size), [{ shapes: [shape] }], sliced([...begin], [...size]))
    }
  })
  test('reverse, stridedSlice', () => {
    checkOp(
      (x) => ops.reverse(x, [0, 1]),
      [{ shapes: [[3, 5]] }],
      (x) => fromIndex([3, 5], ([i, j]) => at(x!, [2 - i!, 4 - j!])),
    )
    checkOp(
      (x) => ops.stridedSlice(x, 1, 1, null, 3),
      [{ shapes: [[2, 11]] }],
      (x) => fromIndex([2, 4], ([i, j]) => at(x!, [i!, 1 + 3 * j!])),
    )
    checkOp(
      (x) => ops.stridedSlice(x, 0, -1, 0, -2),
      [{ shapes: [[6]] }],
      (x) => fromIndex([3], ([i]) => at(x!, [5 - 2 * i!])),
    )
  })
  test('pad, concat, stack, tile, repeat, broadcastTo', () => {
    checkOp(
      (x) =>
        ops.pad(
          x,
          [
            [1, 0],
            [2, 3],
          ],
          7,
        ),
      [{ shapes: [[2, 3]] }],
      (x) => fromIndex([3, 8], ([i, j]) => (i! >= 1 && j! >= 2 && j! < 5 ? at(x!, [i! - 1, j! - 2]) : 7)),
    )
    const along =
      (axis: number): Reference =>
      (a, b) => {
        const shape = a!.shape.map((d, i) => (i === axis ? d + b!.shape[i]! : d))
        return fromIndex(shape, (index) =>
          index[axis]! < a!.shape[axis]!
            ? at(a!, index)
            : at(
                b!,
                index.map((v, i) => (i === axis ? v - a!.shape[axis]! : v)),
              ),
        )
      }
    checkOp(
      (a, b) => ops.concat([a, b], 0),
      [
        {
          shapes: [
            [2, 3],
            [4, 3],
          ],
        },
        { shapes: [[5], [2]] },
      ],
      along(0),
    )
    checkOp(
      (a, b) => ops.concat([a, b], -1),
      [
        {
          shapes: [
            [2, 3],
            [2, 5],
          ],
        },
      ],
      along(1),
    )
    checkOp(
      (a, b) => ops.stack([a, b], 1),
      [{ shapes: [[4], [4]] }],
      (a, b) => fromIndex([4, 2], ([i, j]) => (j ? b! : a!).data[i!]!),
    )
    checkOp(
      (x) => ops.tile(x, [2, 3]),
      [{ shapes: [[2, 3]] }],
      (x) => fromIndex([4, 9], ([i, j]) => at(x!, [i! % 2, j! % 3])),
    )
    checkOp(
      (x) => ops.repeat(x, 3, 1),
      [{ shapes: [[2, 3]] }],
      (x) => fromIndex([2, 9], ([i, j]) => at(x!, [i!, Math.floor(j! / 3)])),
    )
    checkOp(
      (x) => ops.broadcastTo(x, [4, 2, 3]),
      [{ shapes: [[2, 1]] }, { shapes: [[1, 3]] }, { shapes: [[]] }],
      (x) =>
        fromIndex([4, 2, 3], ([, j, k]) => (x!.shape.length === 0 ? x!.data[0]! : x!.shape[1] === 1 ? at(x!, [j!, 0]) : at(x!, [0, k!]))),
    )
  })
  test('clone, where, cast', () => {
    checkOp(
      (x) => ops.clone(x),
      [{ shapes: [[5]] }],
      (x) => x!,
    )
    checkOp(
      (c, a, b) => ops.where(ops.greater(c, 0), a, b),
      [
        { shapes: [[3, 4], [4], [3, 1]], differentiable: [1, 2] },
        { shapes: [[17], [17], [17]], differentiable: [1, 2] },
      ],
      (c, a, b) =>
        fromIndex(c!.shape, (index) =>
          at(c!, index) > 0
            ? a!.shape.length === 1
              ? a!.data[index.at(-1)!]!
              : 0
            : b!.shape.length === 1
              ? b!.data[index.at(-1)!]!
              : at(b!, [index[0]!, 0]),
        ),
    )
  })
})

describe('indices', () => {
  const whole = (limit: number) => (u: number) => Math.floor(limit * u)
  test('gather, on several axes and sizes', () => {
    const reference =
      (axis: number): Reference =>
      (x, i) =>
        fromIndex([...x!.shape.slice(0, axis), ...i!.shape, ...x!.shape.slice(axis + 1)], (index) => {
          const place = at(i!, index.slice(axis, axis + i!.shape.length))
          return at(x!, [...index.slice(0, axis), place, ...index.slice(axis + i!.shape.length)])
        })
    checkOp(
      (x, i) => ops.gather(x, i, 0),
      [
        { shapes: [[6, 5], [9]], values: [undefined, whole(6)], dtypes: ['float32', 'int32'], differentiable: [0] },
        { shapes: [[6], [2, 3]], values: [undefined, whole(6)], dtypes: ['float32', 'int32'], differentiable: [0] },
        { shapes: [[6, 40], [300]], values: [undefined, whole(6)], dtypes: ['float32', 'int32'], differentiable: [0], ulps: 64 },
      ],
      reference(0),
    )
    checkOp(
      (x, i) => ops.gather(x, i, 1),
      [{ shapes: [[2, 6, 3], [4]], values: [undefined, whole(6)], dtypes: ['float32', 'int32'], differentiable: [0] }],
      reference(1),
    )
  })
  test('takeAlongAxis', () => {
    checkOp(
      (x, i) => ops.takeAlongAxis(x, i, 1),
      [
        {
          shapes: [
            [3, 6],
            [3, 2],
          ],
          values: [undefined, whole(6)],
          dtypes: ['float32', 'int32'],
          differentiable: [0],
        },
      ],
      (x, i) => fromIndex([3, 2], ([r, c]) => at(x!, [r!, at(i!, [r!, c!])])),
    )
  })
  test('oneHot, arange', () => {
    checkOp(
      (i) => ops.oneHot(i, 5, 2, -1),
      [{ shapes: [[7]], dtypes: ['int32'], values: [(u) => Math.floor(7 * u) - 1], differentiable: [] }],
      (i) => fromIndex([7, 5], ([r, c]) => (i!.data[r!] === c ? 2 : -1)),
    )
    expect([...ops.arange(1, 2, 0.25).dataSync()]).toEqual([1, 1.25, 1.5, 1.75])
    expect([...ops.arange(5, 0, -2).dataSync()]).toEqual([5, 3, 1])
  })
})

describe('products', () => {
  const product =
    (ta: boolean, tb: boolean): Reference =>
    (a, b) => {
      const [m, k] = ta ? [a!.shape[1]!, a!.shape[0]!] : [a!.shape[0]!, a!.shape[1]!]
      const n = tb ? b!.shape[0]! : b!.shape[1]!
      const data = new Float64Array(m * n)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++)
          for (let p = 0; p < k; p++) data[i * n + j]! += at(a!, ta ? [p, i] : [i, p]) * at(b!, tb ? [j, p] : [p, j])
      return { shape: [m, n], data }
    }
  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('matmul, transposed: %s %s', (ta, tb) => {
    for (const [m, k, n] of [
      [1, 1, 1],
      [1, 7, 9],
      [5, 3, 1],
      [6, 8, 8],
      [7, 0, 3],
      [13, 17, 19],
      [33, 40, 50],
    ] as const) {
      checkOp(
        (a, b) => ops.matmul(a, b, { transposeA: ta, transposeB: tb }),
        [{ shapes: [ta ? [k, m] : [m, k], tb ? [n, k] : [k, n]], ulps: 8 + k }],
        product(ta, tb),
      )
    }
  })
  test('batches, broadcast', () => {
    checkOp(
      (a, b) => ops.matmul(a, b),
      [
        {
          shapes: [
            [2, 3, 4],
            [2, 4, 5],
          ],
          ulps: 16,
        },
        {
          shapes: [
            [2, 3, 4],
            [1, 4, 5],
          ],
          ulps: 16,
        },
        {
          shapes: [
            [2, 3, 4],
            [4, 5],
          ],
          ulps: 16,
        },
      ],
      (a, b) =>
        fromIndex([2, 3, 5], ([s, i, j]) =>
          total(
            [0, 1, 2, 3].map((p) => at(a!, [s!, i!, p]) * at(b!, b!.shape.length === 2 ? [p, j!] : [b!.shape[0] === 1 ? 0 : s!, p, j!])),
          ),
        ),
    )
  })
  test.each(['linear', 'relu', 'tanh', 'sigmoid'] as const)('dense with %s', (activation) => {
    const f = {
      linear: (x: number) => x,
      relu: (x: number) => Math.max(0, x),
      tanh: Math.tanh,
      sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
    }[activation]
    checkOp(
      (x, w, b) => ops.dense(x, w, b, activation),
      [
        { shapes: [[5, 7], [7, 9], [9]], ulps: 32 },
        { shapes: [[2, 3, 4], [4, 10], [10]], ulps: 32 },
      ],
      (x, w, b) =>
        fromIndex([...x!.shape.slice(0, -1), w!.shape[1]!], (index) =>
          f(
            b!.data[index.at(-1)!]! +
              total(Array.from({ length: w!.shape[0]! }, (_, p) => at(x!, [...index.slice(0, -1), p]) * at(w!, [p, index.at(-1)!]))),
          ),
        ),
    )
  })
})

describe('softmax and cross-entropies', () => {
  const rows = (x: Plain, f: (row: number[]) => number[]): Plain => {
    const n = x.shape.at(-1)!
    const data = Float64Array.from(Array.from({ length: x.data.length / n }, (_, r) => f([...x.data.subarray(r * n, (r + 1) * n)])).flat())
    return { shape: data.length === x.data.length ? x.shape : x.shape.slice(0, -1), data }
  }
  const soft = (row: number[]) => {
    const e = row.map((v) => Math.exp(v - Math.max(...row)))
    return e.map((v) => v / total(e))
  }
  const shapes = [
    [1, 1],
    [3, 2],
    [5, 10],
    [4, 17],
    [2, 3, 8],
    [40, 100],
  ]
  test('softmax, logSoftmax', () => {
    checkOp(
      (x) => ops.softmax(x),
      shapes.map((shape) => ({ shapes: [shape] })),
      (x) => rows(x!, soft),
    )
    checkOp(
      (x) => ops.logSoftmax(x),
      shapes.map((shape) => ({ shapes: [shape] })),
      (x) => rows(x!, (row) => soft(row).map(Math.log)),
    )
    checkOp(
      (x) => ops.softmax(x, 0),
      [{ shapes: [[3, 5]] }],
      (x) => permuted([1, 0])(rows(permuted([1, 0])(x!), soft)),
    )
  })
  const labels = (n: number) =>
    ({ values: [undefined, (u: number) => Math.floor(n * u)], dtypes: ['float32', 'int32'], differentiable: [0] }) as const
  test('sparse, on logits and on probabilities', () => {
    for (const [shape, at] of [
      [[1, 1], 0],
      [[6, 3], 0],
      [[9, 10], 0],
      [[2, 3, 8], 1],
    ] as const) {
      const n = shape.at(-1)!
      void at
      const pick =
        (f: (row: number[]) => number[]): Reference =>
        (x, y) => {
          const p = rows(x!, f)
          return { shape: y!.shape, data: y!.data.map((label, r) => -Math.log(p.data[r * n + label]!)) }
        }
      checkOp(
        (x, y) => ops.sparseCrossEntropy(y, x, { fromLogits: true }),
        [{ shapes: [shape, shape.slice(0, -1)], ...labels(n) }],
        pick(soft),
      )
      const positive = [(u: number) => 0.1 + u, labels(n).values[1]]
      if (n > 1)
        checkOp(
          (x, y) => ops.sparseCrossEntropy(y, x),
          [{ shapes: [shape, shape.slice(0, -1)], ...labels(n), values: positive }],
          pick((row) => row.map((v) => v / total(row))),
        )
    }
  })
  test('categorical, with label smoothing', () => {
    for (const labelSmoothing of [0, 0.1]) {
      const loss =
        (f: (row: number[]) => number[]): Reference =>
        (x, y) => {
          const p = rows(x!, f)
          const n = x!.shape.at(-1)!
          return {
            shape: x!.shape.slice(0, -1),
            data: Float64Array.from(
              { length: p.data.length / n },
              (_, r) =>
                -total(
                  Array.from(
                    { length: n },
                    (_, i) => (y!.data[r * n + i]! * (1 - labelSmoothing) + labelSmoothing / n) * Math.log(p.data[r * n + i]!),
                  ),
                ),
            ),
          }
        }
      const cases = [
        [3, 2],
        [5, 10],
        [2, 3, 8],
      ].map((shape) => ({ shapes: [shape, shape], values: [undefined, (u: number) => u], differentiable: [0, 1], ulps: 16 }))
      checkOp((x, y) => ops.categoricalCrossEntropy(y, x, { fromLogits: true, labelSmoothing }), cases, loss(soft))
      checkOp(
        (x, y) => ops.categoricalCrossEntropy(y, x, { labelSmoothing }),
        cases.map((c) => ({ ...c, values: [(u: number) => 0.1 + u, (u: number) => u] })),
        loss((row) => row.map((v) => v / total(row))),
      )
    }
  })
  test('binary', () => {
    const cases = [[1], [5], [17], [4, 3]].map((shape) => ({
      shapes: [shape, shape],
      values: [undefined, (u: number) => Math.round(u)],
      differentiable: [0],
      ulps: 16,
    }))
    const loss =
      (f: (x: number) => number): Reference =>
      (x, y) => ({ shape: x!.shape, data: x!.data.map((v, i) => -(y!.data[i]! * Math.log(f(v)) + (1 - y!.data[i]!) * Math.log(1 - f(v)))) })
    checkOp(
      (x, y) => ops.binaryCrossEntropy(y, x, { fromLogits: true }),
      cases,
      loss((x) => 1 / (1 + Math.exp(-x))),
    )
    checkOp(
      (x, y) => ops.binaryCrossEntropy(y, x),
      cases.map((c) => ({ ...c, values: [(u: number) => 0.05 + 0.9 * u, (u: number) => Math.round(u)] })),
      loss((p) => p),
    )
  })
})

test('every op has been defined through defineOp', () => expect(registry.size).toBeGreaterThan(80))
