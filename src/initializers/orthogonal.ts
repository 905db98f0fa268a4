// A random matrix with orthonormal rows or columns.
import type { Tensor } from '../graph/node'
import { add, mul } from '../ops/binary'
import { matmul } from '../ops/matmul'
import { randomNormal } from '../ops/random'
import { reshape, transpose } from '../ops/shape'
import { eye } from '../tensor'
import { check } from '../util/errors'
import { number, optional } from '../util/options'
import { showShape, sizeOf } from '../util/shape'
import { factory, seed } from './initializer'

/**
 * Uniform over all matrices with orthonormal columns (rows, if there are fewer of them) times `gain` (default 1); a weight of more axes is
 * seen as [rest, last]. Saxe et al., arXiv:1312.6120.
 *
 * Keras takes the Q of a normal matrix's QR; here it is the orthogonal factor of its polar decomposition, which is distributed alike (both
 * are
 * uniform, since the normal distribution knows no direction) and needs nothing but matrix products.
 */
export const orthogonal = factory('Orthogonal', { gain: optional(number(), 1), seed }, (shape, { gain, seed: own }) => {
  check(
    shape.length >= 2,
    'BAD_SHAPE',
    () => `orthogonal: a weight of shape ${showShape(shape)} has no rows and columns; at least two axes are needed`,
  )
  const [rows, columns] = [sizeOf(shape.slice(0, -1)), sizeOf(shape.slice(-1))]
  const [m, n] = [Math.max(rows, columns), Math.min(rows, columns)]
  // No singular value of a normal matrix is likely to exceed √m + √n by 6 (chance e⁻¹⁸): so all of these are at most 1.
  const start = randomNormal([m, n], 0, 1 / (Math.sqrt(m) + Math.sqrt(n) + 6), own)
  // The least of a square one is about 1 / 2n of the greatest, and seldom (chance 1e-4) 1e4 times smaller; of one twice as tall always
  // larger.
  const steps = Math.ceil(Math.log(2e4 * n) / Math.log(GROWTH))
  const q = polarFactor(start, n, m < 2 * n ? steps : Math.min(steps, 7))
  return mul(reshape(rows < columns ? transpose(q) : q, shape), gain)
})

/** What a step of degree five makes of a small singular value. */
const GROWTH = 3.4445

/**
 * Newton–Schulz iteration: an odd polynomial moves every singular value toward 1. First `steps` of degree five that raise small ones to
 * 3.44
 * times as much and hold large ones within 0.68 … 1.13 (coefficients: Jordan et al., Muon, 2024), then of degree three, which converge
 * quadratically.
 */
function polarFactor(start: Tensor, columns: number, steps: number): Tensor {
  let x = start
  const unit = eye(columns)
  for (let i = 0; i < steps; i++) {
    const a = matmul(x, x, { transposeA: true })
    x = matmul(x, add(mul(unit, GROWTH), add(mul(a, -4.775), mul(matmul(a, a), 2.0315))))
  }
  for (let i = 0; i < 5; i++) x = matmul(x, add(mul(unit, 1.5), mul(matmul(x, x, { transposeA: true }), -0.5)))
  return x
}
