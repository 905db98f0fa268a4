// What somebody waits for is not freed, moved or overwritten: Programs, arenas, variables' blocks and their contents.
import v8 from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { compile, configure, fill, info, layers, losses, ops, optimizers, sequential, tensor, variable, type Tensor } from '../src/index'
import { makeRandom } from '../src/util/shuffle'

v8.setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const random = makeRandom(5)
const noise = (n: number) => Float32Array.from({ length: n }, () => 2 * random() - 1)
const a = tensor(noise(400 * 400), [400, 400])

/** A small read of its own shape: a Program more in the cache, and one less. */
const smallRead = (i: number) => expect(ops.sum(ops.mul(tensor(new Float32Array(i + 1).fill(1)), 2)).dataSync()[0]).toBe(2 * (i + 1))

describe('a read that waits for the threads', () => {
  test('survives 300 other Programs', async () => {
    configure({ threads: 2, deterministic: true })
    const expected = a.matmul(a).sum().dataSync()[0]
    for (let round = 0; round < 5; round++) {
      configure({ threads: 1 })
      configure({ threads: 2 }) // the pool has to start anew
      const waiting = a.matmul(a).sum().data()
      for (let i = 0; i < 300; i++) smallRead(i)
      expect((await waiting)[0]).toBe(expected)
    }
  })

  test('1,000 reads with evictions, configure() in between, and variables dropped', async () => {
    configure({ threads: 2, deterministic: true, poison: false, reuseMemory: true })
    const scaled = (by: number) => variable(tensor(by)).mul(ops.sum(a.slice([0, 0], [100, 400]).matmul(a)))
    const expected = [1, 2, 3, 4].map((by) => scaled(by).dataSync()[0])
    let right = 0
    for (let round = 0; round < 100; round++) {
      const waiting = Array.from({ length: 10 }, (_, i) => scaled(1 + (i % 4)).data())
      for (let i = 0; i < 10; i++) smallRead((round * 10 + i) % 400)
      if (round % 10 === 0) configure({ threads: 2 + ((round / 10) % 2) })
      if (round % 10 === 5) collect()
      const values = await Promise.all(waiting)
      values.forEach((value, i) => (right += value[0] === expected[i % 4] ? 1 : 0))
    }
    expect(right).toBe(1000)
    configure({ threads: 1 })
  })
})

describe('weights are those of the call', () => {
  const network = () => {
    const model = sequential([
      layers.dense({ units: 3, inputShape: [2], kernelInitializer: 'ones' }),
      layers.dense({ units: 1, kernelInitializer: 'ones' }),
    ])
    model.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: losses.meanSquaredError() })
    return model
  }
  const [x, y] = [
    tensor([
      [1, 2],
      [3, 4],
    ]),
    tensor([[0], [1]]),
  ]

  test.each([
    ['fit', (model: ReturnType<typeof network>) => model.fit(x, y, { epochs: 2, verbose: 0 })],
    ['trainOnBatch', (model: ReturnType<typeof network>) => model.trainOnBatch(x, y)],
    ['setWeights', (model: ReturnType<typeof network>) => model.setWeights(model.getWeights().map((weight) => weight.mul(7)))],
    ['assign', (model: ReturnType<typeof network>) => model.weights[0]!.assign(fill([2, 3], 9))],
  ])('of predict, whatever %s does before the values are asked for', async (_, change) => {
    for (const built of [true, false]) {
      const model = network()
      if (built) expect(Array.from(model.predict(x).dataSync())).toEqual([9, 21])
      const [early, late, batched] = [model.predict(x), model.predict(x), model.predict(x, { batchSize: 1 })]
      const pending = early.data()
      await change(model)
      expect(Array.from(await pending), 'asked before').toEqual([9, 21])
      expect(Array.from(late.dataSync()), 'asked after').toEqual([9, 21])
      expect(Array.from(await batched.data()), 'in batches').toEqual([9, 21])
      expect(Array.from(model.predict(x).dataSync())).not.toEqual([9, 21])
    }
  })

  test('of a compiled function that waits its turn', async () => {
    const v = variable([1, 2])
    const double = compile((z) => v.mul(2).add(z!))
    const first = double(0)
    v.assign([5, 6])
    const second = double(0)
    const third = double.sync(1)
    expect(Array.from((await first).dataSync())).toEqual([2, 4])
    expect(Array.from((await second).dataSync())).toEqual([10, 12])
    expect(Array.from(third.dataSync())).toEqual([11, 13])
  })

  test('effects follow the order of the calls, on the spot or in turn', async () => {
    const v = variable([1])
    const twice = compile(() => {
      v.assign(v.mul(2))
    })
    const plus = compile((z) => {
      v.assign(v.add(z!))
    })
    const calls = [twice(), plus(tensor([1]).mul(3))] // 2, 5
    twice.sync() // 10
    calls.push(plus(1))
    v.assign([7]) // after what was called before
    calls.push(twice())
    await Promise.all(calls)
    expect(v.dataSync()[0]).toBe(14)
  })

  test('of a tensor that a compiled function captured: as of its trace', () => {
    const v = variable([1])
    const outside = v.mul(3)
    const f = compile(() => outside.add(v))
    expect(f.sync().dataSync()[0]).toBe(4)
    v.assign([10])
    expect(f.sync().dataSync()[0]).toBe(13)
  })

  test('copies are made of what changes only, and given back', async () => {
    const model = network()
    await model.trainOnBatch(x, y)
    model.predict(x).dataSync()
    const { blocks } = info().memory
    const waiting = Array.from({ length: 20 }, () => model.predict(x))
    expect(info().memory.blocks).toBe(blocks)
    await model.trainOnBatch(x, y)
    expect(info().memory.blocks).toBe(blocks + 4) // two kernels, two biases
    const values = waiting.map((each) => each.dataSync()[0])
    expect(new Set(values).size).toBe(1)
    expect(info().memory.blocks).toBeLessThanOrEqual(blocks)
  })
})

