// Callbacks by the names that users know: callbacks.earlyStopping({ patience: 3 }).
import type { CallbackHooks } from './callback'
import { CSVLogger, type CSVLoggerOptions } from './csvLogger'
import { EarlyStopping, type EarlyStoppingOptions } from './earlyStopping'
import { LearningRateScheduler } from './learningRateScheduler'
import { ModelCheckpoint, type ModelCheckpointOptions } from './modelCheckpoint'
import { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduceLROnPlateau'
import { TerminateOnNaN, type TerminateOnNaNOptions } from './terminateOnNaN'

export { CSVLogger, EarlyStopping, LearningRateScheduler, ModelCheckpoint, ReduceLROnPlateau, TerminateOnNaN }
export type { CSVLoggerOptions, EarlyStoppingOptions, ModelCheckpointOptions, ReduceLROnPlateauOptions, TerminateOnNaNOptions }

/** Ends the training when a value stops getting better. */
export const earlyStopping = (options?: EarlyStoppingOptions): EarlyStopping => new EarlyStopping(options)
/** A smaller learning rate when a value stops getting better. */
export const reduceLROnPlateau = (options?: ReduceLROnPlateauOptions): ReduceLROnPlateau => new ReduceLROnPlateau(options)
/** The learning rate of each epoch: `learningRateScheduler((epoch, rate) => rate * 0.9)`. */
export const learningRateScheduler = (schedule: (epoch: number, learningRate: number) => number): LearningRateScheduler =>
  new LearningRateScheduler(schedule)
/** Ends the training when the loss is no number any more. */
export const terminateOnNaN = (options?: TerminateOnNaNOptions): TerminateOnNaN => new TerminateOnNaN(options)
/** Keeps the model: `modelCheckpoint('best', { save: (model, place) => … , saveBestOnly: true })`. */
export const modelCheckpoint = (place: string, options: ModelCheckpointOptions): ModelCheckpoint => new ModelCheckpoint(place, options)
/** A line of values for each epoch: `csvLogger((line) => fs.appendFileSync('log.csv', line))`. */
export const csvLogger = (write: (line: string) => void | Promise<void>, options?: CSVLoggerOptions): CSVLogger =>
  new CSVLogger(write, options)
/** A callback of functions. */
export const lambdaCallback = (hooks: CallbackHooks): CallbackHooks => hooks
