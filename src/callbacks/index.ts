// Callbacks by the names that users know: callbacks.earlyStopping({ patience: 3 }).
import { BackupAndRestore, type BackupAndRestoreOptions, type BackupStorage } from './backupAndRestore'
import type { CallbackHooks } from './callback'
import { CSVLogger, type CSVLoggerOptions, type WriteLine } from './csvLogger'
import { EarlyStopping, type EarlyStoppingOptions } from './earlyStopping'
import { LambdaCallback } from './lambdaCallback'
import { LearningRateScheduler } from './learningRateScheduler'
import { ModelCheckpoint, type ModelCheckpointOptions } from './modelCheckpoint'
import { ProgbarLogger } from './progress'
import { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduceLROnPlateau'
import { SwapEMAWeights, type SwapEMAWeightsOptions } from './swapEMAWeights'
import { TerminateOnNaN, type TerminateOnNaNOptions } from './terminateOnNaN'

export { BackupAndRestore, CSVLogger, EarlyStopping, LambdaCallback, LearningRateScheduler, ModelCheckpoint, ProgbarLogger }
export { ReduceLROnPlateau, SwapEMAWeights, TerminateOnNaN }
export type { BackupAndRestoreOptions, BackupStorage, CSVLoggerOptions, EarlyStoppingOptions, ModelCheckpointOptions }
export type { ReduceLROnPlateauOptions, SwapEMAWeightsOptions, TerminateOnNaNOptions }

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
/** A line of values for each epoch: `csvLogger('log.csv')`, or `csvLogger((line) => lines.push(line))`. */
export const csvLogger = (target: string | WriteLine, options?: CSVLoggerOptions): CSVLogger => new CSVLogger(target, options)
/** Lets an interrupted training go on: `backupAndRestore({ read(name) {…}, write(name, bytes) {…}, remove(name) {…} })`. */
export const backupAndRestore = (storage: BackupStorage, options?: BackupAndRestoreOptions): BackupAndRestore =>
  new BackupAndRestore(storage, options)
/** Moving averages in the place of the weights while the model is measured; for optimizers with `useEma: true`. */
export const swapEMAWeights = (options?: SwapEMAWeightsOptions): SwapEMAWeights => new SwapEMAWeights(options)
/** Progress, at a place in the list of one's own choice; fit adds it by itself. */
export const progbarLogger = (): ProgbarLogger => new ProgbarLogger()
/** A callback of functions. */
export const lambdaCallback = (hooks: CallbackHooks): LambdaCallback => new LambdaCallback(hooks)
