// A right call of every exported name: what test/support/randomCalls.ts spoils.
import * as cornus from '../../src/index'
import type { Random } from './hostile'

/** Makes fresh arguments; `r` gives numbers from 0 to before 1. */
export type Arguments = (r: Random) => unknown[]
export type Samples = { [name: string]: Arguments }

const { tensor, variable } = cornus

/** A tensor of small numbers, rarely without elements or of another dtype. */
export function x(r: Random, ...shape: number[]): unknown {
  const size = shape.reduce((n, d) => n * d, 1)
  const values = Array.from({ length: size }, () => Math.round(r() * 16 - 8) / 4)
  const kind = r()
  if (kind < 0.1)
    return tensor(
      values.map((v) => Math.round(v)),
      shape,
      'int32',
    )
  if (kind < 0.15)
    return tensor(
      values.map((v) => v > 0),
      shape,
      'bool',
    )
  if (kind < 0.2) return variable(tensor(values, shape))
  if (kind < 0.3 && shape.length === 1) return r() < 0.5 ? Float32Array.from(values) : values
  return tensor(values, shape)
}
export const whole = (r: Random, most: number, ...shape: number[]): unknown =>
  tensor(
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => Math.floor(r() * most)),
    shape,
    'int32',
  )
export const pick = <T>(r: Random, list: readonly T[]): T => list[Math.floor(r() * list.length)] as T
/** Each option with a chance of a half. */
export const some = (r: Random, options: object): object => Object.fromEntries(Object.entries(options).filter(() => r() < 0.5))
const each = (names: string, args: Arguments): Samples => Object.fromEntries(names.split(' ').map((name) => [name, args]))

const axes: Arguments = (r) => [x(r, 2, 3, 2), pick(r, [null, 0, -1, [0, 2], []]), r() < 0.5].slice(0, 1 + Math.floor(r() * 3))
const axis: Arguments = (r) => [x(r, 2, 3), pick(r, [0, 1, -1])].slice(0, 1 + Math.floor(r() * 2))

const conv =
  (rank: number, filter: (c: number, f: number) => readonly number[], grouped: boolean): Arguments =>
  (r) => [
    x(r, 2, ...[5, 6, 4].slice(0, rank), 4),
    x(r, ...[2, 3, 1].slice(0, rank), ...filter(4, 6)),
    some(r, {
      strides: pick(r, [1, 2, Array(rank).fill(1)]),
      dilation: pick(r, [1, Array(rank).fill(1)]),
      padding: pick(r, ['same', 'valid']),
      bias: x(r, 6),
      activation: pick(r, ['relu', 'tanh', 'linear', 'sigmoid']),
      ...(grouped && r() < 0.3 && { groups: 1 }),
    }),
  ]
const depthwise =
  (rank: number, separable: boolean): Arguments =>
  (r) => [
    x(r, 2, ...[5, 6].slice(0, rank), 3),
    x(r, ...[2, 3].slice(0, rank), 3, 2),
    ...(separable ? [x(r, ...Array<number>(rank).fill(1), 6, 6)] : []),
    some(r, { strides: pick(r, [1, 2]), padding: pick(r, ['same', 'valid']), bias: x(r, 6), activation: pick(r, ['relu', 'linear']) }),
  ]
const pool =
  (rank: number): Arguments =>
  (r) =>
    [
      x(r, 2, ...[5, 6, 4].slice(0, rank), 3),
      pick(r, [2, Array(rank).fill(2)]),
      some(r, { strides: pick(r, [1, null, Array(rank).fill(2)]), padding: pick(r, ['same', 'valid']) }),
    ].slice(0, 1 + Math.floor(r() * 3))
const recurrent =
  (gates: number, state: (r: Random) => unknown, more: (r: Random) => object = () => ({})): Arguments =>
  (r) => [
    x(r, 2, 4, 3),
    x(r, 3, 2 * gates),
    x(r, 2, 2 * gates),
    null,
    some(r, {
      mask: tensor([1, 1, 0, 1, 1, 0, 0, 1], [2, 4], 'bool'),
      reverse: r() < 0.5,
      zeroOutputForMask: r() < 0.5,
      initialState: state(r),
      ...more(r),
    }),
  ]

