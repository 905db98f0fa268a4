import { describe, expect, it } from 'vitest'
import * as activations from '../src/activations'
import { getActivation } from '../src/activations'
import { gradients } from '../src/grad'
import { tensor, type Tensor } from '../src/tensor'
import { golden, expectNear, toTensor, unpack, type Packed } from './support/golden'

interface Case {
  activation: string
  options: object
  x: string
  dy: string
  y: Packed
  dx: Packed
}
const { data, cases } = golden<Case>('activations')
type Activation = (x: Tensor, options: object) => Tensor
// Keras 3.15 adds up all partial sums where the threshold needs only one, so that its sparsemax does not sum to 1; ours is by the paper and
// tested below.
const comparable = cases.filter(({ activation }) => activation !== 'sparsemax')
const table = activations as unknown as Record<string, Activation>

describe('activations equal Keras in value and gradient', () => {
  it.each(comparable.map((c) => [`${c.activation} ${JSON.stringify(c.options)}`, c] as const))(
    '%s',
    (label, { activation, options, x: name, dy, y, dx }) => {
      const x = toTensor(data[name]!)
      const result = table[activation]!(x, options)
      expect(result.shape).toEqual(y.shape)
      expectNear(result.dataSync(), unpack(y), 2e-5, label)
      expectNear(gradients(table[activation]!(x, options), [x], toTensor(data[dy]!))[0]!.dataSync(), unpack(dx), 2e-5, `${label} gradient`)
    },
  )
})

/** By sorting: Martins, Astudillo, algorithm 1. */
function sparsemax(row: readonly number[]): { y: number[]; inside: boolean[] } {
  let [tau, total] = [0, 0]
  row
    .toSorted((a, b) => b - a)
    .forEach((v, i) => {
      total += v
      if (1 + (i + 1) * v > total) tau = (total - 1) / (i + 1)
    })
  return { y: row.map((v) => Math.max(v - tau, 0)), inside: row.map((v) => v > tau) }
}

describe('sparsemax', () => {
  it.each([
    [1, 1],
    [2, 0.3],
    [16, 2],
    [1000, 1e-4],
    [1000, 0.02],
    [1000, 1],
    [1000, 1e4],
  ])('of %i values up to %f', (n, scale) => {
    const row = Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i * i + 1) * scale))
    const dy = row.map((_, i) => Math.cos(3 * i))
    const { y, inside } = sparsemax(row)
    const x = tensor([row])
    expectNear(activations.sparsemax(x).dataSync(), y, 2e-5, 'value')
    const mean = dy.reduce((sum, d, i) => sum + (inside[i] ? d : 0), 0) / inside.filter(Boolean).length
    expectNear(
      gradients(activations.sparsemax(x), [x], tensor([dy]))[0]!.dataSync(),
      dy.map((d, i) => (inside[i] ? d - mean : 0)),
      1e-4,
      'gradient',
    )
  })

  it('along another axis', () => {
    const rows = [
      [0.1, 2, -1],
      [0.3, 1.5, 0.2],
    ]
    const expected = [0, 1, 2].map((j) => sparsemax(rows.map((row) => row[j]!)).y)
    expectNear(
      activations.sparsemax(tensor(rows), { axis: 0 }).dataSync(),
      [0, 1].flatMap((i) => expected.map((column) => column[i]!)),
      1e-6,
      'value',
    )
  })
})

describe('getActivation', () => {
  it.each([
    ['relu', 'relu'],
    ['leaky_relu', 'leakyRelu'],
    ['leakyReLU', 'leakyRelu'],
    ['LogSoftmax', 'logSoftmax'],
    ['swish', 'silu'],
    ['hard_swish', 'hardSilu'],
    [null, 'linear'],
    [undefined, 'linear'],
    [activations.mish, 'mish'],
    [(x: Tensor) => x, undefined],
  ] as const)('%s', (identifier, name) => expect(getActivation(identifier).name).toBe(name))

  it('calls a function with the tensor only', () => {
    const x = tensor([-1, 2])
    expect([
      ...getActivation((v, ...rest: unknown[]) => v.add(rest.length))
        .call(x)
        .dataSync(),
    ]).toEqual([-1, 2])
  })

  it.each([
    ['rellu', /unknown activation 'rellu'; did you mean 'relu'\?/],
    [3 as never, /expected a name as 'relu' or a function/],
    ['constructor', /unknown activation/],
  ])('%s is an error', (identifier, message) => expect(() => getActivation(identifier)).toThrow(message))
})
