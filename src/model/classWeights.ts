// Class weights: a factor for each position of the targets, looked up by its class inside of the step.
import { toNode } from '../graph/convert'
import type { Tensor } from '../graph/node'
import type { Loss } from '../losses/index'
import { greaterEqual, less, logicalAnd, mul } from '../ops/binary'
import { cast } from '../ops/cast'
import { round } from '../ops/elementwise'
import { gather } from '../ops/gather'
import { argMax } from '../ops/reduce'
import { where } from '../ops/select'
import { reshape, squeeze } from '../ops/shape'
import { check } from '../util/errors'
import { showShape, type Shape } from '../util/shape'

/** A factor for each class; classes that are not named count 1. */
export type ClassWeight = { readonly [label: number]: number }

/** Weights of the classes in y, times the sample weights. `outputShape`: of the prediction that y belongs to. */
export function withClassWeights(
  y: Tensor,
  sampleWeight: Tensor | undefined,
  classWeight: ClassWeight,
  outputShape: Shape,
  loss: Loss | undefined,
): Tensor {
  const labels = labelsOf(y, outputShape, loss)
  const count = Math.max(-1, ...Object.keys(classWeight).map(Number)) + 1
  const table = Float32Array.from({ length: count + 1 }, (_, label) => classWeight[label] ?? 1) // the last one is for all others
  const known = logicalAnd(greaterEqual(labels, 0), less(labels, count))
  const weights = gather(toNode(table), where(known, labels, toNode(count, 'int32')))
  if (!sampleWeight) return weights
  const column = sampleWeight.rank === weights.rank + 1 && sampleWeight.shape.at(-1) === 1
  const factor = cast(column ? squeeze(sampleWeight, -1) : sampleWeight, 'float32')
  const fits = factor.rank <= weights.rank && factor.shape.every((d, i) => d === weights.shape[i] || d === 1)
  check(
    fits,
    'BAD_SHAPE',
    () =>
      `classWeight: sampleWeight of shape ${showShape(sampleWeight.shape)} does not fit classes of shape ` +
      `${showShape(weights.shape)}; give one weight a sample [${weights.shape[0]}], or one a position`,
  )
  return mul(weights, reshape(factor, [...factor.shape, ...weights.shape.slice(factor.rank).map(() => 1)]))
}

/** The class of each position, int32. */
function labelsOf(y: Tensor, outputShape: Shape, loss: Loss | undefined): Tensor {
  const name = loss?.className ?? ''
  const perPosition = y.rank < outputShape.length || y.rank === 1 || name.startsWith('Sparse')
  const whole = (x: Tensor) => cast(x.dtype === 'float32' ? round(x) : x, 'int32')
  if (y.shape.at(-1) === 1 && y.rank > 1 && (y.rank === outputShape.length || !perPosition)) return whole(squeeze(y, -1))
  if (perPosition) return whole(y)
  const separate = /^Binary|Hinge$|Poisson/.test(name) && name !== 'CategoricalHinge'
  check(
    !separate,
    'BAD_ARGUMENT',
    () =>
      `classWeight: targets of shape ${showShape(y.shape)} with ${name} hold ${y.shape.at(-1)} yes-or-no answers for each position, ` +
      'not one class; give sampleWeight instead',
  )
  return argMax(y, -1)
}