export const ops: Samples = {
  ...each(
    'add div equal floorDiv greater greaterEqual less lessEqual logicalAnd logicalOr logicalXor maximum minimum mod mul notEqual ' +
      'pow squaredDifference sub',
    (r) => [x(r, 2, 3), pick(r, [2, [1, 2, 3], x(r, 2, 1)])],
  ),
  ...each(
    'logicalNot abs ceil cos erf erfinv exp expm1 floor isFinite isNan log log1p neg reciprocal round rsqrt selu sigmoid sign silu ' +
      'sin softplus sqrt square tanh clone stopGradient',
    (r) => [x(r, 2, 3)],
  ),
  clip: (r) => [x(r, 2, 3), -1, 1],
  elu: (r) => [x(r, 2, 3), 0.5],
  gelu: (r) => [x(r, 2, 3), r() < 0.5],
  relu: (r) => [x(r, 2, 3), some(r, { negativeSlope: 0.1, maxValue: 6, threshold: 0.5 })],
  cast: (r) => [x(r, 2, 3), pick(r, ['float32', 'int32', 'bool'])],
  where: (r) => [x(r, 2, 3), x(r, 3), 0],
  ...each('all any logSumExp max mean min prod std sum sumSquares variance', axes),
  ...each('argMax argMin softmax logSoftmax', axis),
  cumsum: (r) => [x(r, 2, 3), pick(r, [0, null]), some(r, { exclusive: true, reverse: false })],
  broadcastTo: (r) => [x(r, 2, 1), [3, 2, 4]],
  concat: (r) => [[x(r, 2, 3), x(r, 1, 3)], 0],
  stack: (r) => [[x(r, 2, 3), x(r, 2, 3)], pick(r, [0, 1, -1])],
  expandDims: axis,
  squeeze: (r) => [x(r, 1, 3, 1), pick(r, [null, 0, [0, 2]])],
  pad: (r) => [
    x(r, 2, 3),
    [
      [0, 1],
      [2, 0],
    ],
    pick(r, [0, 1]),
  ],
  repeat: (r) => [x(r, 2, 3), 3, 1],
  reshape: (r) => [x(r, 2, 6), pick(r, [[3, 4], [-1], [2, -1, 2]])],
  reverse: (r) => [x(r, 2, 3), pick(r, [0, [0, 1]])],
  slice: (r) => [x(r, 4, 3), pick(r, [[1, 0], 1]), pick(r, [[2, 3], 2, undefined])],
  split: (r) => [x(r, 6, 2), pick(r, [3, [1, 2, 3]]), 0],
  stridedSlice: (r) => [x(r, 6, 2), 0, pick(r, [0, 1, -2, null]), pick(r, [5, -1, null]), pick(r, [1, 2, -1])],
  tile: (r) => [x(r, 2, 3), [2, 3]],
  transpose: (r) => [x(r, 2, 3, 2), pick(r, [undefined, [0, 2, 1]])],
  unstack: axis,
  dense: (r) => [x(r, 2, 3), x(r, 3, 4), x(r, 4), pick(r, ['linear', 'relu', undefined])],
  dot: (r) => [x(r, 2, 3), x(r, 3, 2)],
  matmul: (r) => [x(r, 2, 3), x(r, 3, 2), some(r, { transposeA: false, transposeB: false })],
  arange: (r) => [0, 10, pick(r, [1, 2.5]), pick(r, [undefined, 'int32', 'float32'])],
  gather: (r) => [x(r, 4, 3), whole(r, 3, 2, 2), pick(r, [0, 1])],
  takeAlongAxis: (r) => [x(r, 4, 3), whole(r, 3, 4, 2), 1],
  oneHot: (r) => [whole(r, 4, 3), 4, 1, 0],
  binaryCrossEntropy: (r) => [x(r, 2, 3), x(r, 2, 3), some(r, { fromLogits: r() < 0.5, labelSmoothing: 0.1 })],
  categoricalCrossEntropy: (r) => [x(r, 2, 3), x(r, 2, 3), some(r, { fromLogits: r() < 0.5, labelSmoothing: 0.1 })],
  sparseCrossEntropy: (r) => [whole(r, 3, 2), x(r, 2, 3), some(r, { fromLogits: r() < 0.5, ignore: -1 })],
  bernoulli: () => [[2, 3], 0.5, 1],
  dropout: (r) => [x(r, 2, 3), 0.5, pick(r, [undefined, [2, 1]])],
  ...each('randomNormal randomUniform truncatedNormal', (r) => [[2, 3], 0, 1, pick(r, [undefined, 7])]),
  conv1d: conv(1, (c, f) => [c, f], true),
  conv2d: conv(2, (c, f) => [c, f], true),
  conv3d: conv(3, (c, f) => [c, f], true),
  conv1dTranspose: conv(1, (c, f) => [f, c], false),
  conv2dTranspose: conv(2, (c, f) => [f, c], false),
  conv3dTranspose: conv(3, (c, f) => [f, c], false),
  depthwiseConv1d: depthwise(1, false),
  depthwiseConv2d: depthwise(2, false),
  separableConv1d: depthwise(1, true),
  separableConv2d: depthwise(2, true),
  averagePool1d: pool(1),
  averagePool2d: pool(2),
  averagePool3d: pool(3),
  maxPool1d: pool(1),
  maxPool2d: pool(2),
  maxPool3d: pool(3),
  gru: recurrent(
    3,
    (r) => x(r, 2, 2),
    (r) => ({ resetAfter: r() < 0.5 }),
  ),
  lstm: recurrent(4, (r) => [x(r, 2, 2), x(r, 2, 2)]),
  simpleRnn: recurrent(
    1,
    (r) => x(r, 2, 2),
    (r) => ({ activation: pick(r, ['tanh', 'relu']) }),
  ),
}

