// Element-wise kernels against float64: values, sizes around every vector and step, broadcasting, in place, on any number of threads.
import { describe, expect, test } from 'vitest'
import type { KernelName } from '../src/generated/kernels'
import { builds, Kernels, type Data } from './support/kernels'

const { abs, exp, fround, log1p, max, min, sqrt, tanh, trunc } = Math
const EPSILON = 2 ** -24
const sizes = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100]
const I32 = 2 ** 31

const COMMON = [0, -0, 1, -1, 0.5, 2.5, -1.5, Infinity, -Infinity, NaN, 6]
const EXTREME = [...COMMON, 1e-45, -3e38, 1e10]

/** Normal-ish numbers with some special ones in between. */
function floats(n: number, seed: number, specials: number[]): Float32Array {
  let state = seed
  const next = () => (state = (state * 1103515245 + 12345) % I32) / I32
  return Float32Array.from({ length: n }, (_, i) =>
    specials.length && (i + seed) % 5 === 0 ? specials[((i + seed) / 5) % specials.length]! : (next() + next() + next() - 1.5) * 4,
  )
}

function ints(n: number, seed: number): Int32Array {
  const specials = [0, 1, -1, I32 - 1, -I32, 7, -7]
  return Int32Array.from({ length: n }, (_, i) =>
    (i + seed) % 4 === 0 ? specials[((i + seed) / 4) % specials.length]! : ((i * 7919 + seed * 104729) % 41) - 20,
  )
}

/** Within `bound` units of 2^-24 of the larger of it and 1; NaN and ±∞ exactly, zeros of any sign. */
function close(got: Data, want: ArrayLike<number>, bound: number, what: string) {
  expect(got.length).toBe(want.length)
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i]!, got instanceof Float32Array ? fround(want[i]!) : want[i]!]
    const same = a === b || (Number.isNaN(a) && Number.isNaN(b)) || abs(a - b) <= bound * EPSILON * max(1, abs(b))
    if (!same) expect.fail(`${what}[${i}]: ${a} instead of ${b}`)
  }
}

const bits = (data: Data) => new Uint32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))

// ── float64 references ──

const erf = (x: number) => {
  if (abs(x) > 5.5) return Math.sign(x)
  let sum = abs(x)
  for (let term = sum, n = 1; term > sum * 1e-18; n++) sum += term *= (2 * x * x) / (2 * n + 1)
  return (Math.sign(x) * sum * exp(-x * x) * 2) / sqrt(Math.PI)
}
const sigmoid = (x: number) => (x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)))
const density = (x: number) => exp((-x * x) / 2) / sqrt(2 * Math.PI)
const normal = (x: number) => (1 + erf(x / Math.SQRT2)) / 2
const halfToEven = (x: number) => (abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))
const SELU = [1.0507009873554805, 1.6732632423543772] as const
const u = (x: number) => 2 * sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)
const du = (x: number) => 2 * sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x)
const gated = (x: number, s: number, slope: number) => s + x * s * (1 - s) * slope
const saturate = (x: number) => (Number.isNaN(x) ? 0 : max(-I32, min(I32 - 1, trunc(x))))
const pick = (condition: boolean, yes: number, no: number) => (condition ? yes : no)

type Params = { alpha?: number; beta?: number; gamma?: number }
type Kind = 'float' | 'int'
type Unary = [name: KernelName, reference: (x: number) => number, bound: number, from: Kind, to: Kind, params?: Params]

