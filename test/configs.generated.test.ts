// A part made of another's config is the same part: over generated options of every family, configs, outputs and gradients are compared.
import { describe, expect, it } from 'vitest'
import { gradients } from '../src/grad'
import { recordTrace } from '../src/graph/trace'
import {
  configure,
  constraints,
  CornusError,
  initializers,
  layers,
  losses,
  metrics,
  ops,
  optimizers,
  regularizers,
  setSeed,
  tensor,
  type AnyLayer,
  type Layer,
  type Tensor,
} from '../src/index'
import type { Outputs } from '../src/layers/layer'
import * as factories from '../src/layers/index'
import { compileNodes, runSync } from '../src/runtime/session'
import { makeRandom } from '../src/util/shuffle'

configure({ threads: 1 })

type Options = { [option: string]: unknown }
type Draw = <T>(values: readonly T[]) => T
const drawing = (seed: number): Draw => {
  const next = makeRandom(seed)
  return (values) => values[Math.floor(next() * values.length)]!
}

const initializer = () => [
  'ones',
  'heNormal',
  initializers.constant({ value: 0.5 }),
  initializers.orthogonal({ gain: 0.5, seed: 3 }),
  { className: 'RandomNormal', config: { stddev: 0.25, seed: 4 } },
]
const regularizer = () => [null, 'l2', regularizers.l1l2({ l1: 0.5, l2: 0.25 }), { className: 'L1', config: { l1: 0.125 } }]
const constraint = () => [null, 'nonNeg', constraints.maxNorm({ maxValue: 0.5 }), { className: 'UnitNorm', config: { axis: 0 } }]
const activation = () => ['relu', 'tanh', 'log_softmax', 'hardSilu', null]
const flags = () => [true, false]

/** Values of options by their names, of all families. */
const values: { [option: string]: (rank: number) => readonly unknown[] } = {
  units: () => [1, 3],
  filters: () => [2, 4],
  depthMultiplier: () => [1, 2],
  kernelSize: (rank) => [1, 2, Array<number>(rank).fill(2)],
  strides: (rank) => [1, 2, Array<number>(rank).fill(1)],
  dilationRate: () => [1, 1, 2],
  padding: () => ['valid', 'same'],
  dataFormat: () => ['channelsLast', 'channels_last', 'channelsFirst'],
  groups: () => [1, 2],
  outputPadding: () => [null, 0],
  poolSize: () => [1, 2],
  activation,
  recurrentActivation: () => ['sigmoid', 'hard_sigmoid', 'tanh'],
  useBias: flags,
  center: flags,
  scale: flags,
  keepdims: flags,
  maskZero: flags,
  resetAfter: flags,
  unitForgetBias: flags,
  returnSequences: flags,
  returnState: flags,
  goBackwards: flags,
  stateful: () => [false],
  unroll: flags,
  zeroOutputForMask: flags,
  renorm: flags,
  rmsScaling: flags,
  sparseUpdates: () => [true, 'auto'],
  rate: () => [0, 0.25, 0.5],
  stddev: () => [0, 0.5],
  seed: () => [null, 3],
  dropout: () => [0, 0.25],
  recurrentDropout: () => [0, 0, 0.5],
  noiseShape: () => [null],
  axis: () => [-1, 1],
  epsilon: () => [0.001, 0.5],
  momentum: () => [0.5, 0.75],
  renormMomentum: () => [0.5],
  renormClipping: () => [null, { rmin: 0.5, rmax: 2 }],
  maxValue: () => [null, 2],
  negativeSlope: () => [0, 0.5],
  threshold: () => [0, 0.5],
  alpha: () => [0.5, 1],
  sharedAxes: () => [null, 1, [1]],
  l1: () => [0, 0.5],
  l2: () => [0.25],
  maskValue: () => [0, 1],
  n: () => [2],
  dims: () => [[2, 1]],
  targetShape: () => [[-1], [2, -1]],
  cropping: () => [0, 1],
  size: () => [1, 2],
  interpolation: () => ['nearest', 'bilinear'],
  inputDim: () => [6],
  outputDim: () => [3],
  trainable: flags,
  activityRegularizer: regularizer,
  mergeMode: () => ['concat', 'sum', 'ave', 'mul', null],
  name: () => ['mine'],
}

