// Every layer family with random options, for the generator of random networks.
import { Code, part, type Draw, type Options, type Part, type Value } from './draw'

/** Shape of a sample, without the batch. */
export type SampleShape = readonly number[]

interface Family {
  /** Ranks of samples that it takes. */
  readonly ranks: readonly [least: number, most: number]
  readonly make: (d: Draw, shape: SampleShape) => Part
}

const ACTIVATIONS = [
  'linear',
  'relu',
  'relu6',
  'leakyRelu',
  'elu',
  'selu',
  'celu',
  'gelu',
  'silu',
  'mish',
  'softplus',
  'softsign',
  'tanh',
  'sigmoid',
  'logSigmoid',
  'exponential',
  'hardSigmoid',
  'hardSilu',
  'hardTanh',
  'hardShrink',
  'softShrink',
  'tanhShrink',
  'squareplus',
  'sparsePlus',
  'sparseSigmoid',
  'sparsemax',
  'softmax',
  'logSoftmax',
] as const
/** Those after which values stay near where they were. */
const TAME = ['relu', 'elu', 'selu', 'gelu', 'silu', 'tanh', 'sigmoid', 'softsign', 'leakyRelu', 'hardSigmoid'] as const
const INITIALIZERS = [
  'glorotUniform',
  'glorotNormal',
  'heUniform',
  'heNormal',
  'lecunUniform',
  'lecunNormal',
  'orthogonal',
  'randomNormal',
  'randomUniform',
  'truncatedNormal',
] as const

const activation = (d: Draw): Options => d.maybe(0.6, () => ({ activation: d.chance(0.8) ? d.pick(TAME) : d.pick(ACTIVATIONS) }))

const regularizer = (d: Draw): Value =>
  d.pick([
    'l1',
    'l2',
    'l1l2',
    part('regularizers.l2', 0.02),
    part('regularizers.l1', { l1: 0.005 }),
    part('regularizers.orthogonal', { factor: 0.01 }),
  ] as const)

/** The orthogonal one takes matrices. */
const anyRankRegularizer = (d: Draw): Value => d.pick(['l1', 'l2', part('regularizers.l1l2', { l1: 0.003, l2: 0.004 })] as const)

const constraint = (d: Draw): Value =>
  d.pick([
    'nonNeg',
    'unitNorm',
    part('constraints.maxNorm', { maxValue: 1.5 }),
    part('constraints.minMaxNorm', { minValue: 0.2, maxValue: 1, rate: 0.7 }),
    part('constraints.maxNorm', { maxValue: 1, axis: 0 }),
  ] as const)

/** Initializer, regularizer and constraint of each named weight, rarely. */
function weights(d: Draw, names: readonly string[], matrices = false): Options {
  const options: { [option: string]: Value } = {}
  for (const name of names) {
    const bias = name === 'bias' || name === 'beta'
    if (!bias && d.chance(0.15)) options[`${name}Initializer`] = d.pick(INITIALIZERS)
    if (bias && d.chance(0.15)) options[`${name}Initializer`] = 'randomNormal'
    if (d.chance(0.08)) options[`${name}Regularizer`] = matrices && !bias ? regularizer(d) : anyRankRegularizer(d)
    if (!bias && d.chance(0.08)) options[`${name}Constraint`] = constraint(d)
  }
  return options
}

const activity = (d: Draw): Options => d.maybe(0.06, () => ({ activityRegularizer: anyRankRegularizer(d) }))
const bias = (d: Draw): Options => d.maybe(0.2, () => ({ useBias: false }))
const frozen = (d: Draw): Options => d.maybe(0.05, () => ({ trainable: false }))
const channelsFirst = (d: Draw): Options => d.maybe(0.15, () => ({ dataFormat: 'channelsFirst' }))

/** Channels of a sample under the options. */
const channelsOf = (shape: SampleShape, options: Options): number => (options.dataFormat === 'channelsFirst' ? shape[0]! : shape.at(-1)!)

const sizes = (d: Draw, rank: number, from: number, to: number): Value =>
  rank === 1 || d.chance(0.6) ? d.int(from, to) : Array.from({ length: rank }, () => d.int(from, to))

