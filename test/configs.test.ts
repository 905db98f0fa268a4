// Parts as they go into files: every family's serialize and deserialize, own objects, and the spelling of Keras.
import { describe, expect, it } from 'vitest'
import {
  activations,
  constraints,
  initializers,
  layers,
  losses,
  metrics,
  ops,
  optimizers,
  regularizers,
  tensor,
  type Tensor,
} from '../src/index'
import { fromKeras, toKeras } from '../src/util/keras'

const schedules = optimizers.schedules
const mine = (x: Tensor) => ops.mul(x, 2)

describe('one translation', () => {
  it.each([
    ['useBias', 'use_bias'],
    ['beta1', 'beta_1'],
    ['beta2Decay', 'beta_2_decay'],
    ['epsilon1', 'epsilon_1'],
    ['l2', 'l2'],
    ['tMul', 't_mul'],
    ['emaOverwriteFrequency', 'ema_overwrite_frequency'],
    ['className', 'class_name'],
    ['l1RegularizationStrength', 'l1_regularization_strength'],
    ['__keras_tensor__'.replace('_t', 'T'), '__keras_tensor__'],
  ])('%s is %s', (ours, theirs) => {
    expect(toKeras({ [ours]: [{ [ours]: 'asIs' }] })).toEqual({ [theirs]: [{ [theirs]: 'asIs' }] })
    expect(fromKeras({ [theirs]: [{ [theirs]: 'as_is' }] })).toEqual({ [ours]: [{ [ours]: 'as_is' }] })
  })

  it('a config that contains itself is an error', () => {
    const loop: { [key: string]: unknown } = {}
    loop.again = loop
    expect(() => toKeras(loop)).toThrow(/stands more than 200 deep/)
  })
})

const families: [string, { serialize(part: never): unknown; deserialize(saved: never): unknown }, unknown, object | string][] = [
  ['activation', activations, 'leakyRelu', 'leaky_relu'],
  ['activation function', activations, activations.hardSilu, 'hard_silu'],
  ['no activation', activations, null, 'linear'],
  ['initializer', initializers, 'heNormal', { module: 'keras.initializers', className: 'HeNormal', registeredName: null }],
  [
    'regularizer',
    regularizers,
    regularizers.l2({ l2: 0.5 }),
    { module: 'keras.regularizers', className: 'L2', config: { l2: 0.5 }, registeredName: null },
  ],
  ['constraint', constraints, constraints.nonNeg(), { module: 'keras.constraints', className: 'NonNeg', config: {}, registeredName: null }],
  ['loss', losses, losses.huber({ delta: 2 }), { module: 'keras.losses', className: 'Huber', registeredName: null }],
  ['metric', metrics, metrics.auc(), { module: 'keras.metrics', className: 'AUC', registeredName: null }],
  [
    'optimizer',
    optimizers,
    optimizers.adam({ learningRate: schedules.exponentialDecay({ initialLearningRate: 1, decaySteps: 2, decayRate: 0.5 }) }),
    {
      module: 'keras.optimizers',
      className: 'Adam',
      config: { learningRate: { module: 'keras.optimizers.schedules', className: 'ExponentialDecay' } },
    },
  ],
  [
    'schedule',
    schedules,
    schedules.cosineDecay({ initialLearningRate: 1, decaySteps: 2 }),
    { module: 'keras.optimizers.schedules', className: 'CosineDecay' },
  ],
]