const activations: Samples = {
  ...each(
    'linear relu6 selu silu mish softplus softsign tanh sigmoid logSigmoid exponential hardSigmoid legacyHardSigmoid hardSilu ' +
      'hardTanh tanhShrink ' +
      'sparsePlus sparseSigmoid',
    (r) => [x(r, 2, 4)],
  ),
  relu: (r) => [x(r, 2, 4), some(r, { negativeSlope: 0.1, maxValue: 6, threshold: 0.5 })],
  leakyRelu: (r) => [x(r, 2, 4), some(r, { negativeSlope: 0.1 })],
  ...each('elu celu', (r) => [x(r, 2, 4), some(r, { alpha: 0.5 })]),
  gelu: (r) => [x(r, 2, 4), some(r, { approximate: true })],
  ...each('hardShrink softShrink', (r) => [x(r, 2, 4), some(r, { threshold: 0.5 })]),
  threshold: (r) => [x(r, 2, 4), { threshold: 0.5, defaultValue: 1 }],
  squareplus: (r) => [x(r, 2, 4), some(r, { b: 4 })],
  ...each('glu softmax logSoftmax sparsemax', (r) => [x(r, 2, 4), some(r, { axis: -1 })]),
  getActivation: (r) => [pick(r, ['relu', 'gelu', undefined, null])],
}

const named = (r: Random) => ({ name: 'mine', ...(r() < 0.5 && { dtype: 'float32' }) })
const reduced = (r: Random) => some(r, { reduction: pick(r, ['sum', 'none', 'sum_over_batch_size']), name: 'mine' })