const windows = (d: Draw, rank: number): Options => ({
  kernelSize: sizes(d, rank, 1, rank === 1 ? 5 : 3),
  ...d.maybe(0.6, () => ({ padding: 'same' })),
  ...(d.chance(0.3) ? { strides: sizes(d, rank, 1, 2) } : d.chance(0.25) ? { dilationRate: sizes(d, rank, 1, 2) } : {}),
})

/** One stride for all dimensions: what depthwise convolutions take. */
const evenWindows = (d: Draw, rank: number): Options => ({
  kernelSize: sizes(d, rank, 1, 3),
  ...d.maybe(0.6, () => ({ padding: 'same' })),
  ...(d.chance(0.3) ? { strides: 2 } : d.chance(0.2) ? { dilationRate: 2 } : {}),
})

const conv =
  (rank: number): Family['make'] =>
  (d, shape) => {
    const format = channelsFirst(d)
    const groups = d.chance(0.3) ? d.divisor(channelsOf(shape, format)) : 1
    const causal: Options = rank === 1 && !('dataFormat' in format) && d.chance(0.2) ? { padding: 'causal' } : {}
    return part(`layers.conv${rank}d`, {
      filters: groups * d.int(1, groups > 3 ? 2 : 8),
      ...windows(d, rank),
      ...format,
      ...causal,
      ...(groups > 1 ? { groups } : {}),
      ...activation(d),
      ...bias(d),
      ...weights(d, ['kernel', 'bias']),
      ...activity(d),
      ...frozen(d),
    })
  }

const convTranspose =
  (rank: number): Family['make'] =>
  (d) =>
    part(`layers.conv${rank}dTranspose`, {
      filters: d.int(1, 6),
      kernelSize: sizes(d, rank, 1, 3),
      ...d.maybe(0.5, () => ({ strides: 2 })),
      ...d.maybe(0.5, () => ({ padding: 'same' })),
      ...channelsFirst(d),
      ...activation(d),
      ...bias(d),
      ...weights(d, ['kernel', 'bias']),
    })

const depthwise =
  (rank: number): Family['make'] =>
  (d) =>
    part(`layers.depthwiseConv${rank}d`, {
      ...evenWindows(d, rank),
      ...d.maybe(0.4, () => ({ depthMultiplier: d.int(1, 3) })),
      ...channelsFirst(d),
      ...activation(d),
      ...bias(d),
      ...weights(d, ['depthwise', 'bias']),
    })

const separable =
  (rank: number): Family['make'] =>
  (d) =>
    part(`layers.separableConv${rank}d`, {
      filters: d.int(1, 8),
      ...evenWindows(d, rank),
      ...d.maybe(0.4, () => ({ depthMultiplier: d.int(1, 2) })),
      ...channelsFirst(d),
      ...activation(d),
      ...bias(d),
      ...weights(d, ['depthwise', 'pointwise', 'bias']),
    })

const pooling =
  (rank: number): Family['make'] =>
  (d) =>
    part(`layers.${d.pick(['max', 'average'])}Pooling${rank}d`, {
      ...d.maybe(0.5, () => ({ poolSize: sizes(d, rank, 1, 3) })),
      ...d.maybe(0.3, () => ({ strides: sizes(d, rank, 1, 2) })),
      ...d.maybe(0.4, () => ({ padding: 'same' })),
      ...channelsFirst(d),
    })

const globalPooling =
  (rank: number): Family['make'] =>
  (d) =>
    part(`layers.global${d.pick(['Max', 'Average'])}Pooling${rank}d`, { ...d.maybe(0.3, () => ({ keepdims: true })), ...channelsFirst(d) })

const border =
  (name: string, rank: number): Family['make'] =>
  (d) => {
    const option = name === 'cropping' ? 'cropping' : 'padding'
    const sides = rank === 1 ? [d.int(0, 2), d.int(0, 1)] : Array.from({ length: rank }, () => [d.int(0, 1), d.int(0, 2)])
    return part(`layers.${name}${rank}d`, { [option]: d.chance(0.4) ? 1 : sides, ...(rank > 1 ? channelsFirst(d) : {}) })
  }

