// Values are those of the moment of the call: whatever the caller does to an array afterwards, nobody sees it.
import { describe, expect, test } from 'vitest'
import { compile, grad, layers, ops, sequential, setSeed, tensor, variable, type Tensor, type TensorLike } from '../src/index'

const kinds = [
  Float32Array,
  Float64Array,
  Int32Array,
  Int16Array,
  Int8Array,
  Uint32Array,
  Uint16Array,
  Uint8Array,
  Uint8ClampedArray,
] as const

const calls: [string, (x: TensorLike) => { data(): Promise<ArrayLike<number>> }][] = [
  ['an op', (x) => ops.add(x, 1)],
  ['an op of several', (x) => ops.concat([x, x])],
  ['tensor()', (x) => tensor(x)],
  ['variable()', (x) => variable(x).read()],
  ['a method', (x) => tensor([1, 2, 3]).mul(x)],
  [
    'assign',
    (x) => {
      const v = variable(tensor([0, 0, 0]))
      v.assign(tensor(x as number[]).cast('float32'))
      return v.read()
    },
  ],
  ['grad', (x) => grad((y) => ops.sum(ops.square(y)))(ops.cast(x, 'float32'))],
]

describe('a caller may write into its array after the call', () => {
  test.each(calls)('%s', async (_, call) => {
    for (const Kind of kinds) {
      const values = Kind.of(1, 2, 3)
      const expected = await call(Kind.of(1, 2, 3)).data()
      const pending = call(values)
      values.fill(9)
      expect(Array.from(await pending.data()), Kind.name).toEqual(Array.from(expected))
    }
  })

  test('also into a Buffer, whose slice is no copy, and into shared memory', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(8))
    for (const values of [Buffer.from([1, 2]), shared.fill(1)]) {
      const before = Array.from(values)
      const pending = ops.mul(values, 1)
      values.fill(7)
      expect(Array.from(await pending.data())).toEqual(before)
    }
  })

  test('compiled functions called five times with one buffer', async () => {
    const double = compile<[Float32Array], Tensor>((x) => ops.sum(ops.mul(x, 2)))
    const buffer = new Float32Array(16)
    const results = [0, 1, 2, 3, 4].map((i) => double(buffer.fill(i)))
    expect((await Promise.all(results)).map((y) => y.dataSync()[0])).toEqual([0, 32, 64, 96, 128])
  })

  test('nested arrays too', async () => {
    const values = [
      [1, 2],
      [3, 4],
    ]
    const y = ops.add(values, 0)
    values[0]![0] = 9
    expect(Array.from(await y.data())).toEqual([1, 2, 3, 4])
  })
})

describe('an array that has lost its values is an error', () => {
  const Resizable = ArrayBuffer as new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer & { resize(bytes: number): void }

  test('its buffer was transferred', () => {
    const values = Float32Array.of(1, 2)
    structuredClone(values, { transfer: [values.buffer] })
    for (const call of [() => ops.add(values, 1), () => tensor(values)])
      expect(call).toThrow(expect.objectContaining({ code: 'BAD_DATA', message: expect.stringMatching(/transferred/) }))
  })

  test('its buffer shrank below it; one that follows the length is what it is now', () => {
    const buffer = new Resizable(16, { maxByteLength: 32 })
    const [fixed, following] = [new Float32Array(buffer, 0, 4), new Float32Array(buffer)]
    buffer.resize(8)
    expect(() => ops.add(fixed, 1)).toThrow(expect.objectContaining({ code: 'BAD_DATA' }))
    const y = ops.add(following, 1)
    buffer.resize(4)
    expect(Array.from(y.dataSync())).toEqual([1, 1])
  })

  test('an empty array is not', () => {
    expect(ops.add(new Float32Array(0), 1).shape).toEqual([0])
  })
})

describe('models take their data at the call', () => {
  const model = () => {
    setSeed(3)
    const made = sequential([layers.dense({ units: 4, activation: 'tanh', inputShape: [2] }), layers.dense({ units: 1 })])
    made.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    return made
  }
  const data = () => ({
    x: tensor(
      Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)),
      [64, 2],
    ),
    y: Float32Array.from({ length: 64 }, (_, i) => Math.cos(i)),
    weight: new Float32Array(64).fill(2),
  })
  const spoil = ({ y, weight }: ReturnType<typeof data>) => {
    y.fill(50)
    weight.fill(0)
  }
  type Data = ReturnType<typeof data>
  type Made = ReturnType<typeof model>
  const calls: [string, (m: Made, d: Data) => Promise<unknown>][] = [
    ['fit', async (m, { x, y, weight }) => (await m.fit(x, y, { epochs: 3, verbose: 0, sampleWeight: weight })).history],
    [
      'fit with validation data',
      async (m, { x, y, weight }) => (await m.fit(x, y, { epochs: 2, verbose: 0, validationData: [x, y, weight] })).history,
    ],
    ['evaluate', (m, { x, y, weight }) => m.evaluate(x, y, { sampleWeight: weight })],
    ['trainOnBatch', (m, { x, y, weight }) => m.trainOnBatch(x, y, { sampleWeight: weight })],
    ['testOnBatch', (m, { x, y, weight }) => m.testOnBatch(x, y, { sampleWeight: weight })],
    ['predict', (m, { y }) => m.predict([...y].map((v, i) => [v, i])).array()],
  ]
  test.each(calls)('%s', async (_, call) => {
    const expected = await call(model(), data())
    const mine = data()
    const pending = call(model(), mine)
    spoil(mine)
    expect(await pending).toEqual(expected)
  })
})
