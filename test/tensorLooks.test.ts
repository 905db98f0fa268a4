// How tensors look where people look at them, and what they say where they cannot be used.
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { compile, handOver, ops, tensor, variable, type Tensor } from '../src/index'

describe('a tensor on the console', () => {
  test('values that are known, in rows', () => {
    expect(
      inspect(
        tensor([
          [1, 2.5],
          [3, 4],
        ]),
      ),
    ).toBe('Tensor float32 [2, 2]\n[[1, 2.5],\n [3, 4]]')
    expect(inspect({ loss: tensor(0.25) })).toContain('Tensor float32 []\n')
    expect(inspect(tensor([true, false]))).toBe('Tensor bool [2]\n[true, false]')
    expect(inspect(variable([1, 2], { name: 'bias' }))).toBe("Variable 'bias' float32 [2]\n[1, 2]")
  })

  test('what is not computed yet says how to see it', () => {
    expect(inspect(ops.add([1, 2], 1))).toBe('Tensor float32 [2]: print() shows its values, await data() or array() gives them')
  })

  test.each([
    [[1000], 1],
    [[1000, 1000], 7],
    [[8, 8, 8], 64],
    [[2, 1000, 2], 30],
    [[4, 4, 4, 4], 64],
    [[2, 2, 2, 2, 2, 2], 64],
    [[7, 7, 7, 7, 7], 64],
    [[0, 5], 1],
  ])('%j takes at most %i lines of numbers', (shape, lines) => {
    const text = inspect(tensor(new Float32Array(shape.reduce((n, d) => n * d, 1)), shape))
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(lines)
    expect(text.match(/0/g)?.length ?? 0).toBeLessThanOrEqual(64 + 20)
  })
})

describe('where JavaScript wants a number or text', () => {
  test.each<[string, (x: Tensor) => unknown]>([
    ['+', (x) => (x as unknown as number) + 1],
    ['-', (x) => (x as unknown as number) - 1],
    ['<', (x) => (x as unknown as number) < 1],
    ['Number', (x) => Number(x)],
    ['Math.max', (x) => Math.max(x as unknown as number, 1)],
  ])('%s says what to write', (_, use) => {
    expect(() => use(tensor([1]))).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT', message: expect.stringMatching(/a\.add\(b\).*item\(\)/) }),
    )
    expect(() => use(variable([1]) as unknown as Tensor)).toThrow(/a\.add\(b\)/)
  })

  test('in a template: a number that is known, else how to get one', () => {
    expect(`${tensor(0.5)} ${tensor([[2]])}`).toBe('0.5 2')
    expect(`${ops.add(1, 1)}`).toMatch(/^Tensor float32 \[\]: print\(\)/)
    expect(String(tensor([1, 2]))).toMatch(/^Tensor float32 \[2\]/)
  })

  test('JSON has the values', () => {
    expect(JSON.stringify({ x: ops.mul([[1, 2]], 2), v: variable(3), b: tensor([true]) })).toBe('{"x":[[2,4]],"v":3,"b":[true]}')
  })

  test('comparisons with null and truth are left alone', () => {
    const x = tensor([1])
    expect([x == null, !x, x === x]).toEqual([false, false, true])
  })
})

describe('a compiled function says what is wrong with the function', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['async', () => compile((async (x: Tensor) => x) as never).sync(1 as never), /must not be async.*await the compiled function/],
    ['reads values and awaits', () => compile((async (x: Tensor) => (await x.data())[0]) as never).sync(1 as never), /must not be async/],
    ['a number', () => compile((() => 5) as never).sync(), /must return tensors.*result is 5/],
    ['a number inside', () => compile(((x: Tensor) => ({ loss: x, n: 3 })) as never).sync(1 as never), /its result\.n is 3/],
    ['text', () => compile((() => 'done') as never).sync(), /result is 'done'/],
    ['no function', () => compile(5 as never), /expected a function/],
    ['reads values', () => compile((x) => ops.mul(x!, x!.dataSync()[0]!)).sync(1), /values are not known while a function is being traced/],
    ['an argument that is none', () => compile((x) => x!).sync('a' as never), /string 'a'|'a'/],
    [
      'an argument that contains itself',
      () => {
        const a: unknown[] = []
        a.push(a)
        return compile((x) => x!).sync(a as never)
      },
      /deep|contain/,
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(expect.objectContaining({ name: 'CornusError', message: expect.stringMatching(message) }))
    expect(ops.add(1, 1).dataSync()[0]).toBe(2) // nothing is left half traced
  })

  test('an error of its own comes out as it is', () => {
    expect(() =>
      compile(() => {
        throw new RangeError('mine')
      }).sync(),
    ).toThrow(new RangeError('mine'))
  })
})

describe('compiled functions take trees', () => {
  test('arrays and objects, one trace for each form', async () => {
    let traces = 0
    const f = compile((batch: { x: Tensor; y: readonly Tensor[] }) => {
      traces++
      return { sum: batch.y.reduce((a, b) => a.add(b), batch.x), parts: [batch.x.mul(2)] }
    })
    const { sum, parts } = await f({ x: [1, 2], y: [tensor([3, 4]), new Float32Array([5, 6])] })
    expect([sum.arraySync(), parts[0]!.arraySync()]).toEqual([
      [9, 12],
      [2, 4],
    ])
    f.sync({ x: new Float32Array(2), y: [tensor(1), tensor(2)] })
    f.sync({ x: new Float32Array(2), y: [tensor(3), variable(4)] })
    f.sync({ x: new Float32Array(2), y: [tensor(3)] })
    expect(traces).toBe(3)
  })
})

describe('handOver', () => {
  test('takes the memory: the array is empty afterwards', () => {
    const values = Float32Array.of(1, 2, 3, 4)
    const x = handOver(values, [2, 2])
    expect(values.length).toBe(0)
    expect(x.arraySync()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(handOver(Uint8Array.of(1, 255)).dtype).toBe('float32')
  })

  test('what cannot be taken over is copied', () => {
    const values = new Float32Array(4).fill(1)
    const x = [handOver(values.subarray(1)), handOver(Float64Array.of(1, 1)), handOver(new Float32Array(new SharedArrayBuffer(8)).fill(1))]
    values.fill(7)
    expect(x.map((each) => each.sum().dataSync()[0])).toEqual([3, 2, 2])
  })

  test('a wrong shape leaves the array alone', () => {
    const values = Float32Array.of(1, 2)
    expect(() => handOver(values, [3])).toThrow(/needs 3 values; 2 were given/)
    expect(() => handOver([1, 2] as never)).toThrow(/expected a typed array/)
    expect(values.length).toBe(2)
  })
})
