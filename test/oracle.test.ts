// Three thousand generated cases of ops, losses, metrics, optimizers, layers and fit against Keras and NumPy: scripts/golden/oracle.py
// makes them.
import { beforeAll, describe, expect, test } from 'vitest'
import { gradients } from '../src/grad'
import {
  activations,
  configure,
  constraints,
  layers,
  losses,
  metrics,
  ops,
  optimizers,
  regularizers,
  sequential,
  tensor,
  variable,
  type FitOptions,
  type Layer,
  type Tensor,
} from '../src/index'
import { evaluateSync, readContents } from '../src/runtime/session'
import type { Metric } from '../src/metrics/index'
import type { Loss } from '../src/losses/index'
import { compile } from '../src/transform'
import { Inputs, type Drawn } from './support/goldenInputs'
import { golden } from './support/golden'

interface Packed {
  readonly shape: number[]
  readonly data: string
}
interface SavedPart {
  readonly className: string
  readonly config: { readonly [option: string]: number }
}
type Options = { readonly [option: string]: unknown }
interface Base {
  readonly family: string
  readonly number: number
  readonly inputs: Drawn[]
  readonly options: Options
}
interface OpCase extends Base {
  op: string
  of?: 'activations'
  list?: true
  many?: true
  args: unknown[]
  y: Packed | Packed[]
}
interface LossCase extends Base {
  loss: string
  weighed?: true
  masked?: true
  y: Packed
  gradient: Packed
}
interface MetricCase extends Base {
  metric: string
  weighed?: true
  masked?: true
  y: Packed[]
}
interface PartCase extends Base {
  part: 'regularizers' | 'constraints'
  name: string
  y: Packed
}
interface OptimizerCase extends Base {
  optimizer: string
  schedule?: SavedPart
  constraint?: SavedPart
  y: Packed[]
  state: Packed[]
  finalized?: Packed[]
  rate: number
}
interface LayerConfig {
  readonly layer: string
  readonly options: Options
}
interface LayerCase extends Base, LayerConfig {
  masked?: true
  y: Packed
  gradients: Packed[]
  penalty: Packed
}
interface FitCase extends Base {
  task: 'values' | 'binary' | 'onehot' | 'classes'
  loss: string
  metrics: string[]
  weightedMetrics: string[]
  optimizer: 'sgd' | 'rmsprop' | 'adam'
  validation?: string
  sampleWeight?: true
  norm?: true
  regularizer?: string
  history: Packed[]
  weights: Packed[]
  keys: string[]
  calls: (string | number)[][]
}
type Case = OpCase | LossCase | MetricCase | PartCase | OptimizerCase | LayerCase | FitCase

const TOLERANCE = 1e-5

const unpack = ({ data }: Packed): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer)

const largestOf = (values: Float32Array): number =>
  values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0)

/** Equal to 1e-5 of the largest value (or of `floor`, where all are small), or the same infinity or NaN. */
function expectSame(actual: ArrayLike<number>, expected: Packed, what: string, shape?: readonly number[], floor = 0.01): void {
  if (shape) expect(shape, `${what}: shape`).toEqual(expected.shape)
  const values = unpack(expected)
  expect(actual.length, `${what}: number of elements`).toBe(values.length)
  const scale = Math.max(floor, largestOf(values))
  values.forEach((value, i) => {
    const near = Object.is(actual[i], value) || Math.abs(actual[i]! - value) <= TOLERANCE * scale
    if (!near) expect.fail(`${what}: element ${i} is ${actual[i]}, expected ${value} (largest ${scale})`)
  })
}

const table = (room: object): { readonly [name: string]: (...args: never[]) => unknown } => room as never
const made = <T>(room: object, name: string, ...args: unknown[]): T => table(room)[name]!(...(args as never[])) as T
const drawn = ({ number, inputs }: Base): Tensor[] => {
  const source = new Inputs(number)
  return inputs.map((each) => source.draw(each))
}
const same = (label: string, found: Tensor | readonly Tensor[], expected: Packed | Packed[]): void => {
  const [all, wanted] = [[found].flat(), [expected].flat()]
  const values = evaluateSync(all)
  // of several results the small ones share the rounding of the large
  const floor = Math.max(0.01, ...wanted.map((each) => largestOf(unpack(each)) / 10))
  all.forEach((each, i) => expectSame(values[i]!, wanted[i]!, `${label}, result ${i}`, each.shape, floor))
}

function checkOp({ op, of, list, many, args, y, ...base }: OpCase): void {
  const given = drawn(base)
  const found = made<Tensor | Tensor[]>(of === 'activations' ? activations : ops, op, ...(list ? [given] : given), ...args)
  expect(Array.isArray(found)).toBe(many === true)
  same(op, found, y)
}