describe('serialize and deserialize', () => {
  it.each(families)('%s', (_, family, part, expected) => {
    const saved = family.serialize(part as never)
    if (typeof expected === 'string') expect(saved).toBe(expected)
    else expect(saved).toMatchObject(expected)
    const text = JSON.stringify(saved)
    expect(JSON.parse(text)).toEqual(saved)
    expect(family.serialize(family.deserialize(JSON.parse(text) as never) as never)).toEqual(saved)
    const theirs = JSON.parse(JSON.stringify(toKeras(saved as object))) as never
    expect(family.serialize(family.deserialize(theirs) as never)).toEqual(saved)
  })

  it.each([
    [
      'activation',
      activations.serialize(mine),
      (options?: object) => activations.deserialize(activations.serialize(mine) as never, options),
    ],
    [
      'initializer',
      initializers.serialize((shape) => ops.broadcastTo(3, shape)),
      (options?: object) => initializers.deserialize('mine', options),
    ],
    [
      'regularizer',
      regularizers.serialize(mine),
      (options?: object) => regularizers.deserialize(regularizers.serialize(mine) as never, options),
    ],
  ])('own %s: by name from customObjects', (_, saved, load) => {
    expect(saved).toMatchObject({ module: null, className: 'function' })
    expect(load({ customObjects: { mine } })).toBeTruthy()
    expect(() => load()).toThrow(/mine/)
    expect(() => load({ customObjects: { other: mine } })).toThrow(/mine/)
  })

  it('own classes are made by fromConfig, by their constructor, or by a factory', () => {
    class Squares {
      className = 'Squares'
      factor: number
      constructor({ factor = 1 }: { factor?: number }) {
        this.factor = factor
      }
      call(w: Tensor) {
        return ops.sum(ops.mul(ops.square(w), this.factor))
      }
      getConfig() {
        return { factor: this.factor }
      }
    }
    const saved = regularizers.serialize(new Squares({ factor: 3 }))
    expect(saved).toEqual({ module: null, className: 'Squares', config: { factor: 3 }, registeredName: 'Squares' })
    const makers = [Squares, (config: { factor: number }) => new Squares(config), { fromConfig: 0 }]
    for (const Own of makers.slice(0, 2)) {
      expect(
        regularizers
          .deserialize(saved as never, { customObjects: { Squares: Own } })!
          .call(tensor([1, 2]))
          .dataSync()[0],
      ).toBe(15)
    }
    expect(() => regularizers.deserialize(saved as never)).toThrow(/unknown regularizer 'Squares'/)
  })
})

describe('what a config or saved part has too much is an error that names all of it', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'keys of a regularizer',
      () => regularizers.deserialize({ className: 'L2', l2: 0.5, x: 1 } as never),
      /regularizer 'L2': unknown keys 'l2', 'x' beside className; options stand in config: { l2, x }/,
    ],
    [
      'a key of an initializer',
      () => initializers.deserialize({ class_name: 'Constant', value: 2 } as never),
      /'Constant': unknown key 'value'/,
    ],
    [
      'keys of a layer',
      () => layers.deserialize({ className: 'Dense', units: 3, config: { units: 2 } } as never),
      /layer 'Dense': unknown key 'units'/,
    ],
    [
      'options of an initializer without any',
      () => initializers.deserialize({ className: 'Zeros', config: { a: 1, b: 2 } }),
      /zeros: unknown options 'a', 'b'/,
    ],
    [
      'options of a constraint',
      () => constraints.deserialize({ className: 'NonNeg', config: { axis: 1 } }),
      /nonNeg: unknown option 'axis'/,
    ],
    ['options of a loss', () => losses.deserialize({ className: 'Huber', config: { delta: 1, a: 1, b: 2 } }), /unknown options 'a', 'b'/],
    [
      'options of a schedule',
      () => schedules.deserialize({ className: 'CosineDecay', config: { decay: 1, alpa: 2 } }),
      /unknown options 'decay', 'alpa'/,
    ],
    ['options of an optimizer', () => optimizers.deserialize({ className: 'SGD', config: { a: 1, b: 2 } }), /unknown options 'a', 'b'/],
  ])('%s', (_, make, message) => expect(make).toThrow(message))

  it("Keras's own keys are known", () => {
    const saved = {
      module: 'keras.regularizers',
      class_name: 'L2',
      config: { l2: 0.5 },
      registered_name: null,
      shared_object_id: 3,
      build_config: {},
    }
    expect(regularizers.deserialize(saved as never)!.getConfig()).toEqual({ l2: 0.5 })
  })
})
