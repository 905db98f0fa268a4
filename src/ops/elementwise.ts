// Element-wise ops of one operand.
import type { KernelName } from '../generated/kernels'
import type { TensorLike } from '../graph/convert'
import { toNode } from '../graph/convert'
import { defineOp, type OpFunction } from '../graph/define'
import { dtypes } from '../graph/dtypes'
import type { Attrs, Node } from '../graph/node'
import { check, showValue } from '../util/errors'
import { flag, nullable, number, optional, readOptions } from '../util/options'
import { add, div, less, maximum as maximumOf, minimum as minimumOf, mul, notEqual, sub } from './binary'
import { where } from './select'
import { cast } from './cast'
import { gradientOp, negative, unary } from './unary'

/** An op that keeps whole numbers whole: `integers` makes it of others, booleans count as int32. */
const ofWhole =
  (integers: (x: Node) => Node, floats: (x: Node) => Node) =>
  (x: TensorLike): Node => {
    const node = toNode(x)
    return dtypes[node.dtype].whole ? integers(cast(node, 'int32')) : floats(node)
  }

const zerosLike = (x: Node): Node => mul(x, 0)
const oneMinus = (x: Node): Node => sub(1, x)

/** −x. */
export const neg = ofWhole((x) => sub(0, x), negative)

const absGrad = gradientOp('absGrad', ({ dy, x }) => mul(dy, sign(x)))
const absOp = unary('abs', { grad: ({ x, dy }) => absGrad(dy, x) })
const absOfNumbers = ofWhole((x) => maximumOf(x, sub(0, x)), absOp)
/** |x|; gradient sign(x), 0 at 0. */
export const abs = (x: TensorLike): Node => {
  const node = toNode(x)
  return node.dtype === 'bool' ? node : absOfNumbers(node)
}

const signOp = unary('sign', { grad: ({ dy }) => zerosLike(dy) })
/** −1, 0 or 1. */
export const sign = ofWhole((x) => clip(x, -1, 1), signOp)

const squareOp = unary('square', { grad: ({ x, dy }) => mul(dy, mul(x, 2)) })
/** x². */
export const square = ofWhole((x) => mul(x, x), squareOp)

const sqrtGrad = gradientOp('sqrtGrad', ({ dy, x }) => div(mul(dy, 0.5), x))
const sqrtOp = unary('sqrt', { work: 3, grad: ({ y, dy }) => sqrtGrad(dy, y) })
/** Square root; NaN below 0. */
export const sqrt = (x: TensorLike): Node => sqrtOp(x)

const rsqrtOp = unary('rsqrt', { work: 5, grad: ({ y, dy }) => mul(mul(mul(mul(dy, -0.5), y), y), y) })
/** 1 / √x. */
export const rsqrt = (x: TensorLike): Node => rsqrtOp(x)

/** 1 / x. */
export const reciprocal = (x: TensorLike): Node => div(1, x)

const expOp = unary('exp', { work: 4, grad: ({ y, dy }) => mul(dy, y) })
/** eˣ, within 1 ULP. */
export const exp = (x: TensorLike): Node => expOp(x)

const expm1Op = unary('expm1', { work: 5, grad: ({ x, dy }) => mul(dy, exp(x)) })
/** eˣ − 1, accurate near 0. */
export const expm1 = (x: TensorLike): Node => expm1Op(x)

const logOp = unary('log', { work: 5, grad: ({ x, dy }) => div(dy, x) })
/** Natural logarithm, within 1 ULP; −∞ at 0, NaN below. */
export const log = (x: TensorLike): Node => logOp(x)

const log1pOp = unary('log1p', { work: 5, grad: ({ x, dy }) => div(dy, add(x, 1)) })
/** ln(1 + x), accurate near 0. */
export const log1p = (x: TensorLike): Node => log1pOp(x)

const sinOp = unary('sin', { work: 6, grad: ({ x, dy }) => mul(dy, cos(x)) })
/** Sine of radians. */
export const sin = (x: TensorLike): Node => sinOp(x)

const cosOp = unary('cos', { work: 6, grad: ({ x, dy }) => neg(mul(dy, sin(x))) })
/** Cosine of radians. */
export const cos = (x: TensorLike): Node => cosOp(x)

const tanhGrad = gradientOp('tanhGrad', ({ dy, x: y }) => mul(dy, oneMinus(mul(y, y))))
const tanhOp = unary('tanh', { work: 6, grad: ({ y, dy }) => tanhGrad(dy, y) })
/** Hyperbolic tangent, within 2 ULP. */
export const tanh = (x: TensorLike): Node => tanhOp(x)