const unary: Unary[] = [
  ['neg', (x) => -x, 0, 'float', 'float'],
  ['abs', abs, 0, 'float', 'float'],
  ['sign', Math.sign, 0, 'float', 'float'],
  ['square', (x) => x * x, 0, 'float', 'float'],
  ['sqrt', sqrt, 0, 'float', 'float'],
  ['rsqrt', (x) => 1 / fround(sqrt(x)), 2, 'float', 'float'],
  ['floor', Math.floor, 0, 'float', 'float'],
  ['ceil', Math.ceil, 0, 'float', 'float'],
  ['round', halfToEven, 0, 'float', 'float'],
  ['affine', (x) => 1.5 * x - 0.25, 4, 'float', 'float', { alpha: 1.5, beta: -0.25 }],
  ['clip', (x) => pick(x < -1, -1, pick(x > 2, 2, x)), 0, 'float', 'float', { alpha: -1, beta: 2 }],
  ['relu', (x) => pick(x < 0, 0, x), 0, 'float', 'float'],
  ['leakyRelu', (x) => pick(x >= 6, 6, pick(x >= 1, x, 0.25 * (x - 1))), 2, 'float', 'float', { alpha: 0.25, beta: 6, gamma: 1 }],
  ['leakyRelu', (x) => pick(x >= 0, x, 0.25 * x), 2, 'float', 'float', { alpha: 0.25, beta: Infinity, gamma: 0 }],
  ['leakyRelu', (x) => pick(x >= 6, 6, pick(x < 0, 0, x)), 2, 'float', 'float', { alpha: 0, beta: 6, gamma: 0 }],
  ['sigmoid', sigmoid, 2, 'float', 'float'],
  ['tanh', tanh, 2, 'float', 'float'],
  ['elu', (x) => pick(x > 0, x, 1.5 * Math.expm1(x)), 3, 'float', 'float', { alpha: 1.5 }],
  ['selu', (x) => SELU[0] * pick(x > 0, x, SELU[1] * Math.expm1(x)), 6, 'float', 'float'],
  ['silu', (x) => x * sigmoid(x), 4, 'float', 'float'],
  ['geluTanh', (x) => x * sigmoid(u(x)), 8, 'float', 'float'],
  ['gelu', (x) => x * normal(x), 8, 'float', 'float'],
  ['softplus', (x) => max(x, 0) + log1p(exp(-abs(x))), 2, 'float', 'float'],
  ['toBool', (x) => +(x !== 0), 0, 'float', 'int'],
  ['castToInt', saturate, 0, 'float', 'int'],
  ['castToFloat', (x) => x, 0, 'int', 'float'],
  ['toBoolInt', (x) => +(x !== 0), 0, 'int', 'int'],
]

type Grad = [name: KernelName, slope: (x: number) => number, bound: number, params?: Params]

/** dx = dy · slope; some take the output y as their x. */
const gradients: Grad[] = [
  ['absGrad', Math.sign, 0],
  ['sqrtGrad', (y) => 0.5 / y, 2],
  ['clipGrad', (x) => +(x >= -1 && x <= 2), 0, { alpha: -1, beta: 2 }],
  ['reluGrad', (y) => +(y > 0), 0],
  ['leakyReluGrad', (x) => pick(x >= 6, 0, pick(x >= 1, 1, 0.25)), 1, { alpha: 0.25, beta: 6, gamma: 1 }],
  ['sigmoidGrad', (y) => y * (1 - y), 4],
  ['tanhGrad', (y) => 1 - y * y, 4],
  ['softplusGrad', sigmoid, 4],
  ['eluGrad', (x) => pick(x > 0, 1, 1.5 * exp(x)), 4, { alpha: 1.5 }],
  ['seluGrad', (x) => SELU[0] * pick(x > 0, 1, SELU[1] * exp(x)), 6],
  ['siluGrad', (x) => gated(x, sigmoid(x), 1), 8],
  ['geluTanhGrad', (x) => gated(x, sigmoid(u(x)), du(x)), 24],
  ['geluGrad', (x) => normal(x) + x * density(x), 12],
]

const nan = (a: number, b: number) => Number.isNaN(a) || Number.isNaN(b)
/** NumPy's floor modulo: the sign of b, which for an endless b means b itself. */
const mod = (a: number, b: number) => {
  const r = a % b
  return r !== 0 && r < 0 !== b < 0 ? r + b : r
}
const floorDiv = (a: number, b: number) => {
  if (b === 0 || nan(a, b)) return a / b
  if (abs(a) === Infinity) return NaN
  return abs(b) === Infinity ? pick(a !== 0 && a < 0 !== b < 0, -1, 0) : Math.floor(a / b)
}

type Binary = [name: KernelName, reference: (a: number, b: number) => number, from: Kind, to: Kind]

const binary: Binary[] = [
  ['add', (a, b) => a + b, 'float', 'float'],
  ['sub', (a, b) => a - b, 'float', 'float'],
  ['mul', (a, b) => a * b, 'float', 'float'],
  ['div', (a, b) => a / b, 'float', 'float'],
  ['maximum', (a, b) => (nan(a, b) ? NaN : max(a, b)), 'float', 'float'],
  ['minimum', (a, b) => (nan(a, b) ? NaN : min(a, b)), 'float', 'float'],
  ['squaredDifference', (a, b) => fround(a - b) ** 2, 'float', 'float'],
  ['pow', (a, b) => (a === 1 || (abs(a) === 1 && abs(b) === Infinity) ? 1 : a ** b), 'float', 'float'],
  ['mod', mod, 'float', 'float'],
  ['floorDiv', floorDiv, 'float', 'float'],
  ['equal', (a, b) => +(a === b), 'float', 'int'],
  ['notEqual', (a, b) => +(a !== b), 'float', 'int'],
  ['less', (a, b) => +(a < b), 'float', 'int'],
  ['lessEqual', (a, b) => +(a <= b), 'float', 'int'],
  ['addInt', (a, b) => (a + b) | 0, 'int', 'int'],
  ['subInt', (a, b) => (a - b) | 0, 'int', 'int'],
  ['mulInt', Math.imul, 'int', 'int'],
  ['maximumInt', max, 'int', 'int'],
  ['minimumInt', min, 'int', 'int'],
  ['floorDivInt', (a, b) => (b ? Math.floor(a / b) | 0 : 0), 'int', 'int'],
  ['modInt', (a, b) => (b ? mod(a, b) : 0), 'int', 'int'],
  ['equalInt', (a, b) => +(a === b), 'int', 'int'],
  ['notEqualInt', (a, b) => +(a !== b), 'int', 'int'],
  ['lessInt', (a, b) => +(a < b), 'int', 'int'],
  ['lessEqualInt', (a, b) => +(a <= b), 'int', 'int'],
  ['logicalAnd', (a, b) => a & b, 'int', 'int'],
  ['logicalOr', (a, b) => a | b, 'int', 'int'],
  ['logicalXor', (a, b) => a ^ b, 'int', 'int'],
]

