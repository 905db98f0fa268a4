// The rooms of factories and functions as users see them: what Keras, tfjs or PyTorch call otherwise is met with the line to write.
import * as activationRoom from './activations'
import * as constraintRoom from './constraints/index'
import * as evaluationRoom from './evaluation/index'
import * as utilRoom from './evaluation/utils'
import * as initializerRoom from './initializers/index'
import * as layerRoom from './model/layers'
import { Layer } from './layers/layer'
import * as lossRoom from './losses/index'
import * as metricRoom from './metrics/index'
import { Model } from './model/model'
import * as opRoom from './ops/index'
import * as optimizerRoom from './optimizers/index'
import * as regularizerRoom from './regularizers/index'
import { Tensor, Variable } from './tensor'
import { meetFunction, meetNames, meetProperties, oneArgument } from './util/neighbours'

const NOTHING_TO_FREE = 'nothing is to be freed here; leave the call out'

const pooling = (short: string, long: string) => Object.fromEntries([1, 2, 3].map((rank) => [`${short}${rank}d`, `layers.${long}${rank}d`]))

export const layers: typeof layerRoom = /* @__PURE__ */ meetNames(
  /* @__PURE__ */ oneArgument(layerRoom, 'layers', ['serialize', 'deserialize']),
  'layers',
  {
    ...pooling('maxPool', 'maxPooling'),
    ...pooling('avgPool', 'averagePooling'),
    ...pooling('averagePool', 'averagePooling'),
    ...pooling('globalMaxPool', 'globalMaxPooling'),
    ...pooling('globalAvgPool', 'globalAveragePooling'),
    input: 'layers.inputLayer({ shape: [2] }), or inputShape on the first layer',
    Input: 'layers.inputLayer({ shape: [2] }), or inputShape on the first layer',
    batchNorm: 'layers.batchNormalization()',
    layerNorm: 'layers.layerNormalization()',
    linear: 'layers.dense({ units: 10 })',
    Linear: 'layers.dense({ units: 10 })',
    tanh: "layers.activation('tanh')",
    sigmoid: "layers.activation('sigmoid')",
    gelu: "layers.activation('gelu')",
    Sequential: 'sequential([layers.dense({ units: 10 })])',
    Model: 'sequential([layers.dense({ units: 10 })])',
  },
)

export const ops: typeof opRoom = /* @__PURE__ */ meetNames(opRoom, 'ops', {
  multiply: 'ops.mul',
  subtract: 'ops.sub',
  divide: 'ops.div',
  power: 'ops.pow',
  negative: 'ops.neg',
  absolute: 'ops.abs',
  concatenate: 'ops.concat',
  cat: 'ops.concat',
  reduceSum: 'ops.sum',
  reduceMean: 'ops.mean',
  reduceMax: 'ops.max',
  reduceMin: 'ops.min',
  amax: 'ops.max',
  amin: 'ops.min',
  norm: 'x.square().sum().sqrt()',
  zeros: "zeros, from import { zeros } from 'cornus'",
  ones: "ones, from import { ones } from 'cornus'",
  eye: "eye, from import { eye } from 'cornus'",
  fill: "fill, from import { fill } from 'cornus'",
  tensor: "tensor, from import { tensor } from 'cornus'",
  unsqueeze: 'ops.expandDims',
  view: 'ops.reshape',
  randn: 'ops.randomNormal',
  rand: 'ops.randomUniform',
  leakyRelu: 'activations.leakyRelu',
  swish: 'ops.silu',
  tidy: NOTHING_TO_FREE,
  dispose: NOTHING_TO_FREE,
})

export const evaluation: typeof evaluationRoom = /* @__PURE__ */ meetNames(evaluationRoom, 'evaluation', {
  splitDataset: 'evaluation.trainTestSplit(x, y)',
  repeatedKFold: 'evaluation.kFold(x, { repeats: 3 })',
  repeatedStratifiedKFold: 'evaluation.stratifiedKFold(y, { repeats: 3 })',
  groupShuffleSplit: 'evaluation.trainTestSplit(x, y, { groups })',
  stratifiedShuffleSplit: 'evaluation.trainTestSplit(x, y, { stratify: y })',
  crossValScore: 'evaluation.crossValidate(() => makeModel(), x, y)',
  crossValidation: 'evaluation.crossValidate(() => makeModel(), x, y)',
  auc: 'evaluation.areaUnder(x, y), or evaluation.rocCurve(yTrue, scores).area',
  rocAucScore: 'evaluation.rocCurve(yTrue, scores).area',
  averagePrecisionScore: 'evaluation.precisionRecallCurve(yTrue, scores).averagePrecision',
})

export const utils: typeof utilRoom = /* @__PURE__ */ meetNames(utilRoom, 'utils', {
  oneHot: 'ops.oneHot, or utils.toCategorical',
  computeClassWeight: 'utils.classWeights(y)',
  splitDataset: 'evaluation.trainTestSplit(x, y)',
  padSequences: 'text.padSequences',
  setRandomSeed: "setSeed, from import { setSeed } from 'cornus'",
  plotModel: 'model.toSVG()',
})

export const activations: typeof activationRoom = /* @__PURE__ */ meetNames(activationRoom, 'activations', {
  swish: 'activations.silu',
  hardSwish: 'activations.hardSilu',
})

export const initializers: typeof initializerRoom = /* @__PURE__ */ meetNames(initializerRoom, 'initializers', {
  xavierUniform: 'initializers.glorotUniform',
  xavierNormal: 'initializers.glorotNormal',
  kaimingUniform: 'initializers.heUniform',
  kaimingNormal: 'initializers.heNormal',
})

