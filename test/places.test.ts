// Where files lie: what is kept is the old file or the new one, whole; stores are listed and emptied.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { layers, listModels, loadModel, removeModel, sequential, type Tensor } from '../src'

const net = (units = 2) => sequential([layers.dense({ units, inputShape: [3] })])
const folder = await mkdtemp(join(tmpdir(), 'places-'))

/** A file system of 64 kB, where the tests may make one. */
function smallDisk(): string | undefined {
  const at = join(folder, 'small')
  mkdirSync(at)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at], { stdio: 'ignore' })
    return at
  } catch {
    return undefined
  }
}

describe('a full disk', () => {
  const disk = smallDisk()
  afterAll(() => void (disk && execFileSync('umount', [disk])))

  it.runIf(disk)('is an error that says so; the old file is whole, and nothing else is left', async () => {
    const path = join(disk!, 'm.keras')
    await net().save(path)
    const before = readFileSync(path)
    await expect(net(100_000).save(path)).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringMatching(/m\.keras: there is no space left/),
    })
    expect(readFileSync(path)).toEqual(before)
    expect(readdirSync(disk!)).toEqual(['m.keras'])
  })
})

describe('stores of the browser', () => {
  const items = new Map<string, string>()
  const storage = {
    get length() {
      return items.size
    },
    key: (i: number) => [...items.keys()][i] ?? null,
    getItem: (key: string) => items.get(key) ?? null,
    removeItem: (key: string) => void items.delete(key),
    setItem: (key: string, value: string) => {
      if (value.length > 50_000) throw new DOMException('exceeded', 'QuotaExceededError')
      items.set(key, value)
    },
  }

  it('are listed, and emptied', async () => {
    vi.stubGlobal('localStorage', storage)
    const one = net()
    await one.save('localstorage://a.keras')
    await one.save('localstorage://b.keras')
    expect(await listModels()).toEqual(['localstorage://a.keras', 'localstorage://b.keras'])
    expect(((await loadModel('localstorage://b.keras')).predict([[1, 2, 3]]) as Tensor).arraySync()).toEqual(
      one.predict([[1, 2, 3]]).arraySync(),
    )
    await removeModel('localstorage://a.keras')
    expect(await listModels('localstorage://')).toEqual(['localstorage://b.keras'])
    await expect(removeModel('localstorage://a.keras')).rejects.toThrow(/does not exist/)
    await expect(net(20_000).save('localstorage://b.keras')).rejects.toThrow(/localstorage:\/\/b\.keras: there is no space left/)
    expect(await listModels('localstorage')).toEqual(['localstorage://b.keras'])
    vi.unstubAllGlobals()
  })

  it('a model that TensorFlow.js left in localStorage', async () => {
    vi.stubGlobal('localStorage', storage)
    const dense = { class_name: 'Dense', config: { name: 'd', units: 1, use_bias: false, batch_input_shape: [null, 2] } }
    const left = {
      model_topology: JSON.stringify({ class_name: 'Sequential', config: { layers: [dense] } }),
      weight_specs: JSON.stringify([{ name: 'd/kernel', shape: [2, 1], dtype: 'float32' }]),
      weight_data: Buffer.from(Float32Array.of(2, 3).buffer).toString('base64'),
      model_metadata: JSON.stringify({ format: 'layers-model', generatedBy: 'TensorFlow.js' }),
    }
    for (const [key, value] of Object.entries(left)) items.set(`tensorflowjs_models/old/${key}`, value)
    expect(((await loadModel('localstorage://old')).predict([[1, 1]]) as Tensor).arraySync()).toEqual([[5]])
    vi.unstubAllGlobals()
  })

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['a store that is none', () => listModels('floppy'), /'floppy' is no store; the stores are indexeddb/],
    ['a store that is not here', () => listModels('opfs'), /no private file system here/],
    ['a URL', () => removeModel('https://example.org/a.keras'), /cannot be removed from here/],
  ])('%s', async (_, act, message) => expect(act()).rejects.toThrow(message))
})
