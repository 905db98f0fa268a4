// Accuracy of the elementary functions in ULP, over every binade of float32 and both signs, and their special values.
import { describe, expect, test } from 'vitest'
import { builds, Kernels, type BuildName } from './support/kernels'
import { binades, erf, erfcFraction, erfSeries, ulps } from './support/ulps'

const { abs, exp, fround, log1p, log2, max, sign, sqrt } = Math

// ── float64 references ──

/** Newton's method on erf, or on erfc near 1. */
const erfinv = (x: number) => {
  const a = abs(x)
  if (a >= 1 || a === 0) return a > 1 ? NaN : a === 1 ? x * Infinity : x
  let z = sqrt(-log1p(-a * a)) * (0.886 + 0.1 * a)
  for (let step = 0; step < 4; step++) {
    const error = (z > 2.5 ? 1 - a - erfcFraction(z) : erfSeries(z) - a) / ((2 / sqrt(Math.PI)) * exp(-z * z))
    z -= error / (1 + z * error)
  }
  return sign(x) * z
}

const references = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
  sigmoid: (x: number) => (x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))),
  erf,
  erfinv,
  softplus: (x: number) => max(x, 0) + log1p(exp(-abs(x))),
  sin: Math.sin,
  cos: Math.cos,
}
type Name = keyof typeof references

function unary(build: BuildName, name: Name, data: Float32Array): Float32Array {
  const wasm = new Kernels(build)
  const x = wasm.buffer(data)
  const y = wasm.buffer(data.length)
  wasm.call(name, { y, x, n: data.length, alpha: 0, beta: 0, gamma: 0 })
  return wasm.floats(y, data.length)
}

/** The largest error, with where it is. */
function worst(got: Float32Array, want: (i: number) => number, describe: (i: number) => string) {
  let error = 0
  let at = 0
  got.forEach((value, i) => {
    const here = ulps(value, want(i))
    if (here > error) [error, at] = [here, i]
  })
  return { error, what: `${describe(at)}: ${got[at]} for ${want(at)}` }
}

const bounds: [Name, number, number?][] = [
  ['exp', 1],
  ['log', 1],
  ['tanh', 2],
  ['sigmoid', 2],
  ['erf', 2],
  ['expm1', 2],
  ['log1p', 2],
  ['softplus', 2],
  ['erfinv', 4],
  ['sin', 2],
  ['cos', 2],
]

