// Optimizers by the names that users know: optimizers.adam({ learningRate: 0.01 }).
import { CornusError } from '../util/errors'
import { isSavedPart, makePart, type SavedPart } from '../util/parts'
import { Adam, AdamW, type AdamOptions } from './adam'
import { Optimizer, type OptimizerOptions } from './optimizer'
import { RMSprop, type RMSpropOptions } from './rmsprop'
import { SGD, type SGDOptions } from './sgd'

export * as schedules from './schedules'
export { Optimizer, type OptimizerOptions }
export type { Schedule } from './schedules'
export type { Step } from './optimizer'

export const sgd = (options?: SGDOptions): SGD => new SGD(options)
export const rmsprop = (options?: RMSpropOptions): RMSprop => new RMSprop(options)
export const adam = (options?: AdamOptions): Adam => new Adam(options)
export const adamw = (options?: AdamOptions): AdamW => new AdamW(options)

const table = { sgd, rmsprop, adam, adamw }

export type OptimizerName = keyof typeof table
/** A name (in Keras's spelling too), or an optimizer. */
export type OptimizerLike = OptimizerName | (string & {}) | Optimizer | SavedPart

/** The optimizer that is meant; a new one for each name. */
export function getOptimizer(identifier: OptimizerLike): Optimizer {
  if (typeof identifier === 'string' || isSavedPart(identifier)) return makePart<Optimizer>(table, identifier, 'optimizer')
  if (!(identifier instanceof Optimizer)) throw new CornusError('BAD_ARGUMENT', `optimizer: expected a name as 'adam' or an optimizer, as optimizers.adam({ learningRate: 0.01 }), not ${String(identifier)}`)
  return identifier
}
