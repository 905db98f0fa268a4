import { describe, expect, test } from 'vitest'
import type { KernelName } from '../src/generated/kernels'
import { builds, Kernels, type BuildName } from './support/kernels'

type Law = Extract<KernelName, 'randomBits' | 'randomUniform' | 'randomNormal' | 'truncatedNormal' | 'bernoulli'>
interface Options {
  n: number
  a?: number
  b?: number
  stream?: number
  seed?: readonly number[]
  threads?: number
}

const SEED = [0x12345678, 0x9abcdef0, 0, 0] as const
const instances = Object.fromEntries(builds.map((build) => [build, new Kernels(build)])) as Record<BuildName, Kernels>

function random(build: BuildName, law: Law, { n, a = 0, b = 1, stream = 0, seed = SEED, threads = 1 }: Options) {
  const wasm = instances[build]
  wasm.reset()
  const y = wasm.buffer(n)
  wasm.call(law, { y, seed: wasm.buffer(Uint32Array.from(seed)), stream, n, a, b }, threads)
  return { floats: wasm.floats(y, n), words: new Uint32Array(wasm.ints(y, n).buffer) }
}

/** Philox 4×32-10 on big integers. */
function philox(counter: readonly number[], key: readonly number[]): number[] {
  const low = (x: bigint) => x & 0xffffffffn
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint]
  let [k0, k1] = key.map(BigInt) as [bigint, bigint]
  for (let round = 0; round < 10; round++) {
    const [p0, p1] = [c0 * 0xd2511f53n, c2 * 0xcd9e8d57n]
    ;[c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, low(p1), (p0 >> 32n) ^ c3 ^ k1, low(p0)]
    ;[k0, k1] = [low(k0 + 0x9e3779b9n), low(k1 + 0xbb67ae85n)]
  }
  return [c0, c1, c2, c3].map(Number)
}

/** The word of element i, by the rule that the kernels state. */
function wordOf(i: number, stream: number, seed: readonly number[]) {
  const block = 4 * Math.floor(i / 16) + (i % 4)
  return philox([block, stream, seed[2]!, seed[3]!], [seed[0]!, seed[1]!])[Math.floor((i % 16) / 4)]!
}

test.each([
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
])('the reference gives the published answer for counter %j', (counter, key, answer) => {
  expect(philox(counter, key)).toEqual(answer)
})

// Sizes around a vector, a group, a share and a chunk of 1024.
const sizes = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 1023, 1024, 1025, 1040, 2100]
const laws: Law[] = ['randomBits', 'randomUniform', 'randomNormal', 'truncatedNormal', 'bernoulli']

