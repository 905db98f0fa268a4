// Models in .keras files: saved and loaded again bit for bit, from and to every kind of place; what is wrong with a file.
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  configure,
  exportModel,
  input,
  layers,
  loadModel,
  losses,
  model,
  ops,
  optimizers,
  sequential,
  type Model,
  type Tensor,
} from '../src'
import { writeZip, Zip } from '../src/io/zip'
import { bytesSource } from '../src/io/source'

configure({ threads: 1 })
const folder = await mkdtemp(join(tmpdir(), 'models-'))
const wave = (...shape: number[]): Tensor =>
  ops.sin(
    ops.reshape(
      ops.arange(
        0,
        shape.reduce((a, b) => a * b),
      ),
      shape,
    ),
  )
const bits = (m: Model, x: Tensor): number[] => Array.from(m.predict(x).dataSync())
const state = (m: Model): number[][] => [...m.weights, ...m.optimizer.variables].map((variable) => Array.from(variable.dataSync()))

const makers: { readonly [name: string]: () => { m: Model; x: Tensor; y: Tensor } } = {
  sequential: () => ({
    m: sequential([
      layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1] }),
      layers.batchNormalization(),
      layers.flatten(),
      layers.dense({ units: 3, activation: 'softmax' }),
    ]),
    x: wave(4, 6, 6, 1),
    y: ops.oneHot([0, 1, 2, 1], 3),
  }),
  drawn: () => {
    const p = input({ shape: [5, 2] })
    const h = layers.bidirectional({ layer: layers.lstm({ units: 2 }) }).apply(layers.masking({ maskValue: 0 }).apply(p))
    const block = sequential([layers.dense({ units: 4, activation: 'relu' }), layers.dense({ units: 4 })])
    return { m: model({ inputs: p, outputs: ops.add(block.apply(h), h) }) as Model, x: wave(4, 5, 2), y: wave(4, 4) }
  },
}
const optimizerOf: { readonly [name: string]: () => ReturnType<typeof optimizers.adam> } = {
  adam: () =>
    optimizers.adam({ learningRate: optimizers.schedules.exponentialDecay({ initialLearningRate: 0.1, decaySteps: 3, decayRate: 0.5 }) }),
  rmsprop: () => optimizers.rmsprop({ momentum: 0.5, centered: true, useEma: true }) as never,
  sgd: () => optimizers.sgd({ momentum: 0.9, gradientAccumulationSteps: 2 }) as never,
}

describe.each(Object.keys(makers))('%s', (kind) => {
  it.each(Object.keys(optimizerOf))('goes on with %s to the same bits', async (name) => {
    const { m, x, y } = makers[kind]!()
    m.compile({ optimizer: optimizerOf[name]!(), loss: losses.huber({ delta: 0.5 }), metrics: ['accuracy'] })
    await m.fit(x, y, { epochs: 2, batchSize: 2, shuffle: false, verbose: 0 })
    const path = join(folder, `${kind}-${name}.keras`)
    await m.save(path)
    const other = await loadModel(path)
    expect(bits(other, x)).toEqual(bits(m, x))
    expect(state(other)).toEqual(state(m))
    expect(other.toJSON()).toBe(m.toJSON())
    for (const each of [m, other]) await each.fit(x, y, { epochs: 2, batchSize: 2, shuffle: false, verbose: 0 })
    expect(state(other)).toEqual(state(m))
    expect((await readdir(folder)).filter((file) => file.endsWith('.tmp'))).toEqual([])
  })

  it('comes as bytes, a Blob, an own place, a folder', async () => {
    const { m, x } = makers[kind]!()
    const bytes = await exportModel(m)
    const zip = await Zip.open(bytesSource(bytes, 'bytes'))
    const files = new Map<string, Uint8Array>()
    for (const name of zip.names) {
      const member = await zip.open(name)
      files.set(name, await member!.read(0, member!.size))
      await writeFile(join(folder, name), files.get(name)!)
    }
    const kept = new Map<string, Uint8Array>()
    const own = { read: (name: string) => kept.get(name), write: (name: string, data: Uint8Array) => void kept.set(name, data) }
    await m.save(own)
    const sources = [
      bytes,
      bytes.buffer,
      new Blob([bytes as Uint8Array<ArrayBuffer>]),
      new Response(bytes as Uint8Array<ArrayBuffer>),
      folder,
      join(folder, 'config.json'),
      { read: (name: string) => files.get(name) },
      { read: (name: string) => kept.get(name === 'model.keras' ? `${m.name}.keras` : name) },
    ]
    for (const source of sources) expect(bits(await loadModel(source as Uint8Array), x)).toEqual(bits(m, x))
  })
})

