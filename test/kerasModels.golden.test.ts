// Models that Keras saved: the same predictions, the same next step of training; saved again here the same bits.
// See scripts/golden/model_files.py.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  type AnyLayer,
  configure,
  exportModel,
  layers,
  loadModel,
  sequential,
  tensor,
  type DType,
  type Functional,
  type Model,
  type Outputs,
  type Tensor,
} from '../src'
import { Tensor as TensorClass } from '../src/graph/node'
import { leavesByName, type Tree } from '../src/util/tree'

configure({ threads: 1 })

interface Golden {
  x: [shape: number[], dtype: DType, values: number[]][]
  y: [shape: number[], values: number[]][]
  before: number[][]
  after: number[][] | null
}
type Any = Model<Outputs>

/** Another folder of such files, and one to write what is to be read by Keras. */
const { CORNUS_MODEL_FILES, CORNUS_MODELS_OUT: out } = process.env
const folder = CORNUS_MODEL_FILES ?? fileURLToPath(new URL('golden/models', import.meta.url))
const golden = existsSync(join(folder, 'expected.json'))
  ? (JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as { [name: string]: Golden })
  : {}
const files = Object.entries(golden).filter(([name]) => existsSync(join(folder, `${name}.keras`)))
const h5 = fileURLToPath(new URL('golden/h5', import.meta.url))
const older = JSON.parse(readFileSync(join(h5, 'expected.json'), 'utf8')) as typeof golden

const isTensor = (x: unknown): x is Tensor => x instanceof TensorClass
const inOrder = (tree: unknown) => leavesByName(tree as Tree<Tensor>, isTensor)

/** Values in Keras's order, in the model's own form. */
function inForm(values: readonly Tensor[], structure: unknown): unknown {
  const leaves = inOrder(structure)
  const fill = (part: unknown): unknown => {
    if (isTensor(part)) return values[leaves.indexOf(part)]
    if (Array.isArray(part)) return part.map(fill)
    return Object.fromEntries(Object.entries(part as object).map(([name, each]) => [name, fill(each)]))
  }
  return fill(structure)
}

const given = (model: Any, { x, y }: Golden) => {
  const { input, output } = model as Functional<Outputs>
  return {
    x: inForm(
      x.map(([shape, dtype, values]) => tensor(values, shape, dtype)),
      input,
    ) as never,
    y: inForm(
      y.map(([shape, values]) => tensor(values, shape)),
      output,
    ) as never,
  }
}
const said = (model: Any, x: never): number[][] => inOrder(model.predict(x)).map((each) => Array.from(each.dataSync()))
const state = (model: Any) => [...model.weights, ...model.optimizer.variables].map((variable) => Array.from(variable.dataSync()))

/** Within 1e-5 of the largest value. */
function expectNear(found: readonly number[][], expected: readonly number[][]): void {
  expect(found.map(({ length }) => length)).toEqual(expected.map(({ length }) => length))
  const worst = expected.map((values, i) => {
    const scale = Math.max(1, ...values.map(Math.abs))
    return Math.max(0, ...values.map((value, at) => Math.abs(found[i]![at]! - value) / scale))
  })
  expect(Math.max(...worst)).toBeLessThan(1e-5)
}

async function compare(from: string, name: string, format: 'keras' | 'h5', expected: Golden): Promise<void> {
  const model = (await loadModel(join(from, `${name}.${format}`))) as unknown as Any
  const { x, y } = given(model, expected)
  expectNear(said(model, x), expected.before)
  const bytes = await exportModel(model, format)
  if (out) writeFileSync(join(out, `${name}.${format}`), bytes)
  const again = (await loadModel(bytes)) as unknown as Any
  expect(said(again, x)).toEqual(said(model, x))
  expect(state(again)).toEqual(state(model))
  // in .h5 a loss that was named stands by its class, for so Keras finds it
  const configOf = (each: Any) => (format === 'keras' ? each.toJSON() : (JSON.parse(each.toJSON()) as { config: object }).config)
  expect(configOf(again)).toEqual(configOf(model))
  if (!expected.after) return
  for (const each of [model, again]) await each.trainOnBatch(x, y)
  expectNear(said(model, x), expected.after)
  expect(state(again)).toEqual(state(model))
}

if (out) {
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'expected.json'), JSON.stringify(golden))
}

describe.skipIf(files.length === 0).each(files)('%s', (name, expected) => {
  it('predicts and trains as in Keras, and after saving here, bit for bit', () => compare(folder, name, 'keras', expected))
})

describe.each(Object.entries(older))('%s.h5', (name, expected) => {
  it('predicts and trains as in Keras, and after saving here, bit for bit', () => compare(h5, name, 'h5', expected))
})

describe('weights of an .h5 file', () => {
  it('go into a model that was made here, by the names of its layers or in their order', async () => {
    const path = join(h5, 'sequential_cnn.0.h5')
    const whole = (await loadModel(path)) as unknown as Any
    const expected = older['sequential_cnn.0'] as Golden
    const { x } = given(whole, expected)
    for (const name of ['dense', 'head']) {
      const mine = sequential([
        layers.conv2d({
          filters: 4,
          kernelSize: 3,
          activation: 'relu',
          inputShape: [8, 8, 1],
          name: name === 'dense' ? 'conv2d' : 'first',
        }),
        layers.maxPooling2d(),
        layers.flatten(),
        layers.dense({ units: 3, activation: 'softmax', name }),
      ])
      const { matched } = await mine.loadWeights(path)
      expect(matched.length).toBe(4)
      expectNear(said(mine as AnyLayer as Any, x), expected.before)
    }
    const other = sequential([layers.dense({ units: 3, inputShape: [2] })])
    await expect(other.loadWeights(path)).rejects.toThrow(/has weights of 2 layers \(conv2d, dense\); the model has 1 with weights/)
  })
})
