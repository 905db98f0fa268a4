// Activations: functions of one tensor, by the formulas and defaults of keras.activations.
import { toNode, type TensorLike } from './graph/convert'
import type { Tensor } from './graph/node'
import { add, div, greater, less, maximum, minimum, mul, sub } from './ops/binary'
import { cast } from './ops/cast'
import * as basic from './ops/elementwise'
import type { ReluOptions } from './ops/elementwise'
import { max, sum } from './ops/reduce'
import { where } from './ops/select'
import { split, stopGradient } from './ops/shape'
import * as rows from './ops/softmax'
import { CornusError, showValue } from './util/errors'
import { kerasName, lookUp } from './util/names'
import {
  checkCalled,
  hasMethod,
  isSavedPart,
  loadPart,
  makePart,
  resolveOwn,
  savePart,
  type ConfigValue,
  type DeserializeOptions,
  type SavedPart,
} from './util/parts'
import { normalizeAxis } from './util/shape'
import { flag, integer, number, optional, readOptions, type Given, type Named } from './util/options'

const { abs, clip, neg, sqrt, square } = basic

const ALONG = { axis: optional(integer(), -1) }
const ALPHA = { alpha: optional(number(), 1) }
const SLOPE = { negativeSlope: optional(number(), 0.2) }
const APPROXIMATE = { approximate: optional(flag, false) }
const WIDTH = { threshold: optional(number(), 0.5) }
const THRESHOLD = { threshold: number(), defaultValue: number() }
const ROUNDING = { b: optional(number(0), 4) }
const axisOf = (options: Given<typeof ALONG> | undefined, what: string): number => readOptions(ALONG, options, what).axis

/** x. */
export const linear = (x: TensorLike): Tensor => toNode(x)
/** max(x, 0); with options a slope below a threshold, and a ceiling. */
export const relu = (x: TensorLike, options: ReluOptions = {}): Tensor => basic.relu(x, options)
/** max(x, 0), at most 6. */
export const relu6 = (x: TensorLike): Tensor => basic.relu(x, { maxValue: 6 })
/** x if positive, else slope · x; the slope is 0.2 unless given. */
export const leakyRelu = (x: TensorLike, options?: Given<typeof SLOPE>): Tensor => basic.relu(x, readOptions(SLOPE, options, 'leakyRelu'))
/** x if positive, else alpha · (eˣ − 1). Clevert et al., arXiv:1511.07289. */
export const elu = (x: TensorLike, options?: Given<typeof ALPHA>): Tensor => basic.elu(x, readOptions(ALPHA, options, 'elu').alpha)
/** scale · elu(x), which keeps mean 0 and variance 1. Klambauer et al., arXiv:1706.02515. */
export const selu = (x: TensorLike): Tensor => basic.selu(x)
/** x if positive, else alpha · (e^(x / alpha) − 1), smooth for every alpha. Barron, arXiv:1704.07483. */
export const celu = (x: TensorLike, options?: Given<typeof ALPHA>): Tensor => {
  const { alpha } = readOptions(ALPHA, options, 'celu')
  return alpha === 1 ? basic.elu(x) : where(greater(x, 0), x, mul(basic.elu(div(clip(cast(x, 'float32'), -Infinity, 0), alpha)), alpha))
}
/** x · Φ(x), exactly or by tanh. Hendrycks, Gimpel, arXiv:1606.08415. */
export const gelu = (x: TensorLike, options?: Given<typeof APPROXIMATE>): Tensor =>
  basic.gelu(x, readOptions(APPROXIMATE, options, 'gelu').approximate)