describe.each(builds)('%s build', (build) => {
  test.each(bounds)('%s is within %d ULP', (name, bound, limit) => {
    const x = binades(limit)
    const { error, what } = worst(
      unary(build, name, x),
      (i) => references[name](x[i]!),
      (i) => `${name}(${x[i]})`,
    )
    expect(error, what).toBeLessThanOrEqual(bound)
  })

  // where a function bends: a finer walk
  test.each(bounds)('%s is within %d ULP between -20 and 20', (name, bound) => {
    const x = Float32Array.from({ length: 20001 }, (_, i) => (i - 10000) * 0.002 * (1 + (i % 7) * 1e-5))
    const { error, what } = worst(
      unary(build, name, x),
      (i) => references[name](x[i]!),
      (i) => `${name}(${x[i]})`,
    )
    expect(error, what).toBeLessThanOrEqual(bound)
  })

  const special: Record<Name, [number, number][]> = {
    exp: [
      [0, 1],
      [-0, 1],
      [-Infinity, 0],
      [Infinity, Infinity],
      [89, Infinity],
      [88.7228, fround(exp(fround(88.7228)))],
      [-103, fround(exp(-103))],
      [-104, 0],
      [-1e30, 0],
    ],
    expm1: [
      [0, 0],
      [-0, -0],
      [-Infinity, -1],
      [Infinity, Infinity],
      [1e-45, fround(1e-45)],
      [-1e-45, fround(-1e-45)],
      [88.9, Infinity],
      [-30, -1],
    ],
    log: [
      [1, 0],
      [0, -Infinity],
      [-0, -Infinity],
      [-1, NaN],
      [-1e-45, NaN],
      [-Infinity, NaN],
      [Infinity, Infinity],
    ],
    log1p: [
      [0, 0],
      [-0, -0],
      [-1, -Infinity],
      [-1.5, NaN],
      [-Infinity, NaN],
      [Infinity, Infinity],
      [1e-45, fround(1e-45)],
    ],
    tanh: [
      [0, 0],
      [-0, -0],
      [Infinity, 1],
      [-Infinity, -1],
      [30, 1],
      [-1e-45, fround(-1e-45)],
    ],
    sigmoid: [
      [0, 0.5],
      [-0, 0.5],
      [Infinity, 1],
      [-Infinity, 0],
      [1e30, 1],
      [-1e30, 0],
    ],
    erf: [
      [0, 0],
      [-0, -0],
      [Infinity, 1],
      [-Infinity, -1],
      [5, 1],
    ],
    erfinv: [
      [0, 0],
      [-0, -0],
      [1, Infinity],
      [-1, -Infinity],
      [1.5, NaN],
      [-Infinity, NaN],
    ],
    softplus: [[Infinity, Infinity], [-Infinity, 0], [1e30, 1e30].map(fround) as [number, number], [-1e30, 0]],
    sin: [
      [0, 0],
      [-0, -0],
      [Infinity, NaN],
      [-Infinity, NaN],
    ],
    cos: [
      [0, 1],
      [-0, 1],
      [Infinity, NaN],
      [-Infinity, NaN],
    ],
  }
  test.each(Object.keys(special) as Name[])('%s at the ends, at zeros and of NaN', (name) => {
    const cases: [number, number][] = [...special[name], [NaN, NaN]]
    expect([
      ...unary(
        build,
        name,
        Float32Array.from(cases, ([x]) => x),
      ),
    ]).toEqual(cases.map(([, y]) => y))
  })

  // ── pow ──

  function pow(pairs: [number, number][]): Float32Array {
    const wasm = new Kernels(build)
    const n = pairs.length
    const [a, b, y] = [
      wasm.buffer(Float32Array.from(pairs, ([x]) => x)),
      wasm.buffer(Float32Array.from(pairs, ([, x]) => x)),
      wasm.buffer(n),
    ]
    wasm.call('pow', { y, a, b, n, dims: [1, 1, 1, 1, 1, n], aStrides: [0, 0, 0, 0, 0, 1], bStrides: [0, 0, 0, 0, 0, 1] })
    return wasm.floats(y, n)
  }

  test('pow is within 2 ULP', () => {
    const pairs: [number, number][] = []
    for (const a of binades().filter((x) => x > 0)) {
      const reach = 150 / max(abs(log2(a)), 1e-30) // results in all binades, too
      const t = ((pairs.length * 0.6180339887) % 2) - 1
      pairs.push([a, fround(reach * t)], [a, [2, 3, 0.5, -1, -2, 0.1][pairs.length % 6]!])
    }
    for (let i = -40; i <= 40; i++)
      for (const b of [-3, -2, -1, 1, 2, 3, 5, 7]) pairs.push([-1.1 * 1.5 ** i, b].map(fround) as [number, number])
    const { error, what } = worst(
      pow(pairs),
      (i) => pairs[i]![0] ** pairs[i]![1],
      (i) => `pow(${pairs[i]})`,
    )
    expect(error, what).toBeLessThanOrEqual(2)
  })

  test('pow has the special cases of IEEE 754', () => {
    const values = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.5, -2.5, Infinity, -Infinity, NaN, 16777217, 1e30, -1e30, 1e-45]
    const pairs = values.flatMap((a) => values.map((b): [number, number] => [fround(a), fround(b)]))
    const want = pairs.map(([a, b]) => (a === 1 || (abs(a) === 1 && abs(b) === Infinity) ? 1 : fround(a ** b)))
    expect([...pow(pairs)]).toEqual(want)
  })
})
