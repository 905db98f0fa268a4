// Random networks with their data, loss, metrics and optimizer, all from one seed: built, trained and compared bit by bit.
import { CornusError, setSeed, tensor, type Sequential, type Tensor } from '../../src/index'
import type { AnyLayer } from '../../src/layers/layer'
import { build, codeOf, Draw, part, type Options, type Part, type Value } from './draw'
import { randomLayer, type SampleShape } from './randomLayers'

export type Task = 'regression' | 'sparse' | 'categorical' | 'binary'

export interface Network {
  readonly seed: number
  readonly layers: readonly Part[]
  readonly compile: Options
  readonly fit: Options
  readonly samples: number
  readonly input: { readonly shape: SampleShape; readonly tokens: number }
  readonly output: { readonly shape: SampleShape; readonly task: Task }
}

/** Most values that a sample may become on the way. */
const LARGEST_SAMPLE = 2000
/** Values of a whole batch, so that threads find something to share. */
const BATCH_VALUES = 24_000

export const product = (shape: SampleShape): number => shape.reduce((n, d) => n * d, 1)

/** The shape after a layer, or undefined where it does not take the shape or makes too much of it. */
export function shapeAfter(layer: Part, shape: SampleShape): SampleShape | undefined {
  try {
    const after = (build(layer) as AnyLayer).computeOutputShape([null, ...shape]).slice(1) as number[]
    const whole = after.length > 0 && after.every((d) => Number.isInteger(d))
    return whole && product(after) > 0 && product(after) <= LARGEST_SAMPLE ? after : undefined
  } catch (error) {
    if (error instanceof CornusError) return undefined
    throw error
  }
}

export const INPUTS: readonly ((d: Draw) => number[])[] = [
  (d) => [d.int(4, 300)],
  (d) => [d.int(3, 24), d.int(1, 20)],
  (d) => [d.int(4, 18), d.int(4, 18), d.int(1, 6)],
  (d) => [d.int(8, 18), d.int(8, 18), d.int(3, 6)],
  (d) => [d.int(2, 5), d.int(3, 7), d.int(3, 7), d.int(1, 4)],
  (d) => [d.int(2, 3), d.int(2, 3), d.int(3, 4), d.int(3, 4), d.int(1, 3)],
]

/** What often stands behind a layer: a normalization behind a product, an activation behind a normalization. */
function follower(d: Draw, before: Part | undefined): ((name: string) => boolean) | undefined {
  const factory = before?.factory ?? ''
  const next = /(dense|conv\w*)$/i.test(factory) ? NORMALIZATION : factory.endsWith('Normalization') ? ACTIVATION : undefined
  return next && d.chance(0.5) ? (name) => next.test(name) : undefined
}
const NORMALIZATION = /Normalization$/
const ACTIVATION = /^(activation|reLU|elu|prelu)$/

/** Layers one after the other; what does not fit the shape before is drawn again. */
function stack(d: Draw, start: SampleShape, count: number, masks: boolean): { layers: Part[]; shape: SampleShape } {
  const layers: Part[] = []
  let shape = start
  let masked = masks
  for (let tries = 0; layers.length < count && tries < 60; tries++) {
    const layer = randomLayer(d, shape, follower(d, layers.at(-1)) ?? ((name) => name !== 'softmax' || !masked))
    const after = shapeAfter(layer, shape)
    if (!after) continue
    layers.push(layer)
    masked ||= layer.factory === 'layers.masking' // the mask of steps does not fit what a softmax takes
    shape = after
  }
  return { layers, shape }
}

/** A number of tokens, and the layers that begin with them. */
export function tokenStart(d: Draw, steps: number, tokens: number): { layers: Part[]; shape: SampleShape } {
  const outputDim = d.int(2, 12)
  const extras = {
    ...d.maybe(0.6, () => ({ maskZero: true })),
    ...d.maybe(0.2, () => ({ embeddingsRegularizer: 'l2' })),
    ...d.maybe(0.2, () => ({ sparseUpdates: true })),
  }
  return { layers: [part('layers.embedding', { inputDim: tokens, outputDim, ...extras })], shape: [steps, outputDim] }
}

export const HEADS: { readonly [T in Task]: (d: Draw) => Part | undefined } = {
  regression: (d) => (d.chance(0.5) ? part('layers.dense', { units: d.int(1, 5) }) : undefined),
  sparse: (d) => part('layers.dense', { units: d.int(2, 12), activation: 'softmax' }),
  categorical: (d) => part('layers.dense', { units: d.int(2, 12), activation: 'softmax' }),
  binary: (d) => part('layers.dense', { units: d.int(1, 3), activation: 'sigmoid' }),
}

