// .npy, .npz and safetensors: arrays that NumPy and the safetensors package stored, and ours read by us.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readNpy, readNpz, writeNpz, type ToNpy } from '../src/io/npy'
import { readSafetensors, writeSafetensors } from '../src/io/safetensors'
import { bytesSource } from '../src/io/source'

const folder = new URL('golden/files/', import.meta.url)
const contents = JSON.parse(readFileSync(new URL('contents.json', folder), 'utf8')) as {
  [name: string]: { shape: number[]; values: number[] }
}
const source = (file: string) => bytesSource(new Uint8Array(readFileSync(new URL(file, folder))), file)
const join = (pieces: readonly Uint8Array[]) => bytesSource(new Uint8Array(Buffer.concat(pieces)), 'ours')
const single = (values: ArrayLike<number>) => Array.from(values, Math.fround)

describe('NumPy', () => {
  it.each(['arrays.npz', 'compressed.npz'])('%s has the values that NumPy wrote', async (file) => {
    const arrays = await readNpz(source(file))
    expect([...arrays.keys()].toSorted()).toEqual(Object.keys(contents).toSorted())
    for (const [name, read] of arrays) {
      const { shape, data } = await read()
      expect([name, shape, single(data)]).toEqual([name, contents[name]!.shape, contents[name]!.values])
    }
  })

  it('reads one array', async () => {
    const { shape, type, data } = await readNpy(source('one.npy'))
    expect([shape, type, single(data)]).toEqual([[3, 4], 'float32', contents.f4!.values])
  })

  it('reads what it writes', async () => {
    const given = new Map<string, ToNpy>([
      ['a/b', { shape: [2, 2], type: 'float32', data: new Uint8Array(Float32Array.of(1, -0, 3, NaN).buffer) }],
      ['c', { shape: [3], type: 'int32', data: new Uint8Array(Int32Array.of(1, 2, -3).buffer) }],
      ['d', { shape: [], type: 'uint8', data: Uint8Array.of(9) }],
    ])
    for (const [name, read] of await readNpz(join(writeNpz(given)))) {
      const { shape, type, data } = await read()
      expect([shape, type, new Uint8Array(data.buffer)]).toEqual([given.get(name)!.shape, given.get(name)!.type, given.get(name)!.data])
    }
  })

  const npy = (header: string, data = new Uint8Array(4)) => {
    const text = new TextEncoder().encode(header)
    return bytesSource(
      new Uint8Array(
        Buffer.concat([Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8), text, data]),
      ),
      'bad.npy',
    )
  }
  it.each([
    ["{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 'no objects'],
    ["{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", 'column by column'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 'takes 8 bytes; 4 are there'],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 'cannot be'],
    ["{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 'not that of a plain array'],
  ])('refuses %s', async (header, message) => {
    await expect(readNpy(npy(header))).rejects.toMatchObject({ code: 'BAD_FILE', message: expect.stringContaining(message) })
  })
})

describe('safetensors', () => {
  it('has the values that its package wrote', async () => {
    const { arrays, metadata } = await readSafetensors(source('arrays.safetensors'))
    expect(metadata).toEqual({ format: 'np' })
    expect(arrays.length).toBe(Object.keys(contents).length - 1)
    for (const { name, shape, read } of arrays)
      expect([name, shape, single(await read())]).toEqual([name, contents[name]!.shape, contents[name]!.values])
  })

  it('reads what it writes', async () => {
    const data = new Uint8Array(Float32Array.of(1, 2, 3).buffer)
    const { arrays, metadata } = await readSafetensors(
      join(
        writeSafetensors(
          [
            { name: 'a', shape: [3], type: 'float32', data },
            { name: 'b', shape: [0, 4], type: 'int32', data: new Uint8Array(0) },
          ],
          { made: 'here' },
        ),
      ),
    )
    expect(metadata).toEqual({ made: 'here' })
    expect(arrays.map(({ name, shape, type }) => [name, shape, type])).toEqual([
      ['a', [3], 'float32'],
      ['b', [0, 4], 'int32'],
    ])
    expect(await arrays[0]!.read()).toEqual(Float32Array.of(1, 2, 3))
  })

  const file = (header: string, bytes = 4, length = header.length) => {
    const head = new Uint8Array(8)
    new DataView(head.buffer).setBigUint64(0, BigInt(length), true)
    return bytesSource(new Uint8Array(Buffer.concat([head, new TextEncoder().encode(header), new Uint8Array(bytes)])), 'bad.safetensors')
  }
  const tensor = (from: number, to: number, more = '') =>
    `{"dtype":"F32","shape":[${(to - from) / 4}],"data_offsets":[${from},${to}]${more}}`
  it.each([
    ['a length beyond the file', file(`{"a":${tensor(0, 4)}}`, 4, 10 ** 9), 'claims'],
    ['a length beyond all numbers', file(`{"a":${tensor(0, 4)}}`, 4, Number.MAX_SAFE_INTEGER), 'claims'],
    ['a space in front', file(` {"a":${tensor(0, 4)}}`), "does not begin with '{'"],
    ['no object', file('[1, 2, 3]'), "does not begin with '{'"],
    ['two of a name', file(`{"a":${tensor(0, 4)},"a":${tensor(0, 4)}}`), 'two tensors'],
    ['a hole', file(`{"a":${tensor(0, 4)},"b":${tensor(8, 12)}}`, 12), 'leave a gap'],
    ['an overlap', file(`{"a":${tensor(0, 8)},"b":${tensor(4, 12)}}`, 12), 'overlap'],
    ['bytes behind', file(`{"a":${tensor(0, 4)}}`, 5), '5 are there'],
    ['an end too far', file(`{"a":${tensor(0, 400)}}`), '4 are there'],
    ['its end in front', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}'), 'has the place'],
    ['a shape that overflows', file('{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}'), 'takes'],
    ['a negative size', file('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}'), 'has the shape'],
    ['an unknown dtype', file('{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}'), 'has the dtype'],
    ['a dtype of Object', file('{"a":{"dtype":"constructor","shape":[4],"data_offsets":[0,4]}}'), 'has the dtype'],
    ['metadata that are no texts', file(`{"__metadata__":{"a":1},"a":${tensor(0, 4)}}`), 'must be texts'],
    ['__proto__', file(`{"__proto__":${tensor(0, 4)}}`), '__proto__'],
    ['deep nesting', file(`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`), 'nested'],
  ])('refuses a file with %s', async (_, bad, message) => {
    await expect(readSafetensors(bad)).rejects.toMatchObject({ code: 'BAD_FILE', message: expect.stringContaining(message) })
  })
})
