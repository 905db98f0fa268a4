import { describe, expect, test } from 'vitest'
import { type KernelArgs, type KernelName } from '../src/generated/kernels'
import { builds, Kernels, type Data } from './support/kernels'
import { random, same, within } from './support/numbers'

const u = 2 ** -24
const NONE = -(2 ** 31) // the class that no row has
const sizes: readonly (readonly [rows: number, n: number])[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 31, 32, 33, 100, 1000].map((n) => [5, n] as const),
  [0, 4],
  [1, 5000],
  [33, 10],
]

// The same in float64, one row at a time.
const sum = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0)
const logSumExp = (x: ArrayLike<number>) => {
  const most = Math.max(...Array.from(x))
  return most + Math.log(sum(Array.from(x, (v) => Math.exp(v - most))))
}
const logSoftmax = (x: ArrayLike<number>) => {
  const total = logSumExp(x)
  return Array.from(x, (v) => v - total)
}
const softmax = (x: ArrayLike<number>) => logSoftmax(x).map(Math.exp)

const times = (p: Float32Array, g: Float32Array, dot: number) => Array.from(g, (v, i) => p[i]! * (v - dot))
const less = (g: Float32Array, l: Float32Array, total: number) => Array.from(g, (v, i) => v - Math.exp(l[i]!) * total)

const rowsOf = (x: Float32Array, n: number) => Array.from({ length: n && x.length / n }, (_, i) => x.subarray(i * n, i * n + n))
const flat = (rows: number[][]) => rows.flat()