const PROBABILITIES = [
  'categoricalCrossentropy',
  'categoricalFocalCrossentropy',
  'klDivergence',
  'categoricalHinge',
  'meanSquaredError',
] as const
export const LOSSES: { readonly [T in Task]: (d: Draw) => Value } = {
  regression: (d) =>
    d.pick([
      'mse',
      'mae',
      'logCosh',
      'cosineSimilarity',
      part('losses.huber', { delta: 0.5 }),
      'hinge',
      'squaredHinge',
      'meanSquaredLogarithmicError',
    ] as const),
  sparse: (d) =>
    d.pick([
      'sparseCategoricalCrossentropy',
      'sparse_categorical_crossentropy',
      'categoricalGeneralizedCrossEntropy',
      part('losses.sparseCategoricalCrossentropy', { ignoreClass: 0 }),
    ] as const),
  categorical: (d) => (d.chance(0.2) ? part('losses.categoricalCrossentropy', { labelSmoothing: 0.1 }) : d.pick(PROBABILITIES)),
  binary: (d) =>
    d.pick([
      'binaryCrossentropy',
      'binaryFocalCrossentropy',
      part('losses.binaryCrossentropy', { labelSmoothing: 0.1 }),
      'dice',
      'tversky',
      'poisson',
    ] as const),
}

export const METRICS: { readonly [T in Task]: readonly Value[] } = {
  regression: ['mae', 'mse', 'rootMeanSquaredError', 'cosineSimilarity', 'logCoshError'],
  sparse: ['accuracy', 'sparseTopKCategoricalAccuracy'],
  categorical: [
    'accuracy',
    'topKCategoricalAccuracy',
    'categoricalCrossentropy',
    part('metrics.precision'),
    part('metrics.auc', { numThresholds: 30 }),
  ],
  binary: [
    'accuracy',
    part('metrics.precision'),
    part('metrics.recall', { thresholds: [0.3, 0.6] }),
    part('metrics.auc', { numThresholds: 30, curve: 'PR' }),
    'binaryIoU',
    'truePositives',
  ],
}

const rate = (d: Draw): Options =>
  d.maybe(0.5, () => ({
    learningRate: d.pick([
      0.01,
      0.003,
      part('optimizers.schedules.exponentialDecay', { initialLearningRate: 0.01, decaySteps: 2, decayRate: 0.7 }),
      part('optimizers.schedules.cosineDecay', { initialLearningRate: 0.01, decaySteps: 5 }),
    ] as const),
  }))

const RULES: readonly ((d: Draw) => readonly [name: string, options: Options])[] = [
  (d) => ['sgd', { ...d.maybe(0.6, () => ({ momentum: 0.9, nesterov: d.chance(0.5) })) }],
  (d) => ['rmsprop', { ...d.maybe(0.4, () => ({ momentum: 0.5 })), ...d.maybe(0.4, () => ({ centered: true })) }],
  (d) => ['adam', { ...d.maybe(0.4, () => ({ amsgrad: true })), ...d.maybe(0.3, () => ({ beta1: 0.8 })) }],
  () => ['adamw', {}],
  () => ['adadelta', {}],
  () => ['adafactor', {}],
  () => ['adagrad', {}],
  () => ['adamax', {}],
  () => ['lamb', {}],
  () => ['lion', {}],
  () => ['nadam', {}],
  (d) => ['ftrl', { ...d.maybe(0.5, () => ({ l1RegularizationStrength: 0.001, l2RegularizationStrength: 0.01 })) }],
]

export function optimizer(d: Draw): Value {
  const [name, options] = d.pick(RULES)(d)
  const clip: Options = d.maybe(0.3, () => d.pick<Options>([{ clipnorm: 0.5 }, { clipvalue: 0.05 }, { globalClipnorm: 0.8 }]))
  const extras = {
    ...d.maybe(0.2, () => ({ weightDecay: 0.01 })),
    ...d.maybe(0.15, () => ({ useEma: true, emaMomentum: 0.8, ...d.maybe(0.5, () => ({ emaOverwriteFrequency: 2 })) })),
  }
  return part(`optimizers.${name}`, {
    ...options,
    ...rate(d),
    ...clip,
    ...extras,
    ...d.maybe(0.15, () => ({ gradientAccumulationSteps: 2 })),
  })
}

/** Stateful layers want batches of one size. */
export const isStateful = (layers: readonly Part[]): boolean => codeOf(layers).includes('stateful: true')

/** The network of a seed. */
export function randomNetwork(seed: number): Network {
  const d = new Draw(seed)
  const tokens = d.chance(0.15) ? d.int(5, 60) : 0
  const shape = tokens ? [d.int(3, 24)] : d.pick(INPUTS)(d)
  const start = tokens ? tokenStart(d, shape[0]!, tokens) : { layers: [], shape }
  const middle = stack(d, start.shape, d.int(2, 6), tokens > 0)
  const layers = [...start.layers, ...middle.layers]
  const task = d.pick(['regression', 'sparse', 'categorical', 'binary'] as const)
  let last = middle.shape
  if (last.length > 1 && d.chance(0.5)) [last] = [[product(last)], layers.push(part('layers.flatten'))]
  const head = HEADS[task](d)
  if (head) [last] = [[...last.slice(0, -1), (head.args[0] as { units: number }).units], layers.push(head)]
  const batchSize = Math.max(4, Math.min(64, Math.ceil(BATCH_VALUES / Math.max(product(shape), product(middle.shape)))))
  const whole = isStateful(layers)
  const weighting = task === 'sparse' && last.length === 1 ? d.maybe(0.3, () => ({ classWeight: { 0: 2, 1: 0.5 } })) : {}
  const metrics = METRICS[task].filter(() => d.chance(0.4))
  return {
    seed,
    layers: withInputShape(layers, shape),
    compile: { optimizer: optimizer(d), loss: LOSSES[task](d), metrics },
    fit: { epochs: 1, batchSize, verbose: 0, ...weighting, ...(whole ? {} : d.maybe(0.1, () => ({ validationSplit: 0.25 }))) },
    samples: batchSize * 2 + (whole || d.chance(0.8) ? 0 : d.int(0, batchSize - 1)),
    input: { shape, tokens },
    output: { shape: last, task },
  }
}

