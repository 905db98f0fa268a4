// A layer against Keras: output, gradients, shape rule, moving statistics, and the way through its config.
import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/grad'
import { configure, layers, type Layer, type Tensor } from '../../src/index'
import { recordTrace } from '../../src/graph/trace'
import { compileNodes, readContents, runSync } from '../../src/runtime/session'
import { expectNear, unpack, type Packed } from './golden'

export interface LayerCase {
  layer: string
  options: Record<string, unknown>
  y: Packed
  dx: Packed[]
  dweights: Packed[]
  training?: boolean
  /** Moving statistics after the step. */
  weightsAfter?: Packed[]
}

/** What goes in: known when the layer is built. */
export interface Inputs {
  x: Tensor
  weights(layer: Layer): readonly Tensor[]
  dy(): Tensor
}

const factories = layers as unknown as Record<string, ((options: object) => Layer) | undefined>
export const isKnown = ({ layer }: { layer: string }): boolean => factories[layer] !== undefined

/** Names of the layers in `cases` that do not exist, for the title. */
export const missingIn = (cases: readonly LayerCase[]): string =>
  [...new Set(cases.filter((each) => !isKnown(each)).map(({ layer }) => layer))].join(', ') || 'none'

export function checkLayer(
  { layer, options, y, dx, dweights, training = false, weightsAfter = [] }: LayerCase,
  inputs: Inputs,
  tolerance: { y: number; gradients: number },
): void {
  configure({ threads: 1 })
  const label = `${layer} ${JSON.stringify(options)}`
  const made = factories[layer]!(options)
  const { x } = inputs
  made.ensureBuilt(x.shape)
  const weights = inputs.weights(made)
  if (weights.length) made.setWeights(weights)
  const { trace, result } = recordTrace(() => {
    const reads = made.trainableWeights.map((weight) => weight.read())
    const output = made.apply(x, { training })
    return [output, ...gradients(output, [...(dx.length ? [x] : []), ...reads], inputs.dy())]
  })
  const compiled = compileNodes(result, trace.effects)
  const [value, ...grads] = runSync(compiled, [])
  expect(result[0]!.shape, label).toEqual(y.shape)
  expect(made.computeOutputShape([null, ...x.shape.slice(1)]).slice(1), `${label}: computeOutputShape`).toEqual(y.shape.slice(1))
  expectNear(value!, unpack(y), tolerance.y, `${label}: y`)
  weightsAfter.forEach((expected, i) =>
    expectNear(readContents(made.nonTrainableWeights[i]!.storage), unpack(expected), 1e-5, `${label}: weight ${i} afterwards`),
  )
  ;[...dx, ...dweights].forEach((expected, i) => expectNear(grads[i]!, unpack(expected), tolerance.gradients, `${label}: gradient ${i}`))
  checkConfig(layer, options, [null, ...x.shape.slice(1)])
}

/** A layer made of its config is the same. */
function checkConfig(layer: string, options: object, shape: readonly (number | null)[]): void {
  const first = factories[layer]!(options)
  const again = factories[layer]!({ ...first.getConfig(), name: `${first.name}_again` })
  expect({ ...again.getConfig(), name: '' }).toEqual({ ...first.getConfig(), name: '' })
  expect(again.computeOutputShape(shape)).toEqual(first.computeOutputShape(shape))
}

/** One test a case, called by layer and options. */
export function describeLayers<Case extends LayerCase>(title: string, cases: readonly Case[], check: (each: Case) => void): void {
  describe(`${title} against Keras (not here yet: ${missingIn(cases)})`, () => {
    test.each(cases.filter(isKnown).map((each) => [`${each.layer} ${JSON.stringify(each.options)}`, each] as const))('%s', (_, each) =>
      check(each),
    )
  })
}
