// Every activation and every op of one operand, with its slope, against float64: numbers of every binade, a finer walk where functions
// bend, and the ends.
// The bounds are those of docs/accuracy.md.
import { describe, test } from 'vitest'
import { activations as act, configure, ops } from '../src/index'
import { functions as losses } from '../src/losses/index'
import { expectRow, expectTable, type Row } from './support/accuracy'
import { binades, erf, erfc } from './support/ulps'

const { abs, exp, expm1, fround, log, log1p, max, min, sqrt, tanh } = Math
const sigma = (x: number) => (x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)))
const softplus = (x: number) => max(x, 0) + log1p(exp(-abs(x)))
const density = (x: number) => exp((-x * x) / 2) / sqrt(2 * Math.PI)
const normal = (x: number) => erfc(-x * Math.SQRT1_2) / 2
const [SCALE, ALPHA] = [1.0507009873554805, 1.6732632423543772].map(fround) as [number, number]
const step = (x: number) => Number(x > 0)
const shrink = (x: number) =>
  abs(x) < 0.3
    ? x ** 3 / 3 -
      (2 * x ** 5) / 15 +
      (17 * x ** 7) / 315 -
      (62 * x ** 9) / 2835 +
      (1382 * x ** 11) / 155925 -
      (21844 * x ** 13) / 6081075 +
      (929569 * x ** 15) / 638512875
    : x - tanh(x)
const logCosh = (x: number) => (abs(x) < 1 ? log1p(2 * Math.sinh(x / 2) ** 2) : abs(x) + log1p(exp(-2 * abs(x))) - Math.LN2)
const [K, C] = [sqrt(2 / Math.PI), 0.044715]
const geluArgument = (x: number) => 2 * K * (x + C * x ** 3)
const geluTanhSlope = (x: number) => {
  const [z, s] = [geluArgument(x), sigma(geluArgument(x))]
  return abs(z) > 740 ? step(x) : s + x * 2 * K * (1 + 3 * C * x * x) * s * sigma(-z)
}
/** ln of a result, at most: how far a rounded exponent is amplified. */
const reach = (z: number) => min(abs(z), 110)