const withInputShape = ([first, ...others]: readonly Part[], shape: SampleShape): Part[] => [
  part(
    first!.factory,
    ...(first!.factory === 'sequential' ? first!.args : [{ ...(first!.args[0] as Options | undefined), inputShape: shape }]),
  ),
  ...others,
]

/** A tensor as code: shape, number type and the rule of its values. */
interface Data {
  readonly x: Tensor
  readonly y: Tensor
}

/** Samples and targets of a network; the last steps of some sequences are zeros, as padding is. */
function dataOf({ seed, samples, input, output }: Network): Data {
  const d = new Draw(seed ^ 0x5bd1e995)
  const sizeOf = (shape: SampleShape) => product(shape) * samples
  const fill = (shape: SampleShape, value: () => number) => Float32Array.from({ length: sizeOf(shape) }, value)
  const steps = input.shape[0]!
  const each = sizeOf(input.shape) / samples / steps
  const lengths = Array.from({ length: samples }, () => (d.chance(0.5) ? steps : d.int(1, steps)))
  const ends = input.tokens > 0 || input.shape.length === 2
  const x = fill(input.shape, () => (input.tokens ? d.int(1, input.tokens - 1) : 2 * d.real() - 1)).map((value, i) =>
    ends && Math.floor(i / each) % steps >= lengths[Math.floor(i / each / steps)]! ? 0 : value,
  )
  const xs = tensor(input.tokens ? Int32Array.from(x) : x, [samples, ...input.shape])
  return { x: xs, y: targets(d, samples, output) }
}

export function targets(d: Draw, samples: number, { shape, task }: Network['output']): Tensor {
  const rows = product(shape.slice(0, -1)) * samples
  const classes = shape.at(-1)!
  if (task === 'sparse')
    return tensor(
      Int32Array.from({ length: rows }, () => d.int(0, classes - 1)),
      [samples, ...shape.slice(0, -1)],
    )
  const values = new Float32Array(rows * classes)
  if (task === 'categorical') for (let row = 0; row < rows; row++) values[row * classes + d.int(0, classes - 1)] = 1
  else values.forEach((_, i) => (values[i] = task === 'binary' ? d.int(0, 1) : 2 * d.real() - 1))
  return tensor(values, [samples, ...shape])
}

/** What a network gave: every number by its name. */
export type Outcome = { readonly [what: string]: ArrayLike<number> }

/** Builds, trains, evaluates and asks a network. */
export async function runNetwork(network: Network): Promise<Outcome> {
  setSeed(network.seed)
  const model = build(part('sequential', network.layers)) as Sequential
  model.compile(build(network.compile) as Parameters<Sequential['compile']>[0])
  const { x, y } = dataOf(network)
  const { history } = await model.fit(x, y, build(network.fit) as object)
  const batchSize = network.fit.batchSize as number
  model.resetStates()
  const evaluation = await model.evaluate(x, y, { batchSize, verbose: 0 })
  model.resetStates()
  const prediction = await model.predict(x, { batchSize }).data()
  const weights = model.weights.map((weight, i) => [`weight ${i} ${weight.name.replace(/_\d+\//, '/')}`, weight.dataSync()] as const)
  return {
    ...Object.fromEntries(weights),
    ...Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values.flat()])),
    ...Object.fromEntries(Object.entries(evaluation).map(([name, value]) => [`evaluated ${name}`, [value].flat()])),
    prediction,
  }
}

/** The first number that differs, or nothing. NaN is like NaN. */
export function difference(expected: Outcome, found: Outcome): string | undefined {
  for (const [what, values] of Object.entries(expected)) {
    const others = found[what]
    if (others?.length !== values.length) return `${what}: ${values.length} numbers against ${others?.length ?? 'none'}`
    for (let i = 0; i < values.length; i++) if (!Object.is(values[i], others[i])) return `${what}[${i}]: ${values[i]} against ${others[i]}`
  }
  return undefined
}

/** The network as a program to try. */
export const programOf = ({ seed, layers, compile, fit, samples, input, output }: Network): string =>
  [
    `setSeed(${seed})`,
    `const model = sequential(${codeOf(layers)})`,
    `model.compile(${codeOf(compile)})`,
    `await model.fit(x, y, ${codeOf(fit)})`,
    `// x [${[samples, ...input.shape].join(', ')}]${input.tokens ? ` of ${input.tokens} tokens` : ''}`,
    `// y ${output.task} for an output of [${[samples, ...output.shape].join(', ')}]`,
  ].join('\n')
