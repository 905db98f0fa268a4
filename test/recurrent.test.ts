import { describe, expect, test } from 'vitest'
import * as ops from '../src/ops/index'
import { tensor, type Tensor } from '../src/tensor'
import { makeRandom } from '../src/util/shuffle'
import { evaluateSync } from '../src/runtime/session'
import { gradients } from '../src/grad'
import { unrolledGru, unrolledLstm, unrolledRnn } from '../src/ops/recurrentUnrolled'
import { checkOp, expectClose, type OpCase } from './support/checkOp'
import { modes, useMode } from './support/engine'
import { gruReference, lstmReference, rnnReference, type Walk } from './support/recurrence'

/** batch, time, features, units. */
type Sizes = readonly [number, number, number, number]

const sizes: Sizes[] = [
  [1, 1, 2, 1],
  [2, 2, 3, 3],
  [3, 7, 1, 4],
  [5, 2, 4, 5],
  [1, 7, 3, 8],
  [33, 2, 2, 17],
  [7, 5, 5, 13],
  [16, 2, 1, 1],
  [52, 1, 3, 6],
  [4, 0, 2, 3],
]
const walks: [string, Walk][] = [
  ['forward', {}],
  ['reverse', { reverse: true }],
  ['time first', { timeMajor: true }],
  ['time first, reverse', { timeMajor: true, reverse: true }],
]

const small = (u: number) => (2 * u - 1) * 0.7
const caseOf = (
  [batch, time, features, units]: Sizes,
  gates: number,
  bias: readonly number[],
  states: number,
  { timeMajor }: Walk,
  ulps = 60,
): OpCase => ({
  shapes: [
    timeMajor ? [time, batch, features] : [batch, time, features],
    [features, gates * units],
    [units, gates * units],
    bias,
    ...Array.from({ length: states }, () => [batch, units]),
  ],
  values: Array.from({ length: 4 + states }, () => small),
  ulps,
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
const rnnOp =
  (how: Walk, size: Sizes, activation: 'tanh' | 'relu' | 'sigmoid' | 'linear') =>
  (x: Tensor, k: Tensor, r: Tensor, b: Tensor, h0: Tensor) => {
    const { output, h } = ops.simpleRnn(x, k, r, b, { ...how, mask: maskTensor(how, size), initialState: h0, activation })
    return flat([output, h])
  }

const checkLstm = (how: Walk, size: Sizes, ulps?: number) =>
  checkOp(lstmOp(how, size) as never, [caseOf(size, 4, [4 * size[3]], 2, how, ulps)], lstmReference(how) as never)
const checkGru = (how: Walk, size: Sizes, resetAfter: boolean, ulps?: number) =>
  checkOp(
    gruOp(how, size, resetAfter) as never,
    [caseOf(size, 3, resetAfter ? [2, 3 * size[3]] : [3 * size[3]], 1, how, ulps)],
    gruReference(how, resetAfter) as never,
  )
const checkRnn = (how: Walk, size: Sizes, activation: 'tanh' | 'relu' | 'sigmoid' | 'linear', ulps?: number) =>
  checkOp(rnnOp(how, size, activation) as never, [caseOf(size, 1, [size[3]], 1, how, ulps)], rnnReference(how, activation) as never)

describe.each<[string, (how: Walk, size: Sizes, ulps?: number) => void]>([
  ['lstm', checkLstm],
  ['gru, reset after', (how, size, ulps) => checkGru(how, size, true, ulps)],
  ['gru, reset before', (how, size, ulps) => checkGru(how, size, false, ulps)],
  ['simpleRnn', (how, size, ulps) => checkRnn(how, size, 'tanh', ulps)],
])('%s', (_, check) => {
  test('a batch of none', () => check({}, [0, 3, 2, 4]))
  test.each(sizes)('batch %i, time %i, features %i, units %i', (...size) => check({}, size))
  test('200 steps stay within 2e-5', () => check({}, [4, 200, 2, 6], 168))
  test.each(walks)('%s', (_, how) => check(how, [3, 4, 2, 5]))
  test.each(walks)('masked, %s', (_, how) => {
    const size = [9, 4, 2, 5] as const
    check({ ...how, mask: maskFor(size) }, size)
    check({ ...how, mask: maskFor(size), zeroOutputForMask: true }, size)
  })
})

test.each(['relu', 'sigmoid', 'linear'] as const)('simpleRnn with %s', (activation) => checkRnn({}, [5, 3, 2, 6], activation))

describe('streams: states passed on give the bits of one long call', () => {
  const random = makeRandom(3)
  const noise = (...shape: number[]) =>
    tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random() - 0.5),
      shape,
    )
  const [batch, time, features, units] = [5, 12, 7, 9]
  const mask = maskTensor({ mask: maskFor([batch, time, features, units]) }, [batch, time, features, units])!
  const steps = (x: Tensor, from: number, to: number) => ops.slice(x, [0, from], [batch, to - from])

  test.each([[[1]], [[4, 8]], [[1, 2, 3, 11]]])('cut at %j', (cuts) => {
    useMode(modes[0]!)
    const x = noise(batch, time, features)
    const parts = (gates: number, bias: number[]) => [noise(features, gates * units), noise(units, gates * units), noise(...bias)] as const
    const [lstm, gru, before, rnn] = [parts(4, [4 * units]), parts(3, [2, 3 * units]), parts(3, [3 * units]), parts(1, [units])]
    const calls: ((x: Tensor, mask: Tensor, states: Tensor[] | null) => Tensor[])[] = [
      (part, mask, s) => {
        const { output, h, c } = ops.lstm(part, ...lstm, { mask, initialState: s && [s[0]!, s[1]!] })
        return [output, h, c]
      },
      (part, mask, s) => {
        const { output, h } = ops.gru(part, ...gru, { mask, initialState: s && s[0]! })
        return [output, h]
      },
      (part, mask, s) => {
        const { output, h } = ops.gru(part, ...before, { mask, initialState: s && s[0]!, resetAfter: false })
        return [output, h]
      },
      (part, mask, s) => {
        const { output, h } = ops.simpleRnn(part, ...rnn, { mask, initialState: s && s[0]! })
        return [output, h]
      },
    ]
    for (const call of calls) {
      const [whole, ...last] = evaluateSync(call(x, mask, null))
      let states: Tensor[] | null = null
      const outputs: Tensor[] = []
      for (const [i, from] of [0, ...cuts].entries()) {
        const to = cuts[i] ?? time
        const [output, ...next]: Tensor[] = call(steps(x, from, to), steps(mask, from, to), states)
        outputs.push(output!)
        states = next
      }
      const [together, ...end] = evaluateSync([ops.concat(outputs, 1), ...states!])
      expect(together).toEqual(whole)
      expect(end).toEqual(last)
    }
  })
})