const initializers: Samples = {
  getInitializer: (r) => [pick(r, ['zeros', 'glorotUniform', { className: 'Ones', config: {} }])],
  ...each('zeros ones', () => []),
  constant: (r) => [some(r, { value: 2 })],
  identity: (r) => [some(r, { gain: 2 })],
  orthogonal: (r) => [some(r, { gain: 2, seed: 3 })],
  ...each('randomNormal truncatedNormal', (r) => [some(r, { mean: 0, stddev: 1, seed: 3 })]),
  randomUniform: (r) => [some(r, { minval: 0, maxval: 1, seed: 3 })],
  computeFans: (r) => [[2, 3], some(r, { inputAxes: [0], outputAxes: [1] })],
  varianceScaling: (r) => [some(r, { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: null })],
  ...each('glorotUniform glorotNormal heUniform heNormal lecunUniform lecunNormal', (r) => [some(r, { seed: 3 })]),
}
const regularizers: Samples = {
  l1: (r) => [some(r, { l1: 0.1 })],
  l2: (r) => [some(r, { l2: 0.1 })],
  l1l2: (r) => [some(r, { l1: 0.1, l2: 0.1 })],
  orthogonal: (r) => [some(r, { factor: 0.1, mode: 'rows' })],
  getRegularizer: (r) => [pick(r, ['l1', 'l2', null])],
}
const constraints: Samples = {
  maxNorm: (r) => [some(r, { maxValue: 2, axis: 0 })],
  nonNeg: () => [],
  unitNorm: (r) => [some(r, { axis: 0 })],
  minMaxNorm: (r) => [some(r, { minValue: 0, maxValue: 2, rate: 0.5, axis: 0 })],
  getConstraint: (r) => [pick(r, ['maxNorm', 'nonNeg', null])],
}
const losses: Samples = {
  ...each(
    'meanSquaredError meanAbsoluteError meanAbsolutePercentageError meanSquaredLogarithmicError logCosh poisson klDivergence hinge ' +
      'squaredHinge categoricalHinge',
    (r) => [reduced(r)],
  ),
  huber: (r) => [{ ...reduced(r), ...some(r, { delta: 2 }) }],
  cosineSimilarity: (r) => [{ ...reduced(r), ...some(r, { axis: -1 }) }],
  ...each('binaryCrossentropy categoricalCrossentropy', (r) => [{ ...reduced(r), ...some(r, { fromLogits: true, labelSmoothing: 0.1 }) }]),
  sparseCategoricalCrossentropy: (r) => [{ ...reduced(r), ...some(r, { fromLogits: true, ignoreClass: 0 }) }],
  ...each('binaryFocalCrossentropy categoricalFocalCrossentropy', (r) => [
    { ...reduced(r), ...some(r, { alpha: 0.25, gamma: 2, fromLogits: true }) },
  ]),
  categoricalGeneralizedCrossEntropy: (r) => [{ ...reduced(r), ...some(r, { q: 0.5 }) }],
  dice: (r) => [{ ...reduced(r), ...some(r, { axis: null }) }],
  tversky: (r) => [{ ...reduced(r), ...some(r, { alpha: 0.5, beta: 0.5 }) }],
  getLoss: (r) => [pick(r, ['mse', 'huber'])],
}
const metrics: Samples = {
  ...each(
    'mean sum rootMeanSquaredError meanSquaredError meanAbsoluteError meanAbsolutePercentageError meanSquaredLogarithmicError ' +
      'logCoshError klDivergence poisson hinge squaredHinge categoricalHinge accuracy categoricalAccuracy sparseCategoricalAccuracy',
    (r) => [some(r, named(r))],
  ),
  auc: (r) => [some(r, { ...named(r), numThresholds: 20, curve: 'ROC', fromLogits: true })],
  ...each('falseNegatives falsePositives trueNegatives truePositives', (r) => [
    some(r, { ...named(r), thresholds: pick(r, [0.5, [0.2, 0.8]]) }),
  ]),
  ...each('precision recall', (r) => [some(r, { ...named(r), thresholds: 0.5, topK: 2, classId: 1 })]),
  precisionAtRecall: (r) => [{ recall: 0.5, ...some(r, { numThresholds: 20 }) }],
  recallAtPrecision: (r) => [{ precision: 0.5, ...some(r, { numThresholds: 20 }) }],
  sensitivityAtSpecificity: (r) => [{ specificity: 0.5, ...some(r, { numThresholds: 20 }) }],
  specificityAtSensitivity: (r) => [{ sensitivity: 0.5, ...some(r, { numThresholds: 20 }) }],
  binaryIoU: (r) => [some(r, { targetClassIds: [0, 1], threshold: 0.5 })],
  iou: () => [{ numClasses: 3, targetClassIds: [0] }],
  ...each('meanIoU oneHotMeanIoU', () => [{ numClasses: 3 }]),
  oneHotIoU: () => [{ numClasses: 3, targetClassIds: [0] }],
  r2Score: (r) => [some(r, { classAggregation: 'uniform_average', numRegressors: 0 })],
  ...each('f1Score fBetaScore', (r) => [some(r, { average: 'macro', threshold: 0.5 })]),
  binaryAccuracy: (r) => [some(r, { threshold: 0.5 })],
  ...each('topKCategoricalAccuracy sparseTopKCategoricalAccuracy', (r) => [some(r, { k: 2 })]),
  ...each('cosineSimilarity pearsonCorrelation concordanceCorrelation', (r) => [some(r, { axis: -1 })]),
  ...each('binaryCrossentropy categoricalCrossentropy', (r) => [some(r, { fromLogits: true, labelSmoothing: 0.1 })]),
  sparseCategoricalCrossentropy: (r) => [some(r, { fromLogits: true, axis: -1 })],
}

const common = { learningRate: 0.01, clipNorm: 1, useEma: true, emaMomentum: 0.9, weightDecay: 0.01, gradientAccumulationSteps: 2 }
const optimizers: Samples = {
  sgd: (r) => [some(r, { ...common, momentum: 0.9, nesterov: true })],
  rmsprop: (r) => [some(r, { ...common, rho: 0.9, momentum: 0.1, centered: true })],
  ...each('adam adamw', (r) => [some(r, { ...common, beta1: 0.9, beta2: 0.99, amsgrad: true, epsilon: 1e-7 })]),
  ...each('adadelta', (r) => [some(r, { ...common, rho: 0.9 })]),
  adafactor: (r) => [some(r, { learningRate: 0.01, beta2Decay: -0.8 })],
  adagrad: (r) => [some(r, { ...common, initialAccumulatorValue: 0.1 })],
  adamax: (r) => [some(r, common)],
  ftrl: (r) => [some(r, { ...common, beta: 0.1 })],
  lamb: (r) => [some(r, common)],
  lion: (r) => [some(r, common)],
  nadam: (r) => [some(r, common)],
  getOptimizer: (r) => [pick(r, ['adam', 'sgd'])],
  'schedules.exponentialDecay': (r) => [{ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.9, ...some(r, { staircase: true }) }],
  'schedules.inverseTimeDecay': (r) => [{ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.9, ...some(r, { staircase: true }) }],
  'schedules.piecewiseConstantDecay': () => [{ boundaries: [10, 20], values: [1, 0.5, 0.1] }],
  'schedules.polynomialDecay': (r) => [
    { initialLearningRate: 0.1, decaySteps: 10, ...some(r, { power: 2, cycle: true, endLearningRate: 0.01 }) },
  ],
  'schedules.cosineDecay': (r) => [
    { initialLearningRate: 0.1, decaySteps: 10, ...some(r, { alpha: 0.1, warmupTarget: 1, warmupSteps: 3 }) },
  ],
  'schedules.cosineDecayRestarts': (r) => [{ initialLearningRate: 0.1, firstDecaySteps: 10, ...some(r, { tMul: 2, mMul: 1, alpha: 0 }) }],
}

