// What ops make of arguments at the edge of sense: number types, negative indices, counts that explode, windows out of all proportion.
import { describe, expect, it } from 'vitest'
import { CornusError, grad, ops, tensor, type Tensor, type TensorLike } from '../src/index'

const values = (x: Tensor) => Array.from(x.dataSync())
const untyped = ops as unknown as { [name: string]: (...args: unknown[]) => Tensor }
const make = tensor as unknown as (...args: unknown[]) => Tensor
function errorOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof CornusError && error.code !== 'INTERNAL') return error.message
    throw error
  }
  return 'no error'
}
const cyclic: unknown[] = [1]
cyclic.push(cyclic, cyclic, cyclic)
const loop: unknown[] = []
loop.push(loop, loop)
const deep = (depth: number) => Array.from({ length: depth }).reduce<unknown>((x) => [x], 1)

describe('number types of what is given', () => {
  it.each<[string, () => Tensor, string, number[]]>([
    ['any number as bool', () => tensor([5, -1, 0, NaN], [4], 'bool'), 'bool', [1, 1, 0, 1]],
    ['booleans', () => tensor([[true], [false]]), 'bool', [1, 0]],
    ['booleans before numbers', () => tensor([true, 5, 2.5]), 'float32', [1, 5, 2.5]],
    ['numbers before booleans', () => tensor([[2.5], [true]]), 'float32', [2.5, 1]],
    ['typed rows', () => make([Int32Array.of(1, 2), Int16Array.of(3, 4)]), 'int32', [1, 2, 3, 4]],
    ['typed rows of two kinds', () => make([Int32Array.of(1, 2), Float32Array.of(0.5, 1)]), 'float32', [1, 2, 0.5, 1]],
    ['typed rows and booleans', () => make([[true, false], Int32Array.of(5, 6)]), 'int32', [1, 0, 5, 6]],
    ['whole floats as int32', () => tensor(Float32Array.of(1, -2), [2], 'int32'), 'int32', [1, -2]],
    ['large Uint32Array as float32', () => tensor(Uint32Array.of(2 ** 32 - 256), [1], 'float32'), 'float32', [2 ** 32 - 256]],
    ['pad of bool', () => ops.pad(tensor([true, false]), [[1, 1]], 5), 'bool', [1, 1, 0, 1]],
    ['pad of int32', () => ops.pad(tensor([1, 2], [2], 'int32'), [[0, 1]], -7), 'int32', [1, 2, -7]],
    ['fill of bool', () => ops.cast(tensor(3, [], 'bool'), 'int32'), 'int32', [1]],
    [
      'cast to int32 goes to the nearest bound, NaN to 0',
      () => ops.cast([1.9, -1.9, 1e20, -1e20, NaN], 'int32'),
      'int32',
      [1, -1, 2 ** 31 - 1, -(2 ** 31), 0],
    ],
  ])('%s', (_, call, dtype, expected) => {
    const x = call()
    expect([x.dtype, values(x)]).toEqual([dtype, expected])
  })

  it.each<[string, unknown[], RegExp]>([
    ['a fraction', [[1, 1.5], [2], 'int32'], /value\[1\] is 1.5; int32 takes whole numbers/],
    ['too large', [[[1], [1e20]], [2, 1], 'int32'], /value\[1\]\[0\] is 1e?\d*/],
    ['NaN', [NaN, undefined, 'int32'], /value is NaN; int32/],
    ['2³² − 1', [4294967295, undefined, 'int32'], /4294967295/],
    ['a large Uint32Array', [Uint32Array.of(1, 2 ** 31)], /value\[1\] is 2147483648.*dtype 'float32'/],
    ['a float array with a fraction', [Float64Array.of(0.5), [1], 'int32'], /value\[0\] is 0.5/],
    ['BigInt', [[1n]], /BigInt.*Number\(x\)/],
    ['a BigInt array', [BigInt64Array.of(1n)], /Array.from\(x, Number\)/],
    ['a string of digits', [['5']], /the string '5'.*Number\(x\)/],
    ['a hole', [[1, , 3]], /value\[1\] is undefined/], // eslint-disable-line no-sparse-arrays
    ['ragged', [[[1, 2], [3]]], /value\[1\] has length 1; expected 2/],
    ['an array where numbers were', [[1, [2]]], /value\[1\] is/],
    ['cyclic', [cyclic], /value\[1\] is/],
    ['cyclic from the first', [loop], /deep/],
    ['very deep', [deep(1e5)], /deep/],
    ['a promise', [Promise.resolve(1)], /await/],
    ['a set', [new Set([1])], /Array.from\(x\)/],
    ['bytes without type', [new ArrayBuffer(4)], /new Float32Array\(x\)/],
    [
      'a proxy that throws',
      [
        new Proxy([], {
          get: () => {
            throw new Error('mine')
          },
        }),
      ],
      /cannot be read.*mine/,
    ],
    ['an unknown dtype', [1, [], 'constructor'], /unknown dtype 'constructor'/],
  ])('%s is an error', (_, args, message) => {
    expect(errorOf(() => make(...args))).toMatch(message)
  })
})