describe('without bias or initial state', () => {
  const [batch, time, features, units] = [6, 6, 3, 5]
  const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape)
  test.each<[string, number, (x: Tensor, k: Tensor, r: Tensor, given: boolean) => Tensor]>([
    [
      'lstm',
      4,
      (x, k, r, given) =>
        (given ? ops.lstm(x, k, r, zeros(4 * units), { initialState: [zeros(batch, units), zeros(batch, units)] }) : ops.lstm(x, k, r))
          .output,
    ],
    [
      'gru',
      3,
      (x, k, r, given) => (given ? ops.gru(x, k, r, zeros(2, 3 * units), { initialState: zeros(batch, units) }) : ops.gru(x, k, r)).output,
    ],
    [
      'gru, reset before',
      3,
      (x, k, r, given) =>
        (given ? ops.gru(x, k, r, zeros(3 * units), { resetAfter: false }) : ops.gru(x, k, r, null, { resetAfter: false })).output,
    ],
    ['simpleRnn', 1, (x, k, r, given) => (given ? ops.simpleRnn(x, k, r, zeros(units)) : ops.simpleRnn(x, k, r)).output],
  ])('%s', (_, gates, op) => {
    useMode(modes[0]!)
    const random = makeRandom(8)
    const noise = (...shape: number[]) =>
      tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random() - 0.5),
        shape,
      )
    const xs = [noise(batch, time, features), noise(features, gates * units), noise(units, gates * units)] as const
    const all = (given: boolean) => {
      const y = op(...xs, given)
      return evaluateSync([y, ...gradients(y, xs)])
    }
    expect(all(false)).toEqual(all(true))
  })
})