const one = () => 1
const rows: Row[] = [
  { name: 'neg', op: ops.neg, f: (x) => -x, ulps: 0, slope: () => -1, slopeUlps: 0 },
  { name: 'abs', op: ops.abs, f: abs, ulps: 0, slope: Math.sign, slopeUlps: 0 },
  { name: 'sign', op: ops.sign, f: Math.sign, ulps: 0 },
  { name: 'square', op: ops.square, f: (x) => x * x, ulps: 0.5, slope: (x) => 2 * x, slopeUlps: 0 },
  { name: 'sqrt', op: ops.sqrt, f: sqrt, ulps: 0.5, slope: (x) => 0.5 / sqrt(x), slopeUlps: 2 },
  { name: 'rsqrt', op: ops.rsqrt, f: (x) => 1 / sqrt(x), ulps: 2, slope: (x) => -0.5 / (x * sqrt(x)), slopeUlps: 8, only: (x) => x > 0 },
  {
    name: 'reciprocal',
    op: ops.reciprocal,
    f: (x) => 1 / x,
    ulps: 0.5,
    slope: (x) => -1 / (x * x),
    slopeUlps: 2,
    only: (x) => abs(x) > 1e-19 && abs(x) < 1e19,
  },
  { name: 'exp', op: ops.exp, f: exp, ulps: 1, slope: exp, slopeUlps: 1 },
  { name: 'expm1', op: ops.expm1, f: expm1, ulps: 2, slope: exp, slopeUlps: 1 },
  { name: 'log', op: ops.log, f: log, ulps: 1, slope: (x) => 1 / x, slopeUlps: 0.5, only: (x) => x > 0 },
  { name: 'log1p', op: ops.log1p, f: log1p, ulps: 2, slope: (x) => 1 / (1 + x), slopeUlps: 2, only: (x) => x > -1 },
  { name: 'sin', op: ops.sin, f: Math.sin, ulps: 2, slope: Math.cos, slopeUlps: 2 },
  { name: 'cos', op: ops.cos, f: Math.cos, ulps: 2, slope: (x) => -Math.sin(x), slopeUlps: 2 },
  { name: 'tanh', op: ops.tanh, f: tanh, ulps: 2, slope: (x) => 1 - tanh(x) ** 2, slopeUlps: 4, terms: one },
  { name: 'sigmoid', op: ops.sigmoid, f: sigma, ulps: 2, slope: (x) => sigma(x) * sigma(-x), slopeUlps: 4, terms: (x) => (x < 0 ? 0 : 1) },
  { name: 'erf', op: ops.erf, f: erf, ulps: 2, slope: (x) => (2 / sqrt(Math.PI)) * exp(-x * x), slopeUlps: (x) => 3 + 2 * min(x * x, 104) },
  { name: 'softplus', op: ops.softplus, f: softplus, ulps: 2, slope: sigma, slopeUlps: 2 },
  { name: 'relu', op: ops.relu, f: (x) => max(x, 0), ulps: 0, slope: step, slopeUlps: 0 },
  { name: 'floor', op: ops.floor, f: Math.floor, ulps: 0 },
  { name: 'ceil', op: ops.ceil, f: Math.ceil, ulps: 0 },
  { name: 'elu', op: ops.elu, f: (x) => (x > 0 ? x : expm1(x)), ulps: 2, slope: (x) => (x > 0 ? 1 : exp(x)), slopeUlps: 1 },
  {
    name: 'selu',
    op: ops.selu,
    f: (x) => SCALE * (x > 0 ? x : ALPHA * expm1(x)),
    ulps: 4,
    slope: (x) => SCALE * (x > 0 ? 1 : ALPHA * exp(x)),
    slopeUlps: 4,
  },
  {
    name: 'gelu',
    op: (x) => ops.gelu(x),
    f: (x) => x * normal(x),
    ulps: 6,
    slope: (x) => normal(x) + x * density(x),
    slopeUlps: 8,
    terms: (x) => normal(x) + abs(x) * density(x),
  },
  {
    name: 'gelu by tanh',
    op: (x) => ops.gelu(x, true),
    f: (x) => x * sigma(geluArgument(x)),
    ulps: (x) => 4 + 3 * reach(min(geluArgument(x), 0)),
    slope: geluTanhSlope,
    slopeUlps: (x) => 8 + 3 * reach(min(geluArgument(x), 0)),
    terms: (x) => sigma(geluArgument(x)) * (1 + min(abs(x) * 2 * K * (1 + 3 * C * x * x), 500)),
  },
  {
    name: 'silu',
    op: ops.silu,
    f: (x) => x * sigma(x),
    ulps: 3,
    slope: (x) => sigma(x) * (1 + x * sigma(-x)),
    slopeUlps: 6,
    terms: (x) => sigma(x) * (1 + abs(x) * sigma(-x)),
  },
  {
    name: 'mish',
    op: act.mish,
    f: (x) => x * tanh(softplus(x)),
    ulps: 4,
    slope: (x) => tanh(softplus(x)) + x * sigma(x) * (1 - tanh(softplus(x)) ** 2),
    slopeUlps: 8,
    terms: (x) => tanh(softplus(x)) + abs(x) * max(sigma(x), 2 ** -126),
  },
  { name: 'celu', op: act.celu, f: (x) => (x > 0 ? x : expm1(x)), ulps: 2, slope: (x) => (x > 0 ? 1 : exp(x)), slopeUlps: 1 },
  {
    name: 'celu with alpha',
    op: (x) => act.celu(x, { alpha: 0.75 }),
    f: (x) => (x > 0 ? x : 0.75 * expm1(x / 0.75)),
    ulps: 3,
    slope: (x) => (x > 0 ? 1 : exp(x / 0.75)),
    slopeUlps: (x) => 3 + reach(min(x / 0.75, 0)),
  },
  {
    name: 'relu6',
    op: act.relu6,
    f: (x) => min(max(x, 0), 6),
    ulps: 0,
    slope: (x) => Number(x > 0 && x < 6),
    slopeUlps: 0,
    only: (x) => x !== 6 && x !== 0,
  },
  {
    name: 'leakyRelu',
    op: act.leakyRelu,
    f: (x) => (x > 0 ? x : fround(0.2) * x),
    ulps: 0.5,
    slope: (x) => (x > 0 ? 1 : fround(0.2)),
    slopeUlps: 0,
    only: (x) => x !== 0,
  },
  { name: 'softsign', op: act.softsign, f: (x) => x / (1 + abs(x)), ulps: 1.5, slope: (x) => (1 + abs(x)) ** -2, slopeUlps: 4 },
  { name: 'logSigmoid', op: act.logSigmoid, f: (x) => -softplus(-x), ulps: 2, slope: (x) => sigma(-x), slopeUlps: 2 },
  { name: 'exponential', op: act.exponential, f: exp, ulps: 1, slope: exp, slopeUlps: 1 },
  {
    name: 'hardSigmoid',
    op: act.hardSigmoid,
    f: (x) => min(max(x + 3, 0), 6) / 6,
    ulps: 2,
    slope: (x) => Number(abs(x) < 3) / 6,
    slopeUlps: 1,
    only: (x) => abs(x) !== 3,
  },
  {
    name: 'hardSilu',
    op: act.hardSilu,
    f: (x) => (x * min(max(x + 3, 0), 6)) / 6,
    ulps: 3,
    slope: (x) => (abs(x) < 3 ? x / 3 + 0.5 : step(x)),
    slopeUlps: 3,
    terms: () => 0.5,
    only: (x) => abs(x) !== 3,
  },
  { name: 'hardTanh', op: act.hardTanh, f: (x) => min(max(x, -1), 1), ulps: 0, slope: (x) => Number(abs(x) <= 1), slopeUlps: 0 },
  { name: 'hardShrink', op: act.hardShrink, f: (x) => (abs(x) > 0.5 ? x : 0), ulps: 0, slope: (x) => Number(abs(x) > 0.5), slopeUlps: 0 },
  {
    name: 'softShrink',
    op: act.softShrink,
    f: (x) => x - min(max(x, -0.5), 0.5),
    ulps: 0.5,
    slope: (x) => Number(abs(x) > 0.5),
    slopeUlps: 0,
  },
  { name: 'tanhShrink', op: act.tanhShrink, f: shrink, ulps: 6, slope: (x) => tanh(x) ** 2, slopeUlps: 5 },
  {
    name: 'squareplus',
    op: act.squareplus,
    f: (x) => (x < 0 ? 2 / (sqrt(x * x + 4) - x) : (x + sqrt(x * x + 4)) / 2),
    ulps: 4,
    slope: (x) => (x < 0 ? 2 / (sqrt(x * x + 4) - x) / sqrt(x * x + 4) : (1 + x / sqrt(x * x + 4)) / 2),
    slopeUlps: 8,
  },
  {
    name: 'sparsePlus',
    op: act.sparsePlus,
    f: (x) => (x < -1 ? 0 : x > 1 ? x : (x + 1) ** 2 / 4),
    ulps: 2,
    slope: (x) => (x < -1 ? 0 : x > 1 ? 1 : (x + 1) / 2),
    slopeUlps: 1,
  },
  {
    name: 'sparseSigmoid',
    op: act.sparseSigmoid,
    f: (x) => min(max((x + 1) / 2, 0), 1),
    ulps: 1,
    slope: (x) => Number(abs(x) <= 1) / 2,
    slopeUlps: 0,
    only: (x) => abs(abs(x) - 1) > 1e-6,
  },
  {
    name: 'glu',
    op: (x) => act.glu(ops.stack([ops.broadcastTo(1, x.shape), x], 0), { axis: 0 }).reshape(x.shape),
    f: sigma,
    ulps: 2,
    slope: (x) => sigma(x) * sigma(-x),
    slopeUlps: 4,
    terms: (x) => (x < 0 ? 0 : 1),
  },
  {
    name: 'loss logCosh',
    op: (x) => losses.logCosh([[0]], x.reshape([x.size, 1])),
    f: logCosh,
    ulps: 6,
    slope: tanh,
    slopeUlps: 2,
    of: () => 0,
  },
  {
    name: 'loss meanSquaredError',
    op: (x) => losses.meanSquaredError([[0]], x.reshape([x.size, 1])),
    f: (x) => x * x,
    ulps: 1,
    slope: (x) => 2 * x,
    slopeUlps: 1,
  },
  {
    name: 'loss meanAbsoluteError',
    op: (x) => losses.meanAbsoluteError([[0]], x.reshape([x.size, 1])),
    f: abs,
    ulps: 0,
    slope: Math.sign,
    slopeUlps: 0,
  },
  {
    name: 'loss meanSquaredLogarithmicError',
    op: (x) => losses.meanSquaredLogarithmicError([[0]], x.reshape([x.size, 1])),
    f: (x) => (log1p(max(x, 1e-7)) - log1p(1e-7)) ** 2,
    ulps: 8,
    of: (x) => 1e-7 * log1p(max(x, 1e-7)),
  },
  {
    name: 'loss huber',
    op: (x) => losses.huber([[0]], x.reshape([x.size, 1])),
    f: (x) => (abs(x) <= 1 ? (x * x) / 2 : abs(x) - 0.5),
    ulps: 1,
    slope: (x) => min(max(x, -1), 1),
    slopeUlps: 1,
  },
  {
    name: 'loss hinge',
    op: (x) => losses.hinge([[1]], x.reshape([x.size, 1])),
    f: (x) => max(1 - x, 0),
    ulps: 0.5,
    slope: (x) => -Number(x < 1),
    slopeUlps: 0,
    only: (x) => x !== 1,
  },
  {
    name: 'loss squaredHinge',
    op: (x) => losses.squaredHinge([[1]], x.reshape([x.size, 1])),
    f: (x) => max(1 - x, 0) ** 2,
    ulps: 2,
    slope: (x) => -2 * max(1 - x, 0),
    slopeUlps: 1,
    only: (x) => x !== 1,
  },
  ...[0, 1].map(
    (label): Row => ({
      name: `loss binaryCrossentropy of logits, label ${label}`,
      op: (x) => losses.binaryCrossentropy(ops.broadcastTo(label, [x.size, 1]), x.reshape([x.size, 1]), { fromLogits: true }),
      f: (x) => softplus(label ? -x : x),
      ulps: 3,
      of: (x) => min(label ? max(x, 0) : 0, 1e30),
      slope: (x) => (label ? -sigma(-x) : sigma(x)),
      slopeUlps: 3,
      terms: () => label,
    }),
  ),
  {
    name: 'loss sparseCategoricalCrossentropy of logits',
    op: (x) => losses.sparseCategoricalCrossentropy(new Int32Array(x.size), ops.stack([x, ops.mul(x, 0)], 1), { fromLogits: true }),
    f: (x) => softplus(-x),
    ulps: 3,
    slope: (x) => -sigma(-x),
    slopeUlps: 3,
  },
  {
    name: 'loss categoricalCrossentropy of logits',
    op: (x) => losses.categoricalCrossentropy(ops.broadcastTo([1, 0], [x.size, 2]), ops.stack([x, ops.mul(x, 0)], 1), { fromLogits: true }),
    f: (x) => softplus(-x),
    ulps: 3,
    slope: (x) => -sigma(-x),
    slopeUlps: 3,
    terms: one,
  },
  {
    name: 'logSoftmax',
    op: (x) =>
      ops
        .logSoftmax(ops.stack([x, ops.mul(x, 0)], 1))
        .slice([0, 0], [x.size, 1])
        .reshape([x.size]),
    f: (x) => -softplus(-x),
    ulps: 3,
  },
  {
    name: 'softmax',
    op: (x) =>
      ops
        .softmax(ops.stack([x, ops.mul(x, 0)], 1))
        .slice([0, 0], [x.size, 1])
        .reshape([x.size]),
    f: sigma,
    ulps: 3,
  },
]

/** Numbers of every binade, and finer ones where functions bend and fade. */
const numbers = Float32Array.from([
  ...binades(Infinity, 24),
  ...Float32Array.from({ length: 22001 }, (_, i) => (i - 11000) * 0.01 * (1 + (i % 7) * 1e-5)),
])

describe.each([true, false])('deterministic: %s', (deterministic) => {
  test.each(rows)('$name', (row) => {
    configure({ threads: 1, deterministic })
    expectRow(row, numbers)
  })
})

test('docs/accuracy.md is of these bounds', () => expectTable(rows, numbers, 'Ops and activations'))
