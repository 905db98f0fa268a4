import { describe, expect, test } from 'vitest'
import { builds, Kernels } from './support/kernels'
import { random, same, within } from './support/numbers'

const INF = Infinity
const u = 2 ** -24 // a rounding in float32, relative

type Fold = { empty: number; step: (y: number, x: number) => number }

const folds = {
  sum: { empty: 0, step: (y, x) => y + x },
  sumSquares: { empty: 0, step: (y, x) => y + x * x },
  sumAbs: { empty: 0, step: (y, x) => y + Math.abs(x) },
  max: { empty: -INF, step: (y, x) => Math.max(y, x) },
  min: { empty: INF, step: (y, x) => Math.min(y, x) },
  prod: { empty: 1, step: (y, x) => y * x },
} satisfies Record<string, Fold>

const intFolds = {
  sumInt: { empty: 0, step: (y, x) => (y + x) | 0 },
  maxInt: { empty: -(2 ** 31), step: (y, x) => Math.max(y, x) },
  minInt: { empty: 2 ** 31 - 1, step: (y, x) => Math.min(y, x) },
  prodInt: { empty: 1, step: (y, x) => Math.imul(y, x) },
} satisfies Record<string, Fold>

type Name = keyof typeof folds
type IntName = keyof typeof intFolds
const names = Object.keys(folds) as Name[]
const intNames = Object.keys(intFolds) as IntName[]

function reference(x: ArrayLike<number>, [outer, r, inner]: Shape, { empty, step }: Fold): number[] {
  const y = Array<number>(outer * inner).fill(empty)
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < r; i++) for (let j = 0; j < inner; j++) y[o * inner + j] = step(y[o * inner + j]!, x[(o * r + i) * inner + j]!)
  return y
}

type Shape = readonly [outer: number, r: number, inner: number]
const edges = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 65]
const shapes: Shape[] = [
  ...edges.map((r) => [3, r, 1] as const),
  ...edges.map((inner) => [2, 5, inner] as const),
  ...edges.map((r) => [1, r, 10] as const),
  [0, 4, 4],
  [50, 3, 1],
  [1, 1023, 1],
  [1, 1025, 1],
  [1, 2500, 1],
  [2, 200, 3],
  [1, 128, 100],
  [4, 63, 16],
  [1, 9, 1000],
]

