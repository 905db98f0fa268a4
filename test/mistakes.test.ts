// What beginners write, and what they are told: each message says what was given, what was expected and the line to write.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as cornus from '../src/index'

/** Code, and what the message must hold. */
type Mistake = readonly [code: string, ...told: readonly RegExp[]]

const AsyncFunction = (async () => {}).constructor as new (...code: string[]) => (library: typeof cornus, x: number[][]) => Promise<void>
const run = (code: string): Promise<void> =>
  new AsyncFunction('library', 'x', `const { ${Object.keys(cornus).join(', ')} } = library; { ${code} }`)(cornus, [[0, 0], [0, 1], [1, 0], [1, 1]])

const compiled = (last: string, loss = 'mse', more = '') =>
  `const model = sequential([layers.dense({ ${last}, inputShape: [2] })]); model.compile({ optimizer: 'sgd', loss: '${loss}'${more} }); `
const regression = compiled('units: 1')

const OTHER_LIBRARIES: readonly Mistake[] = [
  ['layers.Dense({ units: 3 })', /layers\.Dense/, /write layers\.dense/],
  ['layers.conv2D({ filters: 3, kernelSize: 3 })', /layers\.conv2D/, /write layers\.conv2d/],
  ['layers.simpleRnn({ units: 3 })', /layers\.simpleRnn/, /write layers\.simpleRNN/],
  ['layers.maxPool2d()', /write layers\.maxPooling2d/],
  ['layers.batchNorm()', /write layers\.batchNormalization\(\)/],
  ['layers.Linear(2, 3)', /write layers\.dense\(\{ units: 10 \}\)/],
  ['layers.input({ shape: [2] })', /write layers\.inputLayer\(\{ shape: \[2\] \}\)/],
  ['layers.embeding({ inputDim: 2, outputDim: 3 })', /did you mean 'embedding'/],
  ['optimizers.Adam()', /write optimizers\.adam/],
  ['losses.mse()', /write losses\.meanSquaredError/],
  ['losses.softmaxCrossEntropy()', /categoricalCrossentropy\(\{ fromLogits: true \}\)/],
  ['metrics.Accuracy()', /write metrics\.accuracy/],
  ['initializers.xavierUniform()', /write initializers\.glorotUniform/],
  ['activations.swish', /write activations\.silu/],
  ['ops.argmax([1, 2])', /write ops\.argMax/],
  ['ops.reduceSum([1])', /write ops\.sum/],
  ['ops.multiply(2, 3)', /write ops\.mul/],
  ['ops.zeros([2])', /write zeros/, /import \{ zeros \}/],
  ['tensor2d([[1, 2]])', /write tensor\(values\)/],
  ['scalar(3)', /write tensor\(value\)/],
  ['tidy(() => tensor(1))', /nothing is to be freed/],
  ['dispose([tensor(1)])', /nothing is to be freed/],
  ['tensor([1, 2]).dispose()', /tensor\.dispose/, /leave the call out/],
  ['tensor([1, 2]).numpy()', /await x\.array\(\)/],
  ['tensor([1, 2]).argmax()', /x\.argMax\(\)/],
  ['tensor([1, 2]).expand_dims(0)', /write tensor\.expandDims/],
  ['variable([1, 2]).dispose()', /leave the call out/],
  [`${regression} model.dispose()`, /model\.dispose|layer\.dispose/, /leave the call out/],
  [`${regression} await model.train_on_batch(x, [1, 2, 3, 4])`, /write model\.trainOnBatch/],
  [`${regression} model.get_weights()`, /write layer\.getWeights/],
  [`${regression} model.fitDataset([])`, /write model\.fit\(dataset\)/],
  [`${regression} model.optimizer.lr = 0.5`, /learningRate/, /write optimizer\.learningRate = /],
  [`${regression} model.optimizer.learning_rate = 0.5`, /write optimizer\.learningRate = /],
  [`${regression} model.optimizer.minimize(() => 1)`, /optimizer\.apply\(grads, variables\)/],
]

const NAMES: readonly Mistake[] = [
  ["layers.dense({ units: 3, activation: 'rellu' })", /unknown activation 'rellu'/, /did you mean 'relu'/],
  ['layers.dense({ units: 3, input_shape: [2] })', /input_shape/, /did you mean 'inputShape'/],
  ['layers.dense({ units: 3, inputDim: 2 })', /did you mean 'inputShape'/],
  ['layers.conv2d({ filters: 2, kernel_size: 3 })', /did you mean 'kernelSize'/],
  ['layers.dense({ unit: 3 })', /unit/, /did you mean 'units'/],
  ['layers.dropout({ p: 0.5 })', /did you mean 'rate'/],
  ['optimizers.adam({ lr: 0.1 })', /unknown option 'lr'/, /did you mean 'learningRate'/],
  ['optimizers.adam(0.1)', /not 0\.1/, /write \{ learningRate: 0\.1 \}/],
  [compiled('units: 1', 'msee'), /unknown loss 'msee'/, /did you mean 'mse'/],
]

const VALUES: readonly Mistake[] = [
  ['tensor([[1, 2], [3]])', /value\[1\] has length 1/, /expected 2/],
  ["tensor('abc')", /the string 'abc'/, /expected a number/],
  ['tensor([1, 2, 3], [2, 2])', /needs 4 values; 3 were given/],
  ['ops.matmul([[1, 2]], [[3, 4]])', /\[1, 2\] · \[1, 2\]/, /inner dimensions 2 and 1 must be equal/],
  ['ops.add([1, 2], [1, 2, 3])', /\[2\] and \[3\] do not broadcast/],
  ['variable([1, 2]).assign([1])', /has shape \[2\]; a value of \[1\] was given/],
  ['grad((x) => x.square())([1, 2])', /must return a scalar/, /take a sum or mean/],
  ['layers.dropout({ rate: 50 })', /rate/, /from 0 to 1/, /50/],
]

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
})
afterEach(() => vi.restoreAllMocks())

describe.each([
  ['names of other libraries', OTHER_LIBRARIES], ['misspelt names', NAMES], ['values that do not fit', VALUES],
])('%s', (_, mistakes) => {
  test.each(mistakes.map(([code, ...told]) => ({ code, told })))('$code', async ({ code, told }) => {
    const error = await run(code).then(() => undefined, (reason: unknown) => reason)
    expect(error, 'no error').toBeInstanceOf(cornus.CornusError)
    for (const part of told) expect((error as Error).message).toMatch(part)
  })
})

test('rooms are as they were for all else', () => {
  expect(Reflect.get(cornus.layers, 'then')).toBeUndefined()
  expect(Reflect.get(cornus.ops, 'nothingLikeIt')).toBeUndefined()
  expect('dense' in cornus.layers && !('Dense' in cornus.layers)).toBe(true)
  class Own extends cornus.Layer {
    forward = 3
    dispose() { return this.forward }
    override call(x: cornus.Tensor) { return x }
  }
  expect(new Own().dispose()).toBe(3)
})