const upSampling =
  (rank: number): Family['make'] =>
  (d) =>
    part(`layers.upSampling${rank}d`, {
      ...d.maybe(0.6, () => ({ size: sizes(d, rank, 1, 2) })),
      ...(rank > 1 ? channelsFirst(d) : {}),
      ...(rank === 2 ? d.maybe(0.4, () => ({ interpolation: 'bilinear' })) : {}),
    })

const axisOf = (d: Draw, shape: SampleShape): Options => d.maybe(0.2, () => ({ axis: d.int(1, shape.length) }))
const gains = (d: Draw): Options => ({
  ...d.maybe(0.15, () => ({ center: false })),
  ...d.maybe(0.15, () => ({ scale: false })),
  ...d.maybe(0.15, () => ({ epsilon: 0.01 })),
  ...weights(d, ['gamma', 'beta']),
})

const cellOptions = (d: Draw): Options => ({
  units: d.int(1, 9),
  ...d.maybe(0.2, () => ({ activation: d.pick(TAME) })),
  ...bias(d),
  ...weights(d, ['kernel', 'recurrent', 'bias'], true),
  ...d.maybe(0.15, () => ({ dropout: 0.3 })),
  ...d.maybe(0.1, () => ({ recurrentDropout: 0.25 })),
})
const gated = (d: Draw): Options => d.maybe(0.15, () => ({ recurrentActivation: d.pick(['hardSigmoid', 'tanh']) }))
const walk = (d: Draw): Options => ({
  ...d.maybe(0.5, () => ({ returnSequences: true })),
  ...d.maybe(0.2, () => ({ goBackwards: true })),
  ...d.maybe(0.15, () => ({ stateful: true })),
  ...d.maybe(0.1, () => ({ zeroOutputForMask: true })),
  ...activity(d),
})

const UNIT_KINDS = {
  simpleRNN: () => ({}),
  lstm: (d: Draw) => ({ ...gated(d), ...d.maybe(0.2, () => ({ unitForgetBias: false })) }),
  gru: (d: Draw) => ({ ...gated(d), ...d.maybe(0.4, () => ({ resetAfter: false })) }),
}
const unitKind = (d: Draw) => d.pick(['simpleRNN', 'lstm', 'gru'] as const)

function recurrent(d: Draw, how: Options = walk(d)): Part {
  const kind = unitKind(d)
  return part(`layers.${kind}`, { ...cellOptions(d), ...UNIT_KINDS[kind](d), ...how })
}

function cell(d: Draw): Part {
  const kind = unitKind(d)
  return part(`layers.${kind}Cell`, { ...cellOptions(d), ...UNIT_KINDS[kind](d) })
}

const overCells = (d: Draw): Part =>
  part('layers.rnn', {
    cell: d.chance(0.5) ? cell(d) : d.chance(0.5) ? [cell(d), cell(d)] : part('layers.stackedRNNCells', { cells: [cell(d), cell(d)] }),
    ...walk(d),
  })

const bidirectional = (d: Draw): Part => {
  const how = { ...d.maybe(0.5, () => ({ returnSequences: true })), ...d.maybe(0.15, () => ({ stateful: true })) }
  return part('layers.bidirectional', {
    layer: recurrent(d, how),
    ...d.maybe(0.6, () => ({ mergeMode: d.pick(['sum', 'mul', 'concat', 'ave']) })),
  })
}

const convLstm =
  (rank: number): Family['make'] =>
  (d) =>
    part(`layers.convLstm${rank}d`, {
      filters: d.int(1, 4),
      kernelSize: sizes(d, rank, 1, 3),
      ...d.maybe(0.6, () => ({ padding: 'same' })),
      ...d.maybe(0.2, () => ({ strides: 2 })),
      ...bias(d),
      ...d.maybe(0.15, () => ({ dropout: 0.3 })),
      ...d.maybe(0.1, () => ({ recurrentDropout: 0.2 })),
      ...walk(d),
      ...weights(d, ['kernel', 'recurrent', 'bias']),
    })

/** A reshaping of as many values. */
function reshape(d: Draw, shape: SampleShape): Part {
  const target: number[] = []
  let left = shape.reduce((n, each) => n * each, 1)
  while (target.length < 3 && left > 1 && d.chance(0.7)) {
    const size = d.divisor(left)
    target.push(size)
    left /= size
  }
  return part('layers.reshape', { targetShape: d.chance(0.2) ? [...target, -1] : [...target, left] })
}

