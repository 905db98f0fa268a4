// Models of TensorFlow.js: what it saved itself, what its converter made of Keras's, written for it, and what is refused.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { input, layers, loadModel, model, sequential, tensor, type Outputs, type Tensor } from '../src'
import type { TfjsArtifacts } from '../src/io/tfjs'

interface Values {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}
interface Golden {
  readonly json: TfjsArtifacts
  readonly bytes: string
  readonly x: readonly Values[]
  readonly y: readonly Values[]
}

const golden = (name: string): Golden => JSON.parse(readFileSync(new URL(`golden/tfjs/${name}.json`, import.meta.url), 'utf8'))
const bytesOf = ({ bytes }: Golden) => Uint8Array.from(Buffer.from(bytes, 'base64'))
const tensorsOf = (values: readonly Values[]) => values.map(({ data, shape }) => tensor(Float32Array.from(data), shape))

function expectSame(given: Outputs, expected: readonly Values[]): void {
  const outputs = Array.isArray(given) ? (given as readonly Tensor[]) : [given as Tensor]
  expect(outputs.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape))
  outputs.forEach((output, i) => {
    const worst = Math.max(...Array.from(output.dataSync(), (value, k) => Math.abs(value - expected[i]!.data[k]!)))
    expect(worst).toBeLessThan(1e-5)
  })
}

const names = ['conv', 'volumes', 'sequences', 'images', 'words', 'merged', 'states']
const artifactsOf = (given: Golden) => ({ ...given.json, weightData: bytesOf(given).buffer })
const files = (given: Golden, shard = 1000) => {
  const { weightSpecs, ...json } = given.json
  const bytes = bytesOf(given)
  const shards = Array.from({ length: Math.ceil(bytes.length / shard) }, (_, i) => bytes.slice(i * shard, (i + 1) * shard))
  const paths = shards.map((_, i) => `group1-shard${i + 1}of${shards.length}.bin`)
  const manifest = [{ paths, weights: weightSpecs }]
  const text = JSON.stringify({ ...json, weightsManifest: manifest })
  return new Map<string, Uint8Array>([
    ['model.json', new TextEncoder().encode(text)],
    ...shards.map((bytes, i) => [paths[i]!, bytes] as const),
  ])
}
const folderOf = (all: Map<string, Uint8Array>) => ({ read: (name: string) => all.get(name === 'model.keras' ? 'model.json' : name) })

describe.each(names)('%s, as TensorFlow.js saves it', (name) => {
  const given = golden(name)
  const x = tensorsOf(given.x)
  const check = async (net: { predict(x: unknown): unknown }) =>
    expectSame((await net.predict(x.length > 1 ? x : x[0]!)) as Outputs, given.y)

  it('in memory, from files, as a list of files', async () => {
    await check(await loadModel(artifactsOf(given)))
    await check(await loadModel(folderOf(files(given))))
    await check(await loadModel([...files(given)].map(([file, bytes]) => new File([bytes as Uint8Array<ArrayBuffer>], file))))
  })

  it('through .keras and back', async () => {
    const net = await loadModel(artifactsOf(given))
    const kept = new Map<string, Uint8Array>()
    const place = { read: (file: string) => kept.get(file), write: (file: string, bytes: Uint8Array) => void kept.set(file, bytes) }
    await net.save(place)
    await check(await loadModel([...kept.values()][0]!))
  })
})