export const regularizers: typeof regularizerRoom = /* @__PURE__ */ meetNames(regularizerRoom, 'regularizers')
export const constraints: typeof constraintRoom = /* @__PURE__ */ meetNames(constraintRoom, 'constraints', {
  nonNegative: 'constraints.nonNeg',
})

export const losses: typeof lossRoom = /* @__PURE__ */ meetNames(lossRoom, 'losses', {
  mse: 'losses.meanSquaredError',
  mae: 'losses.meanAbsoluteError',
  bce: 'losses.binaryCrossentropy',
  crossEntropy: 'losses.categoricalCrossentropy',
  softmaxCrossEntropy: 'losses.categoricalCrossentropy({ fromLogits: true })',
  sigmoidCrossEntropy: 'losses.binaryCrossentropy({ fromLogits: true })',
  cosineProximity: 'losses.cosineSimilarity',
  cosineDistance: 'losses.cosineSimilarity',
  absoluteDifference: 'losses.meanAbsoluteError',
  huberLoss: 'losses.huber',
})

export const metrics: typeof metricRoom = /* @__PURE__ */ meetNames(metricRoom, 'metrics', {
  mse: 'metrics.meanSquaredError',
  mae: 'metrics.meanAbsoluteError',
  acc: 'metrics.accuracy',
  cosineProximity: 'metrics.cosineSimilarity',
})

export const optimizers: typeof optimizerRoom = /* @__PURE__ */ meetNames(optimizerRoom, 'optimizers', {
  momentum: 'optimizers.sgd({ momentum: 0.9 })',
})

// Types that are named by way of a room.
export declare namespace ops {
  export type Axes = opRoom.Axes
  export type RecurrentActivation = opRoom.RecurrentActivation
}
export declare namespace losses {
  export type Loss = lossRoom.Loss
  export type LossFunction = lossRoom.LossFunction
  export type LossOptions = lossRoom.LossOptions
  export type Reduction = lossRoom.Reduction
}
export declare namespace metrics {
  export type Metric = metricRoom.Metric
  export type MetricOptions = metricRoom.MetricOptions
}
export declare namespace optimizers {
  export type Optimizer = optimizerRoom.Optimizer
  export type OptimizerOptions = optimizerRoom.OptimizerOptions
  export type Schedule = optimizerRoom.Schedule
  export type Step = optimizerRoom.Step
}
export declare namespace initializers {
  export type Initializer = initializerRoom.Initializer
}
export declare namespace regularizers {
  export type Regularizer = regularizerRoom.Regularizer
}
export declare namespace constraints {
  export type Constraint = constraintRoom.Constraint
}

const VALUES = {
  dispose: NOTHING_TO_FREE,
  numpy: 'write await x.array(), or await x.data() for a typed array',
  tolist: 'write await x.array()',
  T: 'write x.transpose()',
  toFloat: "write x.cast('float32')",
  toInt: "write x.cast('int32')",
  detach: 'write x.stopGradient()',
  backward: 'write valueAndGrad(() => loss, variables)',
  argmax: 'write x.argMax()',
  argmin: 'write x.argMin()',
  unsqueeze: 'write x.expandDims()',
  view: 'write x.reshape(shape)',
  multiply: 'write x.mul(y)',
  matMul: 'write x.matmul(y)',
  subtract: 'write x.sub(y)',
  divide: 'write x.div(y)',
  astype: "write x.cast('int32')",
  asType: "write x.cast('int32')",
  astensor: 'it is a tensor already',
}
meetProperties(Tensor.prototype, 'tensor', VALUES)
meetProperties(Variable.prototype, 'variable', VALUES, { value: 'write w.assign(values) to set it, and await w.data() to read it' })
meetProperties(Layer.prototype, 'layer', {
  dispose: NOTHING_TO_FREE,
  forward: 'write layer.apply(x), and call(x) in a layer of your own',
  parameters: 'write layer.weights',
})
meetProperties(Model.prototype, 'model', {
  fitDataset: 'write model.fit(dataset), where dataset yields [x, y]',
  evaluateDataset: 'write model.evaluate(dataset), where dataset yields [x, y]',
  fit_generator: 'write model.fit(generator)',
  predict_proba: 'write model.predict(x)',
  predictClasses: 'write model.predict(x).argMax(-1)',
  forward: 'write model.predict(x)',
})
meetProperties(optimizerRoom.Optimizer.prototype, 'optimizer', {
  minimize: 'write valueAndGrad(() => loss, variables), then optimizer.apply(grads, variables)',
  applyGradients: 'write optimizer.apply(grads, variables)',
  apply_gradients: 'write optimizer.apply(grads, variables)',
  step: 'write optimizer.apply(grads, variables)',
  zero_grad: 'gradients are not kept; leave the call out',
})

const VALUE = 'write tensor(values), or tensor(values, shape)'
/** @deprecated tensor(values) */
export const tensor1d = meetFunction('tensor1d', VALUE)
/** @deprecated tensor(values) */
export const tensor2d = meetFunction('tensor2d', VALUE)
/** @deprecated tensor(values) */
export const tensor3d = meetFunction('tensor3d', VALUE)
/** @deprecated tensor(values) */
export const tensor4d = meetFunction('tensor4d', VALUE)
/** @deprecated tensor(value) */
export const scalar = meetFunction('scalar', 'write tensor(value)')
/** @deprecated Nothing is to be freed: leave the call out. */
export const tidy = meetFunction('tidy', NOTHING_TO_FREE)
/** @deprecated Nothing is to be freed: leave the call out. */
export const dispose = meetFunction('dispose', NOTHING_TO_FREE)
