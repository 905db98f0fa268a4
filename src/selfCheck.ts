// What the wide core is checked with before it is used: each family of kernels on short known input, forward and backward.
import type { Node } from './graph/node'
import { recordTrace } from './graph/trace'
import { Variable } from './graph/variable'
import { gradients } from './grad'
import * as ops from './ops/index'
import { mish } from './ops/elementwise'
import { batchNorm, layerNorm, rmsNorm } from './ops/normalization'
import { adam, rmsprop, sgd } from './optimizers/index'
import { provideSelfCheck } from './runtime/settings'

/** sin(i) and the like, in this shape. */
const wave = (shape: readonly number[], step = 0.7): Node => {
  const size = shape.reduce((a, b) => a * b, 1)
  return ops.reshape(ops.sin(ops.mul(ops.arange(0, size, 1, 'float32'), step)), [...shape])
}

/** y, and its gradients for each of xs. */
const withGradients = (y: Node, xs: readonly Node[]): Node[] => [y, ...gradients(ops.sum(ops.mul(y, wave(y.shape, 0.3))), xs)]

/** Products, convolutions and pooling. */
function products(): Node[] {
  const [a, b, image, filter, slim] = [wave([23, 36]), wave([36, 52]), wave([2, 9, 9, 5]), wave([3, 3, 5, 19]), wave([3, 3, 5, 2])]
  // Winograd, and few channels
  const [many, wide3x3, thin, thin3x3] = [wave([2, 9, 9, 16]), wave([3, 3, 16, 20]), wave([2, 9, 9, 1]), wave([3, 3, 1, 19])]
  const volume = wave([1, 4, 5, 6, 8])
  return [
    ...withGradients(ops.matmul(a, b), [a, b]),
    ops.matmul(b, a, { transposeA: true, transposeB: true }),
    ops.matmul(ops.cast(ops.mul(a, 9), 'int32'), ops.cast(ops.mul(b, 9), 'int32')),
    ops.dense(a, b, wave([52]), 'relu'),
    ...withGradients(ops.conv2d(image, filter, { padding: 'same' }), [image, filter]),
    ...withGradients(ops.depthwiseConv2d(image, slim), [image, slim]),
    ...withGradients(ops.conv2d(many, wide3x3, { padding: 'same' }), [many, wide3x3]),
    ...withGradients(ops.conv2d(thin, thin3x3), [thin, thin3x3]),
    ...withGradients(ops.conv2dTranspose(image, wave([3, 3, 4, 5]), { strides: 2 }), [image]),
    ...withGradients(ops.conv3d(volume, wave([2, 2, 2, 8, 9])), [volume]),
    ...[ops.maxPool2d, ops.averagePool2d].flatMap((pool) => [
      ...withGradients(pool(many), [many]),
      ...withGradients(pool(image, 3, { strides: 2 }), [image]),
    ]),
  ]
}

/** Walks over time. */
function walks(): Node[] {
  const sequence = wave([3, 4, 6])
  const gated = [wave([6, 20]), wave([6, 15])].flatMap((kernel, i) => {
    const [recurrent, bias] = [wave([5, 5 * (4 - i)]), wave(i ? [2, 15] : [20])]
    const { output } = (i ? ops.gru : ops.lstm)(sequence, kernel, recurrent, bias)
    return withGradients(output, [sequence, kernel, recurrent, bias])
  })
  const simple = [sequence, wave([6, 12]), wave([12, 12]), wave([12])] as const
  return [...gated, ...withGradients(ops.simpleRnn(...simple).output, simple)]
}

/** Loops over elements and rows. */
function rows(): Node[] {
  const [a, scale] = [wave([23, 36]), wave([36], 0.4)]
  const one = ops.abs(ops.add(a, 0.1))
  const whole = ops.cast(ops.mul(a, 9), 'int32')
  const unary = [ops.exp, ops.tanh, ops.sigmoid, ops.relu, ops.gelu, ops.elu, ops.softplus, ops.silu, mish, ops.sin, ops.erf]
  return [
    ...withGradients(batchNorm(a, { gamma: scale, beta: scale }).y, [a, scale]),
    ...withGradients(layerNorm(a, { gamma: scale, beta: scale }), [a, scale]),
    ...withGradients(rmsNorm(a, { gamma: scale }), [a, scale]),
    ...unary.flatMap((f) => withGradients(f(a), [a])),
    ops.log(one),
    ops.sqrt(one),
    ops.div(a, one),
    ops.maximum(a, wave([36])),
    ops.add(a, wave([23, 1])),
    ...withGradients(ops.softmax(a), [a]),
    ops.logSoftmax(a),
    ops.sum(a, 0),
    ops.mean(a, 1),
    ops.max(a, 1),
    ops.prod(one, 0),
    ops.transpose(a),
    ops.argMax(a, 1),
    ...withGradients(ops.sparseCrossEntropy(ops.arange(0, 23), a, { fromLogits: true }), [a]),
    ops.gather(a, [3, 1, 22]),
    whole,
    ops.pow(whole, 3),
    ops.cumsum(whole, 1),
    ops.sum(whole, 0),
    ops.randomNormal([33], 0, 1, 7),
    ops.randomUniform([33], 0, 1, 7),
    ops.where(ops.greater(a, 0), a, one),
  ]
}

provideSelfCheck(() => {
  const { result, trace } = recordTrace(() => {
    for (const optimizer of [sgd({ momentum: 0.9 }), adam(), rmsprop()]) optimizer.apply([wave([9, 5])], [new Variable(wave([9, 5], 0.2))])
    return [...products(), ...walks(), ...rows()]
  })
  return { outputs: result, effects: trace.effects }
})
