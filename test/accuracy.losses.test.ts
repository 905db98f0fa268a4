// Losses and their gradients against float64: predictions of every binade, and near the targets.
import { describe, test } from 'vitest'
import { activations as act, configure, ops, type Tensor } from '../src/index'
import { functions as losses } from '../src/losses/index'
import { expectRow, expectTable, type Row } from './support/accuracy'
import { binades } from './support/ulps'

const { abs, fround, log, max, min, sign, sqrt } = Math
const EPSILON = fround(1e-7)
const TOP = fround(1 - 1e-7)

const column = (x: Tensor) => x.reshape([x.size, 1])
/** Each number beside a constant. */
const beside = (x: Tensor, other: number) => ops.stack([x, ops.broadcastTo(other, x.shape)], 1)
const row = (x: Tensor, ...values: number[]) => ops.broadcastTo(values, [x.size, values.length])
const rows = (x: Tensor) => new Int32Array(x.size)
const clipped = (x: number) => min(max(x, EPSILON), TOP)
const inside = (x: number) => x > EPSILON && x < TOP
const share = (x: number) => x / (x + 1)
const one = () => 1

/** Predictions of any size. */
const wide: Row[] = [
  {
    name: 'meanAbsolutePercentageError',
    op: (x) => losses.meanAbsolutePercentageError(row(x, 0.5), column(x)),
    f: (x) => 200 * abs(x - 0.5),
    ulps: 2,
    slope: (x) => 200 * sign(x - 0.5),
    slopeUlps: 1,
    only: (x) => x !== 0.5,
  },
  {
    name: 'huber, delta 0.5',
    op: (x) => losses.huber([[0]], column(x), { delta: 0.5 }),
    f: (x) => (abs(x) <= 0.5 ? (x * x) / 2 : 0.5 * abs(x) - 0.125),
    ulps: 1,
    slope: (x) => min(max(x, -0.5), 0.5),
    slopeUlps: 1,
  },
  {
    name: 'poisson',
    op: (x) => losses.poisson(row(x, 1), column(x)),
    f: (x) => x - log(fround(x + EPSILON)),
    ulps: 2,
    of: (x) => max(abs(x), abs(log(fround(x + EPSILON)))),
    slope: (x) => 1 - 1 / fround(x + EPSILON),
    slopeUlps: 2,
    terms: (x) => max(1, 1 / fround(x + EPSILON)),
    only: (x) => x >= 0,
  },
  {
    name: 'cosineSimilarity',
    op: (x) => losses.cosineSimilarity(row(x, 1, 1), beside(x, 1)),
    f: (x) => -(x + 1) / (sqrt(2) * sqrt(x * x + 1)),
    ulps: 4,
    of: one,
    slope: (x) => -(1 - x) / (sqrt(2) * (x * x + 1) ** 1.5),
    slopeUlps: 8,
    terms: (x) => 1 / sqrt(x * x + 1),
    only: (x) => abs(x) < 1e15,
  },
  {
    name: 'categoricalHinge',
    op: (x) => losses.categoricalHinge(row(x, 1, 0), beside(x, 0.5)),
    f: (x) => max(1.5 - x, 0),
    ulps: 1,
    of: abs,
    slope: (x) => -Number(x < 1.5),
    slopeUlps: 0,
    only: (x) => abs(x - 1.5) > 1e-6,
  },
  {
    name: 'sparsemax',
    op: (x) => act.sparsemax(beside(x, 0)).slice([0, 0], [x.size, 1]).reshape([x.size]),
    f: (x) => min(max((x + 1) / 2, 0), 1),
    ulps: 1,
    of: one,
    slope: (x) => Number(abs(x) < 1) / 2,
    slopeUlps: 0,
    only: (x) => abs(abs(x) - 1) > 1e-6,
  },
]

