// Models that are drawn: any graph of layers and ops, trained and asked as one model.
import { describe, expect, it } from 'vitest'
import { input, layers, model, ops, sequential, tensor, type Tensor } from '../src'
import { resetNames } from '../src/layers/layer'

const ones = { kernelInitializer: 'ones' as const }
const values = (x: Tensor) => x.arraySync()

describe('drawn models', () => {
  it('two branches become one', () => {
    const x = input({ shape: [3], name: 'x' })
    const a = layers.dense({ units: 2, ...ones, name: 'a' }).apply(x)
    const b = layers.dense({ units: 2, ...ones, name: 'b' }).apply(x)
    const m = model({ inputs: x, outputs: ops.concat([a, b.mul(10)], -1) })
    expect(values(m.apply([[1, 2, 3]]))).toEqual([[6, 6, 60, 60]])
    expect(m.layers.map(({ name }) => name)).toEqual(['x', 'b', 'a']) // as Keras: the farthest from the output first
    expect(m.weights.length).toBe(4)
  })

  it('several inputs and outputs, as arrays and as objects', () => {
    const [p, q] = [input({ shape: [2], name: 'p' }), input({ shape: [2], name: 'q' })]
    const list = model({ inputs: [p, q], outputs: [p.add(q), p.sub(q)] })
    const [sum, difference] = list.apply([tensor([[1, 2]]), tensor([[10, 20]])]) as unknown as Tensor[]
    expect([values(sum!), values(difference!)]).toEqual([[[11, 22]], [[-9, -18]]])
    const byName = model({ inputs: { p, q }, outputs: { total: p.add(q) } })
    const { total } = byName.apply({ q: tensor([[10, 20]]), p: tensor([[1, 2]]) }) as unknown as { total: Tensor }
    expect(values(total)).toEqual([[11, 22]])
    expect(byName.dataForm.outputs!.leaves).toEqual(['total'])
  })

  it('a shared layer has its weights once', () => {
    const [p, q] = [input({ shape: [2] }), input({ shape: [2] })]
    const shared = layers.dense({ units: 1, ...ones })
    const m = model({ inputs: [p, q], outputs: shared.apply(p).sub(shared.apply(q)) })
    expect(m.weights.length).toBe(2)
    expect(values(m.apply([tensor([[3, 4]]), tensor([[1, 1]])]))).toEqual([[5]])
    expect(() => shared.output).toThrow(/called 2 times/)
  })

  it('models stand in models, drawn or sequential, and parts of them are models', () => {
    const inner = sequential([
      layers.dense({ units: 2, ...ones, inputShape: [2], name: 'first' }),
      layers.dense({ units: 3, ...ones, name: 'second' }),
    ])
    const x = input({ shape: [2] })
    const outer = model({ inputs: x, outputs: inner.apply(inner.apply(x).slice([0, 0], [-1, 2])) })
    expect(values(outer.apply([[1, 1]]))).toEqual([[16, 16, 16]])
    const y = input({ shape: [2] })
    const h = layers.dense({ units: 2, ...ones, name: 'block3' }).apply(y)
    const whole = model({ inputs: y, outputs: layers.dense({ units: 1, ...ones }).apply(h) })
    const part = model({ inputs: whole.input as Tensor, outputs: whole.getLayer('block3').output as Tensor })
    expect(values(part.apply([[1, 2]]))).toEqual([[3, 3]])
    const top = model({ inputs: h, outputs: whole.output })
    expect(values(top.apply([[1, 2]]))).toEqual([[3]])
  })

  it('sizes that differ from run to run', () => {
    const x = input({ shape: [null, 2] })
    const m = model({
      inputs: x,
      outputs: layers
        .dense({ units: 1, ...ones })
        .apply(x)
        .sum(1),
    })
    expect(m.computeOutputShape([null, null, 2])).toEqual([null, 1])
    for (const steps of [1, 3]) expect(values(m.apply(ops.broadcastTo(1, [2, steps, 2])))).toEqual([[2 * steps], [2 * steps]])
  })

  it('trains with a loss for each output', async () => {
    resetNames()
    const [title, body] = [input({ shape: [2], name: 'title' }), input({ shape: [3], name: 'body' })]
    const h = ops.concat([title, body], 1)
    const price = layers.dense({ units: 1, name: 'price' }).apply(h)
    const kind = layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).apply(h)
    const m = model({ inputs: { title, body }, outputs: { price, kind } })
    m.compile({
      optimizer: 'adam',
      loss: { price: 'mse', kind: 'sparseCategoricalCrossentropy' },
      lossWeights: { price: 0.5, kind: 2 },
      metrics: { kind: ['accuracy'] },
    })
    const x = {
      title: [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
      body: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
        [1, 1, 1],
      ],
    }
    const y = { price: [[1], [2], [3], [4]], kind: [0, 1, 2, 0] }
    const { history } = await m.fit(x, y, { epochs: 3, batchSize: 2, verbose: 0, validationSplit: 0.25 })
    expect(Object.keys(history)).toEqual([
      'kind_accuracy',
      'kind_loss',
      'loss',
      'price_loss',
      'val_kind_accuracy',
      'val_kind_loss',
      'val_loss',
      'val_price_loss',
    ])
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]!)
    const results = await m.evaluate(x, y)
    expect(results.loss).toBeCloseTo(0.5 * results.price_loss! + 2 * results.kind_loss!, 4)
  })

  it('predicts all outputs, batch by batch', async () => {
    const [p, q] = [input({ shape: [2], name: 'p' }), input({ shape: [2], name: 'q' })]
    const m = model({ inputs: { p, q }, outputs: [p.add(q), p.sum(1)] })
    const rows = [
      [1, 2],
      [3, 4],
      [5, 6],
    ]
    const [a, b] = m.predict({ p: rows, q: rows }, { batchSize: 2 })
    expect(await a.array()).toEqual([
      [2, 4],
      [6, 8],
      [10, 12],
    ])
    expect(b.arraySync()).toEqual([3, 7, 11])
    expect(
      model({ inputs: p, outputs: p.mul(2) })
        .predict([[1, 2]])
        .arraySync(),
    ).toEqual([[2, 4]])
  })

  it('shows layers, ops and what they are connected to', () => {
    resetNames()
    const x = input({ shape: [null, 3], name: 'x' })
    const h = layers.dense({ units: 2, name: 'h' }).apply(x)
    const m = model({ inputs: x, outputs: h.add(1).add(h), name: 'shown' })
    const lines: string[] = []
    m.summary({ printFn: (line) => lines.push(line) })
    expect(
      lines
        .filter((line) => line.startsWith('│'))
        .map((line) =>
          line
            .split('│')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        ),
    ).toEqual([
      ['x (InputLayer)', '[?, ?, 3]', '0', '-'],
      ['h (Dense)', '[?, ?, 2]', '8', 'x'],
      ['add (op)', '[?, ?, 2]', '0', 'h'],
      ['add_1 (op)', '[?, ?, 2]', '0', 'add, h'],
    ])
  })

  it('deep and doubled graphs take linear time', () => {
    const x = input({ shape: [1] })
    let y = x
    for (let i = 0; i < 60; i++) y = y.add(y)
    expect(
      model({ inputs: x, outputs: y })
        .apply([[1]])
        .dataSync()[0],
    ).toBe(2 ** 60)
  })

  const x = input({ shape: [2], name: 'x' })
  const other = input({ shape: [2], name: 'other' })
  const rows: [string, () => unknown, RegExp][] = [
    ['an input that is missing', () => model({ inputs: x, outputs: x.add(other) }), /depend on the input 'other'.*add it to inputs/],
    ['no inputs', () => model({ outputs: x } as never), /inputs are missing.*input\(\{ shape/],
    ['a tensor with values', () => model({ inputs: x, outputs: tensor([1]) }), /outputs is a tensor with values/],
    ['a layer', () => model({ inputs: x, outputs: layers.dense({ units: 1 }) as never }), /outputs is a layer/],
    [
      'two of a name',
      () => model({ inputs: x, outputs: layers.dense({ units: 1, name: 'd' }).apply(layers.dense({ units: 1, name: 'd' }).apply(x)) }),
      /two layers have the name 'd'.*d_1/,
    ],
    ['an unknown option', () => model({ inputs: x, outputs: x.add(1), layers: [] } as never), /unknown option 'layers'/],
    [
      'one of two inputs',
      () => model({ inputs: [x, other], outputs: x.add(other) }).apply(tensor([[1, 2]])),
      /expected 2 inputs|array of 2/,
    ],
  ]
  it.each(rows)('%s is an error that helps', (_, draw, message) => expect(draw).toThrow(message))
})
