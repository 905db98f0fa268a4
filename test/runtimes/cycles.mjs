// Starts and stops the pool so many times and prints memory before and after, in MB.
import { configure, info, tensor } from '../../dist/index.js'

const a = tensor(
  Float32Array.from({ length: 400 * 400 }, (_, i) => Math.sin(i)),
  [400, 400],
)
const big = () => a.matmul(a).sum().data()
const cycle = async (i) => {
  configure({ threads: 2 + (i % 2) })
  await big()
}
const megabytes = () => {
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  return {
    rss: rss / 1e6,
    heap: heapUsed / 1e6,
    external: external / 1e6,
    wasm: info().memory.reserved / 1e6,
    blocks: info().memory.blocks,
    handles: process.getActiveResourcesInfo().length,
  }
}
const cycles = Number(process.argv[2])
const start = performance.now()
for (let i = 0; i < Math.max(10, cycles / 10); i++) await cycle(i)
const before = megabytes()
for (let i = 0; i < cycles; i++) await cycle(i)
console.log(JSON.stringify({ cycles, seconds: (performance.now() - start) / 1000, before, after: megabytes() }))
