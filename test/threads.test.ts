import { createHash } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { configure, info, layers, ops, optimizers, sequential, setSeed, tensor } from '../src/index'
import { layout } from '../src/generated/kernels'
import { threads } from '../src/runtime/session'
import { makeRandom } from '../src/util/shuffle'

const random = makeRandom(11)
const noise = (n: number) => Float32Array.from({ length: n }, () => 2 * random() - 1)
const x = tensor(noise(256 * 300), [256, 300])
const y = Int32Array.from({ length: 256 }, () => Math.floor(10 * random()))

/** Large enough that the pool takes it. */
const network = () => {
  setSeed(5)
  const model = sequential([
    layers.dense({ units: 200, activation: 'relu', inputShape: [300] }),
    layers.dropout({ rate: 0.4 }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ])
  model.compile({ optimizer: optimizers.adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return model
}
const bitsOf = (model: ReturnType<typeof network>) => {
  const hash = createHash('sha256')
  for (const weight of model.getWeights()) hash.update(weight.dataSync())
  return hash.digest('hex')
}

async function trained(count: number, runs: readonly number[] = [2]) {
  configure({ threads: count, deterministic: true, poison: false, reuseMemory: true })
  const model = network()
  for (const epochs of runs) await model.fit(x, y, { epochs, batchSize: 128, verbose: 0 })
  return bitsOf(model)
}

beforeEach(() => configure({ threads: 2, deterministic: true }))
afterAll(() => configure({ threads: 1 }))

describe('the pool', () => {
  test('gives the same bits for any number of threads', async () => {
    const one = await trained(1)
    for (const count of [2, 3, 4, 8]) {
      expect(await trained(count), `${count} threads`).toEqual(one)
      expect(threads.running, 'the pool was used').toBe(count)
    }
  })

  test('overlapping predicts, one of them bad, come out as one after the other', async () => {
    configure({ threads: 1 })
    const model = network()
    const inputs = Array.from({ length: 100 }, (_, i) => tensor(noise(300 * (1 + (i % 5) * 100)), [1 + (i % 5) * 100, 300]))
    const alone: ArrayLike<number>[] = []
    for (const input of inputs) alone.push(await model.predict(input, { batchSize: 512 }).data())
    configure({ threads: 2 })
    const bad = expect(ops.gather(tensor([1, 2, 3]), [7]).data()).rejects.toMatchObject({ code: 'BAD_DATA' })
    const together = await Promise.all(inputs.map((input) => model.predict(input, { batchSize: 512 }).data()))
    together.forEach((values, i) =>
      expect(Buffer.compare(Buffer.from(Float32Array.from(values).buffer), Buffer.from(Float32Array.from(alone[i]!).buffer))).toBe(0),
    )
    await bad
  })

  test('predict, getWeights and dataSync during fit are right', async () => {
    const model = network()
    const fit = model.fit(x, y, { epochs: 3, batchSize: 64, verbose: 0 })
    const seen: number[] = []
    for (let i = 0; i < 10; i++) {
      seen.push((await model.predict(x).sum().item()) / 256)
      expect(model.getWeights()).toHaveLength(4)
      expect(ops.sum(tensor([1, 2, 3])).dataSync()[0]).toBe(6)
    }
    await fit
    for (const total of seen) expect(total).toBeCloseTo(1, 4)
  })

  test('the calling thread is free while the others work', async () => {
    const model = network()
    await model.fit(x, y, { batchSize: 256, verbose: 0 })
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await model.fit(x, y, { epochs: 20, batchSize: 256, verbose: 0 })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(5)
  })

  /** Does something to each worker that is made from now on. */
  const onWorkers = (does: (worker: Worker) => void) => {
    const module = process.getBuiltinModule('node:worker_threads')
    const { Worker: Original } = module
    module.Worker = class extends Original {
      constructor(...args: ConstructorParameters<typeof Original>) {
        super(...args)
        does(this)
      }
    }
    return () => (module.Worker = Original)
  }

  test.each([
    ['while it starts', 0],
    ['right after its start', 1],
    ['while it has nothing to do', 2],
    ['just before the next run', 3],
  ])('a worker that ends %s costs a warning: the same bits, on one thread', async (_, when) => {
    const one = await trained(1)
    const workers: Worker[] = []
    const restore = onWorkers((worker) => {
      workers.push(worker)
      if (when === 0) void worker.terminate()
      if (when === 1) worker.once('message', () => void worker.terminate())
    })
    try {
      configure({ threads: 2 })
      if (when >= 2) await trained(2)
      if (when >= 2) void workers[1]!.terminate()
      if (when === 2) await new Promise((done) => setTimeout(done, 100))
      const model = network()
      await model.fit(x, y, { epochs: 2, batchSize: 128, verbose: 0 })
      expect(bitsOf(model)).toEqual(one)
      expect(workers.length).toBe(2)
      expect(info().threads).toBe(1)
    } finally {
      restore()
    }
  })

  test(
    'a worker that dies during a run: nothing was changed and one thread does it again, ' +
      'or an error says that variables were being written',
    async () => {
      const undisturbed = await trained(1, [1, 40])
      for (let attempt = 0; attempt < 3; attempt++) {
        configure({ threads: 1 })
        configure({ threads: 2 })
        const model = network()
        await model.fit(x, y, { epochs: 1, batchSize: 128, verbose: 0 })
        setTimeout(() => threads.killOne(), 5 + 4 * attempt)
        const outcome = await model.fit(x, y, { epochs: 40, batchSize: 128, verbose: 0 }).catch((error: unknown) => error)
        if (outcome instanceof Error)
          expect(outcome).toMatchObject({ code: 'INTERNAL', message: expect.stringMatching(/thread was lost .* part of a step/) })
        else expect(bitsOf(model), 'as on one thread').toEqual(undisturbed)
        expect(info().threads).toBe(1)
      }
    },
  )

  test('a worker that hangs is an error soon; a Program that writes no variable is run again on one thread', async () => {
    let timer: ReturnType<typeof setInterval>
    const hangSoon = () => {
      // once there is a job, three threads more to wait for than there are; then this process is idle, as one that hangs is
      timer = setInterval(() => {
        const left = threads.running ? threads['pool']!['words'].subarray(layout.JOB_LEFT / 4) : [0]
        if (left[0]! <= 0) return
        Atomics.add(left as Int32Array, 0, 3)
        clearInterval(timer)
      }, 2)
    }
    const big = compileBig()
    const right = await big()
    hangSoon()
    const again = await Promise.all(Array.from({ length: 50 }, () => big()))
    for (const values of again) expect(values).toEqual(right)
    expect(info().why).toMatch(/no answer/)
    configure({ threads: 2 })
    const model = network()
    hangSoon()
    const fit = model.fit(x, y, { epochs: 500, batchSize: 128, verbose: 0 })
    await expect(fit).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringMatching(/no answer/) })
    configure({ threads: 2 })
    expect(await big()).toEqual(right)
    expect(threads.running).toBe(2)
  })

  test('without SharedArrayBuffer or workers: one thread, with the reason', async () => {
    const { whyNoThreads } = await import('../src/runtime/pool')
    expect(whyNoThreads(false)).toMatch(/SharedArrayBuffer/)
    Object.assign(globalThis, { crossOriginIsolated: false })
    expect(whyNoThreads(false)).toMatch(/cross-origin isolated/)
    Reflect.deleteProperty(globalThis, 'crossOriginIsolated')
    expect(whyNoThreads(true)).toBeUndefined()
  })

  test('starting and stopping leaks nothing', async () => {
    const big = compileBig()
    for (const count of [2, 3]) {
      configure({ threads: count })
      await big()
    }
    const before = info().memory
    for (let i = 0; i < 20; i++) {
      configure({ threads: 2 + (i % 2) })
      await big()
    }
    expect(info().memory.blocks).toBeLessThanOrEqual(before.blocks + 4)
    expect(info().memory.reserved).toBe(before.reserved)
  })
})

function compileBig() {
  const a = tensor(noise(400 * 400), [400, 400])
  return () => a.matmul(a).sum().data()
}
