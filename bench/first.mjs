// Building a network and its first training step, in a fresh process: prints the milliseconds from after the import to after the step.
// Arguments: the checkout, layers, 'cpu' for CPU time.
import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import { resolver } from './cornus.mjs'
import { clock, useCpuTime } from './measure.mjs'

const [root, count, cpu] = process.argv.slice(2)
if (cpu) useCpuTime()
register(resolver)
const { configure, layers, sequential, tensor } = await import(new URL('build/js/index.js', pathToFileURL(`${root}/`)).href)
configure({ threads: 1 })
const start = clock.now()
const dense = Array.from({ length: Number(count) }, (_, i) =>
  layers.dense({ units: 16, activation: 'relu', ...(i === 0 && { inputShape: [16] }) }),
)
const net = sequential(dense)
net.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
const x = tensor(new Float32Array(32 * 16).fill(0.5), [32, 16])
await net.trainOnBatch(x, x)
console.log(clock.now() - start)
