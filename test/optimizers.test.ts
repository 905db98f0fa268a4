import { describe, expect, it } from 'vitest'
import { tensor, variable, type Tensor, type Variable } from '../src/tensor'
import { compile } from '../src/transform'
import { valueAndGrad } from '../src/transform'
import { Optimizer, type Step } from '../src/optimizers/index'
import type { Config } from '../src/util/parts'
import { expectNear, golden, unpack, type Packed } from './support/golden'
import { getOptimizer, optimizers } from './support/parts'

const { schedules } = optimizers

/** The weight after steps with given gradients. */
function run(optimizer: Optimizer, gradients: readonly number[][], start: readonly number[]): number[] {
  const w = variable(start)
  for (const g of gradients) optimizer.apply([tensor(g)], [w])
  return [...w.dataSync()]
}

const G = [
  [1, -2, 0.5],
  [0.25, -1, 2],
  [-3, 0, 1],
]
const W = [0.5, -1, 2]

describe('options act in the right order', () => {
  const norm = (g: number[]) => Math.hypot(...g)
  const descend = (lr: number, gradients: number[][], decay = 0) =>
    gradients.reduce((w, g) => w.map((v, i) => v - v * decay * lr - lr * g[i]!), W)
  it.each<[object, number[]]>([
    [{ learningRate: 0.1 }, descend(0.1, G)],
    [
      { learningRate: 0.1, clipvalue: 0.5 },
      descend(
        0.1,
        G.map((g) => g.map((v) => Math.min(0.5, Math.max(-0.5, v)))),
      ),
    ],
    [
      { learningRate: 0.1, clipnorm: 2 },
      descend(
        0.1,
        G.map((g) => g.map((v) => (v * 2) / Math.max(2, norm(g)))),
      ),
    ],
    [
      { learningRate: 0.1, globalClipnorm: 2 },
      descend(
        0.1,
        G.map((g) => g.map((v) => (v * 2) / Math.max(2, norm(g)))),
      ),
    ],
    [{ learningRate: 0.1, weightDecay: 0.5 }, descend(0.1, G, 0.5)],
    [{ learningRate: 0.1, gradientAccumulationSteps: 3 }, descend(0.1, [W.map((_, i) => (G[0]![i]! + G[1]![i]! + G[2]![i]!) / 3)])],
    [{ learningRate: 0.1, gradientAccumulationSteps: 2 }, descend(0.1, [W.map((_, i) => (G[0]![i]! + G[1]![i]!) / 2)])],
    [
      { learningRate: (step: Tensor) => step.add(1).mul(0.1) },
      descend(
        1,
        G.map((g, t) => g.map((v) => v * 0.1 * (t + 1))),
      ),
    ],
  ])('sgd %j', (options, expected) => expectNear(run(optimizers.sgd(options), G, W), expected, 1e-6, 'weights'))

  it('the global norm is over all gradients', () => {
    const [a, b] = [variable([1, 1]), variable([[2]])]
    optimizers.sgd({ learningRate: 1, globalClipnorm: 1 }).apply([tensor([3, 0]), tensor([[4]])], [a, b])
    expectNear(a.dataSync(), [1 - 3 / 5, 1], 1e-6, 'a')
    expectNear(b.dataSync(), [2 - 4 / 5], 1e-6, 'b')
  })

  it('averages of the weights, put in place at the end', () => {
    const w = variable([1])
    const optimizer = optimizers.sgd({ learningRate: 1, useEma: true, emaMomentum: 0.5 })
    for (const g of [1, 2, 4]) optimizer.apply([tensor([g])], [w]) // 0, −2, −6
    expect([...w.dataSync()]).toEqual([-6])
    optimizer.finalize()
    expect([...w.dataSync()]).toEqual([((0 + -2) / 2 + -6) / 2])
  })

  it('the average takes the place of the weight every so often', () => {
    const optimizer = optimizers.sgd({ learningRate: 1, useEma: true, emaMomentum: 0.5, emaOverwriteFrequency: 2 })
    expect(run(optimizer, [[1], [2]], [1])).toEqual([-1])
  })

  describe('accumulated gradients: everything counts updates, not steps', () => {
    const updates = [[-1], [-3], [2], [-4], [1], [-1]]
    const doubled = updates.flatMap((g) => [g, g])
    const schedule = schedules.exponentialDecay({ initialLearningRate: 0.5, decaySteps: 2, decayRate: 0.1 })
    const constraint = { call: (w: Tensor) => w.mul(0.9) }
    const names = [
      'sgd',
      'rmsprop',
      'adam',
      'adamw',
      'adadelta',
      'adafactor',
      'adagrad',
      'adamax',
      'ftrl',
      'lamb',
      'lion',
      'nadam',
    ] as const
    const optionSets: object[] = [
      {},
      { useEma: true, emaMomentum: 0.7 },
      { useEma: true, emaMomentum: 0.5, emaOverwriteFrequency: 2 },
      { learningRate: schedule, weightDecay: 0.1 },
      { clipnorm: 0.5, lossScaleFactor: 4 },
    ]
    const cases = names.flatMap((name) => optionSets.map((options) => [name, JSON.stringify(options), options] as const))
    it.each(cases)('%s %s', (name, _, options) => {
      const walk = (gradients: readonly number[][], more: object) => {
        const optimizer = optimizers[name]({ learningRate: 0.1, ...options, ...more })
        const [w, matrix] = [
          variable([2]),
          variable([
            [1, -2],
            [0.5, 3],
          ]),
        ]
        const step = compile((g: Tensor) =>
          optimizer.apply(
            [
              g,
              g
                .mul([
                  [1, 0],
                  [0, -1],
                ])
                .add([
                  [0, 1],
                  [2, 0],
                ]),
            ],
            [w, matrix],
            () => constraint,
          ),
        )
        for (const g of gradients) step.sync(tensor(g))
        const values = [w, matrix].map((each) => [...each.dataSync()])
        const { learningRate } = optimizer
        const iterations = optimizer.iterations.dataSync()[0]
        optimizer.finalize()
        return { values: [...values.flat(), ...w.dataSync(), ...matrix.dataSync(), learningRate], iterations }
      }
      const [plain, accumulated] = [walk(updates, {}), walk(doubled, { gradientAccumulationSteps: 2 })]
      expectNear(accumulated.values, plain.values, 1e-6, 'weights')
      expect(accumulated.iterations).toBe(updates.length)
      expectNear(
        walk([...doubled, [7]], { gradientAccumulationSteps: 2 }).values,
        accumulated.values,
        1e-6,
        'an unfinished round changes nothing',
      )
    })

    it('the first round leaves the weight itself as its average', () => {
      const w = variable([0])
      const optimizer = optimizers.sgd({ learningRate: 1, useEma: true, emaMomentum: 0.99, gradientAccumulationSteps: 2 })
      for (let i = 0; i < 4; i++) optimizer.apply([tensor([-1])], [w])
      optimizer.finalize()
      expectNear(w.dataSync(), [1.01], 1e-6, 'average')
    })

    it('before the first update there is no average to put in place', () => {
      const w = variable([3])
      const optimizer = optimizers.sgd({ useEma: true, gradientAccumulationSteps: 2 })
      optimizer.apply([tensor([1])], [w])
      optimizer.finalize()
      expect([...w.dataSync()]).toEqual([3])
    })
  })

  it('constraints come last', () => {
    const [a, b] = [variable([1, 2]), variable([1, 2])]
    optimizers
      .sgd({ learningRate: 1 })
      .apply([tensor([3, 1]), tensor([3, 1])], [a, b], (i) => (i === 0 ? { call: (w) => w.maximum(0) } : null))
    expect([...a.dataSync()]).toEqual([0, 1])
    expect([...b.dataSync()]).toEqual([-2, 1])
  })

  it('excluded weights do not decay', () => {
    const [kernel, bias, other] = [variable([1], { name: 'dense/kernel' }), variable([1], { name: 'dense/bias' }), variable([1])]
    const optimizer = optimizers.adamw({ learningRate: 0.5, weightDecay: 0.5 })
    optimizer.excludeFromWeightDecay({ names: ['bias'], variables: [other] })
    optimizer.apply([tensor([0]), tensor([0]), tensor([0])], [kernel, bias, other])
    expect([kernel, bias, other].map((w) => w.dataSync()[0])).toEqual([0.75, 1, 1])
  })

  it('weights without a gradient stay', () => {
    const [a, b] = [variable([1]), variable([1])]
    optimizers.sgd({ learningRate: 1 }).apply([null, tensor([1])], [a, b])
    expect([a, b].map((w) => w.dataSync()[0])).toEqual([1, 0])
  })
})