describe('written for TensorFlow.js', () => {
  const place = () => {
    const kept = new Map<string, Uint8Array>()
    return { kept, read: (file: string) => kept.get(file), write: (file: string, bytes: Uint8Array) => void kept.set(file, bytes) }
  }

  it('what it saved is written as it was: the same names, shapes and bytes', async () => {
    for (const name of names) {
      const given = golden(name)
      const to = place()
      const net = await loadModel(artifactsOf(given))
      await net.save(to, { format: 'tfjs' })
      const [[main, bytes]] = [...to.kept].filter(([file]) => file.endsWith('.tfjs') || file.endsWith('.json')) as [[string, Uint8Array]]
      const json = JSON.parse(new TextDecoder().decode(bytes)) as {
        weightsManifest: [{ weights: { name: string; shape: number[] }[]; paths: string[] }]
      }
      const specs = (given.json.weightSpecs as { name: string; shape: number[]; group?: string }[]).filter(
        ({ group }) => group !== 'optimizer',
      )
      const [group] = json.weightsManifest
      expect(
        group.paths.every((path) => to.kept.has(path)),
        main,
      ).toBe(true)
      const plain = ({ name: weight, shape }: { name: string; shape: number[] }) => [weight, shape]
      expect(group.weights.map(plain).toSorted()).toEqual(specs.map(plain).toSorted())
      const again = await loadModel({ read: (file: string) => (file === 'model.keras' ? bytes : to.kept.get(file)) })
      const x = tensorsOf(given.x)
      expectSame((await (again as { predict(x: unknown): unknown }).predict(x.length > 1 ? x : x[0]!)) as Outputs, given.y)
    }
  })

  it('shards of 4 MB', async () => {
    const net = sequential([layers.dense({ units: 1500, inputShape: [1500] })])
    const to = place()
    await net.save(to, { format: 'tfjs' })
    const sizes = [...to.kept].filter(([file]) => file.endsWith('.bin')).map(([file, { length }]) => [file, length])
    expect(sizes).toEqual([
      ['group1-shard1of3.bin', 4194304],
      ['group1-shard2of3.bin', 4194304],
      ['group1-shard3of3.bin', 4 * 1500 * 1501 - 2 * 4194304],
    ])
  })

  it('what it does not have is told, all of it', async () => {
    const x = input({ shape: [4, 3] })
    const y = layers.gru({ units: 2, activation: 'mish' }).apply(layers.rmsNormalization().apply(x))
    const net = model({ inputs: x, outputs: y.mul(2) })
    await expect(net.save(place(), { format: 'tfjs' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/no layer RMSNormalization.*GRU has no reset_after: true.*no op Multiply|no op Multiply/s),
    })
  })
})