/** x · sigmoid(x), also called swish. */
export const silu = (x: TensorLike): Tensor => basic.silu(x)
/** x · tanh(softplus(x)). Misra, arXiv:1908.08681. */
export const mish = (x: TensorLike): Tensor => basic.mish(x)
/** ln(1 + eˣ). */
export const softplus = (x: TensorLike): Tensor => basic.softplus(x)
const softsignSlope = basic.slopedOp('softsign', (x) => square(basic.reciprocal(add(abs(x), 1))))
/** x / (1 + |x|). */
export const softsign = (x: TensorLike): Tensor => {
  const node = cast(x, 'float32')
  return softsignSlope(div(node, add(abs(node), 1)), node)
}
export const tanh = (x: TensorLike): Tensor => basic.tanh(x)
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: TensorLike): Tensor => basic.sigmoid(x)
/** ln sigmoid(x). */
export const logSigmoid = (x: TensorLike): Tensor => neg(basic.softplus(neg(x)))
/** eˣ. */
export const exponential = (x: TensorLike): Tensor => basic.exp(x)
/** relu6(x + 3) / 6. (Keras 2 and TensorFlow.js have another: 0.2 x + 0.5 between 0 and 1.) */
export const hardSigmoid = (x: TensorLike): Tensor => mul(relu6(add(x, 3)), 1 / 6)
/** min(max(x / 5 + ½, 0), 1): hardSigmoid of Keras 1 and 2 and of TensorFlow.js, which files of theirs mean. */
export const legacyHardSigmoid = (x: TensorLike): Tensor => clip(add(mul(x, 0.2), 0.5), 0, 1)
/** x · hardSigmoid(x), also called hard swish. Howard et al., arXiv:1905.02244. */
export const hardSilu = (x: TensorLike): Tensor => mul(x, hardSigmoid(x))
/** x between −1 and 1. */
export const hardTanh = (x: TensorLike): Tensor => clip(x, -1, 1)
/** x where |x| > threshold, else 0. */
export const hardShrink = (x: TensorLike, options?: Given<typeof WIDTH>): Tensor => {
  const { threshold } = readOptions(WIDTH, options, 'hardShrink')
  const node = cast(x, 'float32')
  return where(greater(abs(node), threshold), node, 0)
}
/** x moved toward 0 by the threshold, 0 within it. */
export const softShrink = (x: TensorLike, options?: Given<typeof WIDTH>): Tensor => {
  const { threshold } = readOptions(WIDTH, options, 'softShrink')
  return sub(x, clip(x, -threshold, threshold))
}
/** (x − tanh x) / x³ as a polynomial in x² < 1.21, highest power first: a minimax fit of the relative error, 2⁻²⁵. */
const SHRINK = [-0.000110477471, 0.000807205506, -0.00304266158, 0.00858323835, -0.0217886008, 0.0539564751, -0.13333267, 0.333333313]
const tanhShrinkSlope = basic.slopedOp('tanhShrink', (x) => square(basic.tanh(x)))
/** x − tanh(x), without cancellation near 0. */
export const tanhShrink = (x: TensorLike): Tensor => {
  const node = cast(x, 'float32')
  const z = square(clip(node, -1.1, 1.1))
  const cubic = SHRINK.reduce<Tensor>((p, c) => add(mul(p, z), c), toNode(0))
  return tanhShrinkSlope(where(less(abs(node), 1.1), mul(mul(cubic, z), node), sub(node, basic.tanh(node))), node)
}
/** x where x > threshold, else defaultValue. */
export const threshold = (x: TensorLike, options: Given<typeof THRESHOLD>): Tensor => {
  const held = readOptions(THRESHOLD, options, 'threshold')
  return where(greater(x, held.threshold), x, held.defaultValue)
}
/** √(x² + b) without overflow. */
function lengthOf(x: Tensor, b: number): Tensor {
  const [size, root] = [abs(x), Math.sqrt(b)]
  const most = maximum(maximum(size, root), 2 ** -126)
  return mul(most, sqrt(add(square(div(minimum(size, root), most)), 1)))
}
const squareplusOf = (x: Tensor, b: number): Tensor => {
  const [half, length] = [mul(x, 0.5), mul(lengthOf(x, b), 0.5)]
  return where(less(x, 0), div(b / 4, sub(length, half)), add(half, length)) // x + √ cancels below 0
}
const squareplusSlope = basic.slopedOp('squareplus', (x, { b }) => div(squareplusOf(x, Number(b)), lengthOf(x, Number(b))))
/** (x + √(x² + b)) / 2. Barron, arXiv:2112.11687. */
export const squareplus = (x: TensorLike, options?: Given<typeof ROUNDING>): Tensor => {
  const { b } = readOptions(ROUNDING, options, 'squareplus')
  const node = cast(x, 'float32')
  return squareplusSlope(squareplusOf(node, b), node, { b })
}
/** 0 below −1, x above 1, (x + 1)² / 4 between. */
export const sparsePlus = (x: TensorLike): Tensor => where(less(x, 1), mul(square(add(clip(x, -1, 1), 1)), 0.25), x)
/** (x + 1) / 2 between 0 and 1. */
export const sparseSigmoid = (x: TensorLike): Tensor => clip(mul(add(x, 1), 0.5), 0, 1)
/** a · sigmoid(b), where a and b are the halves of x along the axis. Dauphin et al., arXiv:1612.08083. */
export const glu = (x: TensorLike, options?: Given<typeof ALONG>): Tensor => {
  const [a, b] = split(x, 2, axisOf(options, 'glu'))
  return mul(a!, basic.sigmoid(b!))
}
/** eˣ / Σ eˣ along the axis. */
export const softmax = (x: TensorLike, options?: Given<typeof ALONG>): Tensor => rows.softmax(x, axisOf(options, 'softmax'))
/** x − ln Σ eˣ along the axis. */
export const logSoftmax = (x: TensorLike, options?: Given<typeof ALONG>): Tensor => rows.logSoftmax(x, axisOf(options, 'logSoftmax'))