function valueFor(option: string, rank: number, draw: Draw): unknown {
  const kind = option.replace(/^.*(?=Initializer$|Regularizer$|Constraint$)/, '')
  const known = values[option] ?? { Initializer: initializer, Regularizer: regularizer, Constraint: constraint }[kind]
  return known && draw(known(rank))
}

const rankOf = (name: string) => Number(/([123])d/i.exec(name)?.[1] ?? 1)

type Maker = (options: Options) => Layer
const makers = factories as unknown as { [name: string]: Maker }

/** A cell of some kind with drawn options; stacked ones stand in each other. */
function drawnCell(draw: Draw, depth = 0): Layer {
  const name = draw(depth < 2 ? ['lstmCell', 'gruCell', 'simpleRNNCell', 'stackedRNNCells'] : ['lstmCell', 'gruCell'])
  return name === 'stackedRNNCells'
    ? makers[name]!({ cells: [drawnCell(draw, depth + 1), drawnCell(draw, depth + 1)] })
    : makers[name]!(drawnOptions(name, draw, 2))
}
const drawnWalk = (draw: Draw, more: Options): Layer => {
  const name = draw(['lstm', 'gru', 'simpleRNN'])
  return makers[name]!({ ...drawnOptions(name, draw, 2), stateful: false, returnState: false, ...more })
}

/** Layers that need others inside of them. */
const nested: { [name: string]: (draw: Draw) => Options } = {
  bidirectional: (draw) => {
    const sequences = { returnSequences: draw([true, false]), goBackwards: false }
    const backward = draw([true, false]) && { backwardLayer: drawnWalk(draw, { ...sequences, units: 2, goBackwards: true }) }
    return { layer: drawnWalk(draw, { ...sequences, units: 2 }), ...backward }
  },
  timeDistributed: (draw) => ({
    layer: draw<() => Layer>([
      () => makers.dense!(drawnOptions('dense', draw, 1)),
      () => makers.timeDistributed!({ layer: makers.activation!({ activation: 'tanh' }) }),
    ])(),
  }),
  rnn: (draw) => ({ cell: draw<() => unknown>([() => drawnCell(draw), () => [drawnCell(draw, 2), drawnCell(draw, 2)]])() }),
  stackedRNNCells: (draw) => ({ cells: [drawnCell(draw, 1), drawnCell(draw, 1)] }),
  inputLayer: () => ({ shape: [3, 2] }),
  rescaling: (draw) => ({ scale: draw<unknown>([2, [1, 2, 3, 4]]), offset: draw<unknown>([0, [1, 2, 3, 4]]) }),
}
const notHere = new Set(['lambda']) // its function is the user's own

/** What goes in: of a shape that fits the layer's name. */
function inputFor(name: string): Tensor {
  const rank = rankOf(name)
  const shape = /convLstm.*Cell/.test(name)
    ? [2, ...Array<number>(rank).fill(4), 4]
    : /cell/i.test(name)
      ? [2, 4]
      : /convLstm/.test(name)
        ? [2, 3, ...Array<number>(rank).fill(4), 4]
        : /\dd/i.test(name)
          ? [2, ...Array<number>(rank).fill(4), 4]
          : /^(dense|repeatVector)/.test(name)
            ? [2, 4]
            : [2, 4, 4]
  if (name === 'embedding')
    return tensor(
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
      undefined,
      'int32',
    )
  const next = makeRandom(7)
  return tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * next() - 1),
    shape,
  )
}

const flat = (y: Outputs): Tensor[] => (Array.isArray(y) ? y.flatMap((each: Outputs) => flat(each)) : [y as Tensor])

