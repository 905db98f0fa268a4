import { describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import { configure, layers, type Layer, type Tensor } from '../src/index'
import { recordTrace } from '../src/graph/trace'
import { compileNodes, readContents, runSync } from '../src/runtime/session'
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
  training?: boolean
  /** Moving statistics after the step. */
  weightsAfter?: Packed[]
}

const factories = layers as unknown as Record<string, ((options: object) => Layer) | undefined>
const { cases } = golden<Case>('layers')
const known = cases.filter(({ layer, x }) => factories[layer] && x.length === 1)
const missing = [...new Set(cases.filter((each) => !known.includes(each)).map(({ layer }) => layer))]

describe(`layers against Keras (not here yet: ${missing.join(', ') || 'none'})`, () => {
  test.each(known.map((each) => [`${each.layer} ${JSON.stringify(each.options)}`, each] as const))('%s', (label, { layer, options, weights, x, dy, y, dx, dweights, training = false, weightsAfter = [] }) => {
    configure({ threads: 1 })
    const made = factories[layer]!(options)
    const input = toTensor(x[0]!)
    made.ensureBuilt(input.shape)
    if (weights.length) made.setWeights(weights.map(toTensor))
    const { trace, result } = recordTrace(() => {
      const reads = made.trainableWeights.map((weight) => weight.read())
      const output: Tensor = made.apply(input, { training })
      return [output, ...gradients(output, [...(dx.length ? [input] : []), ...reads], toTensor(dy))]
    })
    const { program, signature } = compileNodes(result, trace.effects)
    const [value, ...grads] = runSync({ program, signature }, [])
    expect(result[0]!.shape).toEqual(y.shape)
    expect(made.computeOutputShape([null, ...input.shape.slice(1)]).slice(1), 'computeOutputShape').toEqual(y.shape.slice(1))
    expectNear(value!, unpack(y), 1e-5, `${label}: y`)
    weightsAfter.forEach((expected, i) => expectNear(readContents(made.nonTrainableWeights[i]!.storage), unpack(expected), 1e-5, `${label}: weight ${i} afterwards`))
    ;[...dx, ...dweights].forEach((expected, i) => expectNear(grads[i]!, unpack(expected), 2e-5, `${label}: gradient ${i}`))
  })

  test('a layer made of its config is the same', () => {
    for (const { layer, options, x } of known) {
      const first = factories[layer]!(options)
      const again = factories[layer]!({ ...first.getConfig(), name: `${first.name}_again` })
      expect({ ...again.getConfig(), name: '' }).toEqual({ ...first.getConfig(), name: '' })
      expect(again.computeOutputShape([null, ...x[0]!.shape.slice(1)])).toEqual(first.computeOutputShape([null, ...x[0]!.shape.slice(1)]))
    }
  })
})