/** Predictions that are probabilities. */
const probable: Row[] = [
  {
    name: 'klDivergence',
    op: (x) => losses.klDivergence(row(x, 0.25), column(x)),
    f: (x) => 0.25 * log(0.25 / min(max(x, EPSILON), 1)),
    ulps: 2,
    of: () => 0.25,
    slope: (x) => (x > EPSILON ? -0.25 / x : 0),
    slopeUlps: 3,
    only: (x) => x !== EPSILON && x < 1,
  },
  {
    name: 'binaryCrossentropy, label 1',
    op: (x) => losses.binaryCrossentropy(row(x, 1), column(x)),
    f: (x) => -log(clipped(x)),
    ulps: 2,
    slope: (x) => (inside(x) ? -1 / x : 0),
    slopeUlps: 2,
    only: (x) => x !== EPSILON && x !== TOP,
  },
  {
    name: 'binaryCrossentropy, label 0',
    op: (x) => losses.binaryCrossentropy(row(x, 0), column(x)),
    f: (x) => -log(1 - clipped(x)),
    ulps: 2,
    of: () => 1,
    slope: (x) => (inside(x) ? 1 / (1 - x) : 0),
    slopeUlps: 2,
    only: (x) => x !== EPSILON && x !== TOP,
  },
  {
    name: 'binaryFocalCrossentropy',
    op: (x) => losses.binaryFocalCrossentropy(row(x, 1), column(x)),
    f: (x) => -((1 - x) ** 2) * log(clipped(x)),
    ulps: 8,
    slope: (x) => 2 * (1 - x) * log(clipped(x)) - (inside(x) ? (1 - x) ** 2 / x : 0),
    slopeUlps: 12,
    terms: (x) => abs(2 * (1 - x) * log(clipped(x))) + (1 - x) ** 2 / max(x, EPSILON),
    only: (x) => x !== EPSILON && x < TOP,
  },
  {
    name: 'categoricalCrossentropy',
    op: (x) => losses.categoricalCrossentropy(row(x, 1, 0), beside(x, 1)),
    f: (x) => -log(max(share(x), EPSILON)),
    ulps: 4,
    of: one,
    slope: (x) => -1 / (x * (x + 1)),
    slopeUlps: 8,
    terms: (x) => 1 / x,
    only: (x) => x > 1e-6,
  },
  {
    name: 'sparseCategoricalCrossentropy',
    op: (x) => losses.sparseCategoricalCrossentropy(rows(x), beside(x, 1)),
    f: (x) => -log(max(share(x), EPSILON)),
    ulps: 4,
    of: one,
    slope: (x) => -1 / (x * (x + 1)),
    slopeUlps: 8,
    terms: (x) => 1 / x,
    only: (x) => x > 1e-6,
  },
  {
    name: 'categoricalFocalCrossentropy',
    op: (x) => losses.categoricalFocalCrossentropy(row(x, 1, 0), beside(x, 1)),
    f: (x) => -0.25 * (1 - share(x)) ** 2 * log(max(share(x), EPSILON)),
    ulps: 8,
    slope: (x) => 0.25 * (2 * (1 - share(x)) * log(share(x)) - (1 - share(x)) ** 2 / share(x)) * (x + 1) ** -2,
    slopeUlps: 16,
    terms: (x) => 1 / x,
    only: (x) => x > 1e-6,
  },
  {
    name: 'categoricalGeneralizedCrossEntropy',
    op: (x) => losses.categoricalGeneralizedCrossEntropy(rows(x), beside(x, 0)),
    f: (x) => (1 - sqrt(x)) / 0.5,
    ulps: 2,
    of: () => 2,
    slope: (x) => -1 / sqrt(x),
    slopeUlps: 6,
    only: (x) => x > 1e-30,
  },
  {
    name: 'dice',
    op: (x) => losses.dice(row(x, 1), column(x), { axis: [1] }),
    f: (x) => 1 - (2 * x) / (1 + x + EPSILON),
    ulps: 3,
    of: one,
    slope: (x) => -2 * (1 + EPSILON) * (1 + x + EPSILON) ** -2,
    slopeUlps: 6,
    terms: () => 2,
  },
  {
    name: 'tversky',
    op: (x) => losses.tversky(row(x, 1), column(x), { alpha: 0.25, beta: 0.75, axis: [1] }),
    f: (x) => 1 - x / (x + 0.25 * (1 - x) + EPSILON),
    ulps: 3,
    of: one,
    slope: (x) => -(0.25 + EPSILON) * (0.25 + 0.75 * x + EPSILON) ** -2,
    slopeUlps: 8,
    terms: (x) => 1 / (0.25 + 0.75 * x),
  },
]

const numbers = Float32Array.from([
  ...binades(Infinity, 16),
  ...Float32Array.from({ length: 8001 }, (_, i) => (i - 4000) * 0.003 * (1 + (i % 7) * 1e-5)),
])
const shares = Float32Array.from([...binades(1, 24).filter((x) => x >= 0), ...Float32Array.from({ length: 4001 }, (_, i) => i / 4001)])

describe.each([true, false])('deterministic: %s', (deterministic) => {
  test.each(wide)('$name', (each) => {
    configure({ threads: 1, deterministic })
    expectRow(each, numbers)
  })
  test.each(probable)('$name', (each) => {
    configure({ threads: 1, deterministic })
    expectRow(each, shares)
  })
})

test('docs/accuracy.md is of these bounds', () => expectTable([...wide, ...probable], shares, 'Losses'))