function permute(d: Draw, shape: SampleShape): Part {
  const keyed = shape.map((_, i) => ({ axis: i + 1, key: d.real() }))
  return part('layers.permute', { dims: keyed.sort((a, b) => a.key - b.key).map(({ axis }) => axis) })
}

/** A layer on every step: any that takes what one step is. */
const timeDistributed = (d: Draw, shape: SampleShape): Part =>
  part('layers.timeDistributed', { layer: randomLayer(d, shape.slice(1), (name) => !STATEFUL.test(name)) })
const STATEFUL = /^(simpleRNN|lstm|gru|rnn|bidirectional|convLstm.*|lambda|sequential)$/

const nested = (d: Draw, shape: SampleShape): Part =>
  part('sequential', [
    randomLayer(d, shape, (name) => name !== 'sequential'),
    ...(d.chance(0.5) ? [part('layers.activation', { activation: d.pick(TAME) })] : []),
  ])

const LAMBDAS = [
  '(x) => x.mul(0.5).add(0.1)',
  '(x) => ops.tanh(x).add(x.mul(0.1))',
  '(x) => x.sub(x.mean(-1, true))',
  '(x) => ops.concat([x, x.mul(-1)], -1)',
  '(x) => x.div(x.abs().max(-1, true).add(1))',
]

const ANY: Family['ranks'] = [1, 5]

