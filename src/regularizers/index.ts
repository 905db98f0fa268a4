// Regularizers: what a weight's size adds to the loss. regularizers.l2({ l2: 1e-4 }).
import type { Tensor } from '../graph/node'
import { add, mul, sub } from '../ops/binary'
import { abs } from '../ops/elementwise'
import { matmul } from '../ops/matmul'
import { l2Normalize } from '../ops/normalize'
import { sum, sumSquares } from '../ops/reduce'
import { eye } from '../tensor'
import { check } from '../util/errors'
import {
  hasMethod,
  loadPart,
  ownPart,
  partFactory,
  partOf,
  resolveOwn,
  savePart,
  type ConfigValue,
  type DeserializeOptions,
  type Family,
  type Part,
  type SavedPart,
} from '../util/parts'
import { showShape } from '../util/shape'
import { choice, number, optional, type Given, type Named } from '../util/options'

/** A penalty on a weight. */
export interface Regularizer extends Part {
  /** The penalty, a scalar. */
  call(w: Tensor): Tensor
}

const least = number(0)
const L1 = { l1: optional(least, 0.01) }
const L2 = { l2: optional(least, 0.01) }

/** l1 · Σ |w| (default 0.01). */
export const l1: (options?: Given<typeof L1> | number) => Regularizer = partFactory(
  'L1',
  L1,
  (w: Tensor, options) => mul(sum(abs(w)), options.l1),
  {
    lone: 'l1',
  },
)

/** l2 · Σ w² (default 0.01). */
export const l2: (options?: Given<typeof L2> | number) => Regularizer = partFactory(
  'L2',
  L2,
  (w: Tensor, options) => mul(sumSquares(w), options.l2),
  {
    lone: 'l2',
  },
)

/** l1 · Σ |w| + l2 · Σ w² (defaults 0). */
export const l1l2 = partFactory('L1L2', { l1: optional(least, 0), l2: optional(least, 0) }, (w: Tensor, options) =>
  add(mul(sum(abs(w)), options.l1), mul(sumSquares(w), options.l2)),
)

/**
 * factor (default 0.01) · mean of |cosine| between all pairs of a matrix's rows (default) or columns. See
 * keras.regularizers.OrthogonalRegularizer.
 */
export const orthogonal = partFactory(
  'OrthogonalRegularizer',
  { factor: optional(least, 0.01), mode: optional(choice('rows', 'columns'), 'rows') },
  (w: Tensor, { factor, mode }) => {
    check(w.rank === 2, 'BAD_SHAPE', () => `orthogonal: only a matrix can be regularized so, not shape ${showShape(w.shape)}`)
    const [rows = 0, columns = 0] = w.shape
    const [unit, size] = mode === 'rows' ? [l2Normalize(w, 1), rows] : [l2Normalize(w, 0), columns]
    const cosines = matmul(unit, unit, mode === 'rows' ? { transposeB: true } : { transposeA: true })
    return mul(sum(abs(mul(cosines, sub(1, eye(size))))), factor / (size * (size - 1)))
  },
  { called: 'orthogonal' },
)

const table = { l1, l2, l1l2, orthogonalRegularizer: orthogonal, orthogonal }

export type RegularizerName = 'l1' | 'l2' | 'l1l2' | 'orthogonal'
/** A name (in Keras's spelling too), a regularizer, or a function of a weight that gives a scalar. */
export type RegularizerLike = Named<RegularizerName> | 'l1_l2' | Regularizer | ((w: Tensor) => Tensor) | SavedPart | null

const family: Family<Regularizer, (w: Tensor) => Tensor> = {
  kind: 'regularizer',
  room: 'regularizers',
  table,
  expected: "a name as 'l2', a regularizer or a function of a weight",
  own: ownPart,
  isPart: (x): x is Regularizer => hasMethod(x, 'call'),
}

/** The regularizer that is meant, if any. */
export function getRegularizer(given: RegularizerLike | string | undefined): Regularizer | null {
  const identifier = resolveOwn(given)
  return identifier === null || identifier === undefined ? null : partOf(identifier, family)
}

/** A regularizer as it goes into a file. */
export function serialize(regularizer: RegularizerLike): ConfigValue {
  const part = getRegularizer(regularizer)
  return part && savePart(part, 'keras.regularizers', table)
}

/** The regularizer that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart | string | null, options?: DeserializeOptions): Regularizer | null =>
  loadPart(() => getRegularizer(saved), options)
