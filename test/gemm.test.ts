import { describe, expect, test } from 'vitest'
import { layout } from '../src/generated/kernels'
import { builds, Kernels, type BuildName } from './support/kernels'

const activations = {
  [layout.ACT_NONE]: (x: number) => x,
  [layout.ACT_RELU]: (x: number) => (x < 0 ? 0 : x),
  [layout.ACT_SIGMOID]: (x: number) => 1 / (1 + Math.exp(-x)),
  [layout.ACT_TANH]: Math.tanh,
}
type Activation = keyof typeof activations

interface Case {
  m: number
  n: number
  k: number
  transposeA?: boolean
  transposeB?: boolean
  batch?: number
  /** The same A, or B, for the whole batch. */
  shareA?: boolean
  shareB?: boolean
  bias?: boolean
  activation?: Activation
}

/** Numbers in [-1, 1) that look random. */
function values(length: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 1
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  })
}

const transpose = (x: Float32Array, rows: number, columns: number) =>
  x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)] as number)

interface Operands {
  a: Float32Array
  b: Float32Array
  bias: Float32Array
}

function operands({ m, n, k, batch = 1, shareA, shareB }: Case): Operands {
  return { a: values((shareA ? 1 : batch) * m * k, 1), b: values((shareB ? 1 : batch) * k * n, 2), bias: values(n, 3) }
}

function reference(
  { m, n, k, transposeA, transposeB, batch = 1, shareA, shareB, bias, activation = layout.ACT_NONE }: Case,
  x: Operands,
): Float64Array {
  const c = new Float64Array(batch * m * n)
  for (let at = 0; at < c.length; at++) {
    const t = Math.floor(at / (m * n)),
      i = Math.floor(at / n) % m,
      j = at % n
    let sum = bias ? x.bias[j]! : 0
    for (let p = 0; p < k; p++) {
      const a = x.a[(shareA ? 0 : t * m * k) + (transposeA ? p * m + i : i * k + p)]!
      const b = x.b[(shareB ? 0 : t * k * n) + (transposeB ? j * k + p : p * n + j)]!
      sum += a * b
    }
    c[at] = activations[activation](sum)
  }
  return c
}

function run(build: BuildName, each: Case, x: Operands, threads = 1): Float32Array {
  const { m, n, k, transposeA, transposeB, batch = 1, shareA, shareB, bias, activation = 0 } = each
  const wasm = kernels[build]
  wasm.reset()
  const c = wasm.buffer(batch * m * n),
    a = wasm.buffer(x.a),
    b = wasm.buffer(x.b)
  const scratchStep = gemmScratch(each)
  const scratch = wasm.buffer((threads * scratchStep) / 4)
  wasm.call(
    'gemm',
    {
      c,
      a,
      b,
      bias: bias ? wasm.buffer(x.bias) : 0,
      scratch,
      m,
      n,
      k,
      transposeA: Number(!!transposeA),
      transposeB: Number(!!transposeB),
      batch,
      aStep: shareA ? 0 : m * k,
      bStep: shareB ? 0 : k * n,
      cStep: m * n,
      activation,
      scratchStep,
    },
    threads,
  )
  return wasm.floats(c, batch * m * n)
}

/** Bytes of scratch per thread, as assembly/kernels/gemm.ts states it. */
function gemmScratch({ m, n, k }: Case): number {
  const up = (x: number, to: number) => Math.ceil(x / to) * to
  return up(
    512 +
      4 * Math.min(k, layout.GEMM_KC) * (Math.min(up(m, layout.GEMM_MR), layout.GEMM_MC) + Math.min(up(n, layout.GEMM_NR), layout.GEMM_NC)),
    64,
  )
}

const kernels = Object.fromEntries(builds.map((build) => [build, new Kernels(build)])) as Record<BuildName, Kernels>
const flags = [false, true]
const layouts = flags.flatMap((transposeA) => flags.map((transposeB) => ({ transposeA, transposeB })))

/** Against the reference, and bit for bit the same on any number of threads. */
function check(build: BuildName, each: Case) {
  const x = operands(each)
  const one = run(build, each, x)
  const expected = reference(each, x)
  const tolerance = 2 ** -23 * (each.k + 2)
  for (let i = 0; i < one.length; i++) {
    if (!(Math.abs(one[i]! - expected[i]!) <= tolerance)) expect(`${JSON.stringify(each)} at ${i}: ${one[i]}`).toBe(String(expected[i]))
  }
  for (const threads of [2, 3, 8].slice(0, each.k < 5 ? 2 : 3))
    if (Buffer.compare(Buffer.from(run(build, each, x, threads).buffer), Buffer.from(one.buffer)))
      expect(JSON.stringify(each)).toBe(`the same on ${threads} threads`)
}

