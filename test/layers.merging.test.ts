// Layers that make one tensor of several: values and gradients of Keras, masks, configs, what does not fit.
import { describe, expect, it } from 'vitest'
import { gradients } from '../src/grad'
import { recordTrace } from '../src/graph/trace'
import { input, layers, model, tensor, type Layer, type Tensor } from '../src/index'
import { maskOf } from '../src/layers/layer'
import { compileNodes, runSync } from '../src/runtime/session'
import { expectNear, golden, toTensor, unpack, type Packed } from './support/golden'

interface Case {
  layer: string
  options: object
  x: Packed[]
  y: Packed
  dy: Packed
  dx: Packed[]
}

const factories = layers as unknown as { [name: string]: ((options?: object) => Layer) | undefined }
const { cases } = golden<Case>('layers')

describe('values and gradients of Keras', () => {
  const several = cases.filter(({ x, layer }) => x.length > 1 && factories[layer])
  expect(several.length).toBeGreaterThanOrEqual(10)
  const rows = several.map((each, i) => [`${each.layer} ${JSON.stringify(each.options)} ${i}`, each] as const)
  it.each(rows)('%s', (_, { layer, options, x, y, dy, dx }) => {
    const inputs = x.map(toTensor)
    const made = factories[layer]!(options)
    const { result, trace } = recordTrace(() => {
      const output = made.apply(inputs)
      return [output, ...gradients(output, inputs, toTensor(dy))]
    })
    const [value, ...found] = runSync(compileNodes(result, trace.effects), [])
    expectNear(value!, unpack(y), 1e-5, layer)
    found.forEach((gradient, i) => expectNear(gradient, unpack(dx[i]!), 1e-5, `${layer}: gradient ${i}`))
    const [first, ...others] = x.map(({ shape }) => [null, ...shape.slice(1)])
    expect(made.computeOutputShape(first!, ...others)).toEqual([null, ...y.shape.slice(1)])
  })
})

describe('masks', () => {
  const ids = [
    [1, 0, 2],
    [0, 0, 3],
  ]
  const masked = () => layers.embedding({ inputDim: 4, outputDim: 2, maskZero: true })
  const rows: [string, () => Layer, (number | undefined)[][], string][] = [
    [
      'all have one: a step counts that counts somewhere',
      () => layers.add(),
      [
        [1, 0, 1],
        [0, 0, 1],
      ],
      'both',
    ],
    ['one has none: none', () => layers.multiply(), [], 'one'],
    [
      'side by side along the last axis',
      () => layers.concatenate(),
      [
        [1, 1, 1],
        [1, 1, 1],
      ],
      'one',
    ],
    [
      'behind each other in time',
      () => layers.concatenate(1),
      [
        [1, 0, 1, 1, 1, 1],
        [0, 0, 1, 1, 1, 1],
      ],
      'one',
    ],
  ]
  it.each(rows)('%s', (_, make, expected, which) => {
    const x = masked().apply(tensor(ids, [2, 3], 'int32'))
    const other = which === 'both' ? masked().apply(tensor(ids, [2, 3], 'int32')) : tensor(new Float32Array(12), [2, 3, 2])
    const mask = maskOf(make().apply([x, other]))
    expect((mask?.arraySync() as unknown[][] | undefined)?.map((row) => row.map(Number)) ?? []).toEqual(expected)
  })
})

describe('use', () => {
  it('in a drawn model, which trains', async () => {
    const x = input({ shape: [4] })
    const [a, b] = [layers.dense(3).apply(x), layers.dense(3).apply(x)]
    const y = layers.concatenate().apply([layers.add().apply([a, b]), layers.subtract().apply([a, b]), x])
    const net = model({ inputs: x, outputs: layers.dense(1).apply(y) })
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
    const { history } = await net.fit(
      [
        [1, 2, 3, 4],
        [4, 3, 2, 1],
      ],
      [[1], [0]],
      { epochs: 20, verbose: 0 },
    )
    expect(history.loss!.at(-1)!).toBeLessThan(history.loss![0]!)
    expect(net.layers.map(({ className }) => className)).toEqual([
      'InputLayer',
      'Dense',
      'Dense',
      'Add',
      'Subtract',
      'Concatenate',
      'Dense',
    ])
  })

  const rows: [string, () => unknown, RegExp][] = [
    [
      'three for a difference',
      () => layers.subtract().apply([tensor([1]), tensor([1]), tensor([1])]),
      /takes a list of 2 tensors.*it got 3/,
    ],
    ['shapes that do not fit', () => layers.add().apply([tensor([[1, 2]]), tensor([[1, 2, 3]])]), /\[1, 2\].*\[1, 3\]/],
    ['an axis that is not there', () => layers.concatenate({ axis: 5 }).apply([tensor([[1]]), tensor([[1]])]), /axis/],
    ['an option of its own', () => layers.add({ axis: 1 } as object), /unknown option 'axis'/],
  ]
  it.each(rows)('%s', (_, act, message) => expect(() => act() as Tensor).toThrow(message))
})
