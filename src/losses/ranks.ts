// Ranks of targets and predictions.
import type { Tensor } from '../graph/node'
import { expandDims, squeeze } from '../ops/shape'

/** Brings two ranks that differ by a last axis of one together: [n] and [n, 1] both become [n, 1]; of higher ranks the axis goes. */
export function sameRank(a: Tensor, b: Tensor, expandVectors = true): [Tensor, Tensor] {
  if (a.rank === b.rank + 1 && a.shape.at(-1) === 1) return b.rank === 1 && expandVectors ? [a, expandDims(b, -1)] : [squeeze(a, -1), b]
  if (b.rank === a.rank + 1 && b.shape.at(-1) === 1) return a.rank === 1 && expandVectors ? [expandDims(a, -1), b] : [a, squeeze(b, -1)]
  return [a, b]
}