/** What a layer gives in training from a seed on, and the gradients of its weights; or the error. */
function behaviour(layer: AnyLayer, x: Tensor): unknown {
  try {
    const isCell = /Cell/.test(layer.className)
    const inputs = layer.className === 'Subtract' ? [x, x] : [x]
    setSeed(5)
    const { trace, result } = recordTrace(() => {
      layer.ensureBuilt(x.shape, ...inputs.slice(1).map(({ shape }) => shape))
      const states = isCell ? { states: (layer as unknown as { initialState(batch: number): Tensor[] }).initialState(2) } : {}
      const outputs = flat(layer.apply(inputs.length > 1 ? inputs : x, { training: true, ...states }))
      const loss = [...outputs.map((y) => ops.sum(ops.square(y))), ...layer.losses].reduce((a, b) => ops.add(a, b))
      const reads = layer.trainableWeights.map((weight) => weight.read())
      return [...outputs, ...gradients(loss, reads)]
    })
    return [
      runSync(compileNodes(result, trace.effects), []).map((data) => Array.from(data)),
      layer.getWeights().map((weight) => Array.from(weight.dataSync())),
    ]
  } catch (error) {
    if (error instanceof CornusError) return error.message
    throw error
  }
}

/** Sets of options of a layer or part, and how many draws it may take to find them: not all go together. */
const SETS = 6
const DRAWS = 24
/** Different sets of options of all families, of which the part made again was the same. */
const compared = new Map<string, Set<string>>()
const setsOf = (what: string) => compared.get(what) ?? new Set<string>()
const count = (what: string, set: string) => compared.set(what, setsOf(what).add(set))

/** Drawn options of a layer: those that it needs, and half of the others. */
const drawnOptions = (name: string, draw: Draw, rank: number, needed: Options = {}): Options =>
  Object.fromEntries(
    optionsOf(name).flatMap(([option, kind]) => {
      const skipped = option in needed || ('fallback' in (kind as object) && draw([true, false]))
      const drawn = skipped ? undefined : valueFor(option, rank, draw)
      return drawn === undefined ? [] : [[option, drawn]]
    }),
  )

describe('layers', () => {
  const names = Object.keys(factories).filter((name) => !notHere.has(name))

  it.each(names)('%s', (name) => {
    const make = makers[name]!
    for (let set = 0; setsOf(name).size < SETS && set < DRAWS; set++) {
      const draw = drawing(set * 1000 + name.length)
      let first: Layer
      let given: Options = {}
      try {
        setSeed(9)
        const needed = nested[name]?.(draw) ?? {}
        given = drawnOptions(name, draw, rankOf(name), needed)
        first = make({ ...given, ...needed })
      } catch (error) {
        expect(error, `${name} ${JSON.stringify(given)}`).toBeInstanceOf(CornusError)
        continue
      }
      const options = JSON.stringify({ ...first.getConfig(), name: given.name })
      if (setsOf(name).has(options)) continue
      const saved = layers.serialize(first)
      const text = JSON.stringify(saved)
      expect(JSON.parse(text), text).toEqual(saved)
      const again = layers.deserialize(JSON.parse(text) as never)
      expect(layers.serialize(again), text).toEqual(saved)
      const third = (first.constructor as unknown as { fromConfig(config: object): Layer }).fromConfig(
        JSON.parse(JSON.stringify(first.getConfig())) as object,
      )
      expect(third.getConfig()).toEqual(first.getConfig())
      const x = inputFor(name)
      const expected = behaviour(first, x)
      expect(behaviour(again, x), text).toEqual(expected)
      expect(behaviour(third, x), text).toEqual(expected)
      if (typeof expected === 'string') continue // options that do not go with the input: the same error
      count(name, options)
    }
    expect(setsOf(name).size, `${name}: no drawn options could be computed`).toBeGreaterThan(0)
  })
})

/** The table of a class's options. */
function optionsOf(name: string): [string, unknown][] {
  const first = makers[name]!(neededBy(name, drawing(1)))
  return Object.entries((first.constructor as typeof Layer).options ?? {})
}

