// Callbacks: told what goes on in fit, evaluate and predict. A plain object with some of the hooks will do, or a class that extends
// Callback.

import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import type { Resume } from './resume'

/** Loss and metrics by name, in the order of the names. A metric of several values has an array of them. */
export type Logs = { [name: string]: number }

/** The part of an optimizer that callbacks may use. */
export interface TrainedOptimizer {
  learningRate: number
  readonly variables: readonly Variable[]
  build(variables: readonly Variable[]): void
  swapAverages(): void
  keepAverages(): void
}

/** The part of a model that callbacks may use. */
export interface Trained {
  /** Set to true, training ends after the batch under way. */
  stopTraining: boolean
  readonly name: string
  readonly optimizer: TrainedOptimizer
  /** Whether its weights are made. */
  readonly built: boolean
  readonly trainableWeights: readonly Variable[]
  /** Weights, and states that stateful layers keep. */
  readonly variables: readonly Variable[]
  /** In words, which layer's output is the first that is not finite for the last batch and these weights. */
  firstNotFinite(weights: readonly Tensor[]): Promise<string | undefined>
  getWeights(): Tensor[]
  setWeights(values: readonly Tensor[]): void
  /** Metrics under their keys in logs. */
  readonly metricEntries: readonly { readonly name: string; readonly metric: { readonly direction: 'up' | 'down' | null } }[]
}

type Result = void | Promise<void>

export interface CallbackHooks {
  /** Before the first epoch. */
  onTrainBegin?(logs: Logs): Result
  /** After the last epoch, with its logs. */
  onTrainEnd?(logs: Logs): Result
  /** Before an epoch; epochs count from 0. */
  onEpochBegin?(epoch: number, logs: Logs): Result
  /** Logs hold the epoch's loss and metrics, those of validation with `val_` in front. Epochs count from 0. */
  onEpochEnd?(epoch: number, logs: Logs): Result
  /** Before a training step; batches count from 0 in each epoch. */
  onBatchBegin?(batch: number, logs: Logs): Result
  /** Logs hold loss and metrics over the epoch so far. */
  onBatchEnd?(batch: number, logs: Logs): Result
  /** As onBatchBegin. */
  onTrainBatchBegin?(batch: number, logs: Logs): Result
  /** As onBatchEnd. */
  onTrainBatchEnd?(batch: number, logs: Logs): Result
  /** Before an evaluation, that of validation too. */
  onTestBegin?(logs: Logs): Result
  /** After it, with loss and metrics. */
  onTestEnd?(logs: Logs): Result
  /** Before a batch of it. */
  onTestBatchBegin?(batch: number, logs: Logs): Result
  /** Logs hold loss and metrics over the evaluation so far. */
  onTestBatchEnd?(batch: number, logs: Logs): Result
  /** Before and after predictions, and each batch of them. */
  onPredictBegin?(logs: Logs): Result
  onPredictBatchBegin?(batch: number, logs: Logs): Result
  onPredictBatchEnd?(batch: number, logs: Logs): Result
  onPredictEnd?(logs: Logs): Result
  /** Told before all else whom the callback watches. */
  setModel?(model: Trained): void
  /** And what fit was asked to do. */
  setParams?(params: FitParams): void
}

/** All hooks that a callback may have. */
export const HOOKS = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onBatchBegin',
  'onBatchEnd',
  'onTrainBatchBegin',
  'onTrainBatchEnd',
  'onTestBegin',
  'onTestEnd',
  'onTestBatchBegin',
  'onTestBatchEnd',
  'onPredictBegin',
  'onPredictEnd',
  'onPredictBatchBegin',
  'onPredictBatchEnd',
  'setModel',
  'setParams',
] as const satisfies readonly (keyof CallbackHooks)[]

/** What fit was asked to do. */
export interface FitParams {
  epochs: number
  /** Batches of an epoch, if known. */
  steps: number | undefined
  verbose: number
}

/** See keras.callbacks.Callback. */
export class Callback implements CallbackHooks {
  /** The model, from the beginning of fit on: `this.model.stopTraining = true`, `this.model.optimizer.learningRate`. */
  model!: Trained
  /** Epochs, steps and verbosity of this fit. */
  params!: FitParams
  /** Where fit keeps the state of the training, and takes up one that was cut off. */
  declare readonly resume?: Resume

  setModel(model: Trained): void {
    this.model = model
  }

  setParams(params: FitParams): void {
    this.params = params
  }
}

/** Calls a hook of each, in their order; errors are the caller's. */
export class CallbackList {
  constructor(readonly list: readonly CallbackHooks[]) {}

  has(...hooks: (keyof CallbackHooks)[]): boolean {
    return this.list.some((callback) => hooks.some((hook) => callback[hook]))
  }

  /** Tells all of them whom and what they watch. */
  introduce(model: Trained, params: FitParams): void {
    for (const callback of this.list) {
      callback.setModel?.(model)
      callback.setParams?.(params)
    }
  }

  /** Calls a hook; nothing to wait for where nobody has it. */
  tell<K extends keyof CallbackHooks>(hook: K, ...args: Parameters<NonNullable<CallbackHooks[K]>>): Promise<void> | undefined {
    return this.has(hook) ? this.tellEach(hook, args) : undefined
  }

  private async tellEach(hook: keyof CallbackHooks, args: readonly unknown[]): Promise<void> {
    for (const callback of this.list)
      await (callback[hook] as ((...all: readonly unknown[]) => Result) | undefined)?.apply(callback, args as unknown[])
  }
}
