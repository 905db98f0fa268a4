// What console.log shows is short and useful; what is printed fits the terminal.
import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { fitLine, ProgbarLogger } from '../src/callbacks/progress'
import { layers, losses, metrics, optimizers, sequential } from '../src/index'

const small = () =>
  sequential([layers.dense({ units: 8, activation: 'relu', inputShape: [2], name: 'first' }), layers.dense({ units: 1, name: 'last' })])
const trained = async () => {
  const model = small()
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] })
  return model.fit(
    [
      [0, 0],
      [0, 1],
    ],
    [0, 1],
    { epochs: 3, verbose: 0 },
  )
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe('console.log', () => {
  test.each([
    ['a layer', () => small().layers[0], 'first (Dense) [?, 2] → [?, 8], 24 params'],
    ['a layer that is not built', () => layers.flatten({ name: 'flat' }), 'flat (Flatten), not built'],
    ['an optimizer', () => optimizers.sgd({ momentum: 0.5 }), /^SGD \{ .*momentum: 0.5/],
    ['a loss', () => losses.huber({ delta: 2 }), /^Huber \{ .*delta: 2/],
    ['a metric', () => metrics.meanSquaredError(), /^MeanSquaredError/],
  ])('%s', (_, make, expected) => {
    expect(inspect(make())).toMatch(expected)
  })

  test('a model: its head, a line a layer', () => {
    const [head, first, last] = inspect(small()).split('\n')
    expect(head).toMatch(/^Sequential "sequential\w*": 2 layers, 33 params$/)
    expect([first, last]).toEqual(['  first (Dense) [?, 2] → [?, 8], 24 params', '  last (Dense) [?, 8] → [?, 1], 9 params'])
  })

  test('a model of many layers is cut', () => {
    const lines = inspect(sequential(Array.from({ length: 30 }, () => layers.dense({ units: 2 })))).split('\n')
    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toBe('  … and 22 more; model.summary() shows all')
  })

  test('a history: the last value of each curve', async () => {
    expect(inspect(await trained())).toMatch(/^History of 3 epochs: loss \d\S*, mae \d\S*$/)
  })
})

test('a metric of several values shows them all', async () => {
  const model = small()
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: [metrics.recall({ thresholds: [0.3, 0.6] })] })
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  expect(
    inspect(
      await model.fit(
        [
          [0, 0],
          [0, 1],
        ],
        [0, 1],
        { verbose: 2 },
      ),
    ),
  ).toMatch(/recall \[\d\.\d{4}, \d\.\d{4}\]/)
  expect(vi.mocked(console.log).mock.calls.flat().join()).toMatch(/recall: \[\d\.\d{4}, \d\.\d{4}\]/)
})

test('a history as JSON: epochs and curves', async () => {
  const { epoch, history } = JSON.parse(JSON.stringify(await trained())) as { epoch: number[]; history: { loss: number[]; mae: number[] } }
  expect(epoch).toEqual([0, 1, 2])
  expect([history.loss.length, history.mae.length]).toEqual([3, 3])
})

describe('summary', () => {
  const printed = (lineLength?: number) => {
    const lines: string[] = []
    sequential([
      layers.dense({ units: 8, inputShape: [2], name: 'a_name_that_is_longer_than_any_terminal_is_wide_and_then_some_more' }),
    ]).summary({ printFn: (line) => lines.push(line), ...(lineLength && { lineLength }) })
    return lines
  }

  test.each([40, 60, 80])('fits %i columns', (columns) => {
    const table = printed(columns).filter((line) => /[│┃]/.test(line))
    expect(table.map((line) => line.length)).toEqual(table.map(() => columns))
    expect(table[1]).toContain('…')
  })

  test('is as wide as it must be where there is no terminal', () => {
    expect(printed().join()).toContain('and_then_some_more (Dense)')
  })
})

describe('the progress line', () => {
  const parts = { count: '10/20', bar: '━'.repeat(20), time: '1s 5ms/step', logs: ['loss: 0.1234', 'accuracy: 0.9000', 'auc: 0.9500'] }
  test.each([
    [100, '10/20 ━━━━━━━━━━━━━━━━━━━━ 1s 5ms/step - loss: 0.1234 - accuracy: 0.9000 - auc: 0.9500'],
    [70, '10/20 1s 5ms/step - loss: 0.1234 - accuracy: 0.9000 - auc: 0.9500'],
    [55, '10/20 - loss: 0.1234 - accuracy: 0.9000 - auc: 0.9500'],
    [50, 'loss: 0.1234 - accuracy: 0.9000 - auc: 0.9500'],
    [40, 'loss: 0.1234 - accuracy: 0.9000'],
    [20, 'loss: 0.1234'],
    [8, 'loss: 0.'],
  ])('in %i columns', (columns, expected) => {
    expect(fitLine(parts, columns)).toBe(expected)
  })

  test.each([
    ['', true],
    ['1', false],
  ])('NO_COLOR=%s: colours %s', (value, coloured) => {
    vi.stubEnv('NO_COLOR', value)
    const written: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean(written.push(String(text))))
    const terminal = process.stdout as { isTTY?: boolean }
    const before = terminal.isTTY
    terminal.isTTY = true
    try {
      const bar = new ProgbarLogger()
      bar.setParams({ verbose: 1, epochs: 1, steps: 4 })
      bar.onEpochBegin(0)
      bar.onEpochEnd(0, { loss: 0.5 })
    } finally {
      terminal.isTTY = before!
    }
    expect(written.join('').includes('\x1b[3')).toBe(coloured)
    expect(written.join('')).toContain('loss: 0.5000')
  })
})