describe.each(builds)('%s', (build) => {
  test('words are those of Philox, block by block', () => {
    expect([0, 4, 8, 12].map((i) => random(build, 'randomBits', { n: 16, seed: [0, 0, 0, 0] }).words[i])).toEqual([
      0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8,
    ])
    for (const [stream, seed] of [
      [0, SEED],
      [0xffffffff, [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff]],
      [7, [1, 2, 3, 0x80000000]],
    ] as const) {
      const { words } = random(build, 'randomBits', { n: 1200, stream, seed })
      for (const i of [...Array(64).keys(), ...Array.from({ length: 40 }, (_, k) => 1100 + k)])
        expect(words[i]).toBe(wordOf(i, stream, seed))
    }
  })

  test.each(laws)('%s: an element does not depend on the number of elements or threads', (law) => {
    const { words } = random(build, law, { n: 2200, a: 0.25, b: 3 })
    for (const n of sizes) {
      for (const threads of [1, 2, 3]) expect(same(random(build, law, { n, a: 0.25, b: 3, threads }).words, words.slice(0, n))).toBe(true)
    }
  })

  test('laws are functions of the words', () => {
    const n = 4000
    const { words } = random(build, 'randomBits', { n })
    const unit = [...words].map((word) => (word >>> 8) / 2 ** 24)
    expect(random(build, 'randomUniform', { n }).floats).toEqual(Float32Array.from(unit))
    expect(random(build, 'randomUniform', { n, a: -2, b: 6 }).floats).toEqual(Float32Array.from(unit, (u) => -2 + Math.fround(8 * u)))
    // half an ulp from it rounds up
    expect(Math.max(...random(build, 'randomUniform', { n, a: 1, b: 1 + 2 ** -21 }).floats)).toBeLessThan(1 + 2 ** -21)
    expect(random(build, 'randomUniform', { n: 5, a: 3, b: 3 }).floats).toEqual(new Float32Array(5).fill(3))
    expect(random(build, 'bernoulli', { n, a: 0.3, b: 2.5 }).floats).toEqual(
      Float32Array.from(unit, (u) => (u < Math.fround(0.3) ? 2.5 : 0)),
    )

    const normal = random(build, 'randomNormal', { n, a: 0, b: 1 }).floats
    const truncated = random(build, 'truncatedNormal', { n, a: 0, b: 1 }).floats
    let worst = 0
    for (let i = 0; i < n; i++) {
      const [first, second] = i % 8 < 4 ? [words[i]!, words[i + 4]!] : [words[i - 4]!, words[i]!]
      const u1 = Math.fround(Math.fround(first >>> 1) / 2 ** 31 + 2 ** -32)
      const radius = Math.sqrt(-2 * Math.log(u1))
      const eighth = (((second << 2) | 0) / 2 ** 31) * (Math.PI / 4)
      const isSine = i % 8 < 4 ? second & 0x40000000 : !(second & 0x40000000)
      const expected = (second >>> 31 ? -1 : 1) * radius * (isSine ? Math.sin(eighth) : Math.cos(eighth))
      worst = Math.max(worst, Math.abs(normal[i]! - expected) / Math.max(radius, 1e-3))
      const u = (2 * (words[i]! >> 8) + 1) / 2 ** 24
      expect(Math.abs(erf(truncated[i]! * Math.SQRT1_2) - u * erf(Math.SQRT2))).toBeLessThan(1e-6)
    }
    expect(worst).toBeLessThan(1e-6)
  })

  test('mean and deviation are put on last', () => {
    for (const law of ['randomNormal', 'truncatedNormal'] as const) {
      const standard = random(build, law, { n: 1000, a: 0, b: 1 }).floats
      const moved = random(build, law, { n: 1000, a: 3, b: 0.05 }).floats
      expect(Math.max(...moved.map((z, i) => Math.abs(z - (3 + 0.05 * standard[i]!))))).toBeLessThan(1e-6)
    }
  })

  test.each([
    ['randomUniform', 0, 1, (x: number) => x, 1 / 2, 1 / 12],
    ['randomUniform', -3, 5, (x: number) => (x + 3) / 8, 1, 64 / 12],
    ['randomNormal', 0, 1, normalCdf, 0, 1],
    ['randomNormal', 2, 0.5, (x: number) => normalCdf((x - 2) / 0.5), 2, 0.25],
    ['truncatedNormal', 0, 1, (x: number) => 0.5 + (normalCdf(x) - 0.5) / erf(Math.SQRT2), 0, 0.8796256610342398 ** 2],
  ] as const)('%s(%f, %f) has its mean, variance and distribution', (law, a, b, cdf, mean, variance) => {
    const n = 30_000
    for (const stream of [0, 1]) {
      const x = [...random(build, law, { n, a, b, stream }).floats]
      const average = x.reduce((sum, v) => sum + v, 0) / n
      expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(variance / n))
      const spread = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n
      expect(Math.abs(spread / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
      expect(kolmogorov(x, cdf) * Math.sqrt(n)).toBeLessThan(1.95) // one in a thousand
      expect(Math.abs(correlation(x, 1))).toBeLessThan(4 / Math.sqrt(n))
      expect(Math.abs(correlation(x, 4))).toBeLessThan(4 / Math.sqrt(n))
    }
  })

  test('the tails of the normal distribution are right', () => {
    const n = 1 << 20
    const x = random(build, 'randomNormal', { n }).floats
    const count = [3, 4, 4.5].map((limit) => x.reduce((sum, v) => sum + (Math.abs(v) > limit ? 1 : 0), 0))
    const expected = [2831, 66.4, 7.1]
    count.forEach((found, i) => expect(Math.abs(found - expected[i]!)).toBeLessThan(4 * Math.sqrt(expected[i]!)))
    expect(x.every((v) => Math.abs(v) < 6.67)).toBe(true)
    expect(random(build, 'truncatedNormal', { n }).floats.every((v) => Math.abs(v) < 2)).toBe(true)
  })

  test('streams, seeds and counters give numbers of their own', () => {
    const n = 20_000
    const base = random(build, 'randomUniform', { n }).floats
    const others = [{ stream: 1 }, ...SEED.map((_, i) => ({ seed: SEED.map((word, j) => (i === j ? word ^ 1 : word)) }))]
    for (const other of others) {
      const x = random(build, 'randomUniform', { n, ...other }).floats
      const product = base.reduce((sum, v, i) => sum + (v - 0.5) * (x[i]! - 0.5), 0) / n
      expect(Math.abs(product * 12)).toBeLessThan(4 / Math.sqrt(n))
    }
  })

  test('bernoulli of 0 and 1', () => {
    expect(random(build, 'bernoulli', { n: 5000, a: 0 }).floats.every((v) => v === 0)).toBe(true)
    expect(random(build, 'bernoulli', { n: 5000, a: 1 }).floats.every((v) => v === 1)).toBe(true)
  })
})

function randomInt(build: BuildName, low: number, high: number, n: number, threads = 1) {
  const wasm = instances[build]
  wasm.reset()
  const y = wasm.buffer(n)
  wasm.call('randomInt', { y, seed: wasm.buffer(Uint32Array.from(SEED)), stream: 5, n, low, high }, threads)
  return wasm.ints(y, n)
}

test.each(builds)('randomInt (%s)', (build) => {
  for (const [low, high] of [
    [0, 10],
    [-3, 4],
    [5, 6],
    [0, 2 ** 31 - 1],
    [-(2 ** 31), 2 ** 31 - 1],
  ] as const) {
    const x = randomInt(build, low, high, 3000)
    expect(x).toEqual(Int32Array.from({ length: 3000 }, (_, i) => low + Number((BigInt(wordOf(i, 5, SEED)) * BigInt(high - low)) >> 32n)))
    for (const n of [1, 17, 1025]) for (const threads of [2, 3]) expect(randomInt(build, low, high, n, threads)).toEqual(x.slice(0, n))
  }
  const counts = new Float64Array(10)
  for (const v of randomInt(build, 0, 10, 100_000)) counts[v]!++
  expect(counts.reduce((sum, count) => sum + (count - 1e4) ** 2 / 1e4, 0)).toBeLessThan(27.9) // chi² of 9, one in a thousand
})

describe.each(builds)('dropout (%s)', (build) => {
  const drop = (x: Float32Array, rate: number, { threads = 1, inPlace = false, stream = 0 } = {}) => {
    const wasm = instances[build]
    wasm.reset()
    const from = wasm.buffer(x)
    const y = inPlace ? from : wasm.buffer(x.length)
    wasm.call('dropout', { y, x: from, seed: wasm.buffer(Uint32Array.from(SEED)), stream, n: x.length, rate }, threads)
    return wasm.floats(y, x.length)
  }
  const data = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.fround(Math.cos(i) * 3))

  test('keeps what the uniform numbers say, on any number of threads, in place too', () => {
    const u = random(build, 'randomUniform', { n: 3000, stream: 9 }).floats
    for (const rate of [0, 0.1, 0.5, 0.75, 1]) {
      for (const n of rate === 0.5 ? [...sizes, 3000] : [3000]) {
        const x = data(n)
        const f = Math.fround
        const expected = x.map((v, i) => (u[i]! >= f(rate) ? f(v / f(1 - f(rate))) : 0))
        for (const threads of [1, 2, 3]) {
          expect(same(drop(x, rate, { threads, stream: 9 }), expected)).toBe(true)
          expect(same(drop(x, rate, { threads, stream: 9, inPlace: true }), expected)).toBe(true)
        }
      }
    }
  })

  test('drops the share that it should', () => {
    const y = drop(new Float32Array(100_000).fill(1), 0.3)
    const kept = y.reduce((sum, v) => sum + (v ? 1 : 0), 0)
    expect(Math.abs(kept - 70_000)).toBeLessThan(4 * Math.sqrt(100_000 * 0.21))
  })

  test('dropped NaN and Infinity are 0, kept ones stay', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const y = drop(new Float32Array(500).fill(bad), 0.5)
      expect(new Set(y)).toEqual(new Set([0, bad]))
      expect(drop(new Float32Array(500).fill(bad), 1)).toEqual(new Float32Array(500))
    }
  })
})