describe('gradients of gradients', () => {
  // The gradient of Σ y² to the recurrent kernel, against that of the same walk made of other ops.
  const [batch, time, features, units] = [2, 3, 2, 3]
  const walk = { batch, time, reverse: false, timeMajor: true, zeroOutputForMask: false }
  const loss = (y: Tensor) => ops.sum(ops.mul(y, y))
  const twice = (build: (x: Tensor, k: Tensor, r: Tensor) => Tensor, xs: readonly Tensor[]) => {
    const first = gradients(loss(build(xs[0]!, xs[1]!, xs[2]!)), xs)
    return evaluateSync(
      gradients(
        first.map(loss).reduce((a, b) => ops.add(a, b)),
        xs,
      ),
    )
  }
  const rows = (x: Tensor, k: Tensor) => ops.matmul(ops.reshape(x, [time * batch, features]), k)
  const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape)
  const state = zeros(batch, units)
  test.each<[string, number, (x: Tensor, k: Tensor, r: Tensor) => Tensor, (x: Tensor, k: Tensor, r: Tensor) => Tensor]>([
    [
      'lstm',
      4,
      (x, k, r) => ops.lstm(x, k, r, null, { timeMajor: true }).output,
      (x, k, r) => unrolledLstm(rows(x, k), r, [state, state], null, walk).output,
    ],
    [
      'gru',
      3,
      (x, k, r) => ops.gru(x, k, r, null, { timeMajor: true }).output,
      (x, k, r) => unrolledGru(rows(x, k), r, zeros(3 * units), state, null, walk).output,
    ],
    [
      'gru, reset before',
      3,
      (x, k, r) => ops.gru(x, k, r, null, { timeMajor: true, resetAfter: false }).output,
      (x, k, r) => unrolledGru(rows(x, k), r, null, state, null, walk).output,
    ],
    [
      'simpleRnn',
      1,
      (x, k, r) => ops.simpleRnn(x, k, r, null, { timeMajor: true }).output,
      (x, k, r) => unrolledRnn(rows(x, k), r, state, null, walk, 'tanh').output,
    ],
  ])('%s', (_, gates, fused, unrolled) => {
    useMode(modes[0]!)
    const random = makeRandom(4)
    const noise = (...shape: number[]) =>
      tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random() - 0.5),
        shape,
      )
    const xs = [noise(time, batch, features), noise(features, gates * units), noise(units, gates * units)]
    const expected = twice(unrolled, xs)
    twice(fused, xs).forEach((actual, i) => expectClose(actual, expected[i]!, 40, `input ${i}`))
  })
})

test('errors say what does not fit', () => {
  const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape)
  const x = zeros(2, 3, 4)
  expect(() => ops.lstm(zeros(2, 3), zeros(4, 20), zeros(5, 20))).toThrow('expected sequences [batch, time, features]')
  expect(() => ops.lstm(x, zeros(3, 20), zeros(5, 20))).toThrow('kernel must be [4, 20]')
  expect(() => ops.lstm(x, zeros(4, 20), zeros(5, 15))).toThrow('recurrent kernel must be [units, 4 · units]')
  expect(() => ops.lstm(x, zeros(4, 20), zeros(5, 20), zeros(5))).toThrow('bias must be [20]')
  expect(() => ops.lstm(x, zeros(4, 20), zeros(5, 20), null, { initialState: [zeros(2, 5), zeros(1, 5)] })).toThrow(
    'initial state c must be [2, 5]',
  )
  expect(() => ops.gru(x, zeros(4, 15), zeros(5, 15), zeros(15))).toThrow('bias must be [2, 15]')
  expect(() => ops.gru(x, zeros(4, 15), zeros(5, 15), null, { mask: zeros(3, 2) })).toThrow('mask [3, 2] does not fit')
  expect(() => ops.simpleRnn(x, zeros(4, 5), zeros(5, 5), null, { activation: 'elu' as never })).toThrow(
    /activation must be one of .*; got 'elu'; did you mean 'relu'/,
  )
})