/** Output dims and which of them each operand has; what it lacks is repeated. */
type Layout = [dims: number[], a: number[], b: number[]]
const layouts: Layout[] = [
  ...[0, 1, 4, 5, 15, 16, 17, 33, 100].map((n): Layout => [[n], [1], [1]]),
  ...[1, 3, 4, 17, 40].flatMap((n): Layout[] => [
    [[n], [0], [1]],
    [[n], [1], [0]],
    [
      [7, n],
      [1, 1],
      [0, 1],
    ],
    [
      [7, n],
      [1, 0],
      [1, 1],
    ],
    [
      [6, n],
      [1, 0],
      [0, 1],
    ],
  ]),
  [
    [33, 3],
    [1, 1],
    [0, 1],
  ],
  [
    [2, 3, 2, 5, 2, 3],
    [1, 0, 1, 0, 1, 0],
    [0, 1, 0, 1, 0, 1],
  ],
  [
    [3, 2, 1, 4, 3, 6],
    [1, 1, 1, 1, 1, 1],
    [1, 0, 0, 0, 1, 1],
  ],
  [
    [2, 2, 2, 2, 2, 20],
    [0, 0, 0, 0, 0, 0],
    [1, 1, 1, 1, 1, 1],
  ],
]

const product = (dims: number[]) => dims.reduce((n, d) => n * d, 1)
const six = (list: number[], fill: number) => [...Array(6 - list.length).fill(fill), ...list]

function stridesOf(dims: number[], has: number[]) {
  const strides: number[] = []
  let step = 1
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = has[i] ? step : 0
    if (has[i]) step *= dims[i]!
  }
  return { strides, length: step }
}

/** Where element i of the output lies in an operand. */
function place(i: number, dims: number[], strides: number[]) {
  let at = 0
  for (let d = dims.length - 1; d >= 0; d--) {
    at += (i % dims[d]!) * strides[d]!
    i = Math.floor(i / dims[d]!)
  }
  return at
}

const dataOf = (kind: Kind, n: number, seed: number, specials = COMMON): Data =>
  kind === 'float' ? floats(n, seed, specials) : ints(n, seed)