/** Options that every layer takes, each now and then. */
const layer = (r: Random, options: object = {}) => ({
  ...options,
  ...(r() < 0.2 && some(r, { name: 'mine', trainable: r() < 0.5, inputShape: [4, 3] })),
})
const plain: Arguments = (r) => [layer(r)]
const weighted = {
  useBias: false,
  kernelInitializer: 'ones',
  biasInitializer: 'zeros',
  kernelRegularizer: 'l2',
  activityRegularizer: 'l1',
  kernelConstraint: 'nonNeg',
  activation: 'relu',
}
const convLayer =
  (rank: number): Arguments =>
  (r) => [
    layer(r, {
      filters: 2,
      kernelSize: pick(r, [2, Array(rank).fill(2)]),
      ...some(r, { strides: 1, padding: 'same', dilationRate: 1, dataFormat: 'channels_last', ...weighted }),
    }),
  ]
const depthwiseLayer: Arguments = (r) => [
  layer(r, {
    kernelSize: 2,
    ...some(r, { strides: 1, padding: 'same', depthMultiplier: 2, dataFormat: 'channelsLast', useBias: false, activation: 'relu' }),
  }),
]
const separableLayer: Arguments = (r) => [
  layer(r, {
    filters: 3,
    kernelSize: 2,
    ...some(r, { strides: 1, padding: 'same', depthMultiplier: 2, useBias: false, activation: 'relu' }),
  }),
]
const poolLayer =
  (rank: number): Arguments =>
  (r) => [layer(r, some(r, { poolSize: pick(r, [2, Array(rank).fill(2)]), strides: 1, padding: 'same', dataFormat: 'channelsFirst' }))]
const rnnLayer =
  (more: object): Arguments =>
  (r) => [
    layer(r, {
      units: 2,
      ...some(r, {
        returnSequences: true,
        goBackwards: true,
        unroll: true,
        dropout: 0.5,
        recurrentDropout: 0.5,
        activation: 'relu',
        useBias: false,
        returnState: true,
        ...more,
      }),
    }),
  ]
export const L = cornus.layers