const sigmoidGrad = gradientOp('sigmoidGrad', ({ dy, x: y }) => mul(dy, mul(y, oneMinus(y))))
const sigmoidOp = unary('sigmoid', { work: 6, grad: ({ y, dy }) => sigmoidGrad(dy, y) })
/** 1 / (1 + e⁻ˣ), within 2 ULP. */
export const sigmoid = (x: TensorLike): Node => sigmoidOp(x)

const erfOp = unary('erf', { work: 8, grad: ({ x, dy }) => mul(dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))) })
/** Gauss error function, within 2 ULP. */
export const erf = (x: TensorLike): Node => erfOp(x)

const erfinvOp = unary('erfinv', { work: 8, grad: ({ y, dy }) => mul(dy, mul(exp(mul(y, y)), Math.sqrt(Math.PI) / 2)) })
/** Inverse of erf; ±∞ at ±1. */
export const erfinv = (x: TensorLike): Node => erfinvOp(x)

const softplusGrad = gradientOp('softplusGrad', ({ dy, x }) => mul(dy, sigmoid(x)))
const softplusOp = unary('softplus', { work: 10, grad: ({ x, dy }) => softplusGrad(dy, x) })
/** ln(1 + eˣ), without overflow. */
export const softplus = (x: TensorLike): Node => softplusOp(x)

const reluGrad = gradientOp('reluGrad', ({ dy, x: y }) => where(less(0, y), dy, 0))
const reluOp = unary('relu', { grad: ({ y, dy }) => reluGrad(dy, y) })
const leakyReluGrad = gradientOp('leakyReluGrad', ({ dy, x }, { alpha = 0, beta = Infinity, gamma = 0 }) =>
  where(less(x, gamma), mul(dy, alpha), where(less(x, beta), dy, 0)),
)
const leakyReluOp = unary('leakyRelu', { grad: ({ x, dy }, attrs) => leakyReluGrad(dy, x, attrs) })

export interface ReluOptions {
  /** Slope below the threshold. Default 0. */
  negativeSlope?: number
  /** Saturation value; null for none (the default). */
  maxValue?: number | null
  /** Below it the function is `negativeSlope · (x − threshold)`. Default 0. */
  threshold?: number
}

const plainRelu = ofWhole((x) => maximumOf(x, 0), reluOp)
const reluOptions = { negativeSlope: optional(number(), 0), maxValue: optional(nullable(number()), null), threshold: optional(number(), 0) }

/** max(x, 0), or with options Keras's general rectifier, which is float32; NaN stays NaN. */
export function relu(x: TensorLike, options?: ReluOptions): Node {
  if (options === undefined) return plainRelu(x)
  const { negativeSlope, maxValue, threshold } = readOptions(reluOptions, options, 'relu')
  if (negativeSlope === 0 && maxValue === null && threshold === 0) return plainRelu(x)
  return leakyReluOp(x, { alpha: negativeSlope, beta: maxValue ?? Infinity, gamma: threshold })
}

const eluGrad = gradientOp('eluGrad', ({ dy, x }, { alpha = 1 }) => where(less(0, x), dy, mul(dy, mul(exp(x), alpha))))
const eluOp = unary('elu', { work: 6, grad: ({ x, dy }, attrs) => eluGrad(dy, x, attrs) })
/** x if positive, else alpha · (eˣ − 1). */
export const elu = (x: TensorLike, alpha = 1): Node => eluOp(x, { alpha: number().read(alpha, 'elu: alpha') })

const SELU_ALPHA = 1.6732632423543772
const SELU_SCALE = 1.0507009873554805
const seluGrad = gradientOp('seluGrad', ({ dy, x }) => mul(where(less(0, x), dy, mul(dy, mul(exp(x), SELU_ALPHA))), SELU_SCALE))
const seluOp = unary('selu', { work: 6, grad: ({ x, dy }) => seluGrad(dy, x) })
/** Scaled exponential linear unit (Klambauer et al., arXiv:1706.02515). */
export const selu = (x: TensorLike): Node => seluOp(x)

const geluGrad = gradientOp('geluGrad', ({ dy, x }) =>
  mul(dy, add(mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5), mul(x, mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI))))),
)
const geluOp = unary('gelu', { work: 10, grad: ({ x, dy }) => geluGrad(dy, x) })
const geluTanhGrad = gradientOp('geluTanhGrad', ({ dy, x }) => {
  const c = Math.sqrt(2 / Math.PI)
  const t = tanh(mul(add(x, mul(mul(x, mul(x, x)), 0.044715)), c))
  const slope = mul(add(1, mul(mul(x, x), 3 * 0.044715)), c)
  return mul(dy, add(mul(add(t, 1), 0.5), mul(mul(x, 0.5), mul(oneMinus(mul(t, t)), slope))))
})
const geluTanhOp = unary('geluTanh', { work: 10, grad: ({ x, dy }) => geluTanhGrad(dy, x) })
/** x · Φ(x), exactly (erf) or by the tanh approximation (Hendrycks, Gimpel, arXiv:1606.08415). */
export const gelu = (x: TensorLike, approximate = false): Node => (flag.read(approximate, 'gelu: approximate') ? geluTanhOp(x) : geluOp(x))