describe.each(builds)('%s build', (build) => {
  const wasm = new Kernels(build)

  test.each(unary)('%s', (name, reference, bound, from, to, params = {}) => {
    for (const n of sizes) {
      let alone: Data | undefined
      for (const [threads, inPlace] of [
        [1, false],
        [2, false],
        [3, true],
      ] as const) {
        wasm.reset()
        const data = dataOf(from, n, n, EXTREME)
        const x = wasm.buffer(data)
        const y = inPlace ? x : wasm.buffer(n)
        wasm.call(name as 'neg', { y, x, n, alpha: 0, beta: 0, gamma: 0, ...params }, threads)
        const got = to === 'float' ? wasm.floats(y, n) : wasm.ints(y, n)
        close(got, Array.from(data, reference), bound, `${name} of ${n}`)
        expect(bits(got)).toEqual(bits((alone ??= got)))
      }
    }
  })

  test.each(gradients)('%s', (name, slope, bound, params = {}) => {
    for (const n of sizes) {
      let alone: Data | undefined
      for (const [threads, inPlace] of [
        [1, false],
        [2, true],
        [3, false],
      ] as const) {
        wasm.reset()
        const [xs, dys] = [floats(n, 3, []), floats(n, 8, [])]
        const [x, dy] = [wasm.buffer(xs), wasm.buffer(dys)]
        const dx = inPlace ? dy : wasm.buffer(n)
        wasm.call(name as 'reluGrad', { dx, dy, x, n, alpha: 0, beta: 0, gamma: 0, ...params }, threads)
        close(
          wasm.floats(dx, n),
          Array.from(xs, (v, i) => dys[i]! * slope(v)),
          bound * 4,
          `${name} of ${n}`,
        )
        expect(bits(wasm.floats(dx, n))).toEqual(bits((alone ??= wasm.floats(dx, n))))
      }
    }
  })

  test('sigmoidCrossEntropy and its gradient', () => {
    for (const n of sizes) {
      for (const threads of [1, 2, 3]) {
        wasm.reset()
        const [xs, zs, dys] = [floats(n, 3, []).map((v) => v * 4), floats(n, 4, []).map(sigmoid), floats(n, 5, [])]
        const [x, z, dy, y, dx] = [wasm.buffer(xs), wasm.buffer(zs), wasm.buffer(dys), wasm.buffer(n), wasm.buffer(n)]
        wasm.call('sigmoidCrossEntropy', { y, x, z, n }, threads)
        wasm.call('sigmoidCrossEntropyGrad', { dx, dy, x, z, n }, threads)
        close(
          wasm.floats(y, n),
          Array.from(xs, (v, i) => max(v, 0) - v * zs[i]! + log1p(exp(-abs(v)))),
          8,
          'loss',
        )
        close(
          wasm.floats(dx, n),
          Array.from(xs, (v, i) => dys[i]! * (sigmoid(v) - zs[i]!)),
          16,
          'gradient',
        )
      }
    }
  })

  /** One op over one layout; the share boundaries of 2 and 3 threads lie within rows. */
  function broadcast(name: KernelName, [dims, hasA, hasB]: Layout, as: Data, bs: Data, threads: number, inPlace = false) {
    wasm.reset()
    const n = product(dims)
    const [a, b] = [wasm.buffer(as), wasm.buffer(bs)]
    const y = inPlace ? (as.length === n ? a : bs.length === n ? b : wasm.buffer(n)) : wasm.buffer(n)
    const aStrides = six(stridesOf(dims, hasA).strides, 0)
    const bStrides = six(stridesOf(dims, hasB).strides, 0)
    wasm.call(name as 'add', { y, a, b, n, dims: six(dims, 1), aStrides, bStrides }, threads)
    return wasm.ints(y, n)
  }

  function operands([dims, hasA, hasB]: Layout, kind: Kind, reference: (a: number, b: number) => number) {
    const [toA, toB] = [stridesOf(dims, hasA), stridesOf(dims, hasB)]
    const [a, b] = [dataOf(kind, toA.length, 2), dataOf(kind, toB.length, 3)]
    const want = Array.from({ length: product(dims) }, (_, i) =>
      reference(a[place(i, dims, toA.strides)]!, b[place(i, dims, toB.strides)]!),
    )
    return { a, b, want }
  }

  test.each(binary)('%s', (name, reference, from, to) => {
    for (const layout of layouts) {
      const { a, b, want } = operands(layout, from, reference)
      const alone = broadcast(name, layout, a, b, 1)
      close(to === 'float' ? new Float32Array(alone.buffer) : alone, want, name === 'pow' ? 2 : 0, `${name} ${JSON.stringify(layout)}`)
      expect(broadcast(name, layout, a, b, 2)).toEqual(alone)
      expect(broadcast(name, layout, a, b, 3, true)).toEqual(alone)
    }
  })

  test('select', () => {
    for (const [dims, hasA, hasB] of layouts) {
      for (const hasC of [dims.map(() => 1), hasA, hasB]) {
        const n = product(dims)
        const [toC, toA, toB] = [stridesOf(dims, hasC), stridesOf(dims, hasA), stridesOf(dims, hasB)]
        const [cs, as, bs] = [ints(toC.length, 1).map((v) => v & 3), floats(toA.length, 2, COMMON), floats(toB.length, 4, COMMON)]
        const want = Float32Array.from({ length: n }, (_, i) =>
          cs[place(i, dims, toC.strides)] ? as[place(i, dims, toA.strides)]! : bs[place(i, dims, toB.strides)]!,
        )
        for (const [threads, inPlace] of [
          [1, false],
          [3, true],
        ] as const) {
          wasm.reset()
          const [c, a, b] = [wasm.buffer(cs), wasm.buffer(as), wasm.buffer(bs)]
          const y = inPlace && cs.length === n ? c : wasm.buffer(n)
          const strides = { cStrides: six(toC.strides, 0), aStrides: six(toA.strides, 0), bStrides: six(toB.strides, 0) }
          wasm.call('select', { y, c, a, b, n, dims: six(dims, 1), ...strides }, threads)
          expect(wasm.floats(y, n)).toEqual(want)
        }
      }
    }
  })
})
