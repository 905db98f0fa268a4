// Every reader against damaged files. CORNUS_DAMAGE=n takes n times as many.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Dataset, openHdf5, type Group } from '../src/io/hdf5/reader'
import { readNpz } from '../src/io/npy'
import { readSafetensors } from '../src/io/safetensors'
import { bytesSource } from '../src/io/source'
import { flips, mutations, survive, truncations } from './support/damage'

const more = Number(process.env.CORNUS_DAMAGE ?? 1)
const seed = (file: string) => new Uint8Array(readFileSync(new URL(`golden/${file}`, import.meta.url)))

async function walk(group: Group, depth = 0): Promise<void> {
  for (const name of await group.attributeNames()) await group.attribute(name)
  if (depth > 20) return
  for (const name of await group.names()) {
    const item = await group.get(name)
    if (item instanceof Dataset) await (item.type.kind === 'string' || item.type.kind === 'varString' ? item.readTexts() : item.read())
    else if (item) await walk(item, depth + 1)
  }
}

const hdf5 = async (bytes: Uint8Array) => walk(await openHdf5(bytesSource(bytes, 'damaged')))
const npz = async (bytes: Uint8Array) => {
  for (const read of (await readNpz(bytesSource(bytes, 'damaged'))).values()) await read()
}
const safetensors = async (bytes: Uint8Array) => {
  for (const { read } of (await readSafetensors(bytesSource(bytes, 'damaged'))).arrays) await read()
}

const rows: [string, (bytes: Uint8Array) => Promise<void>][] = [
  ['hdf5/deep_old.h5', hdf5],
  ['hdf5/deep_new.h5', hdf5],
  ['hdf5/types_old.h5', hdf5],
  ['hdf5/types_new.h5', hdf5],
  ['hdf5/chunks_new.h5', hdf5],
  ['files/arrays.npz', npz],
  ['files/compressed.npz', npz],
  ['files/arrays.safetensors', safetensors],
]

describe.each(rows)('%s', (file, read) => {
  const bytes = seed(file)
  const step = (wanted: number) => Math.max(1, Math.floor(bytes.length / (wanted * more)))

  it('is whole', async () => expect(await survive([['whole', bytes]], read)).toBe(1))
  it('cut off', async () => void (await survive(truncations(bytes, step(150)), read)), 600_000)
  it('with a flipped byte', async () => void (await survive(flips(bytes, step(150)), read)), 600_000)
  it('mutated', async () => void (await survive(mutations(bytes, 100 * more, 1), read)), 600_000)
})