/** What a layer cannot be made without. */
function neededBy(name: string, draw: Draw): Options {
  if (nested[name]) return nested[name](draw)
  const needed: { [pattern: string]: Options } = {
    '^(dense|simpleRNN|lstm|gru)': { units: 2 },
    '^(conv|separable).*': { filters: 2, kernelSize: 1 },
    '^depthwise': { kernelSize: 1 },
    '[dD]ropout': { rate: 0.5 },
    Noise: { stddev: 0.5 },
    repeat: { n: 2 },
    permute: { dims: [2, 1] },
    reshape: { targetShape: [-1] },
    embedding: { inputDim: 2, outputDim: 2 },
    '^activation$': { activation: 'relu' },
  }
  return Object.entries(needed).find(([pattern]) => new RegExp(pattern).test(name))?.[1] ?? {}
}

const y = tensor([
  [0, 1, 0],
  [1, 0, 0],
])
const p = tensor([
  [0.25, 0.5, 0.25],
  [0.5, 0.25, 0.25],
])
const numbers = (x: Tensor) => Array.from(x.dataSync())
/** Values of a function at p, and the gradient of their sum. */
function withSlope(f: (x: Tensor) => Tensor): number[][] {
  const result = f(p)
  const [slope = null] = gradients(ops.sum(result), [p])
  return [numbers(result), ...(slope ? [numbers(slope)] : [])]
}

interface Family {
  serialize(part: never): { config: Options }
  deserialize(saved: never): never
}

/** Options that each part of these families is drawn with: those that its config has. */
const partValues: { [option: string]: readonly unknown[] } = {
  reduction: ['sum', 'none', 'mean_with_sample_weight', 'sumOverBatchSize'],
  name: ['mine'],
  labelSmoothing: [0, 0.25],
  fromLogits: [true, false],
  delta: [0.5, 2],
  alpha: [0.25, 0.5],
  beta: [0.5],
  gamma: [1, 3],
  q: [0.25],
  seed: [3, null],
  stddev: [0.5],
  mean: [0.25],
  minval: [-0.5],
  maxval: [0.5],
  value: [0.25],
  gain: [0.5, 1],
  l1: [0.5],
  l2: [0.25],
  factor: [0.25],
  mode: ['rows', 'fanOut', 'fan_avg'],
  distribution: ['uniform', 'untruncated_normal'],
  scale: [0.5, 2],
  inputAxes: [null],
  axis: [1, -1],
  classAggregation: ['uniform_average', 'variance_weighted_average'],
  average: [null, 'macro'],
  curve: ['ROC', 'pr'],
  decayRate: [0.25],
  endLearningRate: [0.125],
  warmupTarget: [null, 1],
  warmupSteps: [2],
  tMul: [1, 3],
  mMul: [0.5],
  maxValue: [0.5],
  minValue: [0.25],
  rate: [0.5],
  threshold: [0.25],
  k: [2],
  learningRate: [
    0.5,
    0.25,
    optimizers.schedules.cosineDecay({ initialLearningRate: 0.5, decaySteps: 3 }),
    { className: 'ExponentialDecay', config: { initialLearningRate: 0.5, decaySteps: 2, decayRate: 0.5 } },
  ],
  weightDecay: [null, 0.25],
  clipnorm: [null, 0.5],
  useEma: [true, false],
  emaMomentum: [0.5],
  momentum: [0.5],
  nesterov: [true, false],
  rho: [0.5],
  epsilon: [0.25],
  amsgrad: [true, false],
  beta1: [0.5],
  beta2: [0.75],
  centered: [true, false],
  staircase: [true, false],
  power: [2],
  cycle: [true, false],
  thresholds: [null, 0.25],
  numThresholds: [20],
  topK: [null, 2],
  classId: [null, 1],
}

