// What beginners write, and what they are told: each message says what was given, what was expected and the line to write.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as cornus from '../src/index'

/** Code, and what the message must hold. */
type Mistake = readonly [code: string, ...told: readonly RegExp[]]

const AsyncFunction = (async () => {}).constructor as new (...code: string[]) => (library: typeof cornus, x: number[][]) => Promise<void>
const run = (code: string): Promise<void> =>
  new AsyncFunction('library', 'x', `const { ${Object.keys(cornus).join(', ')} } = library; { ${code} }`)(cornus, [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ])

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

const sparse = compiled("units: 3, activation: 'softmax'", 'sparseCategoricalCrossentropy')
const binary = compiled("units: 1, activation: 'sigmoid'", 'binaryCrossentropy')
const embedding =
  'const model = sequential([layers.embedding({ inputDim: 4, outputDim: 2, inputShape: [2] }), layers.flatten(), ' +
  "layers.dense({ units: 1 })]); model.compile({ loss: 'mse' }); "
const images =
  'const model = sequential([layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 1] }), layers.dense({ units: 2, ' +
  "activation: 'softmax' })]); model.compile({ loss: 'sparseCategoricalCrossentropy' }); "

const DATA: readonly Mistake[] = [
  [
    `${sparse} await model.fit(x, [0, 1, 2, 3], { verbose: 0 })`,
    /label 3 of sample 3 is outside 0 to 2/,
    /3 classes/,
    /write units: 4 in layer 'dense/,
  ],
  [`${sparse} await model.fit(x, [0, -1, 2, 1], { verbose: 0 })`, /label -1 of sample 1 is outside 0 to 2/],
  [`${sparse} await model.fit(x, [0, 1.5, 2, 1], { verbose: 0 })`, /value 1\.5 of sample 1 is not a whole number/],
  [
    `${sparse} await model.fit(x, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])`,
    /targets \[4, 3\]/,
    /class numbers \[4\] are expected/,
    /loss: 'categoricalCrossentropy'/,
  ],
  [`${sparse} await model.fit(x, ['cat', 'dog', 'cat', 'dog'])`, /the string 'cat'/, /expected a number/],
  [
    `${compiled("units: 1, activation: 'sigmoid'", 'sparseCategoricalCrossentropy')} await model.fit(x, [0, 1, 1, 0])`,
    /one unit has one class/,
    /loss: 'binaryCrossentropy'/,
  ],
  [
    `${compiled("units: 1, activation: 'softmax'", 'binaryCrossentropy')} await model.fit(x, [0, 1, 1, 0])`,
    /softmax over one unit is 1/,
    /activation: 'sigmoid'/,
  ],
  [
    `${compiled("units: 3, activation: 'softmax'", 'categoricalCrossentropy')} await model.fit(x, [0, 1, 2, 1])`,
    /targets \[4\], output \[4, 3\]/,
    /loss: 'sparseCategoricalCrossentropy'/,
  ],
  [`${binary} await model.fit(x, [0, 1, 2, 1])`, /label 2 of sample 2 is outside 0 to 1/, /loss: 'sparseCategoricalCrossentropy'/],
  [
    `${regression} await model.fit(x, [[0, 1], [0, 1], [1, 0], [1, 1]])`,
    /targets \[4, 2\], output \[4, 1\]/,
    /write layers\.dense\(\{ units: 2 \}\)/,
  ],
  [
    `${compiled('units: 3')} await model.fit(x, [[0], [1], [1], [0]])`,
    /targets \[4, 1\], output \[4, 3\]/,
    /write layers\.dense\(\{ units: 1 \}\)/,
  ],
  [`${embedding} await model.fit([[0.7, 1], [1, 2]], [1, 2])`, /0\.7 of sample 0 is not a whole number/],
  [`${embedding} await model.fit([[1, 2], [4, 1]], [1, 2])`, /index 4 of sample 1/, /write inputDim: 5/],
  [
    `${images} await model.fit(ops.randomNormal([4, 8, 8, 1]), [0, 1, 1, 0])`,
    /targets \[4\], output \[4, 6, 6, 2\]/,
    /write layers\.flatten\(\)/,
  ],
  [
    `${images} model.predict(ops.randomNormal([4, 8, 8]))`,
    /expected x of shape \[\?, 8, 8, 1\], got \[4, 8, 8\]/,
    /reshape\(\[4, 8, 8, 1\]\)/,
  ],
  [`${images} model.predict(ops.randomNormal([4, 64]))`, /got \[4, 64\]/, /reshape\(\[4, 8, 8, 1\]\)/],
  [`${regression} model.predict([1, 2])`, /expected x of shape \[\?, 2\], got \[2\]/, /axis of samples in front/, /reshape\(\[1, 2\]\)/],
  [`${regression} await model.fit(x, [0, 1, 1])`, /x has 4 samples, y has 3/],
  [`${regression} await model.fit(x)`, /targets y are missing/],
  [`${regression} await model.fit({ x, y: [0, 1, 1, 0] })`, /not in one object/, /write model\.fit\(x, y\)/],
]