describe('older topologies', () => {
  const weights = { kernel: [3, 2], bias: [2] }
  const specs = Object.entries(weights).map(([name, shape]) => ({ name: `d/${name}`, shape, dtype: 'float32' }))
  const weightData = Float32Array.from({ length: 8 }, (_, i) => i / 8).buffer
  const dense = { class_name: 'Dense', config: { name: 'd', units: 2, batch_input_shape: [null, 3], activation: 'linear', use_bias: true } }
  const y = [[(0 + 2 + 4 + 6) / 8, (1 + 3 + 5 + 7) / 8]]
  const rows: [string, object][] = [
    ['a list of layers', { class_name: 'Sequential', config: [dense] }],
    ['an object with a list', { class_name: 'Sequential', config: { name: 's', layers: [dense] } }],
    [
      'within model_config, as the converter writes it',
      { model_config: { class_name: 'Sequential', config: { layers: [dense] } }, keras_version: '2.2.4', backend: 'tensorflow' },
    ],
    [
      'in camelCase',
      {
        className: 'Sequential',
        config: {
          layers: [
            {
              className: 'Dense',
              config: { name: 'd', units: 2, batchInputShape: [null, 3], kernelInitializer: { className: 'GlorotNormal', config: {} } },
            },
          ],
        },
      },
    ],
    [
      'of Keras 1',
      {
        class_name: 'Sequential',
        config: [
          {
            class_name: 'Dense',
            config: { name: 'd', output_dim: 2, input_dim: 3, init: 'glorot_uniform', W_regularizer: null, bias: true },
          },
        ],
      },
    ],
    [
      'a graph of Keras 2',
      {
        class_name: 'Model',
        config: {
          name: 'm',
          layers: [
            {
              class_name: 'InputLayer',
              name: 'i',
              config: { name: 'i', batch_input_shape: [null, 3], dtype: 'float32', sparse: false },
              inbound_nodes: [],
            },
            { ...dense, name: 'd', inbound_nodes: [[['i', 0, 0, {}]]] },
          ],
          input_layers: [['i', 0, 0]],
          output_layers: [['d', 0, 0]],
        },
      },
    ],
  ]
  it.each(rows)('%s', async (_, modelTopology) => {
    const net = await loadModel({ modelTopology, weightSpecs: specs, weightData })
    expect((net.predict([[1, 1, 1]]) as Tensor).arraySync()).toEqual(y)
  })

  const names: [string, string, string][] = [
    ['without anything', 'd/kernel', 'd/bias'],
    ["with TensorFlow's :0", 'd/kernel:0', 'd/bias:0'],
    ['with the model in front', 'sequential/d/kernel', 'sequential/d/bias'],
  ]
  it.each(names)('names %s', async (_, kernel, bias) => {
    const weightSpecs = [
      { ...specs[0]!, name: kernel },
      { ...specs[1]!, name: bias },
    ]
    const net = await loadModel({ modelTopology: { class_name: 'Sequential', config: [dense] }, weightSpecs, weightData })
    expect((net.predict([[1, 1, 1]]) as Tensor).arraySync()).toEqual(y)
  })

  const quantized: [string, object, ArrayBuffer, number[]][] = [
    ['uint8', { dtype: 'uint8', scale: 0.5, min: -1 }, Uint8Array.of(0, 1, 2, 3, 4, 255).buffer, [-1, -0.5, 0, 0.5, 1, 126.5]],
    ['uint16', { dtype: 'uint16', scale: 0.25, min: 1 }, Uint16Array.of(0, 1, 2, 3, 4, 65535).buffer, [1, 1.25, 1.5, 1.75, 2, 16384.75]],
    [
      'float16',
      { dtype: 'float16' },
      Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0).buffer,
      [1, -2, 65504, 2 ** -24, 2 ** -14, 0],
    ],
  ]
  it.each(quantized)('quantized to %s', async (_, quantization, data, expected) => {
    const net = await loadModel({
      modelTopology: { class_name: 'Sequential', config: [{ ...dense, config: { ...dense.config, use_bias: false } }] },
      weightSpecs: [{ ...specs[0]!, quantization }],
      weightData: data,
    })
    expect(Array.from(net.getWeights()[0]!.dataSync())).toEqual(expected)
  })

  it('weights alone go into a model by their names', async () => {
    const net = sequential([layers.dense({ units: 2, inputShape: [3], name: 'd' })])
    const manifest = [{ paths: ['w.bin'], weights: specs }]
    const all = new Map([
      ['model.json', new TextEncoder().encode(JSON.stringify({ weightsManifest: manifest }))],
      ['w.bin', new Uint8Array(weightData)],
    ])
    const source = [...all].map(([file, bytes]) => new File([bytes as Uint8Array<ArrayBuffer>], file))
    await net.loadWeights(source)
    expect(net.predict([[1, 1, 1]]).arraySync()).toEqual(y)
    await expect(loadModel(source)).rejects.toThrow(/holds weights alone.*loadWeights/)
  })

  it('what it was compiled with comes along', async () => {
    const net = await loadModel({
      modelTopology: { class_name: 'Sequential', config: [dense] },
      weightSpecs: specs,
      weightData,
      trainingConfig: {
        optimizer_config: { class_name: 'Adam', config: { lr: 0.25, beta_1: 0.5, decay: 0 } },
        loss: 'mean_squared_error',
        metrics: ['mae'],
      },
    })
    expect(net.optimizer.learningRate).toBe(0.25)
    expect(Object.keys(await net.evaluate([[1, 1, 1]], [[0, 0]]))).toEqual(['loss', 'mae'])
  })
})

