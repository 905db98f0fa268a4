// Drawn models as Keras writes their configs: what they give, the order of their layers, the same config again (scripts/golden/models.py).
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configure, modelFromJSON, tensor, type Functional, type Outputs, type Tensor } from '../src'
import { leavesByName, type Tree } from '../src/util/tree'
import { Tensor as TensorClass } from '../src/graph/node'

configure({ threads: 1 })

interface Golden {
  config: object
  layers: string[]
  weights: [path: string, value: number[]][]
  x: number[][]
  y: number[][]
}
const golden = JSON.parse(readFileSync(new URL('golden/models.json', import.meta.url), 'utf8')) as { [name: string]: Golden }
const isTensor = (x: unknown): x is Tensor => x instanceof TensorClass

/** What Keras notes by the way: masks that travel beside tensors here, what training was by default, what a call was built for. */
const NOTED = new Set(['training', 'mask', 'build_config', 'compile_config', 'shared_object_id'])
const plain = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json), (key, value: unknown) => {
    const isMask = key === 'mask' && value === null
    return isMask || (key !== 'mask' && NOTED.has(key)) ? undefined : value
  })

const dtypes = (model: Functional<Outputs>) => (model.inputs as Tensor[]).map(({ dtype }) => dtype)

describe.each(Object.entries(golden))('%s', (_, { config, layers, weights, x, y }) => {
  const load = () => {
    const model = modelFromJSON(JSON.stringify(config)) as Functional<Outputs>
    model.setWeights(weights.map(([, value]) => value))
    return model
  }
  const said = (model: Functional<Outputs>): unknown => {
    const xs = x.map((each, i) => tensor(each, undefined, dtypes(model)[i]))
    const inputs = leavesByName(model.input as Tree<Tensor>, isTensor)
    const given = model.dataForm.inputs!.rebuild(model.inputs.map((input) => xs[inputs.indexOf(input)]!))
    return leavesByName(model.predict(given as never) as Tree<Tensor>, isTensor).map((each) => Array.from(each.dataSync()))
  }

  it('has its layers in the same order', () => {
    const model = load()
    expect(model.layers.map(({ name }) => name)).toEqual(layers)
    expect(model.weights.map(({ shape }) => shape)).toEqual(weights.map(([, value]) => tensor(value).shape))
  })

  it('gives the same', () => {
    const given = said(load()) as number[][]
    y.forEach((each, i) => {
      const flat = [each].flat(Infinity) as number[]
      expect(given[i]!.length).toBe(flat.length)
      flat.forEach((value, at) => expect(Math.abs(given[i]![at]! - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value))))
    })
  })

  it('has the same config', () => expect(plain(JSON.parse(load().toJSON()))).toEqual(plain(config)))

  it('comes again from its own JSON, and as a clone, bit for bit', () => {
    const model = load()
    const again = modelFromJSON(model.toJSON()) as Functional<Outputs>
    again.setWeights(model.getWeights())
    expect(said(again)).toEqual(said(model))
    expect(again.toJSON()).toBe(model.toJSON())
    expect(said(model.clone())).toEqual(said(model))
  })
})
