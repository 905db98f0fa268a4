import { createHash } from 'node:crypto'
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
  const model = sequential([layers.dense({ units: 200, activation: 'relu', inputShape: [300] }), layers.dropout({ rate: 0.4 }), layers.dense({ units: 10, activation: 'softmax' })])
  model.compile({ optimizer: optimizers.adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return model
}
const bitsOf = (model: ReturnType<typeof network>) => {
  const hash = createHash('sha256')
  for (const weight of model.getWeights()) hash.update(weight.dataSync())
  return hash.digest('hex')
}

async function trained(count: number) {
  configure({ threads: count, deterministic: true, poison: false, reuseMemory: true })
  const model = network()
  await model.fit(x, y, { epochs: 2, batchSize: 128, verbose: 0 })
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
    together.forEach((values, i) => expect(Buffer.compare(Buffer.from(Float32Array.from(values).buffer), Buffer.from(Float32Array.from(alone[i]!).buffer))).toBe(0))
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

  test('a worker that dies is an error at once; the next call is right, on one thread', async () => {
    const one = await trained(1)
    configure({ threads: 2 })
    const model = network()
    await model.fit(x, y, { epochs: 1, batchSize: 128, verbose: 0 })
    const fit = model.fit(x, y, { epochs: 500, batchSize: 128, verbose: 0 })
    setTimeout(() => threads.killOne(), 30)
    await expect(fit).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringMatching(/thread was lost/) })
    expect(info().threads).toBe(1)
    expect(info().why).toMatch(/lost|ended/)
    const again = network()
    await again.fit(x, y, { epochs: 2, batchSize: 128, verbose: 0 })
    expect(bitsOf(again)).toEqual(one)
  })

  test('a worker that hangs is an error soon; a Program that writes no variable is run again on one thread', async () => {
    let timer: ReturnType<typeof setInterval>
    const hangSoon = () => { // once there is a job, three threads more to wait for than there are; then this process is idle, as one that hangs is
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
