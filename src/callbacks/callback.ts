// Callbacks: told what goes on in fit, evaluate and predict. A plain object with some of the hooks will do, or a class that extends Callback.

import type { Tensor } from '../graph/node'

/** Loss and metrics by name, in the order of the names. A metric of several values has an array of them. */
export type Logs = { [name: string]: number }

/** The part of a model that callbacks may use. */
export interface Trained {
  /** Set to true, training ends after the batch under way. */
  stopTraining: boolean
  readonly name: string
  readonly optimizer: { learningRate: number }
  getWeights(): Tensor[]
  setWeights(values: readonly Tensor[]): void
  /** Metrics under their keys in logs. */
  readonly metricEntries: readonly { readonly name: string; readonly metric: { readonly direction: 'up' | 'down' | null } }[]
}

type Result = void | Promise<void>

export interface CallbackHooks {
  onTrainBegin?(logs: Logs): Result
  onTrainEnd?(logs: Logs): Result
  onEpochBegin?(epoch: number, logs: Logs): Result
  /** Logs hold the epoch's loss and metrics, those of validation with `val_` in front. Epochs count from 0. */
  onEpochEnd?(epoch: number, logs: Logs): Result
  onBatchBegin?(batch: number, logs: Logs): Result
  /** Logs hold loss and metrics over the epoch so far. */
  onBatchEnd?(batch: number, logs: Logs): Result
  onTrainBatchBegin?(batch: number, logs: Logs): Result
  onTrainBatchEnd?(batch: number, logs: Logs): Result
  onTestBegin?(logs: Logs): Result
  onTestEnd?(logs: Logs): Result
  onTestBatchBegin?(batch: number, logs: Logs): Result
  /** Logs hold loss and metrics over the evaluation so far. */
  onTestBatchEnd?(batch: number, logs: Logs): Result
  onPredictBegin?(logs: Logs): Result
  onPredictBatchBegin?(batch: number, logs: Logs): Result
  onPredictBatchEnd?(batch: number, logs: Logs): Result
  onPredictEnd?(logs: Logs): Result
  setModel?(model: Trained): void
  setParams?(params: FitParams): void
}

/** All hooks that a callback may have. */
export const HOOKS = [
  'onTrainBegin', 'onTrainEnd', 'onEpochBegin', 'onEpochEnd', 'onBatchBegin', 'onBatchEnd', 'onTrainBatchBegin', 'onTrainBatchEnd', 'onTestBegin', 'onTestEnd',
  'onTestBatchBegin', 'onTestBatchEnd', 'onPredictBegin', 'onPredictEnd', 'onPredictBatchBegin', 'onPredictBatchEnd', 'setModel', 'setParams',
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
  model: Trained | undefined
  params: FitParams | undefined

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
    for (const callback of this.list) await (callback[hook] as ((...all: readonly unknown[]) => Result) | undefined)?.apply(callback, args as unknown[])
  }
}