const layers: Samples = {
  inputLayer: () => [{ inputShape: [4] }],
  dense: (r) => [layer(r, { units: 3, ...some(r, weighted) })],
  activation: (r) => [pick(r, ['relu', { activation: 'relu' }])],
  ...each('dropout gaussianDropout', (r) => [layer(r, { rate: 0.5, ...some(r, { seed: 3 }) })]),
  gaussianNoise: (r) => [layer(r, { stddev: 0.5 })],
  alphaDropout: (r) => [layer(r, { rate: 0.5 })],
  ...each('spatialDropout1d spatialDropout2d spatialDropout3d', (r) => [layer(r, { rate: 0.5 })]),
  flatten: (r) => [layer(r, some(r, { dataFormat: 'channelsFirst' }))],
  reshape: (r) => [layer(r, { targetShape: [-1] })],
  permute: (r) => [layer(r, { dims: pick(r, [[1], [2, 1], [2, 1, 3]]) })],
  repeatVector: (r) => [layer(r, { n: 3 })],
  ...each('add subtract multiply average maximum minimum', (r) => [some(r, { name: 'mine' })]),
  concatenate: (r) => [pick(r, [-1, { axis: 1 }])],
  lambda: (r) => [pick(r, [(t: cornus.Tensor) => t, { function: (t: cornus.Tensor) => t }])],
  conv1d: convLayer(1),
  conv2d: convLayer(2),
  conv3d: convLayer(3),
  conv1dTranspose: convLayer(1),
  conv2dTranspose: convLayer(2),
  conv3dTranspose: convLayer(3),
  ...each('cropping1d cropping2d cropping3d', (r) => [layer(r, { cropping: 1 })]),
  ...each('zeroPadding1d zeroPadding2d zeroPadding3d', (r) => [layer(r, { padding: 1 })]),
  ...each('upSampling1d upSampling2d upSampling3d', (r) => [layer(r, { size: 2 })]),
  ...each('depthwiseConv1d depthwiseConv2d', depthwiseLayer),
  ...each('separableConv1d separableConv2d', separableLayer),
  maxPooling1d: poolLayer(1),
  maxPooling2d: poolLayer(2),
  maxPooling3d: poolLayer(3),
  averagePooling1d: poolLayer(1),
  averagePooling2d: poolLayer(2),
  averagePooling3d: poolLayer(3),
  ...each(
    'globalMaxPooling1d globalMaxPooling2d globalMaxPooling3d globalAveragePooling1d globalAveragePooling2d globalAveragePooling3d',
    (r) => [layer(r, some(r, { keepdims: true, dataFormat: 'channelsFirst' }))],
  ),
  embedding: (r) => [layer(r, { inputDim: 8, outputDim: 2, ...some(r, { maskZero: true, embeddingsInitializer: 'ones' }) })],
  masking: (r) => [layer(r, some(r, { maskValue: 0 }))],
  simpleRNN: rnnLayer({}),
  lstm: rnnLayer({ unitForgetBias: false }),
  gru: rnnLayer({ resetAfter: false }),
  ...each('simpleRNNCell lstmCell gruCell', (r) => [layer(r, { units: 2, ...some(r, { dropout: 0.1, useBias: false }) })]),
  rnn: (r) => [layer(r, { cell: L.lstmCell({ units: 2 }), ...some(r, { returnSequences: true, unroll: true }) })],
  stackedRNNCells: (r) => [layer(r, { cells: [L.gruCell({ units: 2 }), L.lstmCell({ units: 2 })] })],
  batchNormalization: (r) => [layer(r, some(r, { axis: -1, momentum: 0.9, epsilon: 0.01, center: false, scale: false, renorm: true }))],
  layerNormalization: (r) => [layer(r, some(r, { axis: -1, epsilon: 0.01, center: false }))],
  groupNormalization: (r) => [layer(r, { groups: pick(r, [1, -1]), ...some(r, { axis: -1, scale: false }) })],
  rmsNormalization: (r) => [layer(r, some(r, { axis: -1, epsilon: 0.01 }))],
  unitNormalization: (r) => [layer(r, some(r, { axis: -1 }))],
  reLU: (r) => [layer(r, some(r, { maxValue: 6, negativeSlope: 0.1, threshold: 0.1 }))],
  leakyReLU: (r) => [layer(r, some(r, { negativeSlope: 0.1 }))],
  elu: (r) => [layer(r, some(r, { alpha: 0.5 }))],
  prelu: (r) => [layer(r, some(r, { alphaInitializer: 'ones', sharedAxes: [1] }))],
  softmax: (r) => [layer(r, some(r, { axis: -1 }))],
  activityRegularization: (r) => [layer(r, some(r, { l1: 0.1, l2: 0.1 }))],
  normalization: (r) => [layer(r, some(r, { axis: -1, invert: true }))],
  rescaling: (r) => [layer(r, { scale: 2, ...some(r, { offset: 0.5 }) })],
  identity: plain,
  ...each('convLstm1d convLstm2d convLstm3d', (r) => [
    layer(r, { filters: 2, kernelSize: 2, ...some(r, { padding: 'same', returnSequences: true, strides: 1 }) }),
  ]),
  convLstm2dCell: (r) => [layer(r, { filters: 2, kernelSize: 2 })],
  timeDistributed: (r) => [layer(r, { layer: L.dense({ units: 2 }) })],
  bidirectional: (r) => [layer(r, { layer: L.gru({ units: 2 }), ...some(r, { mergeMode: 'sum' }) })],
}

const labels = (r: Random): unknown => pick<unknown>(r, [[0, 1, 1, 0, 1, 0], Int32Array.of(0, 1, 1, 0, 0, 1), tensor([1, 0, 1, 0, 1, 0])])
const scores = (r: Random): unknown => pick<unknown>(r, [[0.1, 0.8, 0.4, 0.3, 0.9, 0.5], Float32Array.of(0, 0.5, 1, 0.2, 0.2, 0.1)])
const rows = (r: Random): unknown =>
  pick<unknown>(r, [x(r, 6, 2), { a: x(r, 6), b: [1, 2, 3, 4, 5, 6] }, Float32Array.of(1, 2, 3, 4, 5, 6)])
