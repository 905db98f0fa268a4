// Targets that do not fit: each message says what was given, what was expected, and the line to write.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { CornusError, layers, losses, metrics, optimizers, sequential, tensor, type CompileOptions, type TensorLike } from '../src/index'

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]
type Activation = 'softmax' | 'sigmoid' | 'linear' | 'relu'

async function fit(units: number, activation: Activation, y: unknown, options: CompileOptions): Promise<void> {
  const model = sequential([layers.dense({ units, activation, inputShape: [2] })])
  model.compile(options)
  await model.fit(x, y as TensorLike, { verbose: 0, shuffle: false })
}

const SPARSE: CompileOptions = { loss: 'sparseCategoricalCrossentropy' }
const BINARY: CompileOptions = { loss: 'binaryCrossentropy' }
const labels = [0, 1, 1, 0]

describe('what does not fit is told', () => {
  test.each<[string, number, Activation, unknown, CompileOptions, ...RegExp[]]>([
    [
      'a sparse loss with one sigmoid unit',
      1,
      'sigmoid',
      labels,
      SPARSE,
      /one unit has one class only/,
      /one sigmoid unit .* write loss: 'binaryCrossentropy'/,
    ],
    ['softmax of one unit', 1, 'softmax', labels, BINARY, /softmax over one unit is 1/, /units: 1, activation: 'sigmoid'/],
    ['softmax of one unit, categorical', 1, 'softmax', [[0], [1], [1], [0]], { loss: 'categoricalCrossentropy' }, /softmax over one unit/],
    ['fractional labels', 3, 'softmax', [0, 1.5, 2, 1], SPARSE, /1\.5/, /whole numbers/],
    ['labels out of range', 3, 'softmax', [0, 1, 3, 1], SPARSE, /label 3 of sample 2/, /3 classes/, /from 0 to 2/],
    [
      'binary labels of 2',
      1,
      'sigmoid',
      [0, 1, 2, 1],
      BINARY,
      /label 2 of sample 2/,
      /outside 0 to 1/,
      /loss: 'sparseCategoricalCrossentropy'/,
    ],
    ['binary labels of −1', 1, 'sigmoid', [1, -1, 1, 1], BINARY, /label -1 of sample 1/, /loss: 'hinge'/],
    [
      'targets [n, 2] against [n, 1]',
      1,
      'linear',
      x,
      { loss: 'mse' },
      /targets \[4, 2\], output \[4, 1\]/,
      /has 1 unit: write layers\.dense\(\{ units: 2 \}\)/,
    ],
    [
      'targets [n, 1] against 3 units',
      3,
      'linear',
      labels.map((label) => [label]),
      { loss: 'mse' },
      /targets \[4, 1\], output \[4, 3\]/,
      /units: 1/,
    ],
    ['targets [n] against 3 units', 3, 'linear', labels, { loss: 'meanAbsoluteError' }, /targets \[4\], output \[4, 3\]/, /units: 1/],
    [
      'class numbers with a categorical loss',
      3,
      'softmax',
      labels,
      { loss: 'categoricalCrossentropy' },
      /targets \[4\], output \[4, 3\]/,
      /loss: 'sparseCategoricalCrossentropy'/,
    ],
    [
      'one-hot targets with a sparse loss',
      2,
      'softmax',
      [
        [1, 0],
        [0, 1],
        [1, 0],
        [0, 1],
      ],
      SPARSE,
      /one-hot rows were given/,
      /loss: 'categoricalCrossentropy'/,
    ],
    [
      'one-hot targets with a sparse metric',
      2,
      'softmax',
      [
        [1, 0],
        [0, 1],
        [1, 0],
        [0, 1],
      ],
      { loss: 'categoricalCrossentropy', metrics: ['sparseCategoricalAccuracy'] },
      /one-hot/,
      /'categoricalAccuracy'/,
    ],
    [
      'class numbers with a categorical metric',
      3,
      'softmax',
      labels,
      { ...SPARSE, metrics: ['categoricalAccuracy'] },
      /one-hot rows \[4, 3\] are expected/,
      /'sparseCategoricalAccuracy'/,
    ],
    ['string labels', 2, 'softmax', ['cat', 'dog', 'dog', 'cat'], SPARSE, /'cat'/, /indexOf\(label\)/],
    [
      'a metric of another shape',
      3,
      'softmax',
      labels,
      { ...SPARSE, metrics: ['mse'] },
      /meanSquaredError: targets \[4\], output \[4, 3\]/,
    ],
  ])('%s', async (_, units, activation, y, options, ...told) => {
    const error = await fit(units, activation, y, options).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error, 'no error').toBeInstanceOf(CornusError)
    for (const part of told) expect((error as Error).message).toMatch(part)
  })

  test.each<[string, () => unknown, RegExp]>([
    [
      'loss',
      () => sequential([layers.dense({ units: 1, inputShape: [2] })]).compile({ loss: losses.meanSquaredError as never }),
      /was not called; write losses\.meanSquaredError\(\)/,
    ],
    [
      'optimizer',
      () => sequential([layers.dense({ units: 1, inputShape: [2] })]).compile({ optimizer: optimizers.adam as never }),
      /was not called; write optimizers\.adam\(\)/,
    ],
    [
      'metric',
      () => sequential([layers.dense({ units: 1, inputShape: [2] })]).compile({ metrics: [metrics.auc as never] }),
      /was not called; write metrics\.auc\(\)/,
    ],
  ])('a factory that was not called: %s', (_, make, told) => expect(make).toThrow(told))
})

describe('probabilities that are none', () => {
  afterEach(() => vi.restoreAllMocks())
  test.each<[number, Activation, unknown, CompileOptions, string]>([
    [1, 'linear', labels, BINARY, 'sigmoid'],
    [3, 'linear', labels, SPARSE, 'softmax'],
    [
      2,
      'linear',
      [
        [1, 0],
        [0, 1],
        [1, 0],
        [0, 1],
      ],
      { loss: 'categoricalCrossentropy' },
      'softmax',
    ],
  ])('%i %s unit: one warning', async (units, activation, y, options, wanted) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    for (let i = 0; i < 2; i++) await fit(units, activation, y, options)
    expect(
      warn.mock.calls.filter(([text]) => String(text).includes(`the last layer has no activation: write activation: '${wanted}'`)).length,
    ).toBe(1)
  })

  test('none where all is well', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    await fit(1, 'sigmoid', labels, BINARY)
    await fit(3, 'softmax', labels, SPARSE)
    await fit(1, 'linear', labels, { loss: losses.binaryCrossentropy({ fromLogits: true }) })
    await fit(1, 'linear', labels, { loss: 'mse' })
    expect(warn.mock.calls.filter(([text]) => String(text).includes('last layer'))).toEqual([])
  })
})

test('soft labels are no mistake, a scalar target broadcasts', () => {
  expect(
    losses
      .binaryCrossentropy()
      .call([[0.3], [0.9]], [[0.5], [0.5]])
      .dataSync()[0],
  ).toBeCloseTo(Math.log(2))
  expect(
    losses
      .meanSquaredError()
      .call(tensor(1), tensor([[3], [1]]))
      .dataSync()[0],
  ).toBe(2)
})