describe.each(builds)('softmax (%s)', (build) => {
  const wasm = new Kernels(build)

  /** The first of the buffers that a kernel fills, the same on 1, 2 and 3 threads; data becomes buffers. */
  function run(name: KernelName, out: string, length: number, args: Record<string, number | Data>): Float32Array {
    const outputs = [1, 2, 3].map((threads) => {
      wasm.reset()
      const y = wasm.buffer(length)
      const given = Object.fromEntries(
        Object.entries(args).map(([key, value]) => [key, typeof value === 'number' ? value : wasm.buffer(value)]),
      )
      wasm.call(name, { ...given, [out]: y } as unknown as KernelArgs<number>[typeof name], threads)
      return wasm.floats(y, length)
    })
    same(outputs, name)
    return outputs[0]!
  }

  const cases: { name: KernelName; reference: (a: ArrayLike<number>, b: ArrayLike<number>) => number[] }[] = [
    { name: 'softmax', reference: (x) => softmax(x) },
    { name: 'logSoftmax', reference: (x) => logSoftmax(x) },
    { name: 'logSumExp', reference: (x) => [logSumExp(x)] },
  ]

  test.each(cases)('$name over rows', ({ name, reference }) => {
    for (const [rows, n] of sizes) {
      const x = random(rows * n, [-10, 10])
      const expected = flat(rowsOf(x, n).map((row) => reference(row, row)))
      within(
        run(name, 'y', expected.length, { x, rows, n }),
        expected,
        (i) => 64 * u * Math.max(1e-30, Math.abs(expected[i]!), name === 'softmax' ? 0 : 1),
        `${name} ${rows}×${n}`,
      )
    }
  })

  test('gradients', () => {
    for (const [rows, n] of sizes) {
      const [x, dy] = [rowsOf(random(rows * n, [-5, 5]), n), random(rows * n)]
      for (const [name, y, reference] of [
        ['softmaxGrad', flat(x.map(softmax)), (g: Float32Array, p: Float32Array) => times(p, g, sum(Array.from(g, (v, i) => v * p[i]!)))],
        ['logSoftmaxGrad', flat(x.map(logSoftmax)), (g: Float32Array, l: Float32Array) => less(g, l, sum(g))],
      ] as const) {
        const y32 = Float32Array.from(y)
        const expected = flat(rowsOf(dy, n).map((row, i) => reference(row, y32.subarray(i * n, i * n + n))))
        within(run(name, 'dx', rows * n, { dy, y: y32, rows, n }), expected, 64 * u, `${name} ${rows}×${n}`)
      }
    }
  })

  test('results may overwrite their inputs', () => {
    const [rows, n] = [3, 21]
    const [x, dy] = [random(rows * n), random(rows * n)]
    for (const name of ['softmax', 'logSoftmax'] as const) {
      const apart = run(name, 'y', rows * n, { x, rows, n })
      wasm.reset()
      const y = wasm.buffer(x)
      wasm.call(name, { y, x: y, rows, n })
      same([apart, wasm.floats(y, rows * n)], name)
    }
    for (const name of ['softmaxGrad', 'logSoftmaxGrad'] as const) {
      const apart = run(name, 'dx', rows * n, { dy, y: x, rows, n })
      for (const over of ['dy', 'y'] as const) {
        wasm.reset()
        const at = { dy: wasm.buffer(dy), y: wasm.buffer(x) }
        wasm.call(name, { ...at, dx: at[over], rows, n })
        same([apart, wasm.floats(at[over], rows * n)], name)
      }
    }
  })

  test('NaN and infinities as in NumPy', () => {
    const row = (name: KernelName, x: number[], length = x.length) => [
      ...run(name, 'y', length, { x: Float32Array.from(x), rows: 1, n: x.length }),
    ]
    expect(row('softmax', [0, NaN, 1])).toEqual([NaN, NaN, NaN])
    expect(row('softmax', [0, Infinity])).toEqual([NaN, NaN])
    expect(row('softmax', [-Infinity, -Infinity])).toEqual([NaN, NaN])
    expect(row('softmax', [-Infinity, 3])).toEqual([0, 1])
    expect(row('softmax', [1000, 1000])).toEqual([0.5, 0.5])
    expect(row('logSoftmax', [-Infinity, 3])).toEqual([-Infinity, 0])
    expect(row('logSumExp', [-Infinity, -Infinity], 1)).toEqual([-Infinity])
    expect(row('logSumExp', [1, Infinity], 1)).toEqual([Infinity])
    expect(row('logSumExp', [1, NaN], 1)).toEqual([NaN])
  })

  test('a padded row does not depend on what lies behind it', () => {
    const short = run('softmax', 'y', 5, { x: Float32Array.of(1, 2, 3, 4, 5), rows: 1, n: 5 })
    const beside = run('softmax', 'y', 10, { x: Float32Array.of(1, 2, 3, 4, 5, NaN, 1e30, -Infinity, Infinity, 9), rows: 2, n: 5 })
    same([short, beside.slice(0, 5)], 'first row')
  })

  test('sparseSoftmaxCrossEntropy and its gradient', () => {
    for (const [rows, n] of sizes) {
      const [logits, dloss] = [random(rows * n, [-6, 6]), random(rows)]
      const labels = Int32Array.from({ length: rows }, (_, i) => (i * 7) % n)
      const ignore = n > 2 ? 0 : NONE
      const counts = (i: number) => labels[i] !== ignore
      const x = rowsOf(logits, n)
      within(
        run('sparseSoftmaxCrossEntropy', 'loss', rows, { logits, labels, rows, n, ignore }),
        x.map((row, i) => (counts(i) ? -logSoftmax(row)[labels[i]!]! : 0)),
        128 * u,
        `loss ${rows}×${n}`,
      )
      const expected = flat(x.map((row, i) => softmax(row).map((p, j) => (counts(i) ? dloss[i]! * (p - Number(j === labels[i])) : 0))))
      within(
        run('sparseSoftmaxCrossEntropyGrad', 'dx', rows * n, { dloss, logits, labels, rows, n, ignore }),
        expected,
        64 * u,
        `gradient ${rows}×${n}`,
      )
    }
  })

  test('the ignored class may be negative', () => {
    const args = { labels: Int32Array.of(-1), rows: 1, n: 3, ignore: -1 }
    const one = Float32Array.of(1)
    expect([...run('sparseSoftmaxCrossEntropy', 'loss', 1, { ...args, logits: random(3) })]).toEqual([0])
    expect([...run('sparseSoftmaxCrossEntropyGrad', 'dx', 3, { ...args, logits: random(3), dloss: one })]).toEqual([0, 0, 0])
    expect([...run('sparseCrossEntropy', 'loss', 1, { ...args, p: random(3, [0.1, 1]) })]).toEqual([0])
    expect([...run('sparseCrossEntropyGrad', 'dp', 3, { ...args, p: random(3, [0.1, 1]), dloss: one })]).toEqual([0, 0, 0])
  })

  test('a label that is no class touches nothing, and its row is NaN', () => {
    for (const label of [-1, 3, 1 << 30, -7]) {
      const args = { logits: random(6), labels: Int32Array.of(1, label), rows: 2, n: 3, ignore: NONE }
      const loss = run('sparseSoftmaxCrossEntropy', 'loss', 2, args)
      expect([...loss].map(Number.isNaN)).toEqual([false, true])
      const dx = run('sparseSoftmaxCrossEntropyGrad', 'dx', 6, { ...args, dloss: Float32Array.of(1, 1) })
      expect([...dx].map(Number.isNaN)).toEqual([false, false, false, true, true, true])
    }
  })

  const smooth = (labels: ArrayLike<number>, smoothing: number) =>
    Array.from(labels, (v) => v * (1 - smoothing) + smoothing / labels.length)
  test('softmaxCrossEntropy and its gradient, labels smoothed or not', () => {
    for (const [rows, n] of sizes) {
      for (const smoothing of [0, 0.1]) {
        const [logits, dloss, labels] = [random(rows * n, [-6, 6]), random(rows), random(rows * n, [0, 1])]
        const given = { logits, labels, rows, n, smoothing }
        const target = rowsOf(labels, n).map((row) => smooth(row, smoothing))
        const x = rowsOf(logits, n)
        const losses = x.map((row, i) => {
          const lnP = logSoftmax(row)
          return -sum(target[i]!.map((t, j) => t * lnP[j]!))
        })
        within(run('softmaxCrossEntropy', 'loss', rows, given), losses, (i) => 64 * u * (1 + Math.abs(losses[i]!)), `loss ${rows}×${n}`)
        const expected = flat(
          x.map((row, i) => {
            const mass = sum(target[i]!)
            return softmax(row).map((p, j) => dloss[i]! * (p * mass - target[i]![j]!))
          }),
        )
        within(
          run('softmaxCrossEntropyGrad', 'dx', rows * n, { ...given, dloss }),
          expected,
          64 * u * Math.max(1, Math.log2(n)),
          `gradient ${rows}×${n}`,
        )
      }
    }
  })

  const clip = (q: number) => Math.max(1e-7, Math.min(1 - 1e-7, q))
  const clipped = (q: number) => q < 1e-7 || q > 1 - 1.2e-7

  test('sparseCrossEntropy of probabilities and its gradient', () => {
    for (const [rows, n] of sizes) {
      const [p, dloss] = [random(rows * n, [0.01, 1]), random(rows)]
      if (rows > 2 && n > 1) p[n] = 0 // a row whose label has no probability
      const labels = Int32Array.from({ length: rows }, (_, i) => (i === 1 ? 0 : (i * 7) % n))
      const ignore = n > 3 ? 3 : NONE
      const given = { p, labels, rows, n, ignore }
      const of = (row: ArrayLike<number>, i: number) => row[labels[i]!]! / sum(row)
      const x = rowsOf(p, n)
      within(
        run('sparseCrossEntropy', 'loss', rows, given),
        x.map((row, i) => (labels[i] === ignore ? 0 : -Math.log(clip(of(row, i))))),
        64 * u,
        `loss ${rows}×${n}`,
      )
      const expected = flat(
        x.map((row, i) => {
          const [flows, total] = [labels[i] !== ignore && !clipped(of(row, i)), sum(row)]
          return Array.from(row, (v, j) => (flows ? dloss[i]! * (1 / total - Number(j === labels[i]) / v) : 0))
        }),
      )
      within(
        run('sparseCrossEntropyGrad', 'dp', rows * n, { ...given, dloss }),
        expected,
        (i) => 64 * u * (1 + Math.abs(expected[i]!)),
        `gradient ${rows}×${n}`,
      )
    }
    const bad = { p: random(6, [0.1, 1]), labels: Int32Array.of(3, 1), rows: 2, n: 3, ignore: NONE }
    expect([...run('sparseCrossEntropy', 'loss', 2, bad)].map(Number.isNaN)).toEqual([true, false])
  })
})