describe('waiting', () => {
  test('an aborted predict ends at once; those behind it are right', async () => {
    const abort = new AbortController()
    const model = sequential([layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones' })])
    const x = tensor(
      new Float32Array(1000).map((_, i) => i),
      [1000, 1],
    )
    const [first, aborted, last] = [
      model.predict(x, { batchSize: 10 }),
      model.predict(x, { signal: abort.signal, batchSize: 10 }),
      model.predict(x, { batchSize: 1000 }),
    ].map((each) => each.data())
    abort.abort(new Error('enough'))
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', message: expect.stringMatching(/enough/) })
    expect(Array.from(await first!)).toEqual(Array.from(x.dataSync()))
    expect(Array.from(await last!)).toEqual(Array.from(x.dataSync()))
    expect(() => model.predict(x, { signal: abort.signal })).toThrow(expect.objectContaining({ code: 'ABORTED' }))
  })

  test('100 predicts at once give the bits of one after the other; a failing call stops nobody', async () => {
    const model = sequential([layers.dense({ units: 8, inputShape: [5], activation: 'tanh' }), layers.dense({ units: 2 })])
    const inputs = Array.from({ length: 100 }, (_, i) => tensor(noise(5 * (1 + (i % 7))), [1 + (i % 7), 5]))
    const alone = inputs.map((each) => model.predict(each).dataSync())
    const bad = Promise.allSettled(inputs.slice(0, 10).map((_, i) => ops.gather(tensor([1, 2, 3]), tensor([7 + i]).cast('int32')).data()))
    const together = await Promise.all(inputs.map((each) => model.predict(each, { batchSize: 3 }).data()))
    expect(together).toEqual(alone)
    for (const outcome of await bad) expect(outcome.status).toBe('rejected')
  })
})

describe('memory is bounded', () => {
  test('a compiled function called with 1,000 shapes keeps some tens of Programs', async () => {
    const f = compile((x: Tensor) => ops.sum(ops.exp(x)))
    for (let i = 1; i <= 40; i++) f.sync(new Float32Array(i))
    const before = info().memory
    for (let i = 41; i <= 1000; i++) f.sync(new Float32Array(i))
    expect(info().memory.blocks).toBeLessThanOrEqual(before.blocks + 2)
    expect(f.sync(new Float32Array(3)).dataSync()[0]).toBe(3)
  })

  test('predict with 1,000 shapes likewise', () => {
    const model = sequential([layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones' })])
    const ask = (n: number) => expect(model.predict(new Float32Array(n).fill(1), { batchSize: n }).dataSync()[n - 1]).toBe(1)
    for (let n = 1; n <= 50; n++) ask(n)
    const before = info().memory
    for (let n = 51; n <= 1000; n++) ask(n)
    expect(info().memory.blocks).toBeLessThanOrEqual(before.blocks + 2)
  })

  const heap = async () => {
    for (let i = 0; i < 3; i++) {
      collect()
      await new Promise((done) => setTimeout(done, 10))
    }
    return process.memoryUsage().heapUsed
  }
  const trained = () => {
    const model = sequential([layers.dense({ units: 2, inputShape: [1] }), layers.dense({ units: 1 })])
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
    return model
  }

  test.each<[string, number, () => (i: number) => unknown]>([
    [
      'trainOnBatch of so many shapes',
      1000,
      () => {
        const model = trained()
        return (i) => model.trainOnBatch(tensor(new Float32Array(i + 1), [i + 1, 1]), tensor(new Float32Array(i + 1), [i + 1, 1]))
      },
    ],
    [
      'compile() of a function',
      1000,
      () => {
        const v = variable([1, 2])
        return () => compile((x) => ops.exp(x!).mul(v)).sync([1, 2])
      },
    ],
    [
      'compile() of a model and a step',
      300,
      () => {
        const model = trained()
        return async () => {
          model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
          await model.trainOnBatch([[1]], [[1]])
        }
      },
    ],
    [
      'predictions that nobody reads',
      3000,
      () => {
        const model = trained()
        return () => model.predict([[1]])
      },
    ],
  ])(
    '%s (%i) keeps no JavaScript heap and no blocks',
    async (_, times, make) => {
      const call = make()
      for (let i = 0; i < 60; i++) await call(i)
      const [before, blocks] = [await heap(), info().memory.blocks]
      for (let i = 60; i < times; i++) await call(i)
      expect(((await heap()) - before) / times, 'bytes a call').toBeLessThan(4000)
      expect(info().memory.blocks).toBeLessThanOrEqual(blocks + 30)
    },
    60_000,
  )
})