describe('options', () => {
  it('leave out the optimizer, or do not compile', async () => {
    const { m, x, y } = makers.sequential!()
    m.compile({ optimizer: 'adam', loss: 'mse' })
    await m.fit(x, y, { epochs: 1, verbose: 0 })
    const [whole, without] = [await exportModel(m), await exportModel(m, 'keras', { optimizer: false })]
    expect(without.length).toBeLessThan(whole.length * 0.8)
    expect((await loadModel(without)).isCompiled).toBe(false)
    expect((await loadModel(whole, { compile: false })).isCompiled).toBe(false)
    expect((await loadModel(whole)).isCompiled).toBe(true)
  })

  it('that are unknown are told, and endings that are no model', async () => {
    const { m } = makers.sequential!()
    await expect(m.save('x.keras', { optimiser: false } as never)).rejects.toThrow(/save: unknown option 'optimiser'/)
    await expect(loadModel('x.keras', { compiled: false } as never)).rejects.toThrow(/loadModel: unknown option 'compiled'/)
    await expect(m.save(join(folder, 'x.txt'))).rejects.toThrow(/end the name in \.keras or \.h5/)
    await expect(exportModel(m, 'pth' as never)).rejects.toThrow(/'pth' is no format/)
  })

  it('signal ends loading and saving', async () => {
    const { m } = makers.sequential!()
    const signal = AbortSignal.abort()
    await expect(m.save(join(folder, 'aborted.keras'), { signal })).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(loadModel(await exportModel(m), { signal })).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await readdir(folder)).not.toContain('aborted.keras')
  })
})

describe('what is wrong with a file', () => {
  const files = async (spoil: (members: Map<string, string | Uint8Array>) => void): Promise<Uint8Array> => {
    const zip = await Zip.open(bytesSource(await exportModel(makers.sequential!().m), 'bytes'))
    const members = new Map<string, string | Uint8Array>()
    for (const name of zip.names) {
      const member = await zip.open(name)
      members.set(name, await member!.read(0, member!.size))
    }
    spoil(members)
    const pieces = (data: string | Uint8Array) => [typeof data === 'string' ? new TextEncoder().encode(data) : data]
    const all = writeZip([...members].map(([name, data]) => ({ name, pieces: pieces(data) })))
    return new Uint8Array(await new Blob(all as Uint8Array<ArrayBuffer>[]).arrayBuffer())
  }
  const text = (data: string | Uint8Array) => (typeof data === 'string' ? data : new TextDecoder().decode(data))

  it.each<[string, (members: Map<string, string | Uint8Array>) => void, RegExp]>([
    ['no config', (members) => void members.delete('config.json'), /without config\.json/],
    ['no weights', (members) => void members.delete('model.weights.h5'), /model\.weights\.h5 is missing/],
    ['a config that is no JSON', (members) => void members.set('config.json', '{"a": '), /not valid JSON/],
    ['a config of something else', (members) => void members.set('config.json', '{"a": 1}'), /expected what layers.serialize gives/],
    [
      'a layer alone',
      (members) => void members.set('config.json', '{"class_name": "Dense", "config": {"units": 1}}'),
      /holds a layer, Dense/,
    ],
    [
      'weights of another shape',
      (members) => void members.set('config.json', text(members.get('config.json')!).replace('"units":3', '"units":4')),
      /of another shape are dense\/kernel/,
    ],
    [
      'code',
      (members) =>
        void members.set(
          'config.json',
          text(members.get('config.json')!).replace('"softmax"', '{"class_name":"__lambda__","config":{"value":"abc"}}'),
        ),
      /__lambda__/,
    ],
  ])('%s', async (_, spoil, message) => {
    await expect(loadModel(await files(spoil))).rejects.toThrow(message)
  })

  it.each<[string, string | Uint8Array, RegExp]>([
    ['a page', '<!DOCTYPE html><html></html>', /web page/],
    ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid', /Git LFS/],
    ['nothing', '', /is empty/],
    ['noise', Uint8Array.of(1, 2, 3, 4), /no model that can be read/],
  ])('%s', async (_, data, message) => {
    await expect(loadModel(typeof data === 'string' ? new TextEncoder().encode(data) : data)).rejects.toThrow(message)
  })

  it('a path without a file', async () => {
    await expect(loadModel(join(folder, 'nowhere.keras'))).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringMatching(/does not exist/),
    })
    expect((await readFile(join(folder, 'metadata.json'), 'utf8')).includes('cornus')).toBe(true)
  })
})

it('a sharded file, as Keras writes it', async () => {
  const { m, x } = makers.sequential!()
  const zip = await Zip.open(bytesSource(await exportModel(m), 'bytes'))
  const read = async (name: string) => {
    const member = await zip.open(name)
    return member!.read(0, member!.size)
  }
  const index = new TextEncoder().encode(
    JSON.stringify({ metadata: { total_size: 1 }, weight_map: { '/layers/dense/vars': 'model_00000.weights.h5' } }),
  )
  const bytes = writeZip([
    { name: 'config.json', pieces: [await read('config.json')] },
    { name: 'model.weights.json', pieces: [index] },
    { name: 'model_00000.weights.h5', pieces: [await read('model.weights.h5')] },
  ])
  const whole = new Uint8Array(await new Blob(bytes as Uint8Array<ArrayBuffer>[]).arrayBuffer())
  expect(bits(await loadModel(whole), x)).toEqual(bits(m, x))
})