const CALLS: readonly Mistake[] = [
  [
    "sequential([layers.dense({ units: 1, inputShape: [2] })]).compile('adam', 'mse')",
    /not 'adam'/,
    /compile\(\{ optimizer: 'adam', loss: 'meanSquaredError' \}\)/,
  ],
  ['sequential(layers.dense({ units: 1 }), layers.dense({ units: 1 }))', /one array/, /sequential\(\[layers\.dense/],
  ["layers.dense(10, 'relu')", /a second value, 'relu'/, /layers\.dense\(\{ units: 10, activation: 'relu' \}\)/],
  ['layers.dense()', /units is missing; expected a positive integer/],
  ['layers.dense({ units: 1, inputShape: 2 })', /not 2/, /write inputShape: \[2\]/],
  [
    'sequential([layers.lstm({ units: 3, inputShape: [4, 2] }), layers.lstm({ units: 2 })])',
    /input must be \[batch, time, features\], not \[\?, 3\]/,
    /returnSequences: true/,
  ],
  [
    'sequential([layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [28, 28] })])',
    /\[batch, height, width, channels\]/,
    /\[28, 28, 1\]/,
  ],
  ['new Model({ inputs: 1, outputs: 2 })', /write sequential\(\[/, /model\(\{ inputs, outputs \}\)/],
  ['variable([1]).value = 3', /w\.assign\(values\)/],
  ['sequential([layers.dense])', /a layer/, /as layers\.dense\(\{ units: 10 \}\)/],
  [
    'sequential([layers.dense({ units: 1 })]).compile({ loss: losses.meanSquaredError })',
    /was not called/,
    /write losses\.meanSquaredError\(\)/,
  ],
  ['sequential([layers.dense({ units: 1 })]).compile({ optimizer: optimizers.adam })', /write optimizers\.adam\(\)/],
  ['sequential([layers.dense({ units: 1 })]).compile({ metrics: [metrics.auc] })', /write metrics\.auc\(\)/],
  ["sequential([layers.dense({ units: 1 })]).compile({ metrics: ['acuracy'] })", /unknown metric 'acuracy'/, /did you mean 'accuracy'/],
  ["sequential([layers.dense({ units: 1 })]).compile({ metrics: 'accuracy' })", /metrics must be an array, as \['accuracy'\]/],
  ['sequential([layers.dense({ units: 1 })]).compile({ learningRate: 1 })', /learningRate/, /did you mean 'optimizer'/],
  ['await sequential([layers.dense({ units: 1 })]).fit(x, [1, 2, 3, 4])', /call compile\(\{ optimizer, loss, metrics \}\) before fit/],
  [
    "const m = sequential([layers.dense({ units: 1 })]); m.compile({ optimizer: 'sgd' }); await m.fit(x, [1, 2, 3, 4])",
    /no loss was given to compile/,
  ],
  [`${regression} await model.fit(x, [0, 1, 1, 0], { batch_size: 2 })`, /batch_size/, /did you mean 'batchSize'/],
  [`${regression} await model.fit(x, [0, 1, 1, 0], { validation_data: 3 })`, /did you mean 'validationData'/],
  [`${regression} await model.fit(x, [0, 1, 1, 0], { validation_split: 0.2 })`, /did you mean 'validationSplit'/],
  [`${regression} await model.fit(x, [0, 1, 1, 0], 10)`, /expected an object of options/, /not 10/],
  [`${regression} await model.fit(x, [0, 1, 1, 0], { callbacks: 'earlyStopping' })`, /callbacks must be a callback, as \{ onEpochEnd/],
  [
    `${regression} await model.fit(x, [0, 1, 1, 0], { callbacks: [{ onEpochEnds() {} }] })`,
    /no hook 'onEpochEnds'/,
    /did you mean 'onEpochEnd'/,
  ],
  [`${regression} model.getLayer('first')`, /no layer 'first'/, /its layers are dense/],
  [`${regression} model.setWeights([1])`, /setWeights needs 2 arrays/, /kernel \[2, 1\]/],
  ['ops.sum([[1, 2]], { axis: 0 })', /not \{"axis":0\}/, /write ops\.sum\(x, 0\)/],
  ['tensor([[1, 2]]).argMax({ axis: 1 })', /write ops\.argMax\(x, 1\)/],
  ["setSeed('a')", /expected an integer/],
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
  ['names of other libraries', OTHER_LIBRARIES],
  ['misspelt names', NAMES],
  ['values that do not fit', VALUES],
  ['data', DATA],
  ['calls', CALLS],
])('%s', (_, mistakes) => {
  test.each(mistakes.map(([code, ...told]) => ({ code, told })))('$code', async ({ code, told }) => {
    const error = await run(code).then(
      () => undefined,
      (reason: unknown) => reason,
    )
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
    dispose() {
      return this.forward
    }
    override call(x: cornus.Tensor) {
      return x
    }
  }
  expect(new Own().dispose()).toBe(3)
})

test('labels of two classes without a sigmoid: one warning with the line to write', async () => {
  const logits = compiled('units: 1', 'binaryCrossentropy')
  for (let i = 0; i < 2; i++) await run(`${logits} await model.fit(x, [0, 1, 1, 0], { verbose: 0 })`)
  const told = vi.mocked(console.warn).mock.calls.flat().map(String)
  expect(
    told.filter((text) => text.includes("write activation: 'sigmoid', or losses.binaryCrossentropy({ fromLogits: true })")),
  ).toHaveLength(1)
})

test('class numbers may have a last axis of one, or be as many as positions', async () => {
  const sparse = compiled("units: 3, activation: 'softmax'", 'sparseCategoricalCrossentropy')
  await run(`${sparse} await model.fit(x, [[0], [1], [2], [0]], { verbose: 0 })`)
  await run(`const model = sequential([layers.dense({ units: 3, activation: 'softmax', inputShape: [2, 1, 4] })])
    model.compile({ loss: 'sparseCategoricalCrossentropy' })
    await model.fit(zeros([5, 2, 1, 4]), zeros([5, 2, 1]), { verbose: 0 })`)
})

test('results of evaluate can be taken apart as in Keras: loss, then metrics in the order of compile', async () => {
  const model = cornus.sequential([cornus.layers.dense({ units: 1, inputShape: [2] })])
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mse', 'mae'] })
  const results = await model.evaluate(
    [
      [1, 2],
      [3, 4],
    ],
    [1, 2],
  )
  const { loss, mse, mae } = results
  expect(Array.from(results as unknown as Iterable<number>)).toEqual([loss, mse, mae])
  expect(Object.keys(results).sort()).toEqual(['loss', 'mae', 'mse'])
})