const families: [string, Family, (part: never) => unknown, Options][] = [
  [
    'losses',
    losses as never,
    (loss: ReturnType<typeof losses.huber>) =>
      withSlope((x) => loss.call(/Sparse|Generalized/.test(loss.className) ? tensor([1, 0]) : y, x)),
    {},
  ],
  [
    'initializers',
    initializers as never,
    (made: ReturnType<typeof initializers.ones>) => {
      setSeed(3)
      return numbers(made.call([3, 3]))
    },
    {},
  ],
  ['regularizers', regularizers as never, (made: ReturnType<typeof regularizers.l2>) => withSlope((w) => made.call(w)), {}],
  ['constraints', constraints as never, (made: ReturnType<typeof constraints.maxNorm>) => withSlope((w) => made.call(w)), {}],
  [
    'metrics',
    metrics as never,
    (made: ReturnType<typeof metrics.auc>) => {
      const classes = /IoU/.test(made.className) && !made.className.startsWith('OneHot')
      made.update(classes || made.className.startsWith('Sparse') ? tensor([1, 0]) : y, classes ? tensor([1, 1]) : p)
      return numbers(made.result())
    },
    { numClasses: 3, targetClassIds: [1], specificity: 0.5, sensitivity: 0.5, recall: 0.5, precision: 0.5 },
  ],
  [
    'optimizers',
    optimizers as never,
    (made: ReturnType<typeof optimizers.adam>) => {
      const layer = layers.dense({ units: 3, kernelInitializer: 'ones' })
      layer.ensureBuilt([null, 3])
      for (let i = 0; i < 2; i++) made.apply([ops.broadcastTo(0.5, [3, 3]), ops.broadcastTo(0.25, [3])], layer.trainableWeights as never)
      return layer.getWeights().map(numbers)
    },
    {},
  ],
  [
    'schedules',
    optimizers.schedules as never,
    (made: ReturnType<typeof optimizers.schedules.cosineDecay>) => [0, 3, 12].map((step) => numbers(made.call(tensor(step)))),
    { initialLearningRate: 0.5, decaySteps: 10, firstDecaySteps: 10, decayRate: 0.5, boundaries: [5], values: [0.5, 0.25] },
  ],
]

describe.each(families)('%s', (room, family, behave, needed) => {
  const parts = Object.entries(family).filter(
    ([name, make]) => typeof make === 'function' && /^[a-z]/.test(name) && !/^(serialize|deserialize|get[A-Z])/.test(name) && isPart(make),
  )

  function isPart(make: unknown): boolean {
    try {
      return typeof (make as (options: Options) => { getConfig?: unknown })(own(make)).getConfig === 'function'
    } catch {
      return false
    }
  }

  /** Of the needed options those that a maker takes. */
  function own(make: unknown): Options {
    const options: Options = { ...needed }
    for (;;) {
      try {
        ;(make as (options: Options) => unknown)(options)
        return options
      } catch (error) {
        const strange = [...(error as Error).message.matchAll(/'(\w+)'/g)].map(([, name]) => name!).filter((name) => name in options)
        if (!strange.length) return options
        for (const name of strange) delete options[name]
      }
    }
  }

  it.each(parts)('%s', (name, make) => {
    const config = family.serialize((make as unknown as (options: Options) => never)(own(make))).config
    const options = Object.keys(config).filter((option) => partValues[option]?.length)
    const what = `${room}.${name}`
    for (let set = 0; setsOf(what).size < SETS && set < DRAWS; set++) {
      const draw = drawing(set + 1)
      const drawn = options.flatMap((option) => (draw([true, false]) ? [[option, draw(partValues[option]!)]] : []))
      let first: never
      try {
        first = (make as unknown as (options: Options) => never)({ ...own(make), ...(Object.fromEntries(drawn) as Options) })
      } catch (error) {
        expect(error, `${name} ${JSON.stringify(drawn)}`).toBeInstanceOf(CornusError)
        continue
      }
      const saved = family.serialize(first)
      const text = JSON.stringify(saved)
      if (setsOf(what).has(text)) continue
      expect(JSON.parse(text), text).toEqual(saved)
      const again = family.deserialize(JSON.parse(text) as never)
      expect(family.serialize(again), text).toEqual(saved)
      expect(behave(again), text).toEqual(behave(first))
      count(what, text)
    }
    expect(setsOf(what).size).toBeGreaterThan(0)
  })
})

it('at least 600 option sets of all families were compared', () => {
  const counts = [...compared].map(([what, sets]) => [what, sets.size] as const)
  expect(
    counts.reduce((sum, [, size]) => sum + size, 0),
    JSON.stringify(counts),
  ).toBeGreaterThanOrEqual(600)
})
