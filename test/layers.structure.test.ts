// Layers inside of layers: how they are found, named and counted, what they inherit, and what they add to the loss.
import { describe, expect, it } from 'vitest'
import { configure, Layer, layers, ops, sequential, tensor, variable, type AnyLayer, type CallContext, type Tensor } from '../src/index'
import { structureVersion } from '../src/graph/structure'

configure({ threads: 1 })

/** Applies what its function says, with layers in any property. */
class Composite extends Layer {
  [property: string]: unknown
  constructor(
    properties: object,
    private readonly body: (self: Composite, x: Tensor) => Tensor,
  ) {
    super()
    Object.assign(this, properties)
  }

  override call(x: Tensor): Tensor {
    return this.body(this, x)
  }
}

const dense = (units = 2) => layers.dense({ units, kernelInitializer: 'ones' })
const x = tensor([[1, 2]])

describe('sublayers are found', () => {
  it.each<[string, () => object, string[]]>([
    ['in a property', () => ({ one: dense() }), ['one']],
    ['in an array', () => ({ blocks: [dense(), layers.reLU(), dense()] }), ['blocks/dense', 'blocks/re_lu', 'blocks/dense_1']],
    ['in arrays of arrays', () => ({ blocks: [[dense()], [dense()]] }), ['blocks/container/dense', 'blocks/container_1/dense']],
    ['in an object', () => ({ byName: { a: dense(), b: dense() } }), ['by_name/dense', 'by_name/dense_1']],
    ['in a map and a set', () => ({ map: new Map([['a', dense()]]), set: new Set([dense()]) }), ['map/dense', 'set/dense']],
    [
      'in null and other values: none',
      () => ({ nothing: null, text: 'x', date: new Date(), numbers: [1, 2], typed: new Float32Array(3) }),
      [],
    ],
  ])('%s', (_, properties, paths) => {
    const made = properties()
    const composite = new Composite(made, (_self, input) => input)
    for (const layer of composite.sublayers) layer.ensureBuilt([null, 2])
    const withWeights = paths.filter((path) => path.includes('dense') || path === 'one')
    expect(composite.weights.map(({ path }) => path)).toEqual(withWeights.flatMap((path) => [`${path}/vars/0`, `${path}/vars/1`]))
    expect(composite.sublayers.length).toBe(paths.length)
  })

  it('a layer listed twice, or under two names, counts once and is stepped once', async () => {
    const shared = layers.dense({ units: 1, kernelInitializer: 'ones', useBias: false })
    class Twice extends Layer {
      readonly first = shared
      readonly again = [shared, shared]
      override get sublayers(): readonly AnyLayer[] {
        return [shared, shared]
      }
      override call(input: Tensor): Tensor {
        return shared.apply(input)
      }
    }
    const model = sequential([new Twice({ inputShape: [1] })])
    model.compile({ optimizer: 'sgd', loss: 'mse' })
    model.optimizer.learningRate = 0.4
    await model.trainOnBatch([[1]], [[0]])
    expect(model.countParams()).toBe(1)
    expect(shared.kernel!.read().dataSync()[0]).toBeCloseTo(0.2)
  })

  it('cycles end', () => {
    const a = new Composite({ one: dense() }, (_self, input) => input)
    const b = new Composite({ a }, (_self, input) => input)
    a.back = b
    a.itself = [a, { a }]
    expect(b.weights).toEqual([])
    b.trainable = false
    expect([a.trainable, (a.one as Layer).trainable]).toEqual([false, false])
    b.resetStates()
    expect(b.losses).toEqual([])
  })

  it('variables in properties are weights, too', () => {
    const scale = variable([1, 2], { name: 'scale' })
    const composite = new Composite({ scale, inner: dense() }, (self, input) =>
      ops.mul((self.inner as Layer).apply(input), self.scale as typeof scale),
    )
    composite.apply(x)
    expect(composite.weights.map(({ path }) => path)).toEqual(['vars/0', 'inner/vars/0', 'inner/vars/1'])
  })
})

describe('names and paths', () => {
  it('are numbered in each model from the beginning', () => {
    const make = () => sequential([dense(), dense(), layers.reLU(), sequential([dense(), dense()])])
    for (const model of [make(), make()]) {
      model.ensureBuilt([null, 2])
      expect(model.layers.map(({ name }) => name)).toEqual(['dense', 'dense_1', 're_lu', 'sequential'])
      expect(model.weights.map(({ name }) => name)).toEqual([
        'dense/kernel',
        'dense/bias',
        'dense_1/kernel',
        'dense_1/bias',
        'sequential/dense/kernel',
        'sequential/dense/bias',
        'sequential/dense_1/kernel',
        'sequential/dense_1/bias',
      ])
      expect(model.weights.map(({ path }) => path)).toEqual(
        ['dense', 'dense_1', 'sequential/layers/dense', 'sequential/layers/dense_1'].flatMap((path) => [
          `layers/${path}/vars/0`,
          `layers/${path}/vars/1`,
        ]),
      )
    }
  })

  it('a name from the user stays, and others go round it', () => {
    const model = sequential([layers.dense({ units: 2, name: 'dense' }), dense(), layers.dense({ units: 2, name: 'dense_2' }), dense()])
    expect(model.layers.map(({ name }) => name)).toEqual(['dense', 'dense_1', 'dense_2', 'dense_3'])
    expect(() => sequential([layers.dense({ units: 2, name: 'a' }), layers.dense({ units: 2, name: 'a' })])).toThrow(/'a' is there already/)
    expect(() => layers.dense({ units: 2, name: 'a/b' })).toThrow(/name must be a string without '\/'/)
  })

  it('cells in layers of a kind have weights with names of their own', () => {
    const model = sequential([layers.lstm({ units: 2, returnSequences: true }), layers.lstm({ units: 2 })])
    model.ensureBuilt([null, 3, 2])
    expect(model.weights.map(({ name }) => name).slice(2, 5)).toEqual([
      'lstm/lstm_cell/bias',
      'lstm_1/lstm_cell/kernel',
      'lstm_1/lstm_cell/recurrent_kernel',
    ])
  })

  it('states of stateful layers are variables, and no weights', () => {
    const layer = layers.lstm({ units: 2, stateful: true })
    layer.apply(ops.broadcastTo(1, [2, 3, 2]))
    expect([layer.weights.length, layer.variables.length]).toEqual([3, 5])
  })
})