const folding: Arguments = (r) => [labels(r), some(r, { splits: 2, shuffle: true, repeats: 2, seed: 3 })]
const evaluation: Samples = {
  trainTestSplit: (r) => [rows(r), labels(r), some(r, { testSize: 0.5, trainSize: 2, seed: 1, sampleWeight: labels(r) })],
  ...each('kFold stratifiedKFold', folding),
  groupKFold: (r) => [[1, 2, 3, 1, 2, 3], some(r, { splits: 2, seed: 3 })],
  timeSeriesSplit: (r) => [rows(r), some(r, { splits: 2, gap: 1, testSize: 1, maxTrainSize: 2 })],
  take: (r) => [rows(r), [0, 5, 2]],
  duplicates: (r) => [x(r, 3, 2), x(r, 2, 2)],
  crossValidate: () => [() => 3, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], { splits: 2 }],
  confusionMatrix: (r) => [labels(r), scores(r), some(r, { labels: [0, 1], normalize: 'true', threshold: 0.3, sampleWeight: labels(r) })],
  classificationReport: (r) => [labels(r), labels(r), some(r, { names: ['no', 'yes'], zeroDivision: 1, sampleWeight: labels(r) })],
  rocCurve: (r) => [labels(r), scores(r), some(r, { positive: 1, dropIntermediate: false, sampleWeight: [1, 2, 1, 1, 1, 1] })],
  precisionRecallCurve: (r) => [labels(r), scores(r), some(r, { positive: 0 })],
  calibrationCurve: (r) => [labels(r), scores(r), some(r, { bins: 3, strategy: 'quantile' })],
  areaUnder: () => [
    [0, 1, 2],
    [3, 2, 1],
  ],
}
const storage = { read: () => undefined, write: () => undefined, remove: () => undefined }
export const callbacks: Samples = {
  earlyStopping: (r) => [some(r, { monitor: 'loss', patience: 2, minDelta: 0.1, mode: 'min', baseline: 1, restoreBestWeights: true })],
  reduceLROnPlateau: (r) => [some(r, { monitor: 'loss', factor: 0.5, patience: 2, cooldown: 1, minLr: 0 })],
  learningRateScheduler: () => [() => 0.1],
  terminateOnNaN: (r) => [some(r, { raiseError: true, findLayer: false })],
  modelCheckpoint: (r) => ['place', { save: () => undefined, ...some(r, { saveFreq: 2, saveBestOnly: true }) }],
  csvLogger: (r) => [() => undefined, some(r, { separator: ';', append: true })],
  backupAndRestore: (r) => [storage, some(r, { saveFreq: 2, doubleCheckpoint: true, deleteCheckpoint: false, name: 'b' })],
  swapEMAWeights: (r) => [some(r, { swapOnEpoch: true })],
  progbarLogger: () => [],
  lambdaCallback: () => [{ onEpochEnd: () => undefined }],
}
const utils: Samples = {
  toCategorical: (r) => [labels(r), pick(r, [undefined, 2, 5])],
  normalize: (r) => [x(r, 2, 3), -1, pick(r, [1, 2, 3])],
  classWeights: (r) => [labels(r)],
  minMaxScaling: (r) => [x(r, 2, 3), pick(r, [null, -1, 0]), pick(r, [undefined, [-1, 1]])],
}

export const v = () => variable([1, 2, 3], { name: 'v' })
const top: Samples = {
  eye: (r) => [3, pick(r, [undefined, 4])],
  fill: (r) => [[2, 3], 7, pick(r, [undefined, 'int32', 'bool'])],
  ...each('ones zeros', (r) => [[2, 3], pick(r, [undefined, 'int32', 'bool'])]),
  tensor: (r) => [
    pick<unknown>(r, [
      3,
      true,
      [
        [1, 2],
        [3, 4],
      ],
      Float32Array.of(1, 2, 3, 4),
      Uint8Array.of(1, 2, 3, 4),
    ]),
    ...(r() < 0.5 ? [pick(r, [[4], [2, 2], undefined]), pick(r, [undefined, 'int32', 'float32', 'bool'])] : []),
  ],
  handOver: (r) => [
    pick<unknown>(r, [Float32Array.of(1, 2), Uint8Array.of(1, 2), Uint32Array.of(1, 2)]),
    ...(r() < 0.5 ? [[2], pick(r, [undefined, 'int32', 'float32', 'bool'])] : []),
  ],
  variable: (r) => [x(r, 2, 3), some(r, { name: 'w', trainable: false })],
  setSeed: () => [7],
  ...each('tensor1d tensor2d tensor3d tensor4d scalar tidy dispose', () => [[1, 2]]),
  cloneModel: (r) => [drawnModel(r), some(r, { cloneFunction: (layer: cornus.AnyLayer) => layer, inputs: cornus.input({ shape: [3] }) })],
  modelFromJSON: (r) => [pick(r, [drawnModel(r).toJSON(), JSON.stringify(drawnModel(r).toJSON())]), some(r, { customObjects: {} })],
  registerSerializable: (r) => [class Own {}, some(r, { package: 'mine', name: `Own${r()}` })],
  input: (r) => [pick<unknown>(r, [[3], { shape: [3, null], ...some(r, { name: 'title', dtype: 'int32' }) }, { batchShape: [null, 3] }])],
  model: (r) => {
    const inputs = pick<cornus.Tensor[]>(r, [[cornus.input({ shape: [3] })], [cornus.input({ shape: [3] }), cornus.input({ shape: [2] })]])
    const outputs = inputs.map((each) => L.dense({ units: 2 }).apply(each))
    return [
      {
        inputs: pick(r, [inputs, inputs[0]]),
        outputs: pick(r, [outputs[0], outputs[0]!.mul(2)]),
        ...some(r, { name: 'm', trainable: true }),
      },
    ]
  },
  info: () => [],
  configure: (r) => [some(r, { threads: 1, deterministic: true })],
  'datasets.digits': (r) => [some(r, { testFraction: 0.3, seed: 3 })],
  'datasets.mnist': () => [{ dir: '/nothing/here' }],
  'datasets.parseIdx': () => [Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 6), 'file'],
  'text.padSequences': (r) => [
    [[1, 2], [3], Int32Array.of(4)],
    some(r, { maxlen: 3, dtype: 'int32', padding: 'post', truncating: 'pre', value: 0 }),
  ],
  'text.vocabulary': (r) => [some(r, { level: 'word', maxTokens: 5, oov: '?', standardize: 'lower', tokens: ['a', 'b'] })],
  loadModel: () => [new Uint8Array(12)],
  exportModel: (r) => [cornus.sequential({ layers: [L.dense({ units: 2, inputShape: [3] })] }), pick(r, ['keras', 'tfjs'])],
  describeFile: () => [new Uint8Array(12)],
  listModels: () => ['localstorage'],
  removeModel: () => ['localstorage://nothing'],
  sequential: (r) => [{ layers: [L.dense({ units: 2 })], ...some(r, { name: 'mine', inputShape: [3] }) }],
  compile: (r) => [(t: cornus.Tensor) => t.mul(2), x(r, 2, 3)],
  grad: (r) => [(t: cornus.Tensor) => t.square().sum(), x(r, 2, 3)],
  valueAndGrad: () => {
    const w = v()
    return [() => w.read().square().sum(), [w]]
  },
}

