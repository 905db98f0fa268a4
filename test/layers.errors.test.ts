// What layers say to mistakes: what was given, what was expected, the line to write.
import { describe, expect, it } from 'vitest'
import { configure, CornusError, Layer, layers, ops, sequential, tensor, type LayerOptions, type Tensor } from '../src/index'

configure({ threads: 1 })

const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape)
const loose = layers as unknown as { [name: string]: (...options: unknown[]) => Layer }
const conv = (options = {}) => layers.conv2d({ filters: 2, kernelSize: 3, ...options })

describe('mistakes', () => {
  it.each<[string, () => unknown, string[]]>([
    [
      'a number as inputShape',
      () => loose.dense!({ units: 2, inputShape: 3 }),
      ['inputShape must be an array', 'not 3', 'inputShape: [3]'],
    ],
    ['no units', () => loose.dense!(), ['units is missing', 'a positive integer', '{ units: 10 }']],
    ['no rate', () => loose.dropout!(), ['rate is missing', '{ rate: 0.5 }']],
    ['no activation', () => loose.activation!(), ['activation is missing', "{ activation: 'relu' }"]],
    [
      'all that is unknown',
      () => loose.dense!({ units: 2, unit: 3, activaton: 'relu' }),
      ["'unit', 'activaton'", "did you mean 'units'", 'the options are'],
    ],
    ['an unknown regularizer', () => loose.dense!({ units: 2, kernelRegularizer: 'l3' }), ['Dense: kernelRegularizer', "'l3'", "'l1'"]],
    ['another number type', () => loose.dense!({ units: 2, dtype: 'float16' }), ["dtype must be 'float32'", "'float16'"]],
    [
      'a sample without a batch',
      () => sequential([layers.dense({ units: 2, inputShape: [3] })]).apply(tensor([1, 2, 3])),
      ['got [3]', 'x.expandDims(0)'],
    ],
    [
      'an image without a batch',
      () => conv().apply(zeros(28, 28, 1)),
      ['[batch, height, width, channels], not [28, 28, 1]', 'x.expandDims(0)'],
    ],
    ['images without channels', () => conv().apply(zeros(5, 28, 28)), ['not [5, 28, 28]', 'targetShape: [28, 28, 1]', 'x.expandDims(-1)']],
    [
      'images without channels in a model',
      () => sequential([conv({ inputShape: [28, 28] })]),
      ['not [?, 28, 28]', 'targetShape: [28, 28, 1]'],
    ],
    ['flat images', () => conv().apply(zeros(5, 784)), ['not [5, 784]', 'targetShape: [28, 28, 1]']],
    [
      'stacked recurrent layers',
      () => sequential([layers.lstm({ units: 2, inputShape: [4, 3] }), layers.gru({ units: 2 })]),
      ['[batch, time, features], not [?, 2]', 'returnSequences: true'],
    ],
    ['a sequence without a batch', () => layers.lstm({ units: 2 }).apply(zeros(4, 3)), ['not [4, 3]', 'x.expandDims(0)']],
    [
      'an embedding of 0.7',
      () =>
        layers
          .embedding({ inputDim: 3, outputDim: 2 })
          .apply(tensor([[0.7]]))
          .dataSync(),
      ['must be integers', '0.69', 'x.round()'],
    ],
    ['groups that do not divide', () => layers.groupNormalization().apply(zeros(2, 4, 12)), ['groups 32', '12 channels', 'groups: 12']],
    ['an axis outside', () => layers.batchNormalization({ axis: 3 }).apply(zeros(2, 3)), ['axis 3', 'from -2 to 1']],
    [
      'another layer inside',
      () => loose.bidirectional!(layers.dense(2)),
      ['layer must be a recurrent layer', 'layers.lstm({ units: 8 })', 'not Dense'],
    ],
    ['a factory inside', () => loose.timeDistributed!(layers.dense), ['layer must be a layer', 'not the function dense']],
  ])('%s', (_, make, parts) => {
    for (const part of parts) expect(make).toThrow(part)
    expect(make).toThrow(CornusError)
  })
})

describe('an output without cells is an error', () => {
  it.each<[string, () => unknown]>([
    ['cropping1d', () => layers.cropping1d(2).apply(zeros(1, 4, 1))],
    [
      'cropping2d',
      () =>
        layers
          .cropping2d([
            [2, 2],
            [0, 0],
          ])
          .apply(zeros(1, 4, 4, 1)),
    ],
    ['cropping3d', () => layers.cropping3d(3).apply(zeros(1, 4, 4, 4, 1))],
    ...([1, 2, 3] as const).flatMap((rank) =>
      (['maxPooling', 'averagePooling'] as const).map(
        (name) =>
          [`${name}${rank}d`, () => loose[`${name}${rank}d`]!(5).apply(zeros(1, ...Array<number>(rank).fill(4), 1))] as [
            string,
            () => unknown,
          ],
      ),
    ),
    ...['conv1d', 'conv2d', 'conv3d', 'separableConv1d', 'separableConv2d', 'depthwiseConv1d', 'depthwiseConv2d'].map(
      (name) =>
        [
          name,
          () =>
            loose[name]!({ ...(name.startsWith('depth') ? {} : { filters: 2 }), kernelSize: 7 }).apply(
              zeros(1, ...Array<number>(Number(name.at(-2))).fill(4), 1),
            ),
        ] as [string, () => unknown],
    ),
    ['convLstm2d', () => layers.convLstm2d({ filters: 2, kernelSize: 7 }).apply(zeros(1, 2, 4, 4, 1))],
    ['lstm', () => layers.lstm(2).apply(zeros(2, 0, 2))],
    ['cropping in a model', () => sequential([layers.dense({ units: 2, inputShape: [4, 3] }), layers.cropping1d(2)])],
  ])('%s', (_, make) => expect(make).toThrow(/leaves nothing|do not fit into|at least one step/))
})