/**
 * The nearest point of the probability simplex: max(x − τ, 0) with τ such that it sums to 1 along the axis. Martins, Astudillo,
 * arXiv:1602.02068.
 * τ is the zero of a convex function made of straight pieces, found by Newton's steps from max(x) − 1 instead of by sorting; each step cuts
 * error times slope to a quarter, so that log₂ n + 12 of them reach float32's precision for n classes.
 */
export function sparsemax(x: TensorLike, options?: Given<typeof ALONG>): Tensor {
  const given = toNode(x)
  const along = normalizeAxis(axisOf(options, 'sparsemax'), given.rank, 'sparsemax')
  const z = sub(given, stopGradient(max(given, along, true)))
  let tau: Tensor = toNode(-1)
  for (let steps = Math.ceil(Math.log2(Math.max(2, z.shape[along]!))) + 12; steps > 0; steps--) {
    const inside = greater(z, tau)
    tau = div(sub(sum(where(inside, z, 0), along, true), 1), sum(inside, along, true))
  }
  return basic.relu(sub(z, tau))
}

const activations = {
  linear,
  relu,
  relu6,
  leakyRelu,
  elu,
  selu,
  celu,
  gelu,
  silu,
  mish,
  softplus,
  softsign,
  tanh,
  sigmoid,
  logSigmoid,
  exponential,
  hardSigmoid,
  legacyHardSigmoid,
  hardSilu,
  hardTanh,
  hardShrink,
  softShrink,
  tanhShrink,
  threshold,
  squareplus,
  sparsePlus,
  sparseSigmoid,
  glu,
  softmax,
  logSoftmax,
  sparsemax,
} as const
const aliases = { swish: silu, hardSwish: hardSilu }

export type ActivationName = Exclude<keyof typeof activations, 'threshold'> | keyof typeof aliases
/** A name (in Keras's spelling too), a function of a tensor, or nothing for linear. */
export type ActivationLike = Named<ActivationName> | ((x: Tensor) => Tensor) | SavedPart | null | undefined

/** An activation and, if it is one of ours, its name. */
export interface Activation {
  readonly name: ActivationName | undefined
  readonly fn: (x: Tensor) => Tensor
  call(x: Tensor): Tensor
}

const nameOf = (fn: unknown) => Object.entries(activations).find(([, known]) => known === fn)?.[0] as ActivationName | undefined

/** The activation that is meant. */
export function getActivation(given: ActivationLike | Activation | string): Activation {
  const identifier = resolveOwn(given)
  if (isActivation(identifier)) return identifier
  checkCalled(identifier, {}, 'activations')
  if (identifier === null || identifier === undefined) return { name: 'linear', fn: linear, call: linear }
  if (isSavedPart(identifier)) return makePart<Activation>({}, identifier, 'activation')
  const fn = typeof identifier === 'string' ? lookUp<unknown>({ ...activations, ...aliases }, identifier, 'activation') : identifier
  if (typeof fn !== 'function')
    throw new CornusError('BAD_ARGUMENT', `activation: expected a name as 'relu' or a function of a tensor, not ${showValue(fn)}`)
  return { name: nameOf(fn), fn: fn as (x: Tensor) => Tensor, call: (x) => (fn as (x: Tensor) => Tensor)(x) }
}

/** An activation as it goes into a file: ours by their names. */
export function serialize(activation: ActivationLike | Activation): ConfigValue {
  const { name, fn } = isActivation(activation) ? activation : getActivation(activation)
  return name ? kerasName(name) : savePart({ className: fn.name, getConfig: () => ({}), own: fn }, '', {})
}

const isActivation = (x: unknown): x is Activation => hasMethod(x, 'fn')

/** The activation that a file names. */
export const deserialize = (saved: SavedPart | string, options?: DeserializeOptions): ((x: Tensor) => Tensor) =>
  loadPart(() => getActivation(saved).fn, options)
