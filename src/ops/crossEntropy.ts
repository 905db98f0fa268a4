// Cross-entropies fused with softmax or sigmoid, and on probabilities as Keras takes them; one loss a row.
import { toNode, type TensorLike } from '../graph/convert'
import { defineOp, type DataCheck } from '../graph/define'
import type { Node } from '../graph/node'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { integer, number, optional, readOptions } from '../util/options'
import { sameShape, showShape, sizeOf } from '../util/shape'
import { add, div, equal, mul, sub } from './binary'
import { cast } from './cast'
import { clip, log, neg, reciprocal, sigmoid } from './elementwise'
import { integers, oneHot } from './gather'
import { off } from './options'
import { sum } from './reduce'
import { where } from './select'
import { expandDims, reshape } from './shape'
import { logSoftmax, softmax } from './softmax'

/** Probabilities are held this far from 0 and 1 (Keras's epsilon). */
export const EPSILON = 1e-7

/** What no label can be. */
const NO_CLASS = -(2 ** 31)

const sparseOptions = { fromLogits: off, ignore: optional(integer(NO_CLASS, 2 ** 31 - 1), NO_CLASS) }
const denseOptions = { fromLogits: off, labelSmoothing: optional(number(0, 1), 0) }

const rowsAndClasses = (shape: readonly number[]) => ({ rows: sizeOf(shape.slice(0, -1)), n: nth(shape, -1) })
type Sparse = { ignore: number }
type Dense = { smoothing: number }

/** Labels name classes of the last axis of the predictions. */
const labelsOf = (labels: Node, x: Node, except: number): readonly DataCheck[] => {
  const classes = nth(x.shape, -1)
  const hint =
    `the predictions have ${classes} ${classes === 1 ? 'class' : 'classes'}, ` + `and labels must be whole numbers from 0 to ${classes - 1}`
  return [{ of: labels, op: 'sparseCategoricalCrossentropy', what: 'label', low: 0, high: classes - 1, except, hint }]
}

/** Gradients of the sparse losses; the one on logits is differentiable again through softmax − one-hot. */
const sparseLogitsGrad = defineOp<readonly ['dloss', 'x', 'labels'], Sparse>('sparseSoftmaxCrossEntropyGrad', {
  inputs: ['dloss', 'x', 'labels'],
  shape: ({ x }) => x,
  checks: ({ x, labels }, { ignore }) => labelsOf(labels, x, ignore),
  lower: (program, { dloss, x, labels, y }, { ignore }) =>
    program.call(
      'sparseSoftmaxCrossEntropyGrad',
      { dx: y, dloss, logits: x, labels, ...rowsAndClasses(x.shape), ignore },
      { work: 10 * sizeOf(x.shape) },
    ),
  composed: ({ dloss, x, labels }, { ignore }) => {
    const counted = where(equal(labels, ignore), 0, dloss)
    return mul(sub(softmax(x), oneHot(labels, nth(x.shape, -1))), expandDims(counted, -1))
  },
})
/** loss[r] = ln Σ exp(x[r]) − x[r, labels[r]] */
const sparseLogitsOp = defineOp<readonly ['x', 'labels'], Sparse>('sparseSoftmaxCrossEntropy', {
  inputs: ['x', 'labels'],
  shape: ({ x }) => ({ shape: x.shape.slice(0, -1), dtype: 'float32' }),
  checks: ({ x, labels }, { ignore }) => labelsOf(labels, x, ignore),
  lower: (program, { x, labels, y }, { ignore }) =>
    program.call(
      'sparseSoftmaxCrossEntropy',
      { loss: y, logits: x, labels, ...rowsAndClasses(x.shape), ignore },
      { work: 8 * sizeOf(x.shape) },
    ),
  grad: ({ x, labels, dy }, attrs) => [sparseLogitsGrad(dy, x, labels, attrs), null],
})

