import { describe, expect, test } from 'vitest'
import * as ops from '../src/ops/index'
import { tensor, type Tensor } from '../src/tensor'
import { makeRandom } from '../src/util/shuffle'
import { checkOp, type OpCase } from './support/checkOp'
import { gruReference, lstmReference, rnnReference, type Walk } from './support/recurrence'

/** batch, time, features, units. */
type Sizes = readonly [number, number, number, number]

const sizes: Sizes[] = [
  [1, 1, 2, 1], [2, 2, 3, 3], [3, 7, 1, 4], [5, 2, 4, 5], [1, 7, 3, 8], [33, 2, 2, 17], [7, 3, 5, 13], [4, 0, 2, 3],
]
const walks: [string, Walk][] = [
  ['forward', {}], ['reverse', { reverse: true }], ['time first', { timeMajor: true }], ['time first, reverse', { timeMajor: true, reverse: true }],
]

const small = (u: number) => (2 * u - 1) * 0.7
const caseOf = ([batch, time, features, units]: Sizes, gates: number, bias: readonly number[], states: number, { timeMajor }: Walk): OpCase => ({
  shapes: [timeMajor ? [time, batch, features] : [batch, time, features], [features, gates * units], [units, gates * units], bias, ...Array.from({ length: states }, () => [batch, units])],
  values: Array.from({ length: 4 + states }, () => small), ulps: 60,
})

/** Every third step masked, whole first rows too. */
const maskFor = ([batch, time]: Sizes): boolean[] => {
  const random = makeRandom(5)
  return Array.from({ length: batch * time }, (_, i) => i >= 2 && random() > 0.35)
}
const maskTensor = (how: Walk, [batch, time]: Sizes) =>
  how.mask ? tensor(Int32Array.from(how.mask, Number), how.timeMajor ? [time, batch] : [batch, time], 'bool') : null

/** All that comes out, as one vector. */
const flat = (parts: Tensor[]): Tensor => ops.concat(parts.map((part) => ops.reshape(part, [part.size])))

const lstmOp = (how: Walk, size: Sizes) => (x: Tensor, k: Tensor, r: Tensor, b: Tensor, h0: Tensor, c0: Tensor) => {
  const { output, h, c } = ops.lstm(x, k, r, b, { ...how, mask: maskTensor(how, size), initialState: [h0, c0] })
  return flat([output, h, c])
}
const gruOp = (how: Walk, size: Sizes, resetAfter: boolean) => (x: Tensor, k: Tensor, r: Tensor, b: Tensor, h0: Tensor) => {
  const { output, h } = ops.gru(x, k, r, b, { ...how, mask: maskTensor(how, size), initialState: h0, resetAfter })
  return flat([output, h])
}
const rnnOp = (how: Walk, size: Sizes, activation: 'tanh' | 'relu' | 'sigmoid' | 'linear') => (x: Tensor, k: Tensor, r: Tensor, b: Tensor, h0: Tensor) => {
  const { output, h } = ops.simpleRnn(x, k, r, b, { ...how, mask: maskTensor(how, size), initialState: h0, activation })
  return flat([output, h])
}

const checkLstm = (how: Walk, size: Sizes) => checkOp(lstmOp(how, size) as never, [caseOf(size, 4, [4 * size[3]], 2, how)], lstmReference(how) as never)
const checkGru = (how: Walk, size: Sizes, resetAfter: boolean) =>
  checkOp(gruOp(how, size, resetAfter) as never, [caseOf(size, 3, resetAfter ? [2, 3 * size[3]] : [3 * size[3]], 1, how)], gruReference(how, resetAfter) as never)
const checkRnn = (how: Walk, size: Sizes, activation: 'tanh' | 'relu' | 'sigmoid' | 'linear') =>
  checkOp(rnnOp(how, size, activation) as never, [caseOf(size, 1, [size[3]], 1, how)], rnnReference(how, activation) as never)

describe.each<[string, (how: Walk, size: Sizes) => void]>([
  ['lstm', checkLstm], ['gru, reset after', (how, size) => checkGru(how, size, true)], ['gru, reset before', (how, size) => checkGru(how, size, false)],
  ['simpleRnn', (how, size) => checkRnn(how, size, 'tanh')],
])('%s', (_, check) => {
  test.each(sizes)('batch %i, time %i, features %i, units %i', (...size) => check({}, size))
  test.each(walks)('%s', (_, how) => check(how, [3, 4, 2, 5]))
  test.each(walks)('masked, %s', (_, how) => {
    const size = [5, 4, 2, 5] as const
    check({ ...how, mask: maskFor(size) }, size)
    check({ ...how, mask: maskFor(size), zeroOutputForMask: true }, size)
  })
})

test.each(['relu', 'sigmoid', 'linear'] as const)('simpleRnn with %s', (activation) => checkRnn({}, [5, 3, 2, 6], activation))

test('errors say what does not fit', () => {
  const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape)
  const x = zeros(2, 3, 4)
  expect(() => ops.lstm(zeros(2, 3), zeros(4, 20), zeros(5, 20))).toThrow('expected sequences [batch, time, features]')
  expect(() => ops.lstm(x, zeros(3, 20), zeros(5, 20))).toThrow('kernel must be [4, 20]')
  expect(() => ops.lstm(x, zeros(4, 20), zeros(5, 15))).toThrow('recurrent kernel must be [units, 4 · units]')
  expect(() => ops.lstm(x, zeros(4, 20), zeros(5, 20), zeros(5))).toThrow('bias must be [20]')
  expect(() => ops.lstm(x, zeros(4, 20), zeros(5, 20), null, { initialState: [zeros(2, 5), zeros(1, 5)] })).toThrow('initial state c must be [2, 5]')
  expect(() => ops.gru(x, zeros(4, 15), zeros(5, 15), zeros(15))).toThrow('bias must be [2, 15]')
  expect(() => ops.gru(x, zeros(4, 15), zeros(5, 15), null, { mask: zeros(3, 2) })).toThrow('mask [3, 2] does not fit')
  expect(() => ops.simpleRnn(x, zeros(4, 5), zeros(5, 5), null, { activation: 'elu' as never })).toThrow('activation must be')
})