/** All of them, by the name of the factory (without the number of dimensions where there are several). */
export const families: { readonly [name: string]: Family } = {
  dense: {
    ranks: ANY,
    make: (d) =>
      part('layers.dense', {
        units: d.int(1, 24),
        ...activation(d),
        ...bias(d),
        ...weights(d, ['kernel', 'bias'], true),
        ...activity(d),
        ...frozen(d),
      }),
  },
  activation: { ranks: ANY, make: (d) => part('layers.activation', { activation: d.pick(ACTIVATIONS) }) },
  flatten: { ranks: ANY, make: (d) => part('layers.flatten', channelsFirst(d)) },
  reshape: { ranks: ANY, make: reshape },
  permute: { ranks: [2, 5], make: permute },
  repeatVector: { ranks: [1, 1], make: (d) => part('layers.repeatVector', { n: d.int(1, 6) }) },
  lambda: { ranks: ANY, make: (d) => part('layers.lambda', { function: new Code(d.pick(LAMBDAS)) }) },
  identity: { ranks: ANY, make: () => part('layers.identity') },
  masking: { ranks: [2, 2], make: () => part('layers.masking', {}) },
  reLU: {
    ranks: ANY,
    make: (d) =>
      part('layers.reLU', {
        ...d.maybe(0.4, () => ({ negativeSlope: 0.1 })),
        ...d.maybe(0.3, () => ({ maxValue: 0.8 })),
        ...d.maybe(0.3, () => ({ threshold: 0.2 })),
      }),
  },
  leakyReLU: {
    ranks: ANY,
    make: (d) =>
      part(
        'layers.leakyReLU',
        d.maybe(0.5, () => ({ negativeSlope: 0.1 })),
      ),
  },
  elu: {
    ranks: ANY,
    make: (d) =>
      part(
        'layers.elu',
        d.maybe(0.5, () => ({ alpha: 0.7 })),
      ),
  },
  prelu: {
    ranks: ANY,
    make: (d, shape) =>
      part('layers.prelu', {
        ...d.maybe(0.4, () => ({ sharedAxes: [d.int(1, shape.length)] })),
        alphaInitializer: 'randomUniform',
        ...d.maybe(0.1, () => ({ alphaRegularizer: 'l2' })),
      }),
  },
  softmax: { ranks: ANY, make: (d, shape) => part('layers.softmax', axisOf(d, shape)) },
  batchNormalization: {
    ranks: ANY,
    make: (d, shape) =>
      part('layers.batchNormalization', {
        ...axisOf(d, shape),
        ...gains(d),
        ...d.maybe(0.2, () => ({ momentum: 0.8 })),
        ...d.maybe(0.1, () => ({ renorm: true })),
        ...frozen(d),
      }),
  },
  layerNormalization: { ranks: ANY, make: (d, shape) => part('layers.layerNormalization', { ...axisOf(d, shape), ...gains(d) }) },
  groupNormalization: {
    ranks: ANY,
    make: (d, shape) => part('layers.groupNormalization', { groups: d.chance(0.2) ? -1 : d.divisor(shape.at(-1)!), ...gains(d) }),
  },
  rmsNormalization: { ranks: ANY, make: (d, shape) => part('layers.rmsNormalization', axisOf(d, shape)) },
  unitNormalization: { ranks: ANY, make: (d, shape) => part('layers.unitNormalization', axisOf(d, shape)) },
  dropout: {
    ranks: ANY,
    make: (d, shape) =>
      part('layers.dropout', { rate: 0.3, ...d.maybe(0.2, () => ({ noiseShape: [null, ...shape.map((n, i) => (i === 0 ? n : 1))] })) }),
  },
  gaussianNoise: { ranks: ANY, make: () => part('layers.gaussianNoise', { stddev: 0.1 }) },
  gaussianDropout: { ranks: ANY, make: () => part('layers.gaussianDropout', { rate: 0.2 }) },
  alphaDropout: { ranks: ANY, make: () => part('layers.alphaDropout', { rate: 0.2 }) },
  activityRegularization: {
    ranks: ANY,
    make: (d) => part('layers.activityRegularization', { l2: 0.01, ...d.maybe(0.5, () => ({ l1: 0.003 })) }),
  },
  sequential: { ranks: ANY, make: nested },
  timeDistributed: { ranks: [2, 5], make: timeDistributed },
  simpleRNN: { ranks: [2, 2], make: (d) => recurrent(d) },
  lstm: { ranks: [2, 2], make: (d) => recurrent(d) },
  gru: { ranks: [2, 2], make: (d) => recurrent(d) },
  rnn: { ranks: [2, 2], make: overCells },
  bidirectional: { ranks: [2, 2], make: bidirectional },
  ...Object.fromEntries(
    [1, 2, 3].flatMap(
      (rank) =>
        [
          [`conv${rank}d`, { ranks: [rank + 1, rank + 1], make: conv(rank) }],
          [`conv${rank}dTranspose`, { ranks: [rank + 1, rank + 1], make: convTranspose(rank) }],
          [`pooling${rank}d`, { ranks: [rank + 1, rank + 1], make: pooling(rank) }],
          [`globalPooling${rank}d`, { ranks: [rank + 1, rank + 1], make: globalPooling(rank) }],
          [`zeroPadding${rank}d`, { ranks: [rank + 1, rank + 1], make: border('zeroPadding', rank) }],
          [`cropping${rank}d`, { ranks: [rank + 1, rank + 1], make: border('cropping', rank) }],
          [`upSampling${rank}d`, { ranks: [rank + 1, rank + 1], make: upSampling(rank) }],
          [
            `spatialDropout${rank}d`,
            {
              ranks: [rank + 1, rank + 1],
              make: (d: Draw) => part(`layers.spatialDropout${rank}d`, { rate: 0.25, ...(rank > 1 ? channelsFirst(d) : {}) }),
            },
          ],
          [`convLstm${rank}d`, { ranks: [rank + 2, rank + 2], make: convLstm(rank) }],
          ...(rank < 3
            ? ([
                [`depthwiseConv${rank}d`, { ranks: [rank + 1, rank + 1], make: depthwise(rank) }],
                [`separableConv${rank}d`, { ranks: [rank + 1, rank + 1], make: separable(rank) }],
              ] as const)
            : []),
        ] as const,
    ),
  ),
}

/** What networks are mostly made of. */
const OFTEN = /^(dense|conv\dd|activation|.*Normalization|pooling\dd|lstm|gru)$/

/** A layer that takes samples of the shape, by the families' names. */
export function randomLayer(d: Draw, shape: SampleShape, allowed: (name: string) => boolean = () => true): Part {
  const fitting = Object.entries(families).filter(
    ([name, { ranks }]) => shape.length >= ranks[0] && shape.length <= ranks[1] && allowed(name),
  )
  return d.pick(fitting.flatMap(([name, family]) => (OFTEN.test(name) ? [family, family, family, family] : [family]))).make(d, shape)
}
