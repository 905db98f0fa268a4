// Ops on symbolic tensors: noted as calls with the shapes that are known, and run later on tensors of any size.
import { describe, expect, it } from 'vitest'
import { ops, tensor, type Tensor } from '../src'
import { add } from '../src/ops/binary'
import { Call, SymbolicTensor, type PartialShape } from '../src/graph/symbolic'

const input = (shape: PartialShape, dtype: 'float32' | 'int32' = 'float32') =>
  new Call({}, 'input', [], () => undefined, [{ shape, dtype }]).outputs[0]!

describe('symbolic ops', () => {
  const x = input([null, 4])
  const image = input([null, null, 6, 3])
  const rows: [string, () => Tensor | readonly Tensor[], PartialShape | PartialShape[], string?][] = [
    ['add', () => x.add(1), [null, 4]],
    ['two inputs', () => ops.mul(x, input([4])), [null, 4]],
    ['matmul', () => ops.matmul(x, tensor([[1], [2], [3], [4]])), [null, 1]],
    ['concat', () => ops.concat([x, x.mul(2)], 1), [null, 8]],
    ['reshape', () => image.reshape([-1, 18]), [null, 18]],
    ['slice', () => ops.slice(x, [0, 1], [-1, 2]), [null, 2]],
    ['sum', () => image.sum([1, 2]), [null, 3]],
    ['transpose', () => image.transpose([0, 3, 1, 2]), [null, 3, null, 6]],
    ['comparison', () => x.greater(0), [null, 4], 'bool'],
    ['argMax', () => x.argMax(-1), [null], 'int32'],
    [
      'split',
      () => ops.split(x, 2, 1),
      [
        [null, 2],
        [null, 2],
      ],
    ],
    [
      'convolution',
      () => ops.conv2d(image, tensor(new Float32Array(3 * 3 * 3 * 2), [3, 3, 3, 2]), { padding: 'same' }),
      [null, null, 6, 2],
    ],
  ]
  it.each(rows)('%s knows its shape', (_, call, shape, dtype = 'float32') => {
    const y = call()
    const list = (Array.isArray(y) ? y : [y]) as SymbolicTensor[]
    for (const each of list) expect(each).toBeInstanceOf(SymbolicTensor)
    expect(list.map(({ partialShape }) => partialShape)).toEqual(Array.isArray(y) ? shape : [shape])
    expect(list[0]!.dtype).toBe(dtype)
    expect(list[0]!.call.outputs.length).toBe(list.length)
  })

  it('runs on tensors of any batch size', async () => {
    const y = ops.add(x, x) as SymbolicTensor
    for (const values of [
      [[1, 2, 3, 4]],
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
    ]) {
      const result = y.call.run(() => tensor(values)) as Tensor
      expect(await result.array()).toEqual(values.map((row) => row.map((v) => 2 * v)))
    }
  })

  it('errors say what to do', () => {
    expect(() => ops.matmul(x, input([null, 3]))).toThrow('matmul')
    expect(() => add(x, x)).toThrow(/add: got a symbolic tensor, which has no values; write it with layers and ops/)
  })
})
