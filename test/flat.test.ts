// All weights in one buffer: laid out by a table, given back whole or not at all.
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { input, Layer, layers, model, sequential, type Tensor } from '../src'

class Counted extends Layer {
  override build(): void {
    this.addWeight({ name: 'scale', shape: [], initializer: 'ones' })
    this.addWeight({ name: 'count', shape: [2], dtype: 'int32', initializer: 'zeros', trainable: false })
    this.addWeight({ name: 'none', shape: [0, 3], initializer: 'zeros' })
  }
  override call(x: Tensor): Tensor {
    return x
  }
}

const makers = {
  sequential: () => sequential([layers.dense({ units: 3, inputShape: [2] }), layers.batchNormalization(), layers.dense(1)]),
  functional: () => {
    const x = input({ shape: [4] })
    const shared = layers.dense(4)
    return model({ inputs: x, outputs: shared.apply(shared.apply(x)) })
  },
  recurrent: () => sequential([layers.bidirectional({ layer: layers.gru({ units: 2 }), inputShape: [3, 2] }), layers.dense(2)]),
  'own types and empty weights': () => sequential([new Counted({ inputShape: [2] }), layers.dense(2)]),
}
const values = (layer: Layer) => layer.getWeights().map((weight) => Array.from(weight.dataSync()))
const bytes = (buffer: ArrayBuffer) => new Uint8Array(buffer)
const small = () => sequential([layers.dense({ units: 3, inputShape: [2] })])

describe.each(Object.entries(makers))('%s', (_, make) => {
  it('lays out every weight in order, once', () => {
    const net = make()
    const { buffer, table } = net.getFlatWeights()
    expect(table.map(({ name, path, shape, dtype }) => [name, path, shape, dtype])).toEqual(
      net.allWeights.map(({ name, path, variable }) => [name, path, variable.shape, variable.dtype]),
    )
    table.forEach(({ offset, byteLength }, i) => expect(offset + byteLength).toBe(table[i + 1]?.offset ?? buffer.byteLength))
    net.getWeights().forEach((weight, i) => {
      const { offset, byteLength, dtype } = table[i]!
      const Numbers = dtype === 'float32' ? Float32Array : Int32Array
      expect(new Numbers(buffer, offset, byteLength / 4)).toEqual(weight.dataSync())
    })
  })

  it('goes to another model of the same form, in every form of a buffer', () => {
    const one = make()
    const flat = one.getFlatWeights()
    const odd = new Uint8Array(flat.buffer.byteLength + 3)
    odd.set(new Uint8Array(flat.buffer), 3)
    const sharedBytes = new SharedArrayBuffer(flat.buffer.byteLength)
    new Uint8Array(sharedBytes).set(new Uint8Array(flat.buffer))
    const forms = [flat, flat.buffer, new Float32Array(flat.buffer), new DataView(flat.buffer), odd.subarray(3), sharedBytes]
    for (const form of forms) {
      const other = make()
      other.setFlatWeights(form)
      expect(values(other)).toEqual(values(one))
    }
  })
})

describe('uses', () => {
  it('a copy: what training does later does not change it', async () => {
    const net = small()
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const before = net.getFlatWeights()
    const kept = before.buffer.slice(0)
    await net.fit([[1, 2]], [[1, 2, 3]], { epochs: 2, verbose: 0 })
    expect(bytes(before.buffer)).toEqual(bytes(kept))
    expect(bytes(net.getFlatWeights().buffer)).not.toEqual(bytes(kept))
    net.setFlatWeights(before)
    expect(bytes(net.getFlatWeights().buffer)).toEqual(bytes(kept))
  })

  it('the mean of several clients', () => {
    const clients = [small(), small(), small()]
    const parts = clients.map((client) => new Float32Array(client.getFlatWeights().buffer))
    const mean = parts[0]!.map((_, i) => parts.reduce((sum, part) => sum + part[i]!, 0) / parts.length)
    const server = small()
    server.setFlatWeights(mean)
    expect(new Float32Array(server.getFlatWeights().buffer)).toEqual(mean)
  })

  it('the same buffer again and again', () => {
    const net = small()
    const into = new ArrayBuffer(36)
    expect(net.getFlatWeights({ into }).buffer).toBe(into)
    expect(bytes(into)).toEqual(bytes(net.getFlatWeights().buffer))
  })

  it('is handed over to another worker without a copy', async () => {
    const { port1, port2 } = new MessageChannel()
    const [one, other] = [small(), small()]
    const arrived = new Promise((resolve) => port2.once('message', resolve))
    const flat = one.getFlatWeights()
    port1.postMessage(flat, [flat.buffer])
    expect(flat.buffer.byteLength).toBe(0)
    other.setFlatWeights((await arrived) as typeof flat)
    expect(values(other)).toEqual(values(one))
    port1.close()
  })
})

describe('what does not fit is refused, and nothing is written', () => {
  const flat = small().getFlatWeights()
  const wide = sequential([layers.dense({ units: 2, inputShape: [3], useBias: true }), layers.activation('relu')]).getFlatWeights()
  const rows: [string, unknown, string, RegExp][] = [
    ['too short', new Float32Array(8), 'BAD_SHAPE', /take 36 bytes \(9 numbers\); 32 bytes were given/],
    ['too long', new ArrayBuffer(40), 'BAD_SHAPE', /40 bytes were given/],
    ['a table of other shapes', { buffer: flat.buffer, table: wide.table }, 'BAD_SHAPE', /weight 0 is layers\/dense\/vars\/0 \[2, 3\]/],
    ['a table of other length', { buffer: flat.buffer, table: [] }, 'BAD_ARGUMENT', /the table has 0 weights; 2 are here/],
    ['a table that is none', { buffer: flat.buffer, table: [null, 3] }, 'BAD_SHAPE', /the table has undefined/],
    ['float64', new Float64Array(9), 'BAD_DTYPE', /Float32Array\.from/],
    ['nothing', undefined, 'BAD_ARGUMENT', /takes what getFlatWeights\(\) gave/],
    ['null', null, 'BAD_ARGUMENT', /not null/],
    ['an array', [1, 2, 3], 'BAD_ARGUMENT', /not \[1,2,3\]/],
  ]
  it.each(rows)('%s', (_, given, code, message) => {
    const net = small()
    const before = values(net)
    expect(() => net.setFlatWeights(given as ArrayBuffer)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
    expect(values(net)).toEqual(before)
  })

  it('a model without weights yet, a buffer of another length to read into', () => {
    const empty = sequential([layers.dense(3)])
    expect(() => empty.getFlatWeights()).toThrow(/getFlatWeights needs the weights.*inputShape/)
    expect(() => empty.setFlatWeights(flat)).toThrow(/setFlatWeights needs the weights/)
    expect(() => small().getFlatWeights({ into: new ArrayBuffer(4) })).toThrow(
      /into must be an ArrayBuffer of 36 bytes, not a buffer of 4 bytes/,
    )
  })
})
