// Regularizers: what a weight's size adds to the loss. regularizers.l2({ l2: 1e-4 }).
import type { Tensor } from '../graph/node'
import { add, mul, sub } from '../ops/binary'
import { abs } from '../ops/elementwise'
import { matmul } from '../ops/matmul'
import { l2Normalize } from '../ops/normalize'
import { sum, sumSquares } from '../ops/reduce'
import { eye } from '../tensor'
import { CornusError, showValue } from '../util/errors'
import {
  checkCalled,
  checkChoice,
  checkNumber,
  hasMethod,
  isSavedPart,
  loadPart,
  makePart,
  resolveOwn,
  savePart,
  withDefaults,
  type Config,
  type ConfigValue,
  type DeserializeOptions,
  type Part,
  type SavedPart,
} from '../util/parts'
import { showShape } from '../util/shape'
import type { Named } from '../util/options'

/** A penalty on a weight. */
export interface Regularizer extends Part {
  /** The penalty, a scalar. */
  call(w: Tensor): Tensor
}

const regularizer = (className: string, config: Config, call: (w: Tensor) => Tensor): Regularizer => ({
  className,
  getConfig: () => config,
  call,
})

/** l1 · Σ |w| (default 0.01). */
export function l1(options?: { l1?: number } | number): Regularizer {
  const config = withDefaults(typeof options === 'number' ? { l1: options } : options, { l1: 0.01 }, 'l1')
  const factor = checkNumber(config.l1, 'l1: l1', 0)
  return regularizer('L1', config, (w) => mul(sum(abs(w)), factor))
}

/** l2 · Σ w² (default 0.01). */
export function l2(options?: { l2?: number } | number): Regularizer {
  const config = withDefaults(typeof options === 'number' ? { l2: options } : options, { l2: 0.01 }, 'l2')
  const factor = checkNumber(config.l2, 'l2: l2', 0)
  return regularizer('L2', config, (w) => mul(sumSquares(w), factor))
}

/** l1 · Σ |w| + l2 · Σ w² (defaults 0). */
export function l1l2(options?: { l1?: number; l2?: number }): Regularizer {
  const config = withDefaults(options, { l1: 0, l2: 0 }, 'l1l2')
  const [one, two] = [checkNumber(config.l1, 'l1l2: l1', 0), checkNumber(config.l2, 'l1l2: l2', 0)]
  return regularizer('L1L2', config, (w) => add(mul(sum(abs(w)), one), mul(sumSquares(w), two)))
}

/**
 * factor (default 0.01) · mean of |cosine| between all pairs of a matrix's rows (default) or columns. See
 * keras.regularizers.OrthogonalRegularizer.
 */
export function orthogonal(options?: { factor?: number; mode?: 'rows' | 'columns' }): Regularizer {
  const config = withDefaults(options, { factor: 0.01, mode: 'rows' }, 'orthogonal')
  const factor = checkNumber(config.factor, 'orthogonal: factor', 0)
  const byRows = checkChoice(config.mode, ['rows', 'columns'], 'orthogonal: mode') === 'rows'
  return regularizer('OrthogonalRegularizer', config, (w) => {
    if (w.rank !== 2) throw new CornusError('BAD_SHAPE', `orthogonal: only a matrix can be regularized so, not shape ${showShape(w.shape)}`)
    const unit = l2Normalize(w, byRows ? 1 : 0)
    const cosines = matmul(unit, unit, byRows ? { transposeB: true } : { transposeA: true })
    const size = w.shape[byRows ? 0 : 1]!
    return mul(sum(abs(mul(cosines, sub(1, eye(size))))), factor / (size * (size - 1)))
  })
}

const table = { l1, l2, l1l2, orthogonalRegularizer: orthogonal, orthogonal }

export type RegularizerName = 'l1' | 'l2' | 'l1l2' | 'orthogonal'
/** A name (in Keras's spelling too), a regularizer, or a function of a weight that gives a scalar. */
export type RegularizerLike = Named<RegularizerName> | 'l1_l2' | Regularizer | ((w: Tensor) => Tensor) | SavedPart | null

/** The regularizer that is meant, if any. */
export function getRegularizer(given: RegularizerLike | string | undefined): Regularizer | null {
  const identifier = resolveOwn(given)
  checkCalled(identifier, table, 'regularizers')
  if (identifier === null || identifier === undefined) return null
  if (typeof identifier === 'function') return { ...regularizer(identifier.name, {}, identifier), own: identifier }
  if (typeof identifier === 'string' || isSavedPart(identifier)) return makePart<Regularizer>(table, identifier, 'regularizer')
  if (!hasMethod(identifier, 'call'))
    throw new CornusError(
      'BAD_ARGUMENT',
      `regularizer: expected a name as 'l2', a regularizer or a function of a weight, not ${showValue(identifier)}`,
    )
  return identifier
}

/** A regularizer as it goes into a file. */
export function serialize(regularizer: RegularizerLike): ConfigValue {
  const part = getRegularizer(regularizer)
  return part && savePart(part, 'keras.regularizers', table)
}

/** The regularizer that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart | string | null, options?: DeserializeOptions): Regularizer | null =>
  loadPart(() => getRegularizer(saved), options)
