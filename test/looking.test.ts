// Looking at models: pictures whose boxes stand apart with their text inside, graphs for dot, and what a forward pass costs.
import { describe, expect, test } from 'vitest'
import { input, layers, Model, model, ops, sequential, type Tensor } from '../src/index'
import { layOut } from '../src/looking/layout'
import { makeRandom } from '../src/util/shuffle'

interface Rect {
  readonly kind: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}
const numbers = (text: string, ...names: string[]) => names.map((name) => Number(new RegExp(` ${name}="([^"]*)"`).exec(text)![1]))
function rects(svg: string): Rect[] {
  return [...svg.matchAll(/<rect class="([a-z ]+)"[^>]* rx[^>]*>/g)].map(([text, kind]) => {
    const [x, y, width, height] = numbers(text, 'x', 'y', 'width', 'height') as [number, number, number, number]
    return { kind: kind!, x, y, width, height }
  })
}
const overlap = (a: Rect, b: Rect) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
const contains = (a: Rect, b: Rect) => a.x <= b.x && a.y <= b.y && a.x + a.width >= b.x + b.width && a.y + a.height >= b.y + b.height

/** Boxes on the paper and apart, or one inside of the other; every text inside of a box, with letters as wide as fixed fonts have them. */
function checkPicture(svg: string): Rect[] {
  const boxes = rects(svg)
  const [width, height] = numbers(svg, 'width', 'height') as [number, number]
  for (const [i, a] of boxes.entries()) {
    expect(contains({ kind: '', x: 0, y: 0, width, height }, a)).toBe(true)
    for (const b of boxes.slice(i + 1)) if (overlap(a, b)) expect(a.kind === 'group' && contains(a, b)).toBe(true)
  }
  for (const [text, line] of svg.matchAll(/<text[^>]*>([^<]*)</g)) {
    const [x, y] = numbers(text, 'x', 'y') as [number, number]
    const wide = line!.replace(/&#\d+;/g, '*').length * 12 * 0.602
    expect(boxes.some((box) => contains(box, { kind: '', x: x - wide / 2, y: y - 10, width: wide, height: 12 }))).toBe(true)
  }
  const ends = [...svg.matchAll(/<path d="M([\d.]+) ([\d.]+)[^"]*[ LC]([\d.]+) ([\d.]+)" marker/g)]
  for (const [, x, y, x2, y2] of ends)
    for (const [px, py] of [
      [x, y],
      [x2, y2],
    ])
      expect(
        boxes.some((box) =>
          contains(
            { ...box, x: box.x - 1, y: box.y - 1, width: box.width + 2, height: box.height + 2 },
            { kind: '', x: Number(px), y: Number(py), width: 0, height: 0 },
          ),
        ),
      ).toBe(true)
  return boxes
}

function branches(): Model<Tensor> {
  const x = input({ shape: [8, 8, 3], name: 'image' })
  const towers = [1, 3, 5].map((kernelSize) =>
    layers.conv2d({ filters: 4, kernelSize, padding: 'same' }).apply(layers.conv2d({ filters: 2, kernelSize: 1 }).apply(x)),
  )
  const h = layers.globalAveragePooling2d().apply(ops.concat([...towers, x], -1))
  return model({ inputs: x, outputs: layers.dense({ units: 2, name: 'out' }).apply(h.add(h.mul(2))), name: 'branches' })
}
function nested(): Model<Tensor> {
  const [p, q] = [input({ shape: [5], name: 'p' }), input({ shape: [5], name: 'q' })]
  const inner = sequential([layers.dense({ units: 5, inputShape: [5] }), layers.dropout(0.5)])
  const middle = model({ inputs: p, outputs: inner.apply(inner.apply(p)).add(p), name: 'middle' })
  return model({ inputs: q, outputs: layers.dense(2).apply(middle.apply(q).mul(layers.dense(5).apply(q))), name: 'a & <b>' })
}
const chain = (n: number) =>
  sequential({
    name: 'chain',
    layers: Array.from({ length: n }, (_, i) => layers.dense({ units: 3, name: `layer_${i}`, ...(i ? {} : { inputShape: [3] }) })),
  })
class Own extends Model {
  readonly first = layers.dense(3)
  readonly second = layers.dense(1)
  override call(x: Tensor) {
    return this.second.apply(this.first.apply(x))
  }
}

describe('toSVG', () => {
  test.each<[string, () => Model<Tensor>, object, number]>([
    ['branches', branches, {}, 12],
    ['from left to right', branches, { rankdir: 'LR', showParams: true, showDtype: true }, 12],
    ['models inside as one box', nested, {}, 5],
    ['models inside opened', nested, { expandNested: true, showTrainable: true, showLayerActivations: true }, 15],
    ['100 layers', () => chain(100), { showLayerNames: false }, 101],
    ['a class of one’s own', () => new Own(), {}, 2],
    ['a model without a shape', () => sequential([layers.dense(2), layers.dense(1)]), {}, 2],
    ['no layers', () => sequential(), {}, 0],
  ])('%s', async (_, make, options, count) => expect(checkPicture(await make().toSVG(options)).length).toBe(count))

  test('is well-formed, whatever names are', async () => {
    const svg = await nested().toSVG()
    expect(svg).toContain('<title>a &#38; &#60;b&#62;</title>')
    expect(svg.replace(/&#\d+;/g, '')).not.toContain('&')
    expect(svg).toContain('prefers-color-scheme:dark')
    expect([...svg.matchAll(/<(\w+)[^>]*[^/]>/g)].length).toBe([...svg.matchAll(/<\/(\w+)>/g)].length)
  })
  test('a branch of its own is not crossed', () => {
    // Two inputs side by side in the wrong order: the arrows can be drawn without crossing.
    const sizes = Array.from({ length: 6 }, () => ({ across: 10, along: 10 }))
    const { places } = layOut(sizes, [
      [0, 4],
      [1, 3],
      [2, 5],
    ]) // prettier-ignore
    const order = (list: number[]) => list.toSorted((a, b) => places[a]!.across - places[b]!.across)
    const partner = new Map([
      [0, 4],
      [1, 3],
      [2, 5],
    ]) // prettier-ignore
    expect(order([0, 1, 2]).map((box) => partner.get(box))).toEqual(order([3, 4, 5]))
  })
  test('random graphs: boxes apart, arrows go down', () => {
    const r = makeRandom(4)
    for (let round = 0; round < 60; round++) {
      const n = 2 + Math.floor(r() * 25)
      const sizes = Array.from({ length: n }, () => ({ across: 20 + r() * 150, along: 20 + r() * 60 }))
      const arrows = Array.from({ length: Math.floor(n * 1.5) }, (): [number, number] => {
        const [a, b] = [Math.floor(r() * n), Math.floor(r() * n)]
        return a < b ? [a, b] : [b, a]
      }).filter(([a, b]) => a !== b)
      const { places, across, along } = layOut(sizes, arrows)
      const boxes = places.map(
        (at, i): Rect => ({ kind: 'box', x: at.across, y: at.along, width: sizes[i]!.across, height: sizes[i]!.along }),
      )
      boxes.forEach((a, i) => {
        expect(a.x >= -1e-9 && a.y >= 0 && a.x + a.width <= across + 1e-9 && a.y + a.height <= along + 1e-9).toBe(true)
        boxes.slice(i + 1).forEach((b) => expect(overlap(a, b)).toBe(false))
      })
      for (const [a, b] of arrows) expect(boxes[a]!.y + boxes[a]!.height).toBeLessThan(boxes[b]!.y)
    }
  })
  test('options are checked', async () => {
    await expect(chain(2).toSVG({ showShape: true } as never)).rejects.toThrow(/did you mean 'showShapes'/)
    await expect(chain(2).toDot({ rankdir: 'BT' as never })).rejects.toThrow(/one of 'TB', 'LR'/)
  })
})

describe('toDot', () => {
  test('nodes, arrows and clusters', async () => {
    expect(await chain(2).toDot({ showShapes: false })).toBe(
      'digraph "chain" {\nrankdir=TB;\nnode [shape=box];\nn0 [label="input_layer\\nInputLayer"];\nn1 [label="layer_0\\nDense"];\n' +
        'n2 [label="layer_1\\nDense"];\nn0 -> n1;\nn1 -> n2;\n}\n',
    )
    const dot = await nested().toDot({ expandNested: true })
    expect(dot.match(/subgraph cluster/g)!.length).toBe(3)
    expect(dot.match(/ -> /g)!.length).toBe(13)
    expect(dot).toContain('digraph "a & <b>"')
  })
})

describe('profile', () => {
  test('operations and bytes, counted by hand', async () => {
    const net = sequential([
      layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 2] }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 5, activation: 'softmax' }),
    ])
    const { rows, flops, params, bytes } = await net.profile(undefined, { batchSize: 2 })
    expect(rows.map(({ className, flops: n, params: p }) => [className, n, p])).toEqual([
      ['Conv2D', 2 * (16 * 4) * (2 * 18 + 2), 76],
      ['MaxPooling2D', 2 * (4 * 4) * 4, 0],
      ['Flatten', 0, 0],
      ['Dense', 2 * 5 * (2 * 16 + 1 + 5), 85],
    ])
    expect(flops).toBe(rows.reduce((sum, row) => sum + row.flops, 0))
    expect([params, rows[0]!.bytes]).toEqual([161, 4 * (2 * 72 + 2 * 64 + 76)])
    expect(bytes).toBeGreaterThan(rows[0]!.bytes)
  })
  test('recurrent layers, ops between layers, and times', async () => {
    const net = sequential([layers.lstm({ units: 4, inputShape: [3, 2] })])
    expect((await net.profile()).rows[0]!.flops).toBe(3 * (2 * (2 * 16 + 4 * 16) + 3 * 16))
    const drawn = branches()
    const { rows, ms, text } = await drawn.profile(ops.broadcastTo(1, [2, 8, 8, 3]), { runs: 2 })
    expect(rows.filter(({ className }) => className === 'op').map(({ name }) => name)).toEqual(['mul', 'add'])
    expect(ms).toBeGreaterThan(0)
    for (const row of rows.filter(({ className }) => className !== 'op')) expect(row.ms).toBeGreaterThan(0)
    expect(text.split('\n').length).toBe(rows.length + 2)
  })
  test('models inside as one row or by their layers; several inputs by name', async () => {
    expect((await nested().profile()).rows.map(({ name }) => name)).toEqual(['middle', 'dense_1', 'dense', 'mul'])
    const opened = await nested().profile([[1, 2, 3, 4, 5]], { expandNested: true, runs: 1 })
    expect(opened.rows.filter(({ className }) => className === 'Dense').length).toBe(4)
    const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [3], dtype: 'int32', name: 'b' })]
    const table = layers.embedding({ inputDim: 5, outputDim: 2 }).apply(b)
    const two = model({ inputs: { a, b }, outputs: layers.dense(1).apply(ops.concat([a, table.mean(1)], -1)) })
    expect((await two.profile()).rows.length).toBeGreaterThan(2)
    expect((await two.profile({ a: [[1, 2]], b: [[1, 2, 3]] })).ms).toBeGreaterThan(0)
    const own = new Own()
    await expect(own.profile()).rejects.toThrow(/give data, as profile\(x\)/)
    expect((await own.profile([[1, 2]])).rows.map(({ className }) => className)).toEqual(['Dense', 'Dense'])
  })
  test('it leaves the model as it was', async () => {
    const net = chain(2)
    const before = net.getWeights().map((weight) => weight.arraySync())
    await net.profile([[1, 2, 3]])
    expect(net.getWeights().map((weight) => weight.arraySync())).toEqual(before)
  })
})
