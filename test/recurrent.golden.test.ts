import { describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import { configure, layers, type Layer, type Tensor } from '../src/index'
import { recordTrace } from '../src/graph/trace'
import { evaluateSync } from '../src/runtime/session'
import { expectNear, golden, toTensor, unpack, type Packed } from './support/golden'

interface Case {
  layer: string
  options: Record<string, unknown>
  weights: Packed[]
  x: Packed[]
  dy: Packed
  y: Packed
  dx: Packed[]
  dweights: Packed[]
}

const factories = layers as unknown as Record<string, (options: object) => Layer>
const { cases } = golden<Case>('recurrent')

describe('recurrent layers against Keras', () => {
  test.each(cases.map((each) => [`${each.layer} ${JSON.stringify(each.options)}`, each] as const))(
    '%s',
    (label, { layer, options, weights, x, dy, y, dx, dweights }) => {
      configure({ threads: 1 })
      const made = factories[layer]!(options)
      const input = toTensor(x[0]!)
      made.ensureBuilt(input.shape)
      made.setWeights(weights.map(toTensor))
      const { result } = recordTrace(() => {
        const reads = made.trainableWeights.map((weight) => weight.read())
        const output: Tensor = made.apply(input)
        return [output, ...gradients(output, [input, ...reads], toTensor(dy))]
      })
      const [value, ...grads] = evaluateSync(result)
      expect(result[0]!.shape).toEqual(y.shape)
      expectNear(value!, unpack(y), 1e-5, `${label}: y`)
      ;[...dx, ...dweights].forEach((expected, i) => expectNear(grads[i]!, unpack(expected), 1e-5, `${label}: gradient ${i}`))
    },
  )
})
