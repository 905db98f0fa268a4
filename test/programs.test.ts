// The course notes' programs, as a reader of README and guide first writes them: they run as they stand, and learn what they are to learn.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const below = (limit: number) => (value: unknown) => expect(value).toBeLessThan(limit)
const atLeast = (limit: number) => (value: unknown) => expect(value).toBeGreaterThanOrEqual(limit)
const near =
  (...expected: number[]) =>
  (value: unknown) =>
    (value as number[]).forEach((each, i) => expect(Math.abs(each - expected[i]!), `${each} is near ${expected[i]}`).toBeLessThan(0.15))
const each = (check: (value: unknown) => void) => (values: unknown) => Object.values(values as object).forEach(check)
const is = (expected: unknown) => (value: unknown) => expect(value).toEqual(expected)

const programs: readonly (readonly [name: string, check: (result: unknown) => void])[] = [
  ['autoencoder', (result) => below((result as number[])[0]! / 2)((result as number[])[1])],
  ['characters-lstm', atLeast(0.95)],
  ['digits-cnn', atLeast(0.9)],
  [
    'early-stopping',
    (result) => {
      const [epochs, accuracy] = result as [number, number]
      below(500)(epochs)
      atLeast(0.9)(accuracy)
    },
  ],
  [
    'feature-maps',
    is([
      [1, 6, 6, 4],
      [1, 4, 4, 8],
    ]),
  ],
  [
    'filters',
    is([
      Array.from({ length: 4 }, () => [0, 3, 3, 0]),
      [
        [3, 3],
        [3, 3],
      ],
    ]),
  ],
  [
    'freezing',
    (result) => {
      const [frozen, thawed, accuracy] = result as [boolean, boolean, number]
      expect([frozen, thawed]).toEqual([true, true])
      atLeast(0.7)(accuracy)
    },
  ],
  ['gan', (mean) => below(1)(Math.abs((mean as number) - 4))],
  ['gradient-of-the-input', near(0.5, -0.25)],
  ['house-prices', below(25)],
  ['k-fold', below(0.05)],
  ['learning-rate', (rates) => is([0.025, 0.05])((rates as number[]).map((rate) => Number(rate.toFixed(6))))],
  ['losses-by-name', each(below(0))],
  ['losses-on-tensors', near(0.04, 0)],
  ['optimizers-compared', each(below(1))],
  ['own-layer', is([6, true, true])],
  ['own-loop', near(2, 1)],
  ['perceptron', is([0, 0, 0, 1])],
  ['sentiment-embedding', is(1)],
  ['separate-activations', atLeast(0.95)],
  ['sine-rnn', below(0.01)],
  ['xor', is(1)],
]

let printed: string[]
beforeEach(() => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((...all) => void printed.push(all.join(' ')))
})
afterEach(() => vi.restoreAllMocks())

test.each(programs)('%s', async (name, check) => {
  const { result } = (await import(`./programs/${name}.mjs`)) as { result: unknown }
  check(result)
  expect(printed.join('\n')).not.toMatch(/NaN|undefined/)
  expect(printed.length).toBeGreaterThan(0)
})