describe('the one obvious option alone', () => {
  it.each<[string, () => Layer, object]>([
    ['dense', () => layers.dense(10), { units: 10 }],
    ['dropout', () => layers.dropout(0.5), { rate: 0.5 }],
    ['activation', () => layers.activation('relu'), { activation: 'relu' }],
    ['reshape', () => layers.reshape([2, -1]), { targetShape: [2, -1] }],
    ['permute', () => layers.permute([2, 1]), { dims: [2, 1] }],
    ['repeatVector', () => layers.repeatVector(3), { n: 3 }],
    ['maxPooling2d', () => layers.maxPooling2d(3), { poolSize: [3, 3], strides: [3, 3] }],
    ['zeroPadding1d', () => layers.zeroPadding1d(2), { padding: [2, 2] }],
    ['lstm', () => layers.lstm(4) as unknown as Layer, { units: 4 }],
    ['flatten', () => layers.flatten(), { dataFormat: 'channels_last' }],
    ['leakyReLU', () => layers.leakyReLU(0.25), { negativeSlope: 0.25 }],
    ['its older name', () => layers.leakyReLU({ alpha: 0.25 }), { negativeSlope: 0.25 }],
  ])('%s', (_, make, config) => expect(make().getConfig()).toMatchObject(config))
})

describe('own layers in files', () => {
  class Scale extends Layer {
    static override readonly className = 'Scale'
    readonly factor: number
    constructor({ factor = 1, ...options }: LayerOptions & { factor?: number } = {}) {
      super(options)
      this.factor = factor
    }

    override call(x: Tensor): Tensor {
      return ops.mul(x, this.factor)
    }
    override getConfig(): Record<string, unknown> {
      return { ...super.getConfig(), factor: this.factor }
    }
  }
  const double = (x: Tensor) => ops.mul(x, 2)
  const make = () =>
    sequential(
      [
        new Scale({ factor: 3, inputShape: [2] }),
        layers.lambda(double),
        layers.dense({ units: 2, activation: double, kernelInitializer: 'ones' }),
        layers.timeDistributed(new Scale({ factor: 2 })),
      ].slice(0, 3),
    )

  it('are found by name, nested ones and functions too', () => {
    const [first, saved] = [make(), JSON.parse(JSON.stringify(layers.serialize(make()))) as never]
    const again = layers.deserialize(saved, { customObjects: { Scale, double } }) as Layer
    expect(again.built).toBe(true)
    expect(again.apply(tensor([[1, 2]])).arraySync()).toEqual(first.apply(tensor([[1, 2]])).arraySync())
    expect(layers.serialize(layers.timeDistributed(new Scale({ name: 'mine' })))).toMatchObject({
      config: { layer: { module: null, className: 'Scale', registeredName: 'Scale', config: { name: 'mine', factor: 1 } } },
    })
  })

  it('one error lists all that is unknown, with its place', () => {
    const saved = {
      class_name: 'Sequential',
      config: {
        layers: [
          { class_name: 'Foo', config: {} },
          { class_name: 'Dense', config: { units: 2, lora: 1, foo: 3, kernel_initializer: { class_name: 'Mine', config: {} } } },
          { class_name: 'Bidirectional', config: { layer: { class_name: 'Baz', config: {} } } },
          { class_name: 'Activation', config: { activation: { class_name: 'function', config: 'swoosh' } } },
        ],
      },
    }
    for (const part of [
      /layers\[0\]: unknown layer 'Foo'/,
      /layers\[1\]: Dense: unknown options 'lora', 'foo'/,
      /kernelInitializer: unknown initializer 'Mine'/,
      /layers\[2\]: Bidirectional: layer: unknown layer 'Baz'/,
      /layers\[3\]: Activation: activation: .*'swoosh'/,
      /customObjects: \{ Foo \}/,
    ])
      expect(() => layers.deserialize(saved as never)).toThrow(part)
    expect(() => layers.deserialize(3 as never)).toThrow(/expected what layers.serialize gives/)
    expect(() => layers.deserialize({ className: '__proto__', config: {} } as never)).toThrow(/unknown layer '__proto__'/)
  })
})
