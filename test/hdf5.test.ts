// HDF5: files that h5py wrote in all its forms.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openHdf5 } from '../src/io/hdf5/reader'
import { bytesSource } from '../src/io/source'

const folder = new URL('golden/hdf5/', import.meta.url)
type Values = (number | string)[]
type Contents = {
  [file: string]: { datasets: { [path: string]: { shape: number[]; values: Values } }; attributes: { [name: string]: Values } }
}
const contents = JSON.parse(readFileSync(new URL('contents.json', folder), 'utf8')) as Contents

const open = (file: string) => openHdf5(bytesSource(new Uint8Array(readFileSync(new URL(`${file}.h5`, folder))), file))
const plain = (value: unknown): Values => (typeof value === 'string' ? [value] : Array.from(value as ArrayLike<number | string>))
const single = (values: Values) => values.map((value) => (typeof value === 'number' ? Math.fround(value) : value))

describe.each(Object.entries(contents))('%s', (file, { datasets, attributes }) => {
  it('has the values that h5py reads', async () => {
    const root = await open(file)
    for (const [path, { shape, values }] of Object.entries(datasets)) {
      const dataset = await root.dataset(path)
      expect(dataset?.shape, path).toEqual(shape)
      const isText = values.length > 0 && typeof values[0] === 'string'
      expect(single(plain(isText ? await dataset!.readTexts() : await dataset!.read())), path).toEqual(single(values))
    }
    expect(await root.dataset('no/such/thing')).toBeUndefined()
  })

  it('has the attributes that h5py reads', async () => {
    const root = await open(file)
    expect((await root.attributeNames()).toSorted()).toEqual(Object.keys(attributes).toSorted())
    for (const [name, values] of Object.entries(attributes)) expect(plain(await root.attribute(name)), name).toEqual(values)
  })
})
