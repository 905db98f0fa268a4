// Optimizers by the names that users know: optimizers.adam({ learningRate: 0.01 }).
import { isInstance } from '../util/errors'
import {
  loadPart,
  partOf,
  resolveOwn,
  savePart,
  type ConfigValue,
  type DeserializeOptions,
  type Family,
  type SavedPart,
} from '../util/parts'
import { Adadelta, type AdadeltaOptions } from './adadelta'
import { Adafactor, type AdafactorOptions } from './adafactor'
import { Adagrad, type AdagradOptions } from './adagrad'
import { Adam, AdamW, type AdamOptions, type MomentsOptions } from './adam'
import { Adamax } from './adamax'
import { Ftrl, type FtrlOptions } from './ftrl'
import { Lamb } from './lamb'
import { Lion, type LionOptions } from './lion'
import { Nadam } from './nadam'
import { Optimizer, type OptimizerOptions } from './optimizer'
import { RMSprop, type RMSpropOptions } from './rmsprop'
import { SGD, type SGDOptions } from './sgd'
import type { Named } from '../util/options'

export * as schedules from './schedules'
export { Optimizer, type OptimizerOptions }
export type { Schedule } from './schedules'
export type { Step } from './optimizer'

export const sgd = (options?: SGDOptions): SGD => new SGD(options)
export const rmsprop = (options?: RMSpropOptions): RMSprop => new RMSprop(options)
export const adam = (options?: AdamOptions): Adam => new Adam(options)
export const adamw = (options?: AdamOptions): AdamW => new AdamW(options)
export const adadelta = (options?: AdadeltaOptions): Adadelta => new Adadelta(options)
export const adafactor = (options?: AdafactorOptions): Adafactor => new Adafactor(options)
export const adagrad = (options?: AdagradOptions): Adagrad => new Adagrad(options)
export const adamax = (options?: MomentsOptions): Adamax => new Adamax(options)
export const ftrl = (options?: FtrlOptions): Ftrl => new Ftrl(options)
export const lamb = (options?: MomentsOptions): Lamb => new Lamb(options)
export const lion = (options?: LionOptions): Lion => new Lion(options)
export const nadam = (options?: MomentsOptions): Nadam => new Nadam(options)

const table = { sgd, rmsprop, adam, adamw, adadelta, adafactor, adagrad, adamax, ftrl, lamb, lion, nadam }

export type OptimizerName = keyof typeof table
/** A name (in Keras's spelling too), or an optimizer. */
export type OptimizerLike = Named<OptimizerName> | 'AdamW' | 'RMSprop' | Optimizer | SavedPart

const family: Family<Optimizer, never> = {
  kind: 'optimizer',
  room: 'optimizers',
  table,
  expected: "a name as 'adam' or an optimizer, as optimizers.adam({ learningRate: 0.01 })",
  isPart: (x): x is Optimizer => isInstance(x, Optimizer),
}

/** The optimizer that is meant; a new one for each name. */
export const getOptimizer = (given: OptimizerLike | string): Optimizer => partOf(resolveOwn(given), family)

/** An optimizer's settings, its schedule's too, as they go into a file. */
export const serialize = (optimizer: OptimizerLike): ConfigValue => savePart(getOptimizer(optimizer), 'keras.optimizers', table)
/** The optimizer that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart | string, options?: DeserializeOptions): Optimizer =>
  loadPart(() => getOptimizer(saved as OptimizerLike), options)
