// Random networks of every layer family give the same bits on any number of threads, in whatever order these run, in both builds, wide and
// narrow.
// Here each runs on one thread and on two other numbers of threads; `node scripts/random-networks.mjs` takes any seeds, and 2, 3, 5 and 8
// threads.
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { configure } from '../src/index'
import { planObservers } from '../src/plan/plan'
import { useExecutor } from '../src/runtime/machine'
import { Threads } from '../src/runtime/threads'
import { useMode, type Mode, type Order } from './support/engine'
import { part } from './support/draw'
import { writeDown } from './support/packed'
import { programOfGraph, randomGraph, runGraph, type Graph } from './support/randomGraphs'
import { difference, programOf, randomNetwork, runNetwork, type Network, type Outcome } from './support/randomNetworks'

const MANY = process.env.CORNUS_NETWORKS
const [from = 1, count = process.env.CORNUS_WIDE === '1' ? 100 : 300] = (MANY ?? '').split(':').filter(Boolean).map(Number)
const wide = process.env.CORNUS_WIDE === '1'
const orders: readonly Order[] = ['up', 'down', 'ahead', 'behind', 'random']

/** What is trained and compared. */
interface Subject {
  readonly seed: number
  run(): Promise<Outcome>
  /** As a program to try. */
  text(): string
}

const stacked = (network: Network): Subject => ({ seed: network.seed, run: () => runNetwork(network), text: () => programOf(network) })
const drawn = (graph: Graph): Subject => ({ seed: graph.seed, run: () => runGraph(graph), text: () => programOfGraph(graph) })
/** Every third is a drawn model. */
const subjectOf = (seed: number): Subject => (seed % 3 === 2 ? drawn(randomGraph(seed)) : stacked(randomNetwork(seed)))

/** By the script, one in fifty goes the long way: real workers, and every Program also as its bytes restored. */
const thorough = (seed: number) => !MANY || seed % 50 === 0

beforeEach(() => {
  if (MANY) planObservers.delete(writeDown)
})
afterEach(() => void vi.restoreAllMocks())
afterAll(() => {
  useExecutor(undefined)
  configure({ threads: 1, deterministic: false, wide, poison: false, reuseMemory: true })
})

/** The build goes by the seed, the order of threads and the sharing of memory by seed and threads. */
const modeOf = ({ seed }: Subject, threads: number): Mode => ({
  threads,
  deterministic: seed % 2 === 0,
  order: orders[(seed + threads) % orders.length]!,
  reuse: (seed + threads) % 4 > 0,
})

/** Throws where a way of running gives another number than one thread in narrow code. */
async function compare(subject: Subject, counts: readonly number[]): Promise<void> {
  const whole = thorough(subject.seed)
  if (!whole) vi.spyOn(Threads.prototype, 'poolFor').mockReturnValue(undefined)
  try {
    if (wide) configure({ wide: false })
    useMode(modeOf(subject, 1), whole)
    const alone = await subject.run()
    if (wide) {
      useExecutor(undefined)
      configure({ wide })
    }
    for (const threads of wide ? [1, ...counts] : counts) {
      useMode(modeOf(subject, threads), whole)
      const differs = difference(alone, await subject.run())
      if (differs) throw new Error(`${threads} threads: ${differs}`)
    }
  } catch (cause) {
    throw new Error(`${String(cause)}\n${subject.text()}`, { cause })
  }
}

test.each(Array.from({ length: count }, (_, i) => from + i))('network %i', { timeout: 120_000 }, async (seed) => {
  await compare(subjectOf(seed), MANY ? [2, 3, 5, 8] : seed % 4 < 2 ? [2, 8] : [3, 5])
})

test('a small buffer of statistics that shares its place with a large one later', async () => {
  const layers = [
    part('layers.conv2d', { filters: 12, kernelSize: 1, inputShape: [18, 18, 12] }),
    part('layers.groupNormalization', { groups: 3 }),
    part('layers.activation', { activation: 'silu' }),
    part('layers.globalAveragePooling2d'),
    part('layers.dense', { units: 3 }),
  ]
  const output = { shape: [3], task: 'regression' } as const
  const fit = { epochs: 8, batchSize: 32, verbose: 0 }
  const compile = { optimizer: 'sgd', loss: 'mse' }
  const network = { seed: 1, layers, compile, fit, samples: 32, input: { shape: [18, 18, 12], tokens: 0 }, output }
  await compare(stacked(network), [2, 3, 5, 8])
})

test('a seed names one network', () => {
  expect(randomNetwork(7)).toEqual(randomNetwork(7))
  expect(programOf(randomNetwork(7))).not.toBe(programOf(randomNetwork(8)))
  expect(randomGraph(7)).toEqual(randomGraph(7))
  expect(programOfGraph(randomGraph(7))).not.toBe(programOfGraph(randomGraph(8)))
})