describe('negative indices count from the end', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ])
  it.each<[string, Tensor, number[]]>([
    ['gather', ops.gather(x, [-1, 0, -3]), [5, 6, 1, 2, 1, 2]],
    ['gather along the last axis', ops.gather(x, [-1], 1), [2, 4, 6]],
    ['gather of a computed index', ops.gather(x, ops.sub([0, 1], 1)), [5, 6, 1, 2]],
    ['takeAlongAxis', ops.takeAlongAxis(x, [[-1], [-2], [1]]), [2, 3, 6]],
    ['its gradient', grad((y: Tensor) => ops.sum(ops.mul(ops.gather(y, [-1, 2, 0]), [[1], [2], [3]])))(x), [3, 3, 0, 0, 3, 3]],
    ['the gradient of takeAlongAxis', grad((y: Tensor) => ops.sum(ops.takeAlongAxis(y, [[-1], [0], [-2]])))(x), [0, 1, 1, 0, 1, 0]],
    ['slice', ops.slice(x, -2, 1), [3, 4]],
    ['oneHot knows none', ops.oneHot([-1], 2), [0, 0]],
  ])('%s', (_, y, expected) => {
    expect(values(y)).toEqual(expected)
  })
  it.each([-4, 3])('index %i of 3 rows is outside', (index) => {
    expect(errorOf(() => ops.gather(x, [index]).dataSync())).toMatch(new RegExp(`${index}.*3 rows.*from -3 to 2`))
    expect(errorOf(() => ops.takeAlongAxis(x, [[index], [0], [0]], 0).dataSync())).not.toBe('no error')
  })
})

describe('too much is an error before any work', () => {
  const x = tensor([[1, 2, 3]])
  const wide: TensorLike = ops.broadcastTo(1, [2 ** 16, 1])
  it.each<[string, () => unknown]>([
    ['split', () => ops.split(x, 2 ** 31, 1)],
    ['split of nothing', () => ops.split(tensor([], [0]), 2 ** 31)],
    ['repeat', () => ops.repeat(x, 2 ** 31, 0)],
    ['repeat 2', () => ops.repeat(x, 2 ** 29, 0)],
    ['tile', () => ops.tile(x, [2 ** 20, 2 ** 20])],
    ['oneHot', () => ops.oneHot([1], 2 ** 31)],
    ['oneHot 2', () => ops.oneHot(ops.arange(0, 2 ** 16), 2 ** 16)],
    ['arange', () => ops.arange(0, 2 ** 40)],
    ['arange of tiny steps', () => ops.arange(0, 1, 1e-30)],
    [
      'pad',
      () =>
        ops.pad(x, [
          [0, 0],
          [2 ** 30, 0],
        ]),
    ],
    ['add', () => ops.add(wide, ops.transpose(wide))],
    ['matmul', () => ops.matmul(wide, ops.transpose(wide))],
    ['concat', () => ops.concat(Array<TensorLike>(2 ** 14 + 1).fill(wide))],
    ['a seventh axis', () => ops.oneHot(tensor([0], [1, 1, 1, 1, 1, 1]), 2)],
    ['stack', () => ops.stack([tensor([0], [1, 1, 1, 1, 1, 1])])],
    ['randomUniform', () => ops.randomUniform([2 ** 31])],
    ['conv2d of no cells', () => ops.conv2d(tensor([1], [1, 1, 1, 1]), tensor([], [0, 1, 1, 1]))],
    ['conv2dTranspose', () => ops.conv2dTranspose(tensor([1, 1], [1, 1, 2, 1]), tensor([1], [1, 1, 1, 1]), { strides: [1, 2 ** 31] })],
  ])('%s', (_, call) => {
    const start = process.cpuUsage().user
    expect(errorOf(call)).not.toBe('no error')
    expect(process.cpuUsage().user - start).toBeLessThan(1e6)
  })
})