/** Whether two arrays have the same bits. */
function same(a: ArrayBufferView, b: ArrayBufferView) {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer))
}

/** Greatest distance between the empirical distribution and the true one. */
function kolmogorov(x: number[], cdf: (x: number) => number) {
  const sorted = Float64Array.from(x).sort()
  return sorted.reduce((most, v, i) => {
    const p = cdf(v)
    return Math.max(most, p - i / x.length, (i + 1) / x.length - p)
  }, 0)
}

function correlation(x: number[], lag: number) {
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length
  let [product, square] = [0, 0]
  for (let i = 0; i + lag < x.length; i++) {
    product += (x[i]! - mean) * (x[i + lag]! - mean)
    square += (x[i]! - mean) ** 2
  }
  return product / square
}

function normalCdf(x: number) {
  return 0.5 * (1 + erf(x * Math.SQRT1_2))
}

/** erf by its series, and near 1 by the continued fraction of erfc. */
function erf(x: number): number {
  const z = Math.abs(x)
  if (z > 3) {
    let fraction = z
    for (let k = 40; k > 0; k--) fraction = z + k / 2 / fraction
    return Math.sign(x) * (1 - Math.exp(-z * z) / (fraction * Math.sqrt(Math.PI)))
  }
  let [term, sum] = [x, x]
  for (let k = 1; Math.abs(term) > 1e-17; k++) {
    term *= (-x * x) / k
    sum += term / (2 * k + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}