const siluGrad = gradientOp('siluGrad', ({ dy, x }) => {
  const s = sigmoid(x)
  return mul(dy, mul(s, add(1, mul(x, oneMinus(s)))))
})
const siluOp = unary('silu', { work: 7, grad: ({ x, dy }) => siluGrad(dy, x) })
/** x · sigmoid(x), also called swish. */
export const silu = (x: TensorLike): Node => siluOp(x)

const mishOp = unary('mish', {
  work: 9,
  grad: ({ x, dy }) => {
    const [s, t] = [sigmoid(x), tanh(softplus(x))]
    const held = clip(x, -176, 176) // σ or 1 − t is 0 beyond
    return mul(dy, add(t, mul(mul(held, s), mul(oneMinus(t), add(t, 1)))))
  },
})
/** x · tanh(softplus(x)), without loss where eˣ is small. */
export const mish = (x: TensorLike): Node => mishOp(x)

/** y as it is, with dy · slope(x) for a gradient: for a y made of ops whose own gradients would cancel. */
export const slopedOp = (name: string, slope: (x: Node, attrs: Attrs) => Node): OpFunction<readonly ['y', 'x'], Attrs> =>
  defineOp(name, {
    inputs: ['y', 'x'],
    alias: () => 0,
    unread: [1],
    shape: ({ y }) => y,
    grad: ({ x, dy }, attrs) => [null, mul(dy, slope(x, attrs))],
  })

const clipGrad = gradientOp('clipGrad', ({ dy, x }, { alpha = 0, beta = 0 }) => where(less(x, alpha), 0, where(less(beta, x), 0, dy)))
const clipOp = unary('clip', { grad: ({ x, dy }, attrs) => clipGrad(dy, x, attrs) })
/** x held between two bounds; NaN stays NaN. int32 stays so if the bounds are whole. Gradient 0 outside of them. */
export function clip(x: TensorLike, minimum: number, maximum: number): Node {
  check(
    typeof minimum === 'number' && typeof maximum === 'number',
    'BAD_ARGUMENT',
    () => `clip: the bounds must be numbers, not ${showValue(minimum)} and ${showValue(maximum)}`,
  )
  check(minimum <= maximum, 'BAD_ARGUMENT', () => `clip: minimum ${minimum} is greater than maximum ${maximum}`)
  const node = toNode(x)
  const bounds = [minimum, maximum].filter(Number.isFinite)
  if (!dtypes[node.dtype].whole || !bounds.every(Number.isInteger)) return clipOp(node, { alpha: minimum, beta: maximum })
  return between(cast(node, 'int32'), minimum, maximum)
}

/** int32 between bounds, of which one that no int32 passes is none. */
function between(x: Node, least: number, most: number): Node {
  const raised = least > -(2 ** 31) ? maximumOf(x, Math.min(least, 2 ** 31 - 1)) : x
  return most < 2 ** 31 - 1 ? minimumOf(raised, Math.max(most, -(2 ** 31))) : raised
}

const flat = (name: KernelName) => unary(name, { grad: ({ dy }) => zerosLike(dy) })
const floorOp = flat('floor')
const ceilOp = flat('ceil')
const roundOp = flat('round')
/** Largest integer not above x. */
export const floor = (x: TensorLike): Node => floorOp(x)
/** Smallest integer not below x. */
export const ceil = (x: TensorLike): Node => ceilOp(x)
/** Nearest integer, halves to even. */
export const round = ofWhole((x) => x, roundOp)

/** True where x is NaN. */
export const isNan = (x: TensorLike): Node => {
  const node = toNode(x)
  return notEqual(node, node)
}
/** True where x is neither NaN nor infinite. */
export const isFinite = (x: TensorLike): Node => less(abs(x), Infinity)

/** Activations with a gradient that needs only their output, so that a product can apply them as it writes. */
export type FusedActivation = 'linear' | 'relu' | 'sigmoid' | 'tanh'

/** Gradient before such an activation, from its output y. */
export function fusedGradient(activation: FusedActivation, y: Node, dy: Node): Node {
  switch (activation) {
    case 'linear':
      return dy
    case 'relu':
      return reluGrad(dy, y)
    case 'sigmoid':
      return sigmoidGrad(dy, y)
    case 'tanh':
      return tanhGrad(dy, y)
    default:
      return activation satisfies never
  }
}
