import { expect, test } from 'vitest'
import { builds, Kernels } from './support/kernels'

/** Sizes of both buffers, where the views start in them, and the views. */
interface Case {
  dims: number[]
  xStrides: number[]
  yStrides?: number[]
  x?: number // first logical element
  y?: number
}

const rowMajor = (dims: number[]) => dims.map((_, i) => dims.slice(i + 1).reduce((a, b) => a * b, 1))
const padLeft = (list: number[], value: number) => [...Array<number>(6 - list.length).fill(value), ...list]

/** Pairs of offsets (y, x), in elements. */
function offsets({ dims, xStrides, yStrides = rowMajor(dims), x = 0, y = 0 }: Case): [number, number][] {
  return dims.reduce<[number, number][]>(
    (list, size, axis) =>
      list.flatMap(([to, from]) =>
        Array.from({ length: size }, (_, i): [number, number] => [to + i * yStrides[axis]!, from + i * xStrides[axis]!]),
      ),
    [[y, x]],
  )
}

function check(wasm: Kernels, given: Case) {
  const { dims, xStrides, yStrides = rowMajor(dims), x = 0, y = 0 } = given
  const pairs = offsets(given)
  const xLength = 1 + pairs.reduce((longest, [, from]) => Math.max(longest, from), 0)
  const yLength = 1 + pairs.reduce((longest, [to]) => Math.max(longest, to), 0)
  const data = Int32Array.from({ length: xLength }, (_, i) => 1000 + i)
  const expected = new Int32Array(yLength).fill(-1)
  for (const [to, from] of pairs) expected[to] = data[from]!
  for (const threads of [1, 2, 3]) {
    wasm.reset()
    const yBuffer = wasm.buffer(new Int32Array(yLength).fill(-1))
    const xBuffer = wasm.buffer(data)
    wasm.call(
      'copy',
      { y: yBuffer + 4 * y, x: xBuffer + 4 * x, dims: padLeft(dims, 1), yStrides: padLeft(yStrides, 0), xStrides: padLeft(xStrides, 0) },
      threads,
    )
    expect(wasm.ints(yBuffer, yLength), `${JSON.stringify(given)} on ${threads}`).toEqual(expected)
  }
}

const edges = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33]

const families: Record<string, Case[]> = {
  contiguous: [...edges, 255, 256, 257, 1000].map((n) => ({ dims: [n], xStrides: [1] })),
  'rows of a wider array': edges.flatMap((n) => [1, 2, 5].map((rows) => ({ dims: [rows, n], xStrides: [n + 3, 1], x: 2 }))),
  'rows into a wider array': edges.flatMap((n) =>
    [1, 2, 5].map((rows) => ({ dims: [rows, n], xStrides: [n, 1], yStrides: [n + 3, 1], y: 1 })),
  ),
  'long rows': [256, 300].map((n) => ({ dims: [3, n], xStrides: [n + 5, 1], yStrides: [n + 1, 1] })),
  'a column into a wider array': edges.map((n) => ({ dims: [n], xStrides: [1], yStrides: [3], y: 2 })),
  'a value for each row': edges.map((n) => ({ dims: [4, n], xStrides: [1, 0] })),
  'a row for all rows': edges.map((n) => ({ dims: [4, n], xStrides: [0, 1] })),
  'one value for all': [{ dims: [2, 3, 5], xStrides: [0, 0, 0] }],
  transposition: edges.flatMap((m) => edges.map((n) => ({ dims: [m, n], xStrides: [1, m] }))),
  'transposition with a wide stride': [
    { dims: [20, 37], xStrides: [1, 256], yStrides: [256, 1] },
    { dims: [40, 9], xStrides: [1, 41], yStrides: [512, 1] },
  ],
  'every permutation': permutations([0, 1, 2, 3]).map((order) => {
    const shape = [3, 5, 2, 7]
    const strides = rowMajor(shape)
    return { dims: order.map((axis) => shape[axis]!), xStrides: order.map((axis) => strides[axis]!) }
  }),
  'six axes': [
    { dims: [2, 3, 2, 3, 2, 5], xStrides: [1, 2, 6, 12, 36, 72] },
    { dims: [2, 3, 2, 3, 2, 5], xStrides: rowMajor([2, 3, 2, 3, 2, 5]), yStrides: [1, 2, 6, 12, 36, 72] },
    { dims: [5, 4, 3, 2, 3, 2], xStrides: [100, 1, 5, 1000, 20, 0] },
  ],
  'images, channels last to first and back': [1, 3, 4, 6].flatMap((c) => [
    { dims: [2, c, 35], xStrides: [35 * c, 1, c] },
    { dims: [2, 35, c], xStrides: [35 * c, 1, 35] },
  ]),
  reversed: edges.map((n) => ({ dims: [2, n], xStrides: [n, -1], x: Math.max(0, n - 1) })),
  'reversed rows': edges.map((n) => ({ dims: [3, n], xStrides: [-n, 1], x: 2 * n })),
  'every other element': edges.map((n) => ({ dims: [2, n], xStrides: [2 * n, 2] })),
  'nearest neighbour, twice as large': [1, 3, 4].map((c) => ({ dims: [4, 2, 3, 2, c], xStrides: [3 * c, 0, c, 0, 1] })),
  'no elements': [
    { dims: [0, 3], xStrides: [3, 1] },
    { dims: [3, 0, 2], xStrides: [0, 2, 1] },
    { dims: [2, 0], xStrides: [1, 2] },
  ],
}

function permutations(list: number[]): number[][] {
  return list.length === 0
    ? [[]]
    : list.flatMap((first) => permutations(list.filter((each) => each !== first)).map((rest) => [first, ...rest]))
}

test.each(builds.flatMap((build) => Object.keys(families).map((name) => [name, build] as const)))('copy: %s (%s)', (name, build) => {
  const wasm = new Kernels(build)
  for (const each of families[name]!) check(wasm, each)
})

test.each(builds)('copies into parts of one array leave the other parts alone (%s)', (build) => {
  const wasm = new Kernels(build)
  const a = wasm.buffer(Float32Array.of(1, 2, 3, 4, 5, 6)) // [2, 3]
  const b = wasm.buffer(Float32Array.of(7, 8)) // [2, 1]
  const y = wasm.buffer(8) // [2, 4]
  const part = (x: number, at: number, columns: number) =>
    wasm.call(
      'copy',
      { y: y + 4 * at, x, dims: [1, 1, 1, 1, 2, columns], yStrides: [0, 0, 0, 0, 4, 1], xStrides: [0, 0, 0, 0, columns, 1] },
      2,
    )
  part(b, 3, 1)
  part(a, 0, 3)
  expect([...wasm.floats(y, 8)]).toEqual([1, 2, 3, 7, 4, 5, 6, 8])
})
