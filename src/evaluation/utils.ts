// What Keras has in keras.utils, and scikit-learn in class_weight: small work on labels and data.
import type { Tensor, TensorLike } from '../tensor'
import { toNode, type NestedArray } from '../graph/convert'
import { constantNode } from '../graph/leaves'
import { div, equal } from '../ops/binary'
import { cast } from '../ops/cast'
import { abs } from '../ops/elementwise'
import { pow } from '../ops/power'
import { max, min, sum } from '../ops/reduce'
import { where } from '../ops/select'
import { check, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { listOf, number } from '../util/options'
import { normalizeAxis } from '../util/shape'
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
 * Scale and offset that bring numbers between two bounds, for each place of an axis (null: one for all):
 * `layers.rescaling(minMaxScaling(train.x))`.
 */
export function minMaxScaling(
  x: TensorLike,
  axis: number | null = -1,
  range: readonly [number, number] = [0, 1],
): { scale: number | NestedArray; offset: number | NestedArray } {
  const bounds = listOf(number(), 2).read(range, 'minMaxScaling: range') as readonly [number, number]
  check(bounds[0] < bounds[1], 'BAD_ARGUMENT', () => `minMaxScaling: range must be two numbers, the least first, not ${showValue(range)}`)
  const node = cast(toNode(x), 'float32')
  check(node.size > 0, 'BAD_DATA', () => 'minMaxScaling: there are no numbers')
  check(axis === null || node.shape.length > 0, 'BAD_SHAPE', () => 'minMaxScaling: x is a scalar; give axis null')
  const kept = axis === null ? -1 : normalizeAxis(axis, node.shape.length, 'minMaxScaling')
  const others = node.shape.map((_, place) => place).filter((place) => place !== kept)
  const shape = node.shape.slice(kept < 0 ? node.shape.length : kept).map((size, i) => (i === 0 ? size : 1))
  const bound = (values: Tensor) => Array.from((others.length ? values : node).dataSync())
  const [least, greatest] = [bound(min(node, others)), bound(max(node, others))]
  const bad = least.findIndex((value, i) => !Number.isFinite(value) || !Number.isFinite(nth(greatest, i)))
  check(bad < 0, 'BAD_DATA', () => `minMaxScaling: the numbers at place ${bad} are not all finite`)
  const [from, to] = bounds
  const scale = least.map((value, i) => (to - from) / (nth(greatest, i) - value || 1))
  const offset = least.map((value, i) => from - value * nth(scale, i))
  const nested = (values: number[]) =>
    constantNode(Float32Array.from(values), { shape, dtype: 'float32' }).arraySync() as number | NestedArray
  return { scale: nested(scale), offset: nested(offset) }
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
  labels.forEach((label, i) => counts.set(label, counts.get(label)! + nth(weights, i)))
  const total = [...counts.values()].reduce((n, count) => n + count, 0)
  return Object.fromEntries([...counts].filter(([, count]) => count > 0).map(([label, count]) => [label, total / (counts.size * count)]))
}
