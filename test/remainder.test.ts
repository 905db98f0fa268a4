// mod and floorDiv against exact arithmetic with BigInt, over all binades and signs; and the cases of NumPy.
import { expect, test } from 'vitest'
import { functions } from '../src/losses/index'
import { gradients } from '../src/grad'
import { ops, tensor } from '../src/index'
import { evaluateSync } from '../src/runtime/session'

/** x · 2^149: every float32 is a whole number of its least. */
function whole(x: number): bigint {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))) - 30, -149)
  return BigInt(x / 2 ** exponent) << BigInt(exponent + 149)
}
const floorMod = (a: bigint, b: bigint) => ((a % b) + b) % b
/** A ratio of whole numbers as the nearest float64. */
const ratio = (a: bigint, b: bigint) => Number((a * 2n ** 1100n) / b / 2n ** 1000n) / 2 ** 100

const bits = (i: number) => Math.imul(i + 1, 2654435761) >>> 0
const pairs = Array.from(
  { length: 20000 },
  (_, i) => [...new Float32Array(new Uint32Array([bits(2 * i), bits(2 * i + 1)]).buffer)] as [number, number],
).filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b) && b !== 0 && a !== 0)

test('any quotient: remainders are exact, quotients rounded once', async () => {
  const [a, b] = [0, 1].map((k) => tensor(Float32Array.from(pairs, (pair) => pair[k]!)))
  const [rest, quotient] = [await ops.mod(a!, b!).data(), await ops.floorDiv(a!, b!).data()]
  pairs.forEach(([x, y], i) => {
    const r = floorMod(whole(x), whole(y))
    const exact = Math.fround(Number(r) / 2 ** 149) // a remainder of the other sign is rounded once: r + y
    expect(Math.abs(rest[i]! - exact) <= Math.abs(exact) * 2 ** -24, `${x} mod ${y} is ${rest[i]}, not ${exact}`).toBe(true)
    const q = Math.fround(ratio(whole(x) - r, whole(y)))
    expect(quotient[i] === q || Math.abs(quotient[i]! - q) <= Math.abs(q) * 2 ** -23, `⌊${x} / ${y}⌋ is ${quotient[i]}, not ${q}`).toBe(
      true,
    )
  })
  expect(pairs.length).toBeGreaterThan(15000)
})

/** As numpy.mod and numpy.floor_divide answer. */
const cases: [number, number, number, number][] = [
  [1e38, -3, -1, -3.3333331422518575e37],
  [3.4e38, 88.73, 1.7359619140625, 3.831849163767491e36],
  [Infinity, 2, NaN, NaN],
  [-Infinity, 2, NaN, NaN],
  [5, Infinity, 5, 0],
  [-5, Infinity, Infinity, -1],
  [5, -Infinity, -Infinity, -1],
  [5, 0, NaN, Infinity],
  [-5, 0, NaN, -Infinity],
  [0, 0, NaN, NaN],
  [-0, 3, 0, -0],
  [0, -3, -0, -0],
  [6, 3, 0, 2],
  [-6, 3, 0, -2],
  [6, -3, -0, -2],
  [NaN, 1, NaN, NaN],
  [1, NaN, NaN, NaN],
  [Infinity, Infinity, NaN, NaN],
  [0, -Infinity, -0, -0],
  [-1e-38, 3, 3, -1],
  [1, 0.1, Math.fround(1) % Math.fround(0.1), 9],
  [2 ** 31, 3, 2, 715827904],
  [-(2 ** 31), 3, 1, -715827904],
]
test.each(cases)('%d mod %d, and their quotient', (a, b, rest, quotient) => {
  expect([
    ...ops.mod(new Float32Array([a]), new Float32Array([b])).dataSync(),
    ...ops.floorDiv(new Float32Array([a]), new Float32Array([b])).dataSync(),
  ]).toEqual([rest, quotient].map(Math.fround))
})

test('a prediction that is NaN has a NaN gradient', () => {
  for (const loss of [functions.binaryCrossentropy, functions.categoricalCrossentropy]) {
    const p = tensor([[NaN, 0.5]])
    const [dp] = gradients(ops.sum(loss([[1, 0]], p)), [p])
    expect(evaluateSync([dp!])[0]![0]).toBeNaN()
  }
})
