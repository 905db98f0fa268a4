// Every op that users may call. On symbolic tensors each becomes a call of the model that is being drawn (graph/symbolic.ts).
import { symbolicOp } from '../graph/symbolic'
import './rewrites'
import * as binaryOps from './binary'
import * as powerOps from './power'
import * as elementwiseOps from './elementwise'
import * as castOps from './cast'
import * as selectOps from './select'
import * as reduceOps from './reduce'
import * as shapeOps from './shape'
import * as matmulOps from './matmul'
import * as gatherOps from './gather'
import * as softmaxOps from './softmax'
import * as crossEntropyOps from './crossEntropy'
import * as randomOps from './random'
import * as convolutionOps from './convolution'
import * as depthwiseOps from './depthwise'
import * as poolingOps from './pooling'
import * as recurrentOps from './recurrent'

export type { Axes } from './reduce'
export type { RecurrentActivation } from './recurrent'

export const add = /* @__PURE__ */ symbolicOp('add', binaryOps.add)
export const div = /* @__PURE__ */ symbolicOp('div', binaryOps.div)
export const equal = /* @__PURE__ */ symbolicOp('equal', binaryOps.equal)
export const floorDiv = /* @__PURE__ */ symbolicOp('floorDiv', binaryOps.floorDiv)
export const greater = /* @__PURE__ */ symbolicOp('greater', binaryOps.greater)
export const greaterEqual = /* @__PURE__ */ symbolicOp('greaterEqual', binaryOps.greaterEqual)
export const less = /* @__PURE__ */ symbolicOp('less', binaryOps.less)
export const lessEqual = /* @__PURE__ */ symbolicOp('lessEqual', binaryOps.lessEqual)
export const logicalAnd = /* @__PURE__ */ symbolicOp('logicalAnd', binaryOps.logicalAnd)
export const logicalNot = /* @__PURE__ */ symbolicOp('logicalNot', binaryOps.logicalNot)
export const logicalOr = /* @__PURE__ */ symbolicOp('logicalOr', binaryOps.logicalOr)
export const logicalXor = /* @__PURE__ */ symbolicOp('logicalXor', binaryOps.logicalXor)
export const maximum = /* @__PURE__ */ symbolicOp('maximum', binaryOps.maximum)
export const minimum = /* @__PURE__ */ symbolicOp('minimum', binaryOps.minimum)
export const mod = /* @__PURE__ */ symbolicOp('mod', binaryOps.mod)
export const mul = /* @__PURE__ */ symbolicOp('mul', binaryOps.mul)
export const notEqual = /* @__PURE__ */ symbolicOp('notEqual', binaryOps.notEqual)
export const pow = /* @__PURE__ */ symbolicOp('pow', powerOps.pow)
export const squaredDifference = /* @__PURE__ */ symbolicOp('squaredDifference', binaryOps.squaredDifference)
export const sub = /* @__PURE__ */ symbolicOp('sub', binaryOps.sub)

export const abs = /* @__PURE__ */ symbolicOp('abs', elementwiseOps.abs)
export const ceil = /* @__PURE__ */ symbolicOp('ceil', elementwiseOps.ceil)
export const clip = /* @__PURE__ */ symbolicOp('clip', elementwiseOps.clip)
export const cos = /* @__PURE__ */ symbolicOp('cos', elementwiseOps.cos)
export const elu = /* @__PURE__ */ symbolicOp('elu', elementwiseOps.elu)
export const erf = /* @__PURE__ */ symbolicOp('erf', elementwiseOps.erf)
export const erfinv = /* @__PURE__ */ symbolicOp('erfinv', elementwiseOps.erfinv)
export const exp = /* @__PURE__ */ symbolicOp('exp', elementwiseOps.exp)
export const expm1 = /* @__PURE__ */ symbolicOp('expm1', elementwiseOps.expm1)
export const floor = /* @__PURE__ */ symbolicOp('floor', elementwiseOps.floor)
export const gelu = /* @__PURE__ */ symbolicOp('gelu', elementwiseOps.gelu)
export const isFinite = /* @__PURE__ */ symbolicOp('isFinite', elementwiseOps.isFinite)
export const isNan = /* @__PURE__ */ symbolicOp('isNan', elementwiseOps.isNan)
export const log = /* @__PURE__ */ symbolicOp('log', elementwiseOps.log)
export const log1p = /* @__PURE__ */ symbolicOp('log1p', elementwiseOps.log1p)
export const neg = /* @__PURE__ */ symbolicOp('neg', elementwiseOps.neg)
export const reciprocal = /* @__PURE__ */ symbolicOp('reciprocal', elementwiseOps.reciprocal)
export const relu = /* @__PURE__ */ symbolicOp('relu', elementwiseOps.relu)
export const round = /* @__PURE__ */ symbolicOp('round', elementwiseOps.round)
export const rsqrt = /* @__PURE__ */ symbolicOp('rsqrt', elementwiseOps.rsqrt)
export const selu = /* @__PURE__ */ symbolicOp('selu', elementwiseOps.selu)
export const sigmoid = /* @__PURE__ */ symbolicOp('sigmoid', elementwiseOps.sigmoid)
export const sign = /* @__PURE__ */ symbolicOp('sign', elementwiseOps.sign)
export const silu = /* @__PURE__ */ symbolicOp('silu', elementwiseOps.silu)
export const sin = /* @__PURE__ */ symbolicOp('sin', elementwiseOps.sin)
export const softplus = /* @__PURE__ */ symbolicOp('softplus', elementwiseOps.softplus)
export const sqrt = /* @__PURE__ */ symbolicOp('sqrt', elementwiseOps.sqrt)
export const square = /* @__PURE__ */ symbolicOp('square', elementwiseOps.square)
export const tanh = /* @__PURE__ */ symbolicOp('tanh', elementwiseOps.tanh)