describe.each(builds)('gemm (%s)', (build) => {
  const edges = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 16, 17]

  test.each(layouts)('every edge of a tile, %o', (flags) => {
    for (const m of edges) for (const n of edges) for (const k of [1, 3, 4]) check(build, { m, n, k, ...flags, bias: n % 2 === 0 })
  })

  test.each(layouts)('blocks of k and n, strips of m, %o', (flags) => {
    for (const k of [8, 64, 383, 384, 385, 769]) check(build, { m: 7, n: 13, k, ...flags, bias: true, activation: layout.ACT_RELU })
    for (const n of [32, 100, 255, 256, 257, 520]) check(build, { m: 5, n, k: 33, ...flags })
    for (const m of [24, 25, 26, 31, 32, 50, 97]) check(build, { m, n: 19, k: 21, ...flags, bias: true })
    check(build, { m: 26, n: 270, k: 390, ...flags, bias: true })
    check(build, { m: 5, n: 520, k: 260, ...flags })
  })

  test.each(layouts)('single rows and columns, %o', (flags) => {
    for (const k of [1, 6, 390])
      for (const length of [1, 7, 16, 70, 300]) {
        check(build, { m: 1, n: length, k, ...flags, bias: true })
        check(build, { m: length, n: 1, k, ...flags, bias: true, activation: layout.ACT_RELU })
      }
  })

  test('nothing to add up leaves the bias, nothing to write is left alone', () => {
    for (const m of [1, 2, 9]) for (const n of [1, 9]) for (const flags of layouts) check(build, { m, n, k: 0, ...flags, bias: true })
    for (const empty of [
      { m: 0, n: 3, k: 2 },
      { m: 3, n: 0, k: 2 },
      { m: 3, n: 4, k: 2, batch: 0 },
    ])
      check(build, empty)
  })

  test.each([layout.ACT_NONE, layout.ACT_RELU, layout.ACT_SIGMOID, layout.ACT_TANH] as const)(
    'activation %i, after the last block of k',
    (activation) => {
      for (const m of [1, 4, 9]) for (const n of [1, 8, 15]) for (const k of [0, 7, 400]) check(build, { m, n, k, bias: true, activation })
    },
  )

  test('batches, with a matrix of their own or one for all', () => {
    for (const flags of layouts)
      for (const shareA of [false, true])
        for (const shareB of [false, true])
          for (const batch of [2, 5]) {
            check(build, { m: 5, n: 11, k: 6, batch, shareA, shareB, ...flags, bias: true })
            check(build, { m: 1, n: 20, k: 6, batch, shareA, shareB, ...flags })
            check(build, { m: 33, n: 1, k: 6, batch, shareA, shareB, ...flags })
          }
  })

  test('an element has the same bits in any row, column, size and layout', () => {
    const m = 33,
      n = 45,
      k = 400
    const x = operands({ m, n, k })
    const at = transpose(x.a, m, k),
      bt = transpose(x.b, k, n)
    const whole = run(build, { m, n, k, bias: true }, x)
    for (const { transposeA, transposeB } of layouts)
      expect(
        run(build, { m, n, k, bias: true, transposeA, transposeB }, { a: transposeA ? at : x.a, b: transposeB ? bt : x.b, bias: x.bias }),
      ).toEqual(whole)
    for (const rows of [1, 2, 5, 30])
      expect(run(build, { m: rows, n, k, bias: true }, { ...x, a: x.a.slice((m - rows) * k) })).toEqual(whole.slice((m - rows) * n))
    for (const transposeB of flags) {
      const row = run(build, { m: 1, n, k, bias: true, transposeB }, { ...x, a: x.a.slice(0, k), b: transposeB ? bt : x.b })
      expect(row).toEqual(whole.slice(0, n))
    }
    for (const transposeA of flags) {
      const column = run(
        build,
        { m, n: 1, k, bias: true, transposeA },
        { a: transposeA ? at : x.a, b: bt.slice(7 * k, 8 * k), bias: x.bias.slice(7) },
      )
      expect(column).toEqual(whole.filter((_, i) => i % n === 7))
    }
  })

  test('NaN and infinity go where arithmetic takes them', () => {
    const m = 9,
      n = 11,
      k = 6
    for (const flags of layouts)
      for (const [bad, at] of [
        [NaN, 0],
        [Infinity, 8],
        [-Infinity, m * k - 1],
      ] as const) {
        const x = operands({ m, n, k })
        x.a[at] = bad
        const each = { m, n, k, ...flags, activation: layout.ACT_RELU }
        const c = run(build, each, x),
          expected = reference(each, x)
        expect([...c].map((value) => (Number.isFinite(value) ? 0 : value))).toEqual(
          [...expected].map((value) => (Number.isFinite(value) ? 0 : value)),
        )
      }
  })
})
