// What Keras has in keras.utils, and scikit-learn in class_weight: small work on labels and data.
import type { Tensor, TensorLike } from '../tensor'
import { toNode } from '../graph/convert'
import { constantNode } from '../graph/leaves'
import { div, equal } from '../ops/binary'
import { where } from '../ops/select'
import { abs } from '../ops/elementwise'
import { pow } from '../ops/power'
import { max, sum } from '../ops/reduce'
import { check } from '../util/errors'
import { labelsOf, sortedLabels, weightsOf, type Label, type Labels } from './rows'

/**
 * Class numbers as rows with a 1: [n] → [n, numClasses]; a last axis of 1 is dropped. See keras.utils.to_categorical.
 */
export function toCategorical(x: TensorLike, numClasses?: number): Tensor {
  const node = toNode(x)
  const values = Array.from(node.dataSync())
  const wrong = values.findIndex((value) => !Number.isInteger(value) || value < 0)
  check(wrong < 0, 'BAD_DATA', () => `toCategorical: value ${wrong} is ${values[wrong]}; expected class numbers from 0`)
  const classes = numClasses ?? values.reduce((most, value) => Math.max(most, value), -1) + 1
  check(
    Number.isInteger(classes) && classes >= 0 && classes * values.length < 2 ** 30,
    'BAD_ARGUMENT',
    () => `toCategorical: numClasses must be a number of classes, not ${String(numClasses)}`,
  )
  const beyond = values.findIndex((value) => value >= classes)
  check(
    beyond < 0,
    'BAD_DATA',
    () => `toCategorical: value ${beyond} is ${values[beyond]}; with ${classes} classes they go from 0 to ${classes - 1}`,
  )
  const rows = node.shape.length > 1 && node.shape.at(-1) === 1 ? node.shape.slice(0, -1) : node.shape
  const ones = new Float32Array(values.length * classes)
  values.forEach((value, i) => (ones[i * classes + value] = 1))
  return constantNode(ones, { shape: [...rows, classes], dtype: 'float32' })
}

/** x divided by its norms along an axis; where a norm is zero x stays. See keras.utils.normalize. */
export function normalize(x: TensorLike, axis = -1, order = 2): Tensor {
  check(typeof order === 'number' && order > 0, 'BAD_ARGUMENT', () => `normalize: order must be a positive number, not ${String(order)}`)
  const node = toNode(x)
  const size = abs(node)
  const norm = order === Infinity ? max(size, axis, true) : pow(sum(pow(size, order), axis, true), 1 / order)
  return div(node, where(equal(norm, 0), 1, norm))
}

/**
 * Weights that give every class the same say: samples / (classes · samples of the class), for
 * `fit(x, y, { classWeight: classWeights(y) })`.
 * See sklearn.utils.class_weight.compute_class_weight('balanced').
 */
export function classWeights(y: Labels, sampleWeight?: Labels): { [label: number]: number } {
  const labels = labelsOf(y, 'classWeights: y')
  check(labels.length > 0, 'BAD_DATA', () => 'classWeights: there are no labels')
  const weights = weightsOf(sampleWeight, labels.length, 'classWeights')
  const counts = new Map<Label, number>(sortedLabels(labels).map((label) => [label, 0]))
  labels.forEach((label, i) => counts.set(label, counts.get(label)! + weights[i]!))
  const total = [...counts.values()].reduce((n, count) => n + count, 0)
  return Object.fromEntries([...counts].filter(([, count]) => count > 0).map(([label, count]) => [label, total / (counts.size * count)]))
}
