import { expect, test } from 'vitest'
import { builds, Kernels } from './support/kernels'

type Shape = readonly [outer: number, rows: number, inner: number, count: number]

const inners = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 64, 100, 257]
const shapes: Shape[] = [
  ...inners.flatMap((inner): Shape[] => [
    [1, 5, inner, 7],
    [3, 4, inner, 2],
    [9, 2, inner, 2],
  ]),
  [1, 100, 1, 50],
  [1, 40, 2, 90],
  [2, 33, 3, 17],
  [1, 1, 1, 1],
  [0, 3, 2, 2],
  [2, 3, 0, 2],
  [2, 3, 4, 0],
]

const all = builds.flatMap((build) => shapes.map((shape) => [shape.join(' × '), build, shape] as const))
const numbers = (n: number, scale = 1) => Float32Array.from({ length: n }, (_, i) => Math.fround(scale * Math.sin(i * 12.9898 + 1)))
const places = (n: number, rows: number) => Int32Array.from({ length: n }, (_, i) => (i * i * 7 + 3 * i) % rows)

/** Runs on 1, 2 and 3 threads, expects the same bits and hands back the values. */
function onThreads(wasm: Kernels, length: number, run: (threads: number) => number): Int32Array {
  const [one, ...others] = [1, 2, 3].map((threads) => {
    wasm.reset()
    return wasm.ints(run(threads), length)
  })
  for (const other of others) expect(Buffer.from(other.buffer).equals(Buffer.from(one!.buffer))).toBe(true)
  return one!
}

const floats = (bits: Int32Array) => new Float32Array(bits.buffer)

test.each(all)('gather and takeAlong %s (%s)', (_, build, [outer, rows, inner, count]) => {
  const wasm = new Kernels(build)
  const x = numbers(outer * rows * inner)
  for (const [name, along] of [
    ['gather', false],
    ['takeAlong', true],
  ] as const) {
    const indices = places(along ? outer * count * inner : count, rows)
    const bits = onThreads(wasm, outer * count * inner, (threads) => {
      const y = wasm.buffer(outer * count * inner)
      wasm.call(name, { y, x: wasm.buffer(x), indices: wasm.buffer(indices), outer, rows, inner, count }, threads)
      return y
    })
    const expected = Float32Array.from({ length: outer * count * inner }, (_, at) => {
      const [i, line] = [at % inner, Math.floor(at / inner)]
      const index = indices[along ? at : line % count]!
      return x[(Math.floor(line / count) * rows + index) * inner + i]!
    })
    expect(floats(bits)).toEqual(expected)
  }
})

test.each(all)('scatterAdd and takeAlongGrad %s (%s)', (_, build, [outer, rows, inner, count]) => {
  const wasm = new Kernels(build)
  const start = numbers(outer * rows * inner)
  const dy = numbers(outer * count * inner, 3)
  for (const [name, along] of [
    ['scatterAdd', false],
    ['takeAlongGrad', true],
  ] as const) {
    const indices = places(along ? outer * count * inner : count, rows)
    const bits = onThreads(wasm, outer * rows * inner, (threads) => {
      const y = wasm.buffer(start)
      wasm.call(name, { y, dy: wasm.buffer(dy), indices: wasm.buffer(indices), outer, rows, inner, count }, threads)
      return y
    })
    const expected = start.slice()
    dy.forEach((value, at) => {
      const [i, line] = [at % inner, Math.floor(at / inner)]
      expected[(Math.floor(line / count) * rows + indices[along ? at : line % count]!) * inner + i]! += value
    })
    expect(floats(bits)).toEqual(expected) // float32 additions in the same order: equal, not close
  }
})

test.each(
  builds.flatMap((build) =>
    [1, 3, 4, 70].flatMap((inner) => [-6, 5, 6, 1 << 30, -(2 ** 31)].map((index) => [index, inner, build] as const)),
  ),
)('index %i of a table of five rows of %i touches nothing (%s)', (bad, inner, build) => {
  const wasm = new Kernels(build)
  const indices = Int32Array.of(4, bad, 0)
  const sizes = { outer: 1, rows: 5, inner, count: 3 }
  for (const threads of [1, 2]) {
    for (const [name, along] of [
      ['gather', false],
      ['takeAlong', true],
    ] as const) {
      wasm.reset()
      const x = numbers(5 * inner)
      const y = wasm.buffer(3 * inner)
      wasm.call(
        name,
        {
          y,
          x: wasm.buffer(x),
          indices: wasm.buffer(along ? Int32Array.from({ length: 3 * inner }, (_, i) => indices[Math.floor(i / inner)]!) : indices),
          ...sizes,
        },
        threads,
      )
      expect(wasm.floats(y, 3 * inner)).toEqual(
        Float32Array.of(...x.subarray(4 * inner), ...Array<number>(inner).fill(NaN), ...x.subarray(0, inner)),
      )
    }
    for (const [name, along] of [
      ['scatterAdd', false],
      ['takeAlongGrad', true],
    ] as const) {
      wasm.reset()
      const dy = numbers(3 * inner)
      const y = wasm.buffer(new Float32Array(5 * inner))
      wasm.call(
        name,
        {
          y,
          dy: wasm.buffer(dy),
          indices: wasm.buffer(along ? Int32Array.from({ length: 3 * inner }, (_, i) => indices[Math.floor(i / inner)]!) : indices),
          ...sizes,
        },
        threads,
      )
      expect(wasm.floats(y, 5 * inner)).toEqual(
        Float32Array.of(...dy.subarray(2 * inner), ...Array<number>(3 * inner).fill(0), ...dy.subarray(0, inner)),
      )
    }
  }
})

test.each(builds)('oneHot (%s)', (build) => {
  const wasm = new Kernels(build)
  for (const depth of [0, 1, 2, 3, 4, 5, 10, 17]) {
    for (const n of [0, 1, 3, 16, 17, 50]) {
      const indices = Int32Array.from({ length: n }, (_, i) => (i % (depth + 2)) - 1) // one below and one above the range
      const bits = onThreads(wasm, n * depth, (threads) => {
        const y = wasm.buffer(n * depth)
        wasm.call('oneHot', { y, indices: wasm.buffer(indices), n, depth, on: 0.9, off: 0.25 }, threads)
        return y
      })
      expect(floats(bits)).toEqual(
        Float32Array.from({ length: n * depth }, (_, at) => (indices[Math.floor(at / depth)] === at % depth ? 0.9 : 0.25)),
      )
    }
  }
})

test.each(builds)('iota (%s)', (build) => {
  const wasm = new Kernels(build)
  for (const n of [0, 1, 3, 4, 5, 15, 16, 17, 100]) {
    for (const [start, step] of [
      [0, 1],
      [-5, 2],
      [7, -3],
      [0.1, 0.3],
    ] as const) {
      for (const integer of [0, 1]) {
        const bits = onThreads(wasm, n, (threads) => {
          const y = wasm.buffer(n)
          wasm.call('iota', { y, n, start, step, integer }, threads)
          return y
        })
        const f = Math.fround
        const expected = Array.from({ length: n }, (_, i) => (integer ? Math.trunc(start) + i * Math.trunc(step) : f(start + i * step)))
        expect([...(integer ? bits : floats(bits))]).toEqual(expected)
      }
    }
  }
})