describe('whatever is no integer in its range is an error', () => {
  const [image, filter] = [ops.randomNormal([1, 5, 5, 2]), ops.randomNormal([2, 2, 2, 2])]
  const bad = [0, -1, 1.5, NaN, Infinity, 2 ** 31, 2 ** 31 - 1, 2 ** 32, '1', 1n, true, Symbol('s'), [1], [1, 2, 3], [1, 0], {}]
  it.each(['strides', 'dilation'])('%s', (option) => {
    for (const op of ['conv2d', 'conv2dTranspose', 'depthwiseConv2d'])
      for (const value of bad)
        expect(
          errorOf(() => untyped[op]!(image, filter, { [option]: value })),
          `${op} ${String(value)}`,
        ).toMatch(new RegExp(`${op}: ${option}`))
  })
  it.each(bad.map((value) => [typeof value, value]))('pool size and strides of %s', (_, value) => {
    for (const op of ['maxPool2d', 'averagePool2d']) {
      expect(errorOf(() => untyped[op]!(image, value))).toContain(`${op}: size`)
      expect(errorOf(() => untyped[op]!(image, 2, { strides: value }))).toContain(`${op}: strides`)
    }
  })
  it.each([1.5, -1, NaN, 2 ** 31, 'a', [1]])('outputPadding %s', (value) => {
    expect(errorOf(() => untyped.conv2dTranspose!(image, filter, { outputPadding: value }))).toContain('conv2dTranspose: outputPadding')
  })
  it.each([['0'], [NaN], [0.5], [2], [-3], [1n], [true], [{}]])('axis %s', (axis) => {
    for (const op of ['sum', 'argMax', 'softmax', 'concat', 'cumsum', 'expandDims', 'split']) {
      const args = op === 'concat' ? [[[1], [2]], axis] : op === 'split' ? [[1, 2], 1, axis] : [[1, 2], axis]
      expect(
        errorOf(() => untyped[op]!(...args)),
        op,
      ).toMatch(/axis/)
    }
  })
  it.each([
    [0.5, 4.5],
    ['0', 2],
    [0, NaN],
    [1n, 2],
    [undefined, 2],
  ])('stridedSlice from %s to %s', (start, end) => {
    expect(errorOf(() => untyped.stridedSlice!([1, 2, 3, 4, 5], 0, start, end))).toMatch(/stridedSlice: (start|end) must be an integer/)
  })
  it('reach of windows has a bound, up to which results are right', () => {
    expect(
      errorOf(() => ops.conv1d(ops.randomNormal([1, 4, 1]), ops.randomNormal([2 ** 10, 1, 1]), { dilation: 2 ** 17, padding: 'causal' })),
    ).toContain('reach')
    const ones = ops.broadcastTo(1, [3, 3, 2, 2])
    for (const dilation of [30_000, 2 ** 20])
      expect(values(ops.conv2d(ops.broadcastTo(1, [1, 5, 5, 2]), ones, { dilation, padding: 'same' }))).toEqual(Array(50).fill(2))
    for (const strides of [30_000, 65_536, 2 ** 20]) {
      expect(values(ops.conv2d(ops.broadcastTo(1, [1, 5, 5, 2]), ones, { strides }))).toEqual([18, 18])
      expect(values(ops.depthwiseConv2d(ops.broadcastTo(1, [1, 5, 5, 2]), ops.broadcastTo(1, [3, 3, 2, 1]), { strides }))).toEqual([9, 9])
      expect(values(ops.maxPool2d(ops.reshape(ops.arange(0, 25), [1, 5, 5, 1]), 5, { strides }))).toEqual([24])
    }
    expect(values(ops.conv2d(ops.broadcastTo(1, [1, 5, 5, 2]), ops.broadcastTo(1, [1, 1, 2, 1]), { strides: 5 }))).toEqual([2])
    for (const size of [30_000, 2 ** 20])
      expect(values(ops.averagePool2d(ops.broadcastTo(3, [1, 5, 5, 1]), size, { padding: 'same', strides: size }))).toEqual([3])
  })
})

describe('options of ops', () => {
  const x = ops.randomNormal([2, 4, 4, 4])
  const calls: [string, unknown[]][] = [
    ['conv2d', [x, ops.randomNormal([2, 2, 4, 4])]],
    ['conv1d', [x, x]],
    ['conv2dTranspose', [x, ops.randomNormal([2, 2, 4, 4])]],
    ['depthwiseConv2d', [x, ops.randomNormal([2, 2, 4, 1])]],
    ['maxPool2d', [x, 2]],
    ['relu', [x]],
    ['matmul', [x, x]],
    ['cumsum', [x, 0]],
    ['lstm', [x, x, x, null]],
    ['gru', [x, x, x, null]],
    ['simpleRnn', [x, x, x, null]],
    ['sparseCrossEntropy', [x, x]],
    ['binaryCrossEntropy', [x, x]],
    ['categoricalCrossEntropy', [x, x]],
  ]
  it.each(calls)('%s takes no unknown ones', (name, args) => {
    for (const options of [{ stride: 1 }, { constructor: 1 }, JSON.parse('{ "__proto__": 1 }'), { ['x'.repeat(2 ** 20)]: 1 }]) {
      const message = errorOf(() => untyped[name]!(...args, options))
      expect(message).toMatch(/unknown option/)
      expect(message.length).toBeLessThan(1200)
    }
    for (const options of [null, 3, 'relu', [], new Map(), () => 1])
      expect(errorOf(() => untyped[name]!(...args, options))).toMatch(/expected an object of options/)
  })
  it.each([3, 'constructor', '__proto__', 'toString', null, {}, 1n])('activation %s names none', (activation) => {
    expect(errorOf(() => untyped.conv2d!(x, ops.randomNormal([2, 2, 4, 4]), { activation }))).toContain('activation')
    expect(errorOf(() => untyped.dense!([[1, 2]], [[1], [2]], [0], activation))).toContain('activation')
  })
  it("names go in Keras's spelling too", () => {
    expect(untyped.conv2d!(x, ops.randomNormal([2, 2, 4, 4]), { padding: 'SAME', activation: 'ReLU' }).shape).toEqual([2, 4, 4, 4])
  })
})