describe('learning rate', () => {
  it('is set without a new Program', async () => {
    const w = variable([0])
    const optimizer = optimizers.sgd({ learningRate: 0.1 })
    optimizer.build([w])
    let traced = 0
    const step = compile((g: Tensor) => {
      traced++
      optimizer.apply([g], [w])
      return g
    })
    await step(tensor([1]))
    expect(optimizer.learningRate).toBe(0.1)
    optimizer.learningRate = 10
    expect(optimizer.learningRate).toBe(10)
    await step(tensor([1]))
    expect(w.dataSync()[0]).toBeCloseTo(-10.1)
    expect(traced).toBe(1)
    expect(optimizer.iterations.dataSync()[0]).toBe(2)
    expect(optimizer.iterations.dtype).toBe('int32')
  })

  it.each(['lr', 'learning_rate'])('%s = … says what it is called here', (name) => {
    expect(() => Object.assign(optimizers.adam(), { [name]: 0.1 })).toThrow(
      /is called learningRate here: write optimizer.learningRate = 0.001/,
    )
  })

  it('a schedule takes the place of a number, in compiled steps too', () => {
    const w = variable([0])
    const optimizer = optimizers.sgd({ learningRate: 1 })
    const step = compile((g: Tensor) => {
      optimizer.apply([g], [w])
      return g
    })
    step.sync(tensor([-1]))
    optimizer.learningRate = schedules.piecewiseConstantDecay({ boundaries: [1], values: [10, 100] })
    expect(optimizer.learningRate).toBe(10)
    optimizer.apply([tensor([-1])], [w])
    expect([...w.dataSync()]).toEqual([11])
  })

  it('of a schedule can be read, not set', () => {
    const optimizer = optimizers.sgd({
      learningRate: schedules.exponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 0.5 }),
    })
    expect(optimizer.learningRate).toBe(1)
    expectNear(run(optimizer, [[1], [1], [1]], [0]), [-1.75], 1e-6, 'weights')
    expect(optimizer.learningRate).toBeCloseTo(0.125)
    expect(() => {
      optimizer.learningRate = 1
    }).toThrow(/follows ExponentialDecay and cannot be set/)
  })
})

