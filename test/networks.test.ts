// Random networks of every layer family give the same bits on any number of threads, in whatever order these run, in both builds, wide and narrow.
// `node scripts/random-networks.mjs` takes any seeds.
import { afterAll, test } from 'vitest'
import { configure } from '../src/index'
import { useMode, type Mode } from './support/engine'
import { difference, programOf, randomNetwork, runNetwork, type Network } from './support/randomNetworks'

const [from = 1, count = 15] = (process.env.CORNUS_NETWORKS ?? '').split(':').filter(Boolean).map(Number)
const wide = process.env.CORNUS_WIDE === '1'

afterAll(() => configure({ threads: 1, deterministic: false, wide, poison: false }))

/** Throws where a way of running gives another number than one thread in narrow code. */
async function compare(network: Network): Promise<void> {
  const modeOf = (threads: number): Mode => ({
    threads,
    deterministic: network.seed % 2 === 0,
    order: (network.seed + threads) % 3 ? 'down' : 'up',
    reuse: (network.seed + threads) % 5 > 0,
  })
  try {
    configure({ wide: false })
    useMode(modeOf(1))
    const alone = await runNetwork(network)
    configure({ wide })
    for (const threads of wide ? [1, 2, 3, 5, 8] : [2, 3, 5, 8]) {
      useMode(modeOf(threads))
      const differs = difference(alone, await runNetwork(network))
      if (differs) throw new Error(`${threads} threads: ${differs}`)
    }
  } catch (cause) {
    throw new Error(`${String(cause)}\n${programOf(network)}`, { cause })
  }
}

test.each(Array.from({ length: count }, (_, i) => from + i))('network %i', { timeout: 120_000 }, async (seed) => {
  await compare(randomNetwork(seed))
})