const sparseGrad = defineOp<readonly ['dloss', 'p', 'labels'], Sparse>('sparseCrossEntropyGrad', {
  inputs: ['dloss', 'p', 'labels'],
  shape: ({ p }) => p,
  checks: ({ p, labels }, { ignore }) => labelsOf(labels, p, ignore),
  lower: (program, { dloss, p, labels, y }, { ignore }) =>
    program.call('sparseCrossEntropyGrad', { dp: y, dloss, p, labels, ...rowsAndClasses(p.shape), ignore }, { work: 8 * sizeOf(p.shape) }),
  composed: ({ dloss, p, labels }, { ignore }) => {
    const counted = where(equal(labels, ignore), 0, dloss)
    const total = sum(p, -1, true)
    const hot = oneHot(labels, nth(p.shape, -1))
    const q = sum(mul(div(p, total), hot), -1, true)
    const inside = cast(equal(q, clip(q, EPSILON, 1 - EPSILON)), 'float32')
    return mul(mul(expandDims(counted, -1), inside), sub(reciprocal(total), div(hot, sum(mul(p, hot), -1, true))))
  },
})
/** loss[r] = −ln clip(p[r, labels[r]] / Σ p[r]) */
const sparseOp = defineOp<readonly ['p', 'labels'], Sparse>('sparseCrossEntropy', {
  inputs: ['p', 'labels'],
  shape: ({ p }) => ({ shape: p.shape.slice(0, -1), dtype: 'float32' }),
  checks: ({ p, labels }, { ignore }) => labelsOf(labels, p, ignore),
  lower: (program, { p, labels, y }, { ignore }) =>
    program.call('sparseCrossEntropy', { loss: y, p, labels, ...rowsAndClasses(p.shape), ignore }, { work: 6 * sizeOf(p.shape) }),
  grad: ({ p, labels, dy }, attrs) => [sparseGrad(dy, p, labels, attrs), null],
})

/**
 * Cross-entropy against integer labels along the last axis; one loss for each row. Rows whose label is `ignore` count as 0.
 * From probabilities: normalized and clipped to [1e-7, 1 − 1e-7] first, as Keras does.
 */
export function sparseCrossEntropy(labels: TensorLike, x: TensorLike, options?: { fromLogits?: boolean; ignore?: number }): Node {
  const { fromLogits, ignore } = readOptions(sparseOptions, options, 'sparseCrossEntropy')
  const node = cast(x, 'float32')
  const given = integers(labels, 'sparseCategoricalCrossentropy')
  const at = given.rank === node.rank && given.shape.at(-1) === 1 ? reshape(given, given.shape.slice(0, -1)) : given
  check(
    node.rank > 0 && sameShape(at.shape, node.shape.slice(0, -1)),
    'BAD_SHAPE',
    () =>
      `sparseCategoricalCrossentropy: labels ${showShape(given.shape)} do not fit predictions ${showShape(node.shape)}; ` +
      `expected ${showShape(node.shape.slice(0, -1))}`,
  )
  return fromLogits ? sparseLogitsOp(node, at, { ignore }) : sparseOp(node, at, { ignore })
}

const smoothed = (labels: Node, smoothing: number): Node =>
  smoothing ? add(mul(labels, 1 - smoothing), smoothing / nth(labels.shape, -1)) : labels

const denseLogitsGrad = defineOp<readonly ['dloss', 'x', 'labels'], Dense>('softmaxCrossEntropyGrad', {
  inputs: ['dloss', 'x', 'labels'],
  shape: ({ x }) => x,
  lower: (program, { dloss, x, labels, y }, { smoothing }) =>
    program.call(
      'softmaxCrossEntropyGrad',
      { dx: y, dloss, logits: x, labels, ...rowsAndClasses(x.shape), smoothing },
      { work: 10 * sizeOf(x.shape) },
    ),
  composed: ({ dloss, x, labels }, { smoothing }) => {
    const target = smoothed(labels, smoothing)
    return mul(expandDims(dloss, -1), sub(mul(softmax(x), sum(target, -1, true)), target))
  },
})
/** loss[r] = −Σᵢ labels[r, i] · logSoftmax(x)[r, i] */
const denseLogitsOp = defineOp<readonly ['x', 'labels'], Dense>('softmaxCrossEntropy', {
  inputs: ['x', 'labels'],
  shape: ({ x }) => ({ shape: x.shape.slice(0, -1), dtype: 'float32' }),
  lower: (program, { x, labels, y }, { smoothing }) =>
    program.call(
      'softmaxCrossEntropy',
      { loss: y, logits: x, labels, ...rowsAndClasses(x.shape), smoothing },
      { work: 8 * sizeOf(x.shape) },
    ),
  grad: ({ x, labels, dy }, attrs) => [
    denseLogitsGrad(dy, x, labels, attrs),
    mul(mul(expandDims(dy, -1), logSoftmax(x)), attrs.smoothing - 1),
  ],
})