describe('schedules equal Keras', () => {
  interface Case {
    schedule: string
    options: Config
    learningRates: Packed
  }
  const { steps, cases } = golden<Case, { steps: number[] }>('schedules')
  it.each(cases.map((c) => [`${c.schedule} ${JSON.stringify(c.options)}`, c] as const))(
    '%s',
    (label, { schedule, options, learningRates }) => {
      const made = schedules.getSchedule({ className: schedule, config: options })
      const at = compile((step: Tensor) => made.call(step))
      expectNear(
        steps.map((step) => at.sync(tensor(Int32Array.of(step), [])).dataSync()[0]!),
        unpack(learningRates),
        1e-5,
        label,
      )
      expect(schedules.getSchedule({ className: made.className, config: made.getConfig() }).getConfig()).toEqual(made.getConfig())
    },
  )

  it.each<[() => unknown, RegExp]>([
    [() => schedules.cosineDecay({ initialLearningRate: 1 } as never), /CosineDecay: decaySteps is missing/],
    [() => schedules.exponentialDecay({ initialLearningRate: 1, decaySteps: 0, decayRate: 1 }), /decaySteps must be a number above 0/],
    [() => schedules.piecewiseConstantDecay({ boundaries: [1], values: [1] }), /one value more than boundaries/],
    [
      () => schedules.polynomialDecay({ initialLearningRate: 1, decaySteps: 10, powr: 2 } as never),
      /unknown option 'powr'; did you mean 'power'/,
    ],
  ])('%s is an error', (make, message) => expect(make).toThrow(message))
})