describe('the call around', () => {
  const seen: [boolean, boolean][] = []
  class Probe extends Layer {
    override call(input: Tensor, { training, mask }: CallContext): Tensor {
      seen.push([training, mask !== undefined])
      return input
    }
  }
  const deep = () => {
    const probe = new Probe()
    return new Composite({ inner: new Composite({ probe }, (_self, input) => probe.apply(input)) }, (self, input) =>
      (self.inner as Layer).apply(input),
    )
  }

  it.each<[string, (layer: Layer) => unknown, [boolean, boolean]]>([
    ['training is inherited at any depth', (layer) => layer.apply(x, { training: true }), [true, false]],
    ['it is false outside of any', (layer) => layer.apply(x), [false, false]],
    ['a mask that was given is seen inside', (layer) => layer.apply(x, { mask: tensor([[true, false]]) }), [false, true]],
    ['a mask that came with the tensor, too', (layer) => layer.apply(layers.masking().apply(tensor([[[1], [0]]]))), [false, true]],
  ])('%s', (_, call, expected) => {
    seen.length = 0
    call(deep())
    expect(seen).toEqual([expected])
  })

  it('what is given by hand wins, also what is given as false', () => {
    const probe = new Probe()
    seen.length = 0
    new Composite({ probe }, (_self, input) => probe.apply(probe.apply(input, { training: false }))).apply(x, { training: true })
    expect(seen.map(([training]) => training)).toEqual([false, true])
  })

  it('an error inside leaves no call behind', () => {
    const failing = new Composite({}, () => {
      throw new Error('mine')
    })
    expect(() => failing.apply(x, { training: true })).toThrow('mine')
    seen.length = 0
    new Probe().apply(x)
    expect(seen).toEqual([[false, false]])
  })

  it('dropout drops and batch normalization follows in a layer that hands nothing on', async () => {
    const [drop, norm] = [layers.dropout(1), layers.batchNormalization({ momentum: 0 })]
    const model = sequential([new Composite({ norm, drop }, (_self, input) => ops.add(norm.apply(input), drop.apply(input)))])
    model.ensureBuilt([null, 1])
    model.compile({ optimizer: 'sgd', loss: 'mse' })
    await model.trainOnBatch([[1], [3]], [[0], [0]])
    expect(norm.movingMean!.read().dataSync()[0]).toBeCloseTo(2)
    expect(norm.movingVariance!.read().dataSync()[0]).toBeCloseTo(1)
  })
})

describe('losses of layers', () => {
  const penalized = () =>
    layers.dense({
      units: 2,
      kernelInitializer: 'ones',
      kernelRegularizer: { className: 'L2', config: { l2: 0.25 } },
      activityRegularizer: { className: 'L2', config: { l2: 0.5 } },
    })
  const values = (list: readonly Tensor[]) => list.map((loss) => loss.dataSync()[0])

  it.each([1, 2, 4])('a penalty on outputs is one per sample (%i samples)', async (n) => {
    const layer = layers.dense({
      units: 2,
      kernelInitializer: 'ones',
      activityRegularizer: { className: 'L2', config: { l2: 0.5 } },
      inputShape: [2],
    })
    const ones = ops.broadcastTo(1, [n, 2])
    layer.apply(ones)
    expect(values(layer.losses)).toEqual([4])
    const model = sequential([layer])
    model.compile({ loss: 'mse' })
    expect((await model.evaluate(ones, ops.broadcastTo(2, [n, 2]))).loss).toBe(4)
  })

  it('are read from outside: those of the last call, then the penalties on weights; calls do not pile up', () => {
    const layer = penalized()
    const outer = new Composite({ layer }, (self, input) => {
      self.addLoss(ops.sum(input))
      return layer.apply(input)
    })
    for (let i = 0; i < 3; i++) outer.apply(tensor([[1, 2]]))
    expect(values(outer.losses)).toEqual([3, 9, 1])
    layer.trainable = false
    expect(values(outer.losses)).toEqual([3, 9])
    outer.computeOutputShape([null, 2])
    expect(values(outer.losses)).toEqual([3, 9])
  })
})

it('every change of layers, weights and flags moves the structure version', () => {
  const model = sequential([dense()])
  const changes: [string, () => unknown][] = [
    ['a new layer', () => dense()],
    ['build', () => model.ensureBuilt([null, 2])],
    ['add', () => model.add(layers.reLU())],
    ['pop', () => model.pop()],
    [
      'freeze',
      () => {
        model.layers[0]!.trainable = false
      },
    ],
    [
      'a weight frozen',
      () => {
        model.weights[0]!.trainable = false
      },
    ],
    ['a weight added', () => model.layers[0]!.addWeight({ name: 'more', shape: [2] })],
  ]
  for (const [what, change] of changes) {
    const before = structureVersion()
    change()
    expect(structureVersion(), what).toBeGreaterThan(before)
  }
})