describe('what is refused', () => {
  const good = {
    class_name: 'Sequential',
    config: [{ class_name: 'Dense', config: { name: 'd', units: 1, use_bias: false, batch_input_shape: [null, 2] } }],
  }
  const spec = { name: 'd/kernel', shape: [2, 1], dtype: 'float32' }
  const data = Float32Array.of(1, 2).buffer
  const lambda = { class_name: 'Lambda', config: { name: 'l', function: ['4wEAAA==', null, null], function_type: 'lambda' } }
  const memory: [string, object, RegExp][] = [
    [
      'a graph model',
      { format: 'graph-model', modelTopology: { node: [] }, weightSpecs: [] },
      /graph model of TensorFlow\.js.*model\.save\('model\.keras'\)/,
    ],
    ['a graph by its nodes', { modelTopology: { node: [], library: {} }, weightSpecs: [] }, /graph model/],
    ['weights that are too short', { modelTopology: good, weightSpecs: [spec], weightData: data.slice(4) }, /take 8 bytes; 4 are there/],
    [
      'weights that are too long',
      { modelTopology: good, weightSpecs: [spec], weightData: new ArrayBuffer(12) },
      /take 8 bytes; 12 are there/,
    ],
    ['an unknown number type', { modelTopology: good, weightSpecs: [{ ...spec, dtype: 'string' }], weightData: data }, /dtype "string"/],
    [
      'a scale of 0',
      { modelTopology: good, weightSpecs: [{ ...spec, quantization: { dtype: 'uint8', scale: 0, min: 0 } }], weightData: data },
      /scale 0/,
    ],
    [
      'no min',
      { modelTopology: good, weightSpecs: [{ ...spec, quantization: { dtype: 'uint8', scale: 1 } }], weightData: data },
      /both must be numbers/,
    ],
    [
      'another quantization',
      { modelTopology: good, weightSpecs: [{ ...spec, quantization: { dtype: 'int4' } }], weightData: data },
      /quantized to "int4"/,
    ],
    ['a shape of nonsense', { modelTopology: good, weightSpecs: [{ ...spec, shape: [-1] }], weightData: data }, /has the shape/],
    [
      'a transposed kernel',
      { modelTopology: good, weightSpecs: [{ ...spec, shape: [1, 2] }], weightData: data },
      /\[2, 1\] here, \[1, 2\] there/,
    ],
    ['two of a name', { modelTopology: good, weightSpecs: [spec, spec], weightData: new ArrayBuffer(16) }, /two weights named d\/kernel/],
    [
      'unknown layers, all of them',
      {
        modelTopology: {
          class_name: 'Sequential',
          config: [
            { class_name: 'Foo', config: {} },
            { class_name: 'Bar', config: {} },
          ],
        },
        weightSpecs: [],
      },
      /Foo.*Bar/s,
    ],
    ['Python code', { modelTopology: { class_name: 'Sequential', config: [lambda] }, weightSpecs: [] }, /code of Python|function/],
  ]
  it.each(memory)('%s', async (_, artifacts, message) => {
    await expect(loadModel(artifacts as TfjsArtifacts)).rejects.toMatchObject({
      name: 'CornusError',
      message: expect.stringMatching(message),
    })
  })

  const shards: [string, string[], RegExp][] = [
    ['a path that leads out', ['../../etc/passwd'], /leads out of it/],
    ['an absolute path', ['/etc/passwd'], /leads out of it/],
    ['another server', ['http://other/x.bin'], /must lie beside it/],
    ['a file: address', ['file:///etc/passwd'], /must lie beside it/],
    ['data in the name', ['data:application/octet-stream;base64,AAAA'], /must lie beside it/],
    ['a shard that is not there', ['none.bin'], /none\.bin are missing/],
    ['a page of an error', ['page.bin'], /8 bytes; \d+ are there.*is it a page that says that the file is missing/s],
    ['the same shard twice', ['half.bin', 'half.bin', 'half.bin'], /8 bytes; 12 are there/],
  ]
  it.each(shards)('%s', async (_, paths, message) => {
    const asked: string[] = []
    const read = (name: string) => {
      asked.push(name)
      if (name === 'model.keras')
        return new TextEncoder().encode(JSON.stringify({ modelTopology: good, weightsManifest: [{ paths, weights: [spec] }] }))
      if (name === 'half.bin') return new Uint8Array(4)
      return name === 'page.bin' ? new TextEncoder().encode('<!doctype html><title>404 not found</title>') : undefined
    }
    await expect(loadModel({ read })).rejects.toMatchObject({ code: 'BAD_FILE', message: expect.stringMatching(message) })
    expect(asked.every((name) => /^(model\.keras|config\.json|none\.bin|page\.bin|half\.bin)$/.test(name))).toBe(true)
  })

  it('a model.json alone, without its shards', async () => {
    const bytes = new TextEncoder().encode(
      JSON.stringify({ modelTopology: good, weightsManifest: [{ paths: ['a.bin'], weights: [spec] }] }),
    )
    await expect(loadModel(bytes)).rejects.toThrow(/weights lie in other files \(a\.bin …\).*list of all files/)
  })
})
