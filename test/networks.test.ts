// Random networks of every layer family give the same bits on any number of threads, in whatever order these run, in both builds, wide and
// narrow.
// Here each runs on one thread and on two other numbers of threads; `node scripts/random-networks.mjs` takes any seeds, and 2, 3, 5 and 8
// threads.
import { afterAll, expect, test } from 'vitest'
import { configure } from '../src/index'
import { useExecutor } from '../src/runtime/machine'
import { useMode, type Mode, type Order } from './support/engine'
import { part } from './support/draw'
import { difference, programOf, randomNetwork, runNetwork, type Network } from './support/randomNetworks'

const [from = 1, count = 300] = (process.env.CORNUS_NETWORKS ?? '').split(':').filter(Boolean).map(Number)
const wide = process.env.CORNUS_WIDE === '1'
const orders: readonly Order[] = ['up', 'down', 'ahead', 'behind', 'random']

afterAll(() => {
  useExecutor(undefined)
  configure({ threads: 1, deterministic: false, wide, poison: false, reuseMemory: true })
})

/** The build goes by the seed, the order of threads and the sharing of memory by seed and threads. */
const modeOf = ({ seed }: Network, threads: number): Mode => ({
  threads,
  deterministic: seed % 2 === 0,
  order: orders[(seed + threads) % orders.length]!,
  reuse: (seed + threads) % 4 > 0,
})

/** Throws where a way of running gives another number than one thread in narrow code. */
async function compare(network: Network, counts: readonly number[]): Promise<void> {
  try {
    if (wide) configure({ wide: false })
    useMode(modeOf(network, 1))
    const alone = await runNetwork(network)
    if (wide) {
      useExecutor(undefined)
      configure({ wide })
    }
    for (const threads of wide ? [1, ...counts] : counts) {
      useMode(modeOf(network, threads))
      const differs = difference(alone, await runNetwork(network))
      if (differs) throw new Error(`${threads} threads: ${differs}`)
    }
  } catch (cause) {
    throw new Error(`${String(cause)}\n${programOf(network)}`, { cause })
  }
}

test.each(Array.from({ length: count }, (_, i) => from + i))('network %i', { timeout: 120_000 }, async (seed) => {
  await compare(randomNetwork(seed), process.env.CORNUS_NETWORKS ? [2, 3, 5, 8] : seed % 4 < 2 ? [2, 8] : [3, 5])
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
  await compare(
    { seed: 1, layers, compile: { optimizer: 'sgd', loss: 'mse' }, fit, samples: 32, input: { shape: [18, 18, 12], tokens: 0 }, output },
    [2, 3, 5, 8],
  )
})

test('a seed names one network', () => {
  expect(randomNetwork(7)).toEqual(randomNetwork(7))
  expect(programOf(randomNetwork(7))).not.toBe(programOf(randomNetwork(8)))
})