export const cast = /* @__PURE__ */ symbolicOp('cast', castOps.cast)

export const where = /* @__PURE__ */ symbolicOp('where', selectOps.where)

export const all = /* @__PURE__ */ symbolicOp('all', reduceOps.all)
export const any = /* @__PURE__ */ symbolicOp('any', reduceOps.any)
export const argMax = /* @__PURE__ */ symbolicOp('argMax', reduceOps.argMax)
export const argMin = /* @__PURE__ */ symbolicOp('argMin', reduceOps.argMin)
export const cumsum = /* @__PURE__ */ symbolicOp('cumsum', reduceOps.cumsum)
export const logSumExp = /* @__PURE__ */ symbolicOp('logSumExp', reduceOps.logSumExp)
export const max = /* @__PURE__ */ symbolicOp('max', reduceOps.max)
export const mean = /* @__PURE__ */ symbolicOp('mean', reduceOps.mean)
export const min = /* @__PURE__ */ symbolicOp('min', reduceOps.min)
export const prod = /* @__PURE__ */ symbolicOp('prod', reduceOps.prod)
export const std = /* @__PURE__ */ symbolicOp('std', reduceOps.std)
export const sum = /* @__PURE__ */ symbolicOp('sum', reduceOps.sum)
export const sumSquares = /* @__PURE__ */ symbolicOp('sumSquares', reduceOps.sumSquares)
export const variance = /* @__PURE__ */ symbolicOp('variance', reduceOps.variance)

export const broadcastTo = /* @__PURE__ */ symbolicOp('broadcastTo', shapeOps.broadcastTo)
export const clone = /* @__PURE__ */ symbolicOp('clone', shapeOps.clone)
export const concat = /* @__PURE__ */ symbolicOp('concat', shapeOps.concat)
export const expandDims = /* @__PURE__ */ symbolicOp('expandDims', shapeOps.expandDims)
export const pad = /* @__PURE__ */ symbolicOp('pad', shapeOps.pad)
export const repeat = /* @__PURE__ */ symbolicOp('repeat', shapeOps.repeat)
export const reshape = /* @__PURE__ */ symbolicOp('reshape', shapeOps.reshape)
export const reverse = /* @__PURE__ */ symbolicOp('reverse', shapeOps.reverse)
export const slice = /* @__PURE__ */ symbolicOp('slice', shapeOps.slice)
export const split = /* @__PURE__ */ symbolicOp('split', shapeOps.split)
export const squeeze = /* @__PURE__ */ symbolicOp('squeeze', shapeOps.squeeze)
export const stack = /* @__PURE__ */ symbolicOp('stack', shapeOps.stack)
export const stopGradient = /* @__PURE__ */ symbolicOp('stopGradient', shapeOps.stopGradient)
export const stridedSlice = /* @__PURE__ */ symbolicOp('stridedSlice', shapeOps.stridedSlice)
export const tile = /* @__PURE__ */ symbolicOp('tile', shapeOps.tile)
export const transpose = /* @__PURE__ */ symbolicOp('transpose', shapeOps.transpose)
export const unstack = /* @__PURE__ */ symbolicOp('unstack', shapeOps.unstack)

