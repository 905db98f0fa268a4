// Configs of models beyond what Keras's own files show: own classes, names of the user's, what is wrong with a config, clones.
import { describe, expect, it } from 'vitest'
import {
  cloneModel,
  configure,
  input,
  Layer,
  layers,
  losses,
  Model,
  model,
  modelFromJSON,
  ops,
  optimizers,
  registerSerializable,
  sequential,
  tensor,
  type Outputs,
  type Tensor,
} from '../src'
import { fromKeras, toKeras } from '../src/util/keras'

configure({ threads: 1 })
const x = tensor([[1, 2, 3]])
const said = (m: Model): number[] => Array.from(m.predict(x).dataSync())

class Scale extends Layer {
  constructor(readonly given: { factor?: number } = {}) {
    super()
  }
  override call(y: Tensor): Tensor {
    return y.mul(this.given.factor ?? 2)
  }
  override getConfig() {
    return { ...super.getConfig(), factor: this.given.factor ?? 2 }
  }
}

describe('names of the user', () => {
  const named = { out_one: 1, outTwo: 1 }

  it.each(['inputLayers', 'outputLayers', 'loss', 'lossWeights', 'metrics', 'weightedMetrics', 'arguments'])('stay in %s', (option) => {
    const theirs = toKeras({ [option]: named, useBias: true })
    expect(theirs).toEqual({ [option.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`)]: named, use_bias: true })
    expect(fromKeras(theirs)).toEqual({ [option]: named, useBias: true })
  })

  it('stay in models and in what they were compiled with', () => {
    const p = input({ shape: [3], name: 'in_put' })
    const m = model({ inputs: { in_put: p }, outputs: { out_one: layers.dense(1).apply(p), outTwo: layers.dense(2).apply(p) } })
    m.compile({
      optimizer: optimizers.adam({ learningRate: 0.5 }),
      loss: { out_one: losses.huber({ delta: 2 }), outTwo: 'meanSquaredError' },
      lossWeights: { out_one: 2, outTwo: 1 },
      metrics: { outTwo: ['meanAbsoluteError'] },
    })
    const again = modelFromJSON<{ [name: string]: Tensor }>(m.toJSON())
    const config = JSON.parse(m.toJSON()) as { config: object; compile_config: { loss: object } }
    expect(config.config).toMatchObject({ output_layers: { out_one: expect.any(Array), outTwo: expect.any(Array) } })
    expect(config.compile_config).toMatchObject({
      loss: { out_one: { class_name: 'Huber', config: { delta: 2 } }, outTwo: 'mean_squared_error' },
      loss_weights: { out_one: 2, outTwo: 1 },
      metrics: { outTwo: ['mean_absolute_error'] },
    })
    again.compileFromConfig(config.compile_config)
    expect(again.getCompileConfig()).toEqual(m.getCompileConfig())
    expect(Object.keys(again.predict({ in_put: x }))).toEqual(['out_one', 'outTwo'])
  })
})

describe('own classes', () => {
  const make = () => sequential([layers.dense({ units: 2, inputShape: [3] }), new Scale({ factor: 3 })])

  it('come from customObjects', () => {
    const m = make()
    const again = modelFromJSON(m.toJSON(), { customObjects: { Scale } })
    again.setWeights(m.getWeights())
    expect(said(again)).toEqual(said(m))
  })

  it('come from what was registered', () => {
    class Registered extends Scale {}
    registerSerializable(Registered, { package: 'mine' })
    const m = sequential([layers.dense({ units: 2, inputShape: [3] }), new Registered({ factor: 5 })])
    const json = m.toJSON()
    expect(json).toContain('"registered_name":"mine>Registered"')
    const again = modelFromJSON(json)
    expect(again.layers[1]).toBeInstanceOf(Registered)
  })

  it('are the same in a clone, functions too', () => {
    const [double, triple] = [(y: Tensor) => y.mul(2), (y: Tensor) => y.mul(3)]
    const m = sequential([layers.dense({ units: 2, inputShape: [3] }), new Scale(), layers.lambda(double), layers.lambda(triple)])
    expect(said(m.clone())).toEqual(said(m))
    const other = cloneModel(m)
    expect(said(other)).not.toEqual(said(m))
    other.setWeights(m.getWeights())
    expect(said(other)).toEqual(said(m))
  })

  it('of models', () => {
    class Mine extends Model {
      readonly head = layers.dense({ units: 2 })
      override call(y: Tensor): Tensor {
        return this.head.apply(y).mul(2)
      }
    }
    const m = new Mine()
    m.predict(x).dataSync()
    const again = modelFromJSON(m.toJSON(), { customObjects: { Mine } })
    again.predict(x).dataSync()
    again.setWeights(m.getWeights())
    expect(said(again)).toEqual(said(m))
    expect(said(m.clone())).toEqual(said(m))
  })
})

describe('what is wrong with a config', () => {
  const config = () => {
    const p = input({ shape: [3], name: 'p' })
    const h = layers.dense({ units: 2, name: 'h' }).apply(p)
    return JSON.parse(model({ inputs: p, outputs: layers.dense({ units: 1, name: 'y' }).apply(h.add(1)) }).toJSON()) as {
      config: {
        layers: { class_name: string; config: { [option: string]: unknown }; inbound_nodes: never[]; name: string }[]
        output_layers: unknown[]
      }
    }
  }
  type Config = ReturnType<typeof config>
  it.each<[string, (c: Config) => void, RegExp]>([
    [
      'all unknown parts at once',
      ({ config: { layers: all } }) => {
        all[1]!.class_name = 'Dens'
        all[2]!.class_name = 'Ad'
        all[3]!.config.unit = 3
      },
      /layers\[1\] \(h\).*'Dens'.*\n.*layers\[2\].*'Ad'.*\n.*layers\[3\] \(y\).*'unit'/s,
    ],
    [
      'a class that is a property of objects',
      ({ config: { layers: all } }) => void (all[1]!.class_name = 'constructor'),
      /unknown layer 'constructor'/,
    ],
    [
      'a cycle',
      ({ config: { layers: all } }) => {
        const text = JSON.stringify(all[1]!.inbound_nodes)
        all[1]!.inbound_nodes = JSON.parse(text.replace('"p",0,0', '"y",0,0')) as never[]
      },
      /wait for each other/,
    ],
    ['a layer that is not there', ({ config: c }) => void (c.output_layers[0] = 'nowhere'), /'nowhere', which the config does not have/],
    ['a call that is not there', ({ config: c }) => void (c.output_layers[1] = 3), /call 3 of 'y', which is not there/],
    ['an output that is not there', ({ config: c }) => void (c.output_layers[2] = 3), /output 3 of 'y'/],
    ['two layers of a name', ({ config: { layers: all } }) => void (all[1]!.name = 'y'), /two layers named 'y'/],
  ])('%s', (_, spoil, message) => {
    const c = config()
    spoil(c)
    expect(() => modelFromJSON(c)).toThrow(message)
  })

  it('is no JSON, or no model', () => {
    expect(() => modelFromJSON('{')).toThrow(/no JSON/)
    expect(() => modelFromJSON(layers.serialize(layers.dense(2)))).toThrow(/describes a layer \(Dense\)/)
  })
})

describe('cloneModel', () => {
  const make = () => {
    const p = input({ shape: [3], name: 'p' })
    const shared = layers.dense({ units: 3, name: 'shared' })
    return model({ inputs: p, outputs: ops.concat([shared.apply(shared.apply(p)), p.slice([0, 1], [-1, 2])], 1) })
  }

  it('makes layers anew, or as it is told, on other inputs too', () => {
    const m = make()
    const clone = cloneModel(m)
    expect(clone.weights.length).toBe(2)
    clone.setWeights(m.getWeights())
    expect(said(clone as Model)).toEqual(said(m as Model))
    const widths: string[] = []
    const other = cloneModel(m, {
      cloneFunction: (layer) => {
        widths.push(layer.name)
        return layers.dense({ units: 3, activation: 'relu', name: 'other' })
      },
    })
    expect(widths).toEqual(['shared'])
    expect(other.layers.map(({ name }) => name)).toContain('other')
    const q = input({ shape: [3], name: 'q' })
    const onOther = cloneModel(m, { inputs: q.mul(2) })
    expect((onOther as Model<Outputs>).layers.length).toBeGreaterThan(1)
  })

  it('trains on its own', async () => {
    const m = make()
    m.compile({ optimizer: 'sgd', loss: 'mse' })
    const copy = m.clone() as Model
    expect(copy.isCompiled).toBe(false)
    const before = said(copy)
    await m.fit(x, ops.broadcastTo(1, [1, 5]), { epochs: 2, verbose: 0 })
    expect(said(copy)).toEqual(before)
    expect(said(m as Model)).not.toEqual(before)
  })
})

it('a part of another model has its own input layer', () => {
  const p = input({ shape: [2], name: 'p' })
  const h = layers.dense({ units: 3, name: 'block' }).apply(p)
  const top = model({ inputs: h, outputs: layers.dense({ units: 1, name: 'top' }).apply(h) })
  expect(top.layers.map(({ name }) => name)).toEqual(['block_input', 'top'])
  expect(top.weights.length).toBe(2)
  const again = modelFromJSON(top.toJSON())
  again.setWeights(top.getWeights())
  expect(said(again)).toEqual(said(top as Model))
})

it('a layer that stands in two models inside of one is one', () => {
  const both = layers.dense({ units: 3, name: 'both' })
  const [a, b] = [sequential([both]), sequential([layers.activation('tanh'), both])]
  const p = input({ shape: [3] })
  const m = model({ inputs: p, outputs: b.apply(a.apply(p)) })
  expect(m.weights.length).toBe(2)
  const again = modelFromJSON(m.toJSON())
  expect(again.weights.length).toBe(2)
  again.setWeights(m.getWeights())
  expect(said(again)).toEqual(said(m as Model))
})
