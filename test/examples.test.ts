// The examples do what they say. (Those of MNIST are not here: they need files of their own.)
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let printed: string[]
beforeEach(() => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((...all) => void printed.push(all.join(' ')))
})
afterEach(() => {
  vi.restoreAllMocks()
  expect(printed.join('\n')).not.toMatch(/NaN|undefined|Infinity|\[object/)
})

/** What an example's main function returns. */
async function run<R>(name: string, options = {}): Promise<R> {
  const example = (await import(`../examples/${name}.mjs`)) as { main(options: object): Promise<R> }
  return example.main(options)
}

test('line: weight 2, bias 1', async () => {
  const { weight, offset, prediction } = await run<{ weight: number; offset: number; prediction: number }>('line')
  expect(weight).toBeCloseTo(2, 3)
  expect(offset).toBeCloseTo(1, 3)
  expect(prediction).toBeCloseTo(21, 2)
})

test('height and weight: all six, and three others', async () => {
  const { accuracy, loss, probabilities } = await run<{ accuracy: number; loss: number; probabilities: Float32Array }>('height-weight')
  expect(accuracy).toBe(1)
  expect(loss).toBeLessThan(0.05)
  expect([...probabilities].map(Math.round)).toEqual([0, 1, 0])
})

test('side effects: loss below 0.35, accuracy above 0.90', async () => {
  const { loss, accuracy, valAccuracy } = await run<{ loss: number; accuracy: number; valAccuracy: number }>('side-effects')
  expect(loss).toBeLessThan(0.35)
  expect(accuracy).toBeGreaterThan(0.9)
  expect(valAccuracy).toBeGreaterThan(0.9)
})

test('perceptron: AND, OR and a cloud are learned, XOR is not', async () => {
  type Gate = { epochs: number | undefined; right: boolean }
  const { AND, OR, XOR, cloud } = await run<{ AND: Gate; OR: Gate; XOR: Gate; cloud: { accuracy: number } }>('perceptron')
  expect([AND.right, OR.right, XOR.right]).toEqual([true, true, false])
  expect(XOR.epochs).toBeUndefined()
  expect(cloud.accuracy).toBe(1)
})

test('convolution by hand: as computed', async () => {
  const { byHand, computed, ofWindow, first } = await run<{
    byHand: number[][]
    computed: number[][]
    ofWindow: number[][]
    first: number
  }>('convolution-by-hand')
  expect(computed).toEqual(byHand)
  expect(ofWindow[0]![0]).toBe(first)
})

test('corner stroke: the convolution finds it where it never saw it, the dense network does not', async () => {
  type Shares = { seen: number; unseen: number }
  const { dense, convolution } = await run<{ dense: Shares; convolution: Shares }>('corner-stroke')
  expect([dense.seen, convolution.seen, convolution.unseen]).toEqual([1, 1, 1])
  expect(dense.unseen).toBeLessThan(0.8)
})

test('digits: at least 97 % of those held back', async () => {
  const { accuracy } = await run<{ accuracy: number }>('digits')
  expect(accuracy).toBeGreaterThanOrEqual(0.97)
  expect(printed.some((text) => text.includes('█'))).toBe(true)
})

test('adding problem: LSTM and GRU learn it, a simple recurrent layer does not', { timeout: 120_000 }, async () => {
  type Learned = { error: number; steps: number }
  const file: string = '../examples/adding-problem.mjs'
  const { main } = (await import(file)) as { main(options: { kinds: string[]; rounds?: number }): Promise<Record<string, Learned>> }
  const { lstm, gru } = await main({ kinds: ['lstm', 'gru'] })
  expect(lstm!.error).toBeLessThan(0.01)
  expect(gru!.error).toBeLessThan(0.01)
  const { simpleRNN } = await main({ kinds: ['simpleRNN'], rounds: 10 })
  expect(simpleRNN!.error).toBeGreaterThan(0.1)
})

test('sentiment: both networks get at least ten of twelve new sentences right', async () => {
  const shares = await run<Record<string, number>>('sentiment')
  expect(Object.values(shares)).toHaveLength(2)
  for (const share of Object.values(shares)) expect(share).toBeGreaterThanOrEqual(10 / 12)
})

// What takes longer is run in short: it learns something, and says so.
test('sine: better than the last value after two epochs', async () => {
  const { loss, naive } = await run<{ loss: number; naive: number }>('sine', { epochs: 2 })
  expect(loss).toBeLessThan(naive / 2)
})

test('addition: three networks answer', async () => {
  const shares = await run<Record<string, number>>('addition', { epochs: 1, units: 16 })
  expect(Object.keys(shares)).toEqual(['simpleRNN', 'lstm', 'gru'])
})

test('shakespeare: learns a short text and writes from the same seed the same', async () => {
  const options = { epochs: 2, units: 16, length: 30 }
  const first = await run<{ loss: number; written: Record<string, string> }>('shakespeare', options)
  expect(first.loss).toBeLessThan(4)
  expect(Object.keys(first.written)).toHaveLength(3)
  expect(await run('shakespeare', options)).toEqual(first)
})

test('branches: both outputs and the twins learn', async () => {
  const { first, last, kind, twins, flops } = await run<Record<'first' | 'last' | 'kind' | 'twins' | 'flops', number>>('branches', {
    epochs: 40,
  })
  expect(last!).toBeLessThan(first! / 5)
  expect(Math.min(kind!, twins!)).toBeGreaterThan(0.85)
  expect(flops!).toBeGreaterThan(10_000)
})

test('workflow: folds, transfer, labels of its own, what does not belong', { timeout: 120_000 }, async () => {
  type Found = { folds: number; transfer: { frozen: number; tuned: number }; pseudo: { before: number; after: number }; anomalies: number }
  const { folds, transfer, pseudo, anomalies } = await run<Found>('workflow', { repeats: 1, epochs: 4 })
  expect(folds).toBeGreaterThan(0.85)
  expect(Math.max(transfer.frozen, transfer.tuned)).toBeGreaterThan(0.4)
  expect(pseudo.after).toBeGreaterThan(0.12) // above chance, in so few steps
  expect(anomalies).toBeGreaterThan(0.8)
})

test('generate: samples look like digits to a classifier', { timeout: 120_000 }, async () => {
  const { vae, gan } = await run<{ vae: number; gan: number }>('generate', { epochs: 15, steps: 150, samples: 100 })
  expect(vae).toBeGreaterThan(0.3)
  expect(gan).toBeGreaterThanOrEqual(0)
})

test('look inside: ascent excites the filters, and the picture of where it looked is none of nothing', async () => {
  const { before, after, seen } = await run<{ before: number; after: number; seen: Float32Array }>('look-inside', {
    epochs: 3,
    steps: 15,
    filters: 3,
    file: '',
  })
  expect(after).toBeGreaterThan(before)
  expect(Math.max(...seen)).toBeGreaterThan(0)
})