export const dense = /* @__PURE__ */ symbolicOp('dense', matmulOps.dense)
export const dot = /* @__PURE__ */ symbolicOp('dot', matmulOps.dot)
export const matmul = /* @__PURE__ */ symbolicOp('matmul', matmulOps.matmul)

export const arange = /* @__PURE__ */ symbolicOp('arange', gatherOps.arange)
export const gather = /* @__PURE__ */ symbolicOp('gather', gatherOps.gather)
export const oneHot = /* @__PURE__ */ symbolicOp('oneHot', gatherOps.oneHot)
export const takeAlongAxis = /* @__PURE__ */ symbolicOp('takeAlongAxis', gatherOps.takeAlongAxis)

export const logSoftmax = /* @__PURE__ */ symbolicOp('logSoftmax', softmaxOps.logSoftmax)
export const softmax = /* @__PURE__ */ symbolicOp('softmax', softmaxOps.softmax)

export const binaryCrossEntropy = /* @__PURE__ */ symbolicOp('binaryCrossEntropy', crossEntropyOps.binaryCrossEntropy)
export const categoricalCrossEntropy = /* @__PURE__ */ symbolicOp('categoricalCrossEntropy', crossEntropyOps.categoricalCrossEntropy)
export const sparseCrossEntropy = /* @__PURE__ */ symbolicOp('sparseCrossEntropy', crossEntropyOps.sparseCrossEntropy)

export const bernoulli = /* @__PURE__ */ symbolicOp('bernoulli', randomOps.bernoulli)
export const dropout = /* @__PURE__ */ symbolicOp('dropout', randomOps.dropout)
export const randomNormal = /* @__PURE__ */ symbolicOp('randomNormal', randomOps.randomNormal)
export const randomUniform = /* @__PURE__ */ symbolicOp('randomUniform', randomOps.randomUniform)
export const truncatedNormal = /* @__PURE__ */ symbolicOp('truncatedNormal', randomOps.truncatedNormal)

export const conv1d = /* @__PURE__ */ symbolicOp('conv1d', convolutionOps.conv1d)
export const conv1dTranspose = /* @__PURE__ */ symbolicOp('conv1dTranspose', convolutionOps.conv1dTranspose)
export const conv2d = /* @__PURE__ */ symbolicOp('conv2d', convolutionOps.conv2d)
export const conv2dTranspose = /* @__PURE__ */ symbolicOp('conv2dTranspose', convolutionOps.conv2dTranspose)
export const conv3d = /* @__PURE__ */ symbolicOp('conv3d', convolutionOps.conv3d)
export const conv3dTranspose = /* @__PURE__ */ symbolicOp('conv3dTranspose', convolutionOps.conv3dTranspose)

export const depthwiseConv1d = /* @__PURE__ */ symbolicOp('depthwiseConv1d', depthwiseOps.depthwiseConv1d)
export const depthwiseConv2d = /* @__PURE__ */ symbolicOp('depthwiseConv2d', depthwiseOps.depthwiseConv2d)
export const separableConv1d = /* @__PURE__ */ symbolicOp('separableConv1d', depthwiseOps.separableConv1d)
export const separableConv2d = /* @__PURE__ */ symbolicOp('separableConv2d', depthwiseOps.separableConv2d)

export const averagePool1d = /* @__PURE__ */ symbolicOp('averagePool1d', poolingOps.averagePool1d)
export const averagePool2d = /* @__PURE__ */ symbolicOp('averagePool2d', poolingOps.averagePool2d)
export const averagePool3d = /* @__PURE__ */ symbolicOp('averagePool3d', poolingOps.averagePool3d)
export const maxPool1d = /* @__PURE__ */ symbolicOp('maxPool1d', poolingOps.maxPool1d)
export const maxPool2d = /* @__PURE__ */ symbolicOp('maxPool2d', poolingOps.maxPool2d)
export const maxPool3d = /* @__PURE__ */ symbolicOp('maxPool3d', poolingOps.maxPool3d)

export const gru = /* @__PURE__ */ symbolicOp('gru', recurrentOps.gru)
export const lstm = /* @__PURE__ */ symbolicOp('lstm', recurrentOps.lstm)
export const simpleRnn = /* @__PURE__ */ symbolicOp('simpleRnn', recurrentOps.simpleRnn)