describe("state stands in Keras's order", () => {
  const namesOf = (optimizer: Optimizer) => {
    optimizer.build([variable([1], { name: 'a' }), variable([[1]], { name: 'b' })])
    return optimizer.variables.map(({ name }) => name)
  }
  /** Paths as Keras has them. */
  const pairs = (name: string, ...slots: string[]) => ['a', 'b'].flatMap((weight) => slots.map((slot) => `${name}/${weight}_${slot}`))
  const head = (name: string) => [`${name}/iteration`, `${name}/learning_rate`]
  const averaging = { useEma: true, gradientAccumulationSteps: 2 }
  it.each<[string, Optimizer, string[]]>([
    ['sgd', optimizers.sgd(), head('sgd')],
    ['sgd with momentum', optimizers.sgd({ momentum: 0.9 }), [...head('sgd'), ...pairs('sgd', 'momentum')]],
    [
      'rmsprop',
      optimizers.rmsprop({ momentum: 0.9, centered: true }),
      [...head('rm_sprop'), ...['velocity', 'momentum', 'average_gradient'].flatMap((slot) => pairs('rm_sprop', slot))],
    ],
    ['adam', optimizers.adam(), [...head('adam'), ...pairs('adam', 'momentum', 'velocity')]],
    [
      'amsgrad',
      optimizers.adamw({ amsgrad: true }),
      [...head('adam_w'), ...pairs('adam_w', 'momentum', 'velocity'), ...pairs('adam_w', 'velocity_hat')],
    ],
    [
      'with averages and sums',
      optimizers.adagrad(averaging),
      [...head('adagrad'), ...['average', 'gradient_accumulator', 'accumulator'].flatMap((slot) => pairs('adagrad', slot))],
    ],
    [
      'with a schedule',
      optimizers.lion({ learningRate: schedules.cosineDecay({ initialLearningRate: 1, decaySteps: 2 }) }),
      ['lion/iteration', ...pairs('lion', 'momentum')],
    ],
    ['nadam', optimizers.nadam(), [...head('nadam'), ...pairs('nadam', 'momentum', 'velocity'), 'nadam/u_product']],
    ['adadelta', optimizers.adadelta({ name: 'mine' }), [...head('mine'), ...pairs('mine', 'accumulated_grad', 'accumulated_delta_var')]],
    ['adafactor', optimizers.adafactor(), [...head('adafactor'), ...pairs('adafactor', 'rows', 'columns', 'velocity')]],
  ])('%s', (_, optimizer, names) => expect(namesOf(optimizer)).toEqual(names))
})

it('every optimizer goes down', () => {
  for (const name of [
    'sgd',
    'rmsprop',
    'adam',
    'adamw',
    'adadelta',
    'adafactor',
    'adagrad',
    'adamax',
    'ftrl',
    'lamb',
    'lion',
    'nadam',
  ] as const) {
    const optimizer = getOptimizer({ className: name, config: { learningRate: name === 'adadelta' ? 10 : 0.05 } })
    const w = variable([
      [3, -2],
      [1, 4],
    ])
    const step = compile(() => {
      const { value, grads } = valueAndGrad(
        () =>
          w
            .sub([
              [1, 1],
              [1, 1],
            ])
            .square()
            .sum(),
        [w],
      )
      optimizer.apply(grads, [w])
      return value
    })
    const losses = Array.from({ length: 20 }, () => step.sync().dataSync()[0]!)
    expect(losses.at(-1)! < losses[0]!, `${name}: ${losses.join(' ')}`).toBe(true)
  }
})