function drawnModel(r: Random): cornus.Model {
  const inputs = cornus.input({ shape: [3] })
  const outputs = L.dense({ units: 2 }).apply(inputs)
  return r() < 0.5 ? cornus.model({ inputs, outputs }) : cornus.sequential([L.dense({ units: 2, inputShape: [3] })])
}

const prefixed = (prefix: string, samples: Samples): Samples =>
  Object.fromEntries(Object.entries(samples).map(([name, args]) => [`${prefix}.${name}`, args]))

/** A name, or a part as it stands in a file, into a part and back. */
const saved = (space: string, name: string, className: string): Samples => ({
  [`${space}.serialize`]: () => [name],
  [`${space}.deserialize`]: (r) => [
    pick<unknown>(r, [name, { className, config: {} }, { class_name: className, config: {} }]),
    some(r, { customObjects: {} }),
  ],
})
const files: Samples = {
  ...saved('activations', 'relu', 'relu'),
  ...saved('initializers', 'zeros', 'Zeros'),
  ...saved('regularizers', 'l2', 'L2'),
  ...saved('constraints', 'nonNeg', 'NonNeg'),
  ...saved('losses', 'mse', 'MeanSquaredError'),
  ...saved('metrics', 'mse', 'MeanSquaredError'),
  ...saved('optimizers', 'sgd', 'SGD'),
  'layers.serialize': () => [L.dense({ units: 2 })],
  'layers.deserialize': (r) => [{ className: 'Dense', config: { units: 2 } }, some(r, { customObjects: {} })],
  ...each('optimizers.schedules.getSchedule optimizers.schedules.serialize', () => [
    cornus.optimizers.schedules.exponentialDecay({ initialLearningRate: 1, decaySteps: 2, decayRate: 0.5 }),
  ]),
  'optimizers.schedules.deserialize': () => [{ className: 'CosineDecay', config: { initialLearningRate: 1, decaySteps: 2 } }],
  'losses.kindOf': () => [
    [2, 3],
    [2, 3],
  ],
  'metrics.getMetric': () => ['mse', { yTrueShape: [6, 2], yPredShape: [6, 2], loss: undefined }],
}

export const samples: Samples = {
  ...top,
  ...files,
  ...prefixed('ops', ops),
  ...prefixed('activations', activations),
  ...prefixed('initializers', initializers),
  ...prefixed('regularizers', regularizers),
  ...prefixed('constraints', constraints),
  ...prefixed('losses', losses),
  ...prefixed('metrics', metrics),
  ...prefixed('optimizers', optimizers),
  ...prefixed('layers', layers),
  ...prefixed('evaluation', evaluation),
  ...prefixed('utils', utils),
  ...prefixed('callbacks', callbacks),
}
