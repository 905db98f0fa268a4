// Weights in files: written and read again in each format, from and to every kind of place; Keras's own files.
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { input, layers, model, sequential, tensor, type Model, type Tensor } from '../src'

const make = () =>
  sequential([
    layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1] }),
    layers.batchNormalization(),
    layers.flatten(),
    layers.dense({ units: 3 }),
    layers.dense({ units: 2 }),
  ])
const x = Array.from({ length: 2 }, (_, n) =>
  Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => [Math.sin(n + i * 6 + j)])),
)
const said = (m: { predict(x: unknown): Tensor }) => Array.from(m.predict(x).dataSync())
const folder = await mkdtemp(join(tmpdir(), 'weights-'))

describe.each(['a.weights.h5', 'a.safetensors', 'a.npz'])('%s', (name) => {
  const path = join(folder, name)

  it('gives the same model again', async () => {
    const [one, other] = [make(), make()]
    await one.saveWeights(path)
    expect(said(other)).not.toEqual(said(one))
    const report = await other.loadWeights(path)
    expect(said(other)).toEqual(said(one))
    expect(report).toEqual({ matched: one.allWeights.map((weight) => weight.name), missing: [], mismatched: [], unused: [] })
    expect((await readdir(folder)).filter((file) => file.endsWith('.tmp'))).toEqual([])
  })

  it('comes as bytes, a Blob, a response, a stream', async () => {
    const one = make()
    await one.saveWeights(path)
    const bytes = new Uint8Array(await readFile(path))
    for (const source of [bytes, bytes.buffer, new Blob([bytes]), new Response(bytes), new Blob([bytes]).stream(), { read: () => bytes }]) {
      const other = make()
      await other.loadWeights(source as Uint8Array)
      expect(said(other)).toEqual(said(one))
    }
  })

  it('what does not fit is said, or left out on request', async () => {
    await make().saveWeights(path)
    const other = sequential([
      layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1] }),
      layers.flatten(),
      layers.dense({ units: 4 }),
    ])
    const before = other.getWeights().map((weight) => weight.arraySync())
    await expect(other.loadWeights(path)).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringMatching(
        /of another shape are dense\/kernel \(\[32, 4\] here, \[32, 3\] there\).*no weight takes.*strict: false/s,
      ),
    })
    expect(other.getWeights().map((weight) => weight.arraySync())).toEqual(before)
    const report = await other.loadWeights(path, { strict: false })
    expect(report.matched).toEqual(['conv2d/kernel', 'conv2d/bias'])
    expect(report.mismatched).toEqual(['dense/kernel', 'dense/bias'])
    expect(report.unused.length).toBe(6)
  })
})

describe('names', () => {
  it('a table or a function says what the file calls a weight', async () => {
    const one = sequential([layers.dense({ units: 2, inputShape: [3], name: 'mine' })])
    const other = sequential([layers.dense({ units: 2, inputShape: [3], name: 'theirs' })])
    const files = new Map<string, Uint8Array>()
    const place = { read: (name: string) => files.get(name), write: (name: string, bytes: Uint8Array) => void files.set(name, bytes) }
    await one.saveWeights(place, { format: 'safetensors' })
    const [bytes] = files.values()
    await expect(other.loadWeights(bytes!)).rejects.toThrow(/lacks theirs\/kernel, theirs\/bias/)
    await other.loadWeights(bytes!, { names: (name) => name.replace('theirs', 'mine') })
    expect(other.getWeights().map((w) => w.arraySync())).toEqual(one.getWeights().map((w) => w.arraySync()))
    await other.loadWeights(bytes!, { names: { 'theirs/kernel': 'mine/kernel', 'theirs/bias': 'mine/bias' } })
  })
})

describe('Keras', () => {
  const golden = (file: string) => new Uint8Array(readFileSync(new URL(`golden/weights/${file}`, import.meta.url)))
  const expected = JSON.parse(new TextDecoder().decode(golden('expected.json'))) as { [name: string]: { x: number[][]; y: number[][] } }
  const models: { [name: string]: () => Model } = {
    sequential: () =>
      sequential([
        layers.dense({ units: 4, activation: 'tanh', inputShape: [3] }),
        layers.batchNormalization(),
        layers.dense({ units: 4 }),
        layers.dense({ units: 2 }),
      ]),
    nested: () =>
      sequential([sequential([layers.dense({ units: 3, inputShape: [3] }), layers.dense({ units: 3 })]), layers.dense({ units: 2 })]),
    functional: () => {
      const x = input({ shape: [3] })
      const shared = layers.dense({ units: 3, activation: 'relu' })
      const h = shared.apply(shared.apply(x))
      return model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(h.add(x)) })
    },
    recurrent: () =>
      sequential([
        layers.reshape({ targetShape: [3, 1], inputShape: [3] }),
        layers.bidirectional({ layer: layers.lstm({ units: 2, returnSequences: true }) }),
        layers.gru({ units: 2 }),
      ]),
  }
  it.each(Object.keys(models))('%s: its .weights.h5 gives its predictions', async (name) => {
    const m = models[name]!()
    m.predict(expected[name]!.x).dataSync() // builds it
    const report = await m.loadWeights(golden(`${name}.weights.h5`))
    expect(report.missing).toEqual([])
    const y = m.predict(expected[name]!.x).arraySync() as number[][]
    y.flat().forEach((value, i) => expect(value).toBeCloseTo(expected[name]!.y.flat()[i]!, 5))
  })
})

describe('errors', () => {
  const m = make()
  const rows: [string, () => Promise<unknown>, RegExp][] = [
    ['an unknown ending', () => m.saveWeights(join(folder, 'a.txt')), /end the name in \.weights\.h5, \.safetensors or \.npz/],
    ['a file that is not there', () => m.loadWeights(join(folder, 'none.npz')), /none\.npz: it does not exist/],
    ['a folder that cannot be', () => m.saveWeights('/dev/null/x/a.npz'), /cannot write/],
    ['nothing', () => m.loadWeights(undefined as never), /expected a path, a URL/],
    ['a scheme', () => m.loadWeights('gopher://x'), /'gopher:' is no scheme of files/],
    ['no browser', () => m.saveWeights('opfs://a.npz'), /no private file system here/],
    ['text', () => m.loadWeights(new TextEncoder().encode('<!doctype html> …')), /no safetensors file|claims/],
    [
      'a model that is not built',
      () => sequential([layers.dense({ units: 2 })]).saveWeights(join(folder, 'b.npz')),
      /needs the weights.*inputShape/,
    ],
  ]
  it.each(rows)('%s', async (_, act, message) => {
    await expect(act()).rejects.toThrow(message)
    await expect(act()).rejects.toHaveProperty('name', 'CornusError')
  })

  it('an abort leaves the old file', async () => {
    const path = join(folder, 'kept.npz')
    await writeFile(path, 'old')
    await expect(m.saveWeights(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await readFile(path, 'utf8')).toBe('old')
  })

  it('a file is read from wherever it is', async () => {
    await m.saveWeights(join(folder, 'one.npz'))
    await m.loadWeights(new URL(`file://${join(folder, 'one.npz')}`))
    expect(tensor([1]).dataSync()[0]).toBe(1)
  })
})