function checkLoss({ loss, options, weighed, masked, y, gradient, ...base }: LossCase): void {
  const [yTrue, yPred, ...rest] = drawn({ ...base, options })
  const value = made<Loss>(losses, loss, options).call(yTrue!, yPred!, weighed ? rest[0] : undefined, masked ? rest.at(-1) : undefined)
  same(loss, [value, ...gradients(value.sum(), [yPred!])], [y, gradient])
}

function checkMetric({ metric: name, options, weighed, masked, y, ...base }: MetricCase): void {
  const metric = made<Metric>(metrics, name, options)
  const all = drawn({ ...base, options })
  const each = all.length / 3
  y.forEach((expected, i) => {
    const [yTrue, yPred, ...rest] = all.slice(i * each, (i + 1) * each)
    if (i === 2) metric.reset()
    metric.update(yTrue!, yPred!, weighed ? rest[0] : undefined, masked ? rest.at(-1) : undefined)
    same(`update ${i}`, metric.result(), expected)
  })
}

function checkPart({ part, name, options, y, ...base }: PartCase): void {
  const room = part === 'regularizers' ? regularizers : constraints
  same(
    name,
    made<{ call(w: Tensor): Tensor }>(room, 'deserialize', { className: name, config: options }).call(drawn({ ...base, options })[0]!),
    y,
  )
}

function checkOptimizer({ optimizer: name, options, schedule, constraint, y, state, finalized, rate, ...base }: OptimizerCase): void {
  const learningRate = schedule && optimizers.schedules.deserialize(schedule)
  const optimizer = optimizers.deserialize({ className: name, config: options as never })
  if (learningRate) optimizer.learningRate = learningRate
  const all = drawn({ ...base, options })
  const weights = all.slice(0, 3).map((value) => variable(value))
  const limit = constraint ? constraints.deserialize(constraint) : null
  const step = compile((...grads: Tensor[]) => optimizer.apply(grads, weights, (place) => (place === 1 ? limit : null)))
  const parts = all.slice(3).map((gradient) => ops.unstack(gradient))
  for (let i = 0; i < parts[0]!.length; i++) step.sync(...parts.map((part) => part[i]!))
  weights.forEach(({ storage }, i) => expectSame(readContents(storage), y[i]!, `weight ${i}`))
  expect(optimizer.variables.length, 'variables').toBe(state.length)
  optimizer.variables.forEach((each, i) => expectSame(readContents(each.storage), state[i]!, `state ${i}, ${each.name}`, each.shape))
  expect(Math.abs(optimizer.learningRate - rate)).toBeLessThanOrEqual(1e-5 * Math.abs(rate))
  optimizer.finalize()
  finalized?.forEach((expected, i) => expectSame(readContents(weights[i]!.storage), expected, `weight ${i} at the end`))
}

const factoryName = (className: string): string =>
  ({ LSTM: 'lstm', GRU: 'gru', ELU: 'elu', PReLU: 'prelu' })[className] ??
  className.replace(/^[A-Z]/, (c) => c.toLowerCase()).replace(/D$/, 'd')

function layerOf({ layer, options }: LayerConfig): Layer {
  const inner = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, name === 'layer' ? layerOf(value as LayerConfig) : value]),
  )
  return made<Layer>(layers, factoryName(layer), inner)
}

function checkLayer({ layer, options, masked, y, gradients: expected, penalty, ...base }: LayerCase): void {
  const [x, ...rest] = drawn({ ...base, options })
  const made = layerOf({ layer, options })
  const mask = masked ? rest.shift() : undefined
  made.ensureBuilt(x!.shape)
  made.setWeights(rest)
  const output = made.apply(x!, { mask }) as Tensor
  const losses = [
    ...made.takeLosses(),
    ...made.allWeights.flatMap(({ variable: weight, regularizer }) => (regularizer ? [regularizer.call(weight.read())] : [])),
  ]
  const cost = losses.reduce((a, b) => a.add(b), tensor(0))
  const wanted = [...(layer === 'Embedding' ? [] : [x!]), ...made.trainableWeights.map((weight) => weight.read())]
  same(layer, [output, cost, ...gradients(output.square().sum().add(cost), wanted)], [y, penalty, ...expected])
}

const ROOT_MEAN = 'root_mean_squared_error'
const metricOf = (name: string) =>
  name === 'auc' ? metrics.auc({ numThresholds: 20, name }) : name === ROOT_MEAN ? metrics.rootMeanSquaredError({ name }) : name
const OPTIMIZERS = {
  sgd: () => optimizers.sgd({ learningRate: 0.05 }),
  rmsprop: () => optimizers.rmsprop({ learningRate: 0.01, epsilon: 1e-3 }),
  adam: () => optimizers.adam({ learningRate: 0.01, epsilon: 1e-3 }),
}
const HEADS = { values: [2, 'linear'], binary: [1, 'sigmoid'], onehot: [3, 'softmax'], classes: [3, 'softmax'] } as const
const HOOKS = [
  'TrainBegin',
  'TrainEnd',
  'EpochBegin',
  'EpochEnd',
  'TrainBatchBegin',
  'TrainBatchEnd',
  'TestBegin',
  'TestEnd',
  'TestBatchBegin',
  'TestBatchEnd',
]