/** Cross-entropy against distributions along an axis (default: last); one loss for each row. */
export function categoricalCrossEntropy(
  labels: TensorLike,
  x: TensorLike,
  options?: { fromLogits?: boolean; labelSmoothing?: number },
): Node {
  const { fromLogits, labelSmoothing } = readOptions(denseOptions, options, 'categoricalCrossEntropy')
  const node = cast(x, 'float32')
  const target = cast(labels, 'float32')
  check(
    node.rank > 0 && sameShape(target.shape, node.shape),
    'BAD_SHAPE',
    () =>
      `categoricalCrossentropy: labels ${showShape(target.shape)} and predictions ${showShape(node.shape)} must have the same shape; ` +
      'for integer labels use sparseCategoricalCrossentropy',
  )
  if (fromLogits) return denseLogitsOp(node, target, { smoothing: labelSmoothing })
  const q = clip(div(node, sum(node, -1, true)), EPSILON, 1 - EPSILON)
  return neg(sum(mul(smoothed(target, labelSmoothing), log(q)), -1))
}

const sigmoidGradOp = defineOp('sigmoidCrossEntropyGrad', {
  inputs: ['dy', 'x', 'z'],
  inplace: [0, 1],
  shape: ({ x }) => x,
  lower: (program, { dy, x, z, y }) => {
    const n = sizeOf(y.shape)
    program.call('sigmoidCrossEntropyGrad', { dx: y, dy, x, z, n }, { elementwise: n, work: 8 * n })
  },
  composed: ({ dy, x, z }) => mul(dy, sub(sigmoid(x), z)),
})
/** y = max(x, 0) − x·z + ln(1 + e^−|x|) */
const sigmoidOp = defineOp('sigmoidCrossEntropy', {
  inputs: ['x', 'z'],
  inplace: [0],
  shape: ({ x }) => x,
  lower: (program, { x, z, y }) => {
    const n = sizeOf(y.shape)
    program.call('sigmoidCrossEntropy', { y, x, z, n }, { elementwise: n, work: 10 * n })
  },
  grad: ({ x, z, dy }) => [sigmoidGradOp(dy, x, z), neg(mul(dy, x))],
})

/** Cross-entropy of each element against a yes-or-no label; the same shape as the predictions. */
export function binaryCrossEntropy(labels: TensorLike, x: TensorLike, options?: { fromLogits?: boolean; labelSmoothing?: number }): Node {
  const { fromLogits, labelSmoothing } = readOptions(denseOptions, options, 'binaryCrossEntropy')
  const node = cast(x, 'float32')
  const given = cast(labels, 'float32')
  check(
    sameShape(given.shape, node.shape),
    'BAD_SHAPE',
    () => `binaryCrossentropy: labels ${showShape(given.shape)} and predictions ${showShape(node.shape)} must have the same shape`,
  )
  const target = labelSmoothing ? add(mul(given, 1 - labelSmoothing), 0.5 * labelSmoothing) : given
  if (fromLogits) return sigmoidOp(node, target)
  const p = clip(node, EPSILON, 1 - EPSILON)
  return neg(add(mul(target, log(p)), mul(sub(1, target), log(sub(1, p)))))
}

const binaryLabelsOp = defineOp('binaryLabels', {
  inputs: ['labels', 'whole'],
  unread: [1],
  shape: ({ labels }) => labels,
  alias: () => 0,
  checks: ({ whole }) => [{ of: whole, op: 'binaryCrossentropy', what: 'label', low: 0, high: 1, hint: BINARY_HINT }],
  grad: ({ dy }) => [dy, null],
})

const BINARY_HINT =
  "labels must be 0 or 1 (or between); of more than two classes write activation: 'softmax' and loss: " +
  "'sparseCategoricalCrossentropy', of −1 and 1 loss: 'hinge'"

/** The labels, if none of them is below 0 or above 1: an error otherwise. */
export const binaryLabels = (labels: TensorLike): Node => {
  const node = toNode(labels)
  return binaryLabelsOp(node, cast(node, 'int32'))
}