describe.each(builds)('reductions (%s)', (build) => {
  const wasm = new Kernels(build)

  test.each(names)('%s folds the middle axis, the same on any number of threads', (name) => {
    for (const shape of shapes) {
      const [outer, r, inner] = shape
      const x = random(outer * r * inner, name === 'prod' ? [0.9, 1.1] : [-2, 3])
      const outputs = [1, 2, 3].map((threads) => {
        wasm.reset()
        const y = wasm.buffer(outer * inner)
        wasm.call(name, { y, x: wasm.buffer(x), outer, r, inner, divisor: 1 }, threads)
        return wasm.floats(y, outer * inner)
      })
      same(outputs, `${name} ${shape}`)
      const sizes = reference(x.map(Math.abs), shape, folds[name])
      within(outputs[0]!, reference(x, shape, folds[name]), (i) => (name === 'prod' ? r : 40) * u * Math.abs(sizes[i]!), `${name} ${shape}`)
    }
  })

  test.each(intNames)('%s folds integers, wrapping', (name) => {
    for (const shape of shapes) {
      const [outer, r, inner] = shape
      const x = Int32Array.from(random(outer * r * inner, [-(2 ** 31), 2 ** 31]))
      for (const threads of [1, 2, 3]) {
        wasm.reset()
        const y = wasm.buffer(outer * inner)
        wasm.call(name, { y, x: wasm.buffer(x), outer, r, inner, divisor: 1 }, threads)
        expect([...wasm.ints(y, outer * inner)], `${name} ${shape}`).toEqual(reference(x, shape, intFolds[name]))
      }
    }
  })

  test.each(names)('%sChunks leaves partials that fold to the whole', (name) => {
    for (const shape of [
      [1, 1000, 1],
      [2, 100, 10],
      [1, 64, 33],
      [3, 7, 1],
      [1, 0, 2],
      [1, 130, 100],
    ] as Shape[]) {
      const [outer, r, inner] = shape
      const chunk = 32
      const chunks = Math.max(1, Math.ceil(r / chunk))
      const x = random(outer * r * inner, name === 'prod' ? [0.9, 1.1] : [-2, 3])
      const outputs = [1, 2, 3].map((threads) => {
        wasm.reset()
        const [parts, y] = [wasm.buffer(outer * chunks * inner), wasm.buffer(outer * inner)]
        wasm.call(`${name}Chunks`, { y: parts, x: wasm.buffer(x), outer, r, inner, chunk }, threads)
        const again = name === 'sumSquares' || name === 'sumAbs' ? 'sum' : name
        wasm.call(again, { y, x: parts, outer, r: chunks, inner, divisor: 1 }, threads)
        return wasm.floats(y, outer * inner)
      })
      same(outputs, `${name} ${shape}`)
      const sizes = reference(x.map(Math.abs), shape, folds[name])
      within(outputs[0]!, reference(x, shape, folds[name]), (i) => (name === 'prod' ? r : 80) * u * Math.abs(sizes[i]!), `${name} ${shape}`)
    }
  })

  const fold = (name: Name, values: number[], inner: number, divisor = 1) => {
    wasm.reset()
    const y = wasm.buffer(inner)
    wasm.call(name, { y, x: wasm.buffer(Float32Array.from(values)), outer: 1, r: values.length / inner, inner, divisor })
    return [...wasm.floats(y, inner)]
  }

  test('a NaN anywhere in what is folded comes out, and nowhere else', () => {
    for (const name of names) {
      for (const r of [1, 2, 5, 18, 40]) {
        for (let at = 0; at < r; at++) {
          const row = Array.from({ length: r }, (_, i) => (i === at ? NaN : i))
          expect(fold(name, row, 1), name).toEqual([NaN])
          const columns = fold(
            name,
            row.flatMap((x) => [1, x, -INF]),
            3,
          )
          expect(columns[0], name).not.toBeNaN()
          expect(columns[1], name).toBeNaN()
          expect(columns[2], name).not.toBeNaN()
        }
      }
    }
    expect(fold('max', [-NaN, 1], 1)).toEqual([NaN])
  })

  test('infinities', () => {
    expect(fold('sum', [1, INF, 2, ...Array<number>(2000).fill(1)], 1)).toEqual([INF])
    expect(fold('sum', [INF, -INF], 1)).toEqual([NaN])
    expect(fold('sum', [INF, 1, -INF, 1], 2)).toEqual([NaN, 2])
    expect(fold('sumAbs', [-INF, 1], 1)).toEqual([INF])
    expect(fold('max', [-INF, -INF], 1)).toEqual([-INF])
    expect(fold('min', [-INF, INF], 1)).toEqual([-INF])
  })

  test('a mean is the sum divided; of nothing it is NaN', () => {
    expect(fold('sum', [1, 2, 4], 1, 3)).toEqual([Math.fround(7 / 3)])
    expect(fold('sum', [1, 2, 4, 5], 2, 2)).toEqual([2.5, 3.5])
    expect(fold('sum', [], 1, 0)).toEqual([NaN])
  })

  test('the error of a sum does not grow with its length', () => {
    for (const n of [1e3, 1e5, 1e6]) {
      const [exact] = fold('sum', Array<number>(n).fill(0.1), 1)
      expect(Math.abs(exact! / (n * Math.fround(0.1)) - 1), `row of ${n}`).toBeLessThan(1e-6)
      const column = fold('sum', Array<number>(n).fill(0.1), 2)
      expect(Math.abs(column[1]! / ((n / 2) * Math.fround(0.1)) - 1), `columns of ${n / 2}`).toBeLessThan(1e-6)
    }
  })

  const extremes = { argMax: (a: number, b: number) => a > b, argMin: (a: number, b: number) => a < b }

  test.each(['argMax', 'argMin'] as const)('%s finds the first extreme; a NaN is one', (name) => {
    for (const [outer, r, inner] of shapes) {
      if (r === 0) continue
      for (const values of [[-4, 4], [-1e6, 1e6], 'NaN', 'infinite'] as const) {
        const x = random(outer * r * inner, typeof values === 'string' ? [-3, 3] : values).map(Math.trunc)
        if (typeof values === 'string') x.forEach((v, i) => v % 3 === 0 && (x[i] = values === 'NaN' ? NaN : -INF))
        const expected = Array.from({ length: outer * inner }, (_, at) => {
          const column = Array.from({ length: r }, (_, i) => x[(Math.floor(at / inner) * r + i) * inner + (at % inner)]!)
          const nan = column.findIndex(Number.isNaN)
          return nan >= 0 ? nan : column.reduce((best, v, i) => (extremes[name](v, column[best]!) ? i : best), 0)
        })
        for (const threads of [1, 2, 3]) {
          wasm.reset()
          const y = wasm.buffer(outer * inner)
          wasm.call(name, { y, x: wasm.buffer(x), outer, r, inner }, threads)
          expect([...wasm.ints(y, outer * inner)], `${name} ${[outer, r, inner]} ${values}`).toEqual(expected)
        }
      }
    }
  })

  test('cumsum runs along the middle axis, either way, with or without the element itself', () => {
    for (const shape of shapes) {
      const [outer, r, inner] = shape
      const x = random(outer * r * inner)
      for (const [exclusive, reverse] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ] as const) {
        const expected = Array.from(x, () => 0)
        for (let o = 0; o < outer; o++) {
          for (let j = 0; j < inner; j++) {
            let sum = 0
            for (let k = 0; k < r; k++) {
              const at = (o * r + (reverse ? r - 1 - k : k)) * inner + j
              sum += x[at]!
              expected[at] = exclusive ? sum - x[at]! : sum
            }
          }
        }
        const outputs = [1, 2, 3].map((threads) => {
          wasm.reset()
          const y = wasm.buffer(x)
          wasm.call('cumsum', { y, x: y, outer, r, inner, exclusive, reverse }, threads)
          return wasm.floats(y, x.length)
        })
        same(outputs, `cumsum ${shape}`)
        within(outputs[0]!, expected, (i) => 2 * u * Math.abs(expected[i]!) + 1e-12, `cumsum ${shape}`)
      }
    }
  })

  test('accumulate adds a scaled sum to a total', () => {
    for (const n of [0, 1, 5, 100, 5000]) {
      wasm.reset()
      const x = random(n)
      const total = wasm.buffer(Float32Array.of(2))
      wasm.call('accumulate', { total, x: wasm.buffer(x), n, scale: 3 }, 3)
      const sum = x.reduce((a, b) => a + b, 0)
      within(wasm.floats(total, 1), [2 + 3 * sum], 200 * u * (1 + n), `n = ${n}`)
    }
  })
})
