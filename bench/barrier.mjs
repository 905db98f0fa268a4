// What a meeting of two threads costs: a Program of records that do nothing, each behind a barrier, against the same records without.
// Prints ns.
import { readFile } from 'node:fs/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const MEET = 2
const RECORDS = 20_000

async function instantiate(memory) {
  const module = await WebAssembly.compile(await readFile(new URL('../build/core.wasm', import.meta.url)))
  const table = new WebAssembly.Table({ initial: 2, element: 'anyfunc' })
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, table } })
  table.set(1, exports.copy)
  return exports
}

/** Records from `at` on: `copy` of nothing, with arguments that are all zero. */
function write(memory, at, flags) {
  const words = new Uint32Array(memory.buffer)
  for (let i = 0; i < RECORDS; i++) words.set([1, 8192, flags, 0], at / 4 + 4 * i)
  return [at, at + 16 * RECORDS]
}

if (isMainThread) {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true })
  const exports = await instantiate(memory)
  const programs = [write(memory, 65536, 0), write(memory, 65536 + 16 * RECORDS, MEET)]
  const worker = new Worker(new URL(import.meta.url), { workerData: { memory, programs } })
  await new Promise((ready) => worker.once('message', ready))
  const lowest = [Infinity, Infinity]
  for (let round = 0; round < 20; round++) {
    for (const [i, [pc, end]] of programs.entries()) {
      worker.postMessage(i)
      await new Promise((ready) => worker.once('message', ready))
      const start = performance.now()
      exports.run(pc, end, 0, 2)
      lowest[i] = Math.min(lowest[i], (1e6 * (performance.now() - start)) / RECORDS)
    }
  }
  console.log(`a record ${lowest[0].toFixed(0)} ns, a record behind a barrier of two threads ${lowest[1].toFixed(0)} ns`)
  worker.terminate()
} else {
  const { memory, programs } = workerData
  const exports = await instantiate(memory)
  parentPort.on('message', (i) => {
    parentPort.postMessage('go')
    exports.run(...programs[i], 1, 2)
  })
  parentPort.postMessage('ready')
}