it('steps at once outside of a traced function', () => {
  const w = variable([2, -3])
  const before = w.read()
  const optimizer = optimizers.sgd({ learningRate: 0.25 })
  for (let i = 0; i < 2; i++) optimizer.apply(valueAndGrad(() => w.square().sum(), [w]).grads, [w])
  expect([...w.dataSync()]).toEqual([0.5, -0.75])
  expect([...before.dataSync()], 'a tensor keeps what was read').toEqual([2, -3])
})

it('own optimizers', () => {
  class Signs extends Optimizer {
    readonly className = 'Signs'
    protected override slots() {
      return [['last']]
    }
    protected override update({ weight, slots, given }: Step) {
      slots.last!.assign(given.gradient)
      weight.assign(weight.sub(given.gradient.sign().mul(given.learningRate)))
    }
  }
  const optimizer = new Signs({ learningRate: 0.5 })
  expect(run(optimizer, [[3, -4]], [1, 1])).toEqual([0.5, 1.5])
  expect([...(optimizer.variables.at(-1) as Variable).dataSync()]).toEqual([3, -4])
})

describe('getOptimizer', () => {
  it.each([
    ['adam', 'Adam'],
    ['RMSprop', 'RMSprop'],
    ['rms_prop', 'RMSprop'],
    ['AdamW', 'AdamW'],
    ['sgd', 'SGD'],
  ] as const)('%s', (name, className) => expect(getOptimizer(name as 'adam').className).toBe(className))

  it('comes back from its config', () => {
    const original = optimizers.adam({ learningRate: 0.01, amsgrad: true, clipnorm: 1 })
    const config = original.getConfig()
    expect(config).toMatchObject({ learningRate: 0.01, beta1: 0.9, amsgrad: true, clipnorm: 1, name: 'adam' })
    expect(getOptimizer({ className: 'Adam', config: { ...config, lossScaleFactor: null } }).getConfig()).toEqual(config)
    const scheduled = optimizers.sgd({ learningRate: schedules.cosineDecay({ initialLearningRate: 1, decaySteps: 5 }) })
    expect(getOptimizer({ className: 'SGD', config: scheduled.getConfig() }).getConfig()).toEqual(scheduled.getConfig())
  })

  it.each<[() => unknown, RegExp]>([
    [() => getOptimizer('adm' as 'adam'), /unknown optimizer 'adm'; did you mean 'adam'/],
    [() => getOptimizer(null as never), /expected a name as 'adam' or an optimizer/],
    [() => optimizers.adam({ lr: 0.1 } as never), /adam: unknown option 'lr'; did you mean 'learningRate'/],
    [() => optimizers.adam({ learningRate: '0.1' as never }), /learningRate must be a number from 0, not '0.1'/],
    [() => optimizers.adam({ learningRate: NaN }), /learningRate must be a number from 0, not NaN/],
    [() => optimizers.adam({ beta1: 2 }), /beta1 must be a number from 0 to 1, not 2/],
    [
      () => optimizers.sgd({ clipnorm: 1, clipvalue: 2 }),
      /only one of clipnorm, clipvalue and globalClipnorm can be set; got clipnorm 1 and clipvalue 2/,
    ],
    [() => optimizers.sgd({ gradientAccumulationSteps: 1 }), /gradientAccumulationSteps must be an integer from 2, not 1/],
    [() => optimizers.sgd({ useEma: true, emaMomentum: 1.5 }), /emaMomentum must be a number from 0 to 1, not 1.5/],
    [() => optimizers.sgd().apply([tensor([1])], []), /0 variables need as many gradients; got 1/],
    [() => optimizers.sgd().apply([tensor([1, 2])], [variable([1])]), /gradient of 'variable' has shape \[2\]; the variable has \[1\]/],
    [() => optimizers.sgd().apply([tensor([1])], [tensor([1]) as never]), /expected an array of variables/],
  ])('%s is an error', (make, message) => expect(make).toThrow(message))
})
