// Models with several inputs and outputs against Keras (scripts/golden/outputs.py): keys, order and values of history and evaluate.
import { describe, expect, test } from 'vitest'
import {
  configure,
  input,
  layers,
  model,
  ops,
  optimizers,
  tensor,
  type CompileOptions,
  type DataTree,
  type Functional,
  type Tensor,
} from '../src/index'
import { golden } from './support/golden'

type Results = Record<string, number>
type Prediction = Tensor | readonly Tensor[] | Record<string, Tensor>
interface Case {
  inputs: number[]
  inputForm: 'list' | 'object'
  hidden: number
  heads: Head[]
  form: 'single' | 'list' | 'object'
  losses: (string | null)[]
  byName: boolean
  lossWeights: number[] | null
  metrics: string[][] | null
  weightedMetrics: string[][] | null
  sampleWeight: 'none' | 'one' | 'each' | 'classes'
  kernel: string | null
  activity: string | null
  validation: 'none' | 'split' | 'data'
  batchSize: number
  epochs: number
  history: Record<string, number[]>
  evaluate: Results
}
type Head = keyof typeof HEADS
const HEADS = { number: [1, 'linear'], answer: [1, 'sigmoid'], label: [3, 'softmax'], class: [3, 'softmax'] } as const
const N = 7

const sizeOf = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1)
const values = (shape: readonly number[], k: number) =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.3 * i + k)),
    shape,
  )
const weights = (shape: readonly number[], k: number) =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => (((i * 7 + k) % 11) - 5) / 10),
    shape,
  )
const eye = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
]
const rows = [...Array(N).keys()]
const targets: Record<Head, (k: number) => DataTree> = {
  number: (k) => values([N, 1], k),
  answer: (k) => rows.map((i) => [(i * 3 + k) % 2]),
  label: (k) => Int32Array.from(rows, (i) => (i * 2 + k) % 3),
  class: (k) => rows.map((i) => eye[(i * 2 + k) % 3]!),
}

/** One entry for each: alone, in an array, or by name. */
function arrange<T>(each: readonly T[], form: 'single' | 'list' | 'object', name: string): T | readonly T[] | Record<string, T> {
  if (form === 'single') return each[0]!
  return form === 'list' ? each : Object.fromEntries(each.map((value, i) => [`${name}${i}`, value]))
}
const inputForm = ({ inputs, inputForm: form }: Case) => (inputs.length === 1 ? 'single' : form)
const optionForm = ({ form, byName }: Case) => (form === 'list' && byName ? 'object' : form)

function build(spec: Case): Functional<Prediction> {
  const xs = spec.inputs.map((d, i) => input({ shape: [d], name: `in${i}` }))
  let h = xs.length > 1 ? ops.concat(xs, -1) : xs[0]!
  if (spec.hidden)
    h = layers.dense({ units: spec.hidden, activation: 'tanh', kernelRegularizer: spec.kernel as 'l1', name: 'hidden' }).apply(h)
  const outs = spec.heads.map((head, i) =>
    layers
      .dense({
        units: HEADS[head][0],
        activation: HEADS[head][1],
        activityRegularizer: i === 0 ? (spec.activity as 'l2') : null,
        name: `head${i}`,
      } as never)
      .apply(h),
  )
  const m = model({ inputs: arrange(xs, inputForm(spec), 'in'), outputs: arrange(outs, spec.form, 'head') })
  for (const layer of m.layers) layer.setWeights(layer.weights.map(({ shape }, i) => weights(shape, layer.name.length + i)))
  return m
}

function compileOptions(spec: Case): CompileOptions {
  const by = <T>(each: readonly T[] | null) => (each === null ? undefined : arrange(each, optionForm(spec), 'head'))
  return {
    optimizer: optimizers.sgd({ learningRate: 0.05 }),
    loss: by(spec.losses) as 'mse',
    lossWeights: by(spec.lossWeights) as number,
    metrics: by(spec.metrics) as never,
    weightedMetrics: by(spec.weightedMetrics) as never,
  }
}

function dataOf(spec: Case, k = 0): { x: DataTree; y: DataTree } {
  return {
    x: arrange(
      spec.inputs.map((d, i): DataTree => values([N, d], i + k)),
      inputForm(spec),
      'in',
    ) as DataTree,
    y: arrange(
      spec.heads.map((head, i) => targets[head](i + k)),
      spec.form,
      'head',
    ) as DataTree,
  }
}

function sampleWeight(spec: Case): DataTree | undefined {
  const one = rows.map((i) => (i % 4) + 0.5)
  if (spec.sampleWeight === 'one') return one
  if (spec.sampleWeight !== 'each') return undefined
  return arrange(
    spec.heads.map((_, i): DataTree => rows.map((row) => one[(row - i + N) % N]!)),
    spec.form,
    'head',
  ) as DataTree
}

const near = (actual: number, expected: number, what: string) =>
  expect(Math.abs(actual - expected), `${what}: ${actual}, expected ${expected}`).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)))

describe('several outputs as Keras trains them', () => {
  const { cases } = golden<Case>('outputs')
  test.each(cases.map((spec, i) => [`${i}: ${spec.form} of ${spec.heads.join(', ')}`, spec] as const))('%s', async (_, spec) => {
    configure({ threads: 1, deterministic: true })
    const m = build(spec)
    m.compile(compileOptions(spec))
    const { x, y } = dataOf(spec)
    const { batchSize, epochs, validation } = spec
    const { history } = await m.fit(x, y, {
      batchSize,
      epochs,
      shuffle: false,
      verbose: 0,
      sampleWeight: sampleWeight(spec),
      classWeight: spec.sampleWeight === 'classes' ? { 0: 1, 1: 3, 2: 0.5 } : undefined,
      validationSplit: validation === 'split' ? 0.3 : 0,
      validationData: validation === 'data' ? dataOf(spec, 5) : undefined,
    })
    expect(Object.keys(history)).toEqual(Object.keys(spec.history))
    for (const [name, expected] of Object.entries(spec.history))
      expected.forEach((value, epoch) => near(history[name]![epoch]!, value, `${name} of epoch ${epoch}`))
    const results: Results = await m.evaluate(x, y, { batchSize, sampleWeight: sampleWeight(spec) })
    expect(Object.keys(results)).toEqual(Object.keys(spec.evaluate))
    for (const [name, value] of Object.entries(spec.evaluate)) near(results[name]!, value, name)
    const predicted = m.predict(x, { batchSize })
    const each = spec.form === 'single' ? [predicted as Tensor] : Object.values(predicted as Record<string, Tensor>)
    expect(each.map(({ shape }) => shape)).toEqual(spec.heads.map((head) => [N, HEADS[head][0]]))
  })
})
