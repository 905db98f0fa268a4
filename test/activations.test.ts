import { describe, expect, it } from 'vitest'
import * as activations from '../src/activations'
import { getActivation } from '../src/activations'
import { gradients } from '../src/grad'
import { tensor, type Tensor } from '../src/tensor'
import { golden, expectNear, toTensor, unpack, type Packed } from './support/golden'

interface Case { activation: string; options: object; x: string; dy: string; y: Packed; dx: Packed }
const { data, cases } = golden<Case>('activations')
type Activation = (x: Tensor, options: object) => Tensor
const table = activations as unknown as Record<string, Activation>

describe('activations equal Keras in value and gradient', () => {
  it.each(cases.map((c) => [`${c.activation} ${JSON.stringify(c.options)}`, c] as const))('%s', (label, { activation, options, x: name, dy, y, dx }) => {
    const x = toTensor(data[name]!)
    const result = table[activation]!(x, options)
    expect(result.shape).toEqual(y.shape)
    expectNear(result.dataSync(), unpack(y), 2e-5, label)
    expectNear(gradients(table[activation]!(x, options), [x], toTensor(data[dy]!))[0]!.dataSync(), unpack(dx), 2e-5, `${label} gradient`)
  })
})

it('sparsemax of many and of far apart values', () => {
  const x = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * i) * 1e4 ** (Math.floor(i / 1000) / 3 - 1))
  const y = activations.sparsemax(tensor(x, [4, 1000])).dataSync()
  for (let row = 0; row < 4; row++) {
    const values = Array.from(x.subarray(row * 1000, row * 1000 + 1000))
    const sorted = [...values].sort((a, b) => b - a)
    let [tau, total] = [0, 0]
    sorted.forEach((v, i) => {
      total += v
      if (1 + (i + 1) * v > total) tau = (total - 1) / (i + 1)
    })
    expectNear(y.subarray(row * 1000, row * 1000 + 1000), values.map((v) => Math.max(v - tau, 0)), 1e-5, `row ${row}`)
  }
})

describe('getActivation', () => {
  it.each([
    ['relu', 'relu'], ['leaky_relu', 'leakyRelu'], ['leakyReLU', 'leakyRelu'], ['LogSoftmax', 'logSoftmax'], ['swish', 'silu'], ['hard_swish', 'hardSilu'], [null, 'linear'], [undefined, 'linear'],
    [activations.mish, 'mish'], [(x: Tensor) => x, undefined],
  ] as const)('%s', (identifier, name) => expect(getActivation(identifier).name).toBe(name))

  it('calls a function with the tensor only', () => {
    const x = tensor([-1, 2])
    expect([...getActivation((v, ...rest: unknown[]) => v.add(rest.length)).call(x).dataSync()]).toEqual([-1, 2])
  })

  it.each([
    ['rellu', /unknown activation 'rellu'; did you mean 'relu'\?/],
    [3 as never, /expected a name as 'relu' or a function/],
    ['constructor', /unknown activation/],
  ])('%s is an error', (identifier, message) => expect(() => getActivation(identifier)).toThrow(message))
})