/** A callback that notes what it is told, as the oracle's does. */
function watcher(): { calls: (string | number)[][]; hooks: { [hook: string]: (...args: unknown[]) => void } } {
  const calls: (string | number)[][] = []
  const snake = (hook: string) => hook.replace(/(?!^)[A-Z]/g, '_$&').toLowerCase()
  const note =
    (hook: string) =>
    (...args: unknown[]) => {
      const logs = args.at(-1)
      const place = typeof args[0] === 'number' ? [args[0]] : []
      calls.push([
        snake(hook),
        ...place,
        Object.keys((logs ?? {}) as object)
          .sort()
          .join(),
      ])
    }
  return { calls, hooks: Object.fromEntries(HOOKS.map((hook) => [`on${hook}`, note(hook)])) }
}

async function checkFit(each: FitCase): Promise<void> {
  const { task, options, loss, validation, norm, regularizer } = each
  const [x, y, ...rest] = drawn(each)
  const sampleWeight = each.sampleWeight ? rest.shift() : undefined
  const [units, activation] = HEADS[task]
  const model = sequential([
    layers.dense({ units: 4, activation: 'tanh', inputShape: [3], ...(regularizer && { kernelRegularizer: regularizer as 'l1' }) }),
    ...(norm ? [layers.batchNormalization()] : []),
    layers.dense({ units, activation }),
  ])
  model.setWeights(rest.map((value, i) => (norm && i === 5 ? value.abs() : value)))
  model.compile({
    optimizer: OPTIMIZERS[each.optimizer](),
    loss: loss as 'mse',
    metrics: each.metrics.map(metricOf) as 'mse'[],
    weightedMetrics: each.weightedMetrics.map(metricOf) as 'mse'[],
  })
  const part = (value: Tensor) => value.slice(0, 6)
  const held = { data: [part(x!), part(y!)], 'weighed data': [part(x!), part(y!), tensor([0.5, 1, 1.5, 2, 2.5, 3])] }[validation ?? '']
  const watch = watcher()
  const given = {
    ...options,
    ...(sampleWeight && { sampleWeight }),
    ...(held && { validationData: held }),
    verbose: 0,
    callbacks: [watch.hooks],
  } as FitOptions
  const { history } = await model.fit(x!, y!, given)
  expect(Object.keys(history), 'keys').toEqual(each.keys)
  expect(watch.calls, 'callbacks').toEqual(each.calls)
  Object.values(history).forEach((values, i) => expectSame(values as number[], each.history[i]!, each.keys[i]!))
  model.getWeights().forEach((value, i) => expectSame(value.dataSync(), each.weights[i]!, `weight ${i}`, value.shape))
}

const checks: { readonly [family: string]: (each: never) => void | Promise<void> } = {
  op: checkOp,
  loss: checkLoss,
  metric: checkMetric,
  optimizer: checkOptimizer,
  layer: checkLayer,
  fit: checkFit,
}
const checkOf = (each: Case) => ('part' in each ? checkPart : checks[each.family]!) as (each: Case) => void | Promise<void>
const subjectOf = (each: Case): string =>
  'op' in each
    ? each.op
    : 'metric' in each
      ? each.metric
      : 'part' in each
        ? each.name
        : 'layer' in each
          ? each.layer
          : 'task' in each
            ? each.task
            : 'loss' in each
              ? each.loss
              : each.optimizer

const { cases } = golden<Case>('oracle')
const groups = new Map<string, Case[]>()
for (const each of cases) {
  const title = `${each.family} ${subjectOf(each)}`
  groups.set(title, [...(groups.get(title) ?? []), each])
}

beforeAll(() => configure({ threads: 1 }))

test('three thousand cases', () => expect(cases.length).toBeGreaterThanOrEqual(3000))

describe.each([...groups])('%s', (_, group) => {
  test(`${group.length} cases`, async () => {
    const wrong: string[] = []
    for (const each of group) {
      try {
        await checkOf(each)(each)
      } catch (error) {
        const {
          number,
          family,
          y,
          gradient,
          gradients: slopes,
          state,
          finalized,
          history,
          weights,
          calls,
          ...shown
        } = each as unknown as { readonly [key: string]: unknown }
        wrong.push(`case ${String(number)} ${JSON.stringify(shown).slice(0, 300)}\n    ${String(error).split('\n')[0]}`)
      }
    }
    if (wrong.length) expect.fail(`${wrong.length} of ${group.length} differ:\n${wrong.slice(0, 5).join('\n')}`)
  })
})
