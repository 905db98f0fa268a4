// The options of fit and its relatives: each written once, with its type, default and check.
import type { CallbackHooks } from '../callbacks/callback'
import { checkCallback } from '../callbacks/check'
import { resumeOption } from '../callbacks/resume'
import { CornusError, showValue } from '../util/errors'
import { flag, integer, positive, type ConfigValue, type Given, type Held, type Kind, type OptionalKind } from '../util/options'
import type { ClassWeight } from './classWeights'
import type { DataTree } from './data'
import type { BatchIterable } from './sources'

/** An option of a call: never saved. */
function callKind<G, H = G>(takes: string, read: (value: unknown, what: string) => H): Kind<G, H> {
  return { takes, read, save: () => null as ConfigValue }
}

/** An option that is undefined where it is left out, or null. */
const maybe = <G, H>({ takes, read }: Kind<G, H>): OptionalKind<G | null | undefined, H | undefined> => ({
  ...callKind<G | null | undefined, H | undefined>(takes, (value, what) =>
    value === undefined || value === null ? undefined : read(value, what),
  ),
  fallback: undefined,
})

const withDefault = <G, H, const F extends G>(kind: Kind<G, H>, fallback: F): OptionalKind<G, H> => ({ ...kind, fallback })

const wrong = (what: string, takes: string, value: unknown): CornusError =>
  new CornusError('BAD_ARGUMENT', `${what} must be ${takes}, not ${showValue(value)}`)

/** How much is told: 0 nothing, 1 progress, 2 a line for each epoch. */
const verbosity: Kind<0 | 1 | 2 | boolean | 'auto', 0 | 1 | 2> = callKind("0, 1, 2, true, false or 'auto'", (value, what) => {
  if (value === 'auto' || value === true) return 1
  if (value === false) return 0
  if (value === 0 || value === 1 || value === 2) return value
  throw wrong(what, '0, 1 or 2', value)
})

const abortSignal: Kind<AbortSignal> = callKind('an AbortSignal', (value, what) => {
  const signal = value as AbortSignal | null
  if (
    typeof signal !== 'object' ||
    signal === null ||
    typeof signal.aborted !== 'boolean' ||
    typeof signal.addEventListener !== 'function'
  ) {
    throw wrong(what, 'an AbortSignal, as new AbortController().signal', value)
  }
  return signal
})

const classWeights: Kind<ClassWeight> = callKind('an object { class: factor }', (value, what) => {
  const takes = 'an object of a factor for each class number, as { 0: 1, 1: 5 }'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what, takes, value)
  const table = value instanceof Map ? (Object.fromEntries(value) as object) : value
  for (const [label, factor] of Object.entries(table)) {
    if (!/^\d{1,6}$/.test(label) || typeof factor !== 'number' || !Number.isFinite(factor))
      throw new CornusError('BAD_ARGUMENT', `${what} must be ${takes}; ${showValue(label)} has ${showValue(factor)}`)
  }
  return { ...table } as ClassWeight
})

const callbackList: Kind<readonly CallbackHooks[] | CallbackHooks, readonly CallbackHooks[]> = callKind('callbacks', (value, what) => {
  const list: readonly unknown[] = Array.isArray(value) ? value.flat(8) : [value]
  return list.map((each, i) => checkCallback(each, Array.isArray(value) ? `${what}[${i}]` : what))
})

/** Data as it is; it is read with the model's inputs and outputs in mind. */
const data: Kind<DataTree> = callKind('tensors or arrays', (value) => value as DataTree)

/** [x, y], [x, y, sampleWeight], { x, y, sampleWeight }, or batches. */
export type ValidationData =
  | readonly [x: DataTree, y: DataTree, sampleWeight?: DataTree]
  | { x: DataTree; y: DataTree; sampleWeight?: DataTree }
  | BatchIterable
const validationData: Kind<ValidationData> = callKind('[x, y], { x, y } or batches', (value, what) => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) throw wrong(what, '[x, y], { x, y } or batches', value)
  return value as ValidationData
})

const fraction: Kind<number> = callKind('a number from 0 to below 1', (value, what) => {
  if (typeof value !== 'number' || !(value >= 0 && value < 1)) throw wrong(what, 'a number from 0 to below 1', value)
  return value
})

export const fitOptions = {
  /** Samples of a step. Default 32; with `stepsPerEpoch` as many as make that many steps of all samples. */
  batchSize: maybe(positive),
  /** Number of the last epoch. Default 1. */
  epochs: withDefault(integer(0), 1),
  /** Number of the first epoch, from 0: goes on counting after an earlier fit. Default 0. */
  initialEpoch: withDefault(integer(0), 0),
  /** New order of the samples for every epoch. Default true. */
  shuffle: withDefault(flag, true),
  /** Fraction at the end of the data that is held back and evaluated after each epoch. */
  validationSplit: withDefault(fraction, 0),
  /** Data to evaluate after each epoch: [x, y], [x, y, sampleWeight], or batches. */
  validationData: maybe(validationData),
  /** Default: batchSize. */
  validationBatchSize: maybe(positive),
  /** Batches of a validation. Default: all. */
  validationSteps: maybe(positive),
  /** Evaluate after every so many epochs. Default 1. */
  validationFreq: withDefault(positive, 1),
  /** Batches of an epoch, where the next one goes on behind them; needed where batches never end. */
  stepsPerEpoch: maybe(positive),
  /** A factor on each sample's loss, or on each position's. */
  sampleWeight: maybe(data),
  /** A factor on the loss of a class: { 0: 1, 1: 5 }. Classes that are not named count 1. */
  classWeight: maybe(classWeights),
  /** 0 nothing, 1 progress (default), 2 a line for each epoch. */
  verbose: withDefault(verbosity, 'auto'),
  /** Told what goes on. */
  callbacks: withDefault(callbackList, []),
  /** Ends the training at once, with an error ABORTED; weights are those of the last full step. */
  signal: maybe(abortSignal),
  /**
   * A folder ('run1') or other place where the state of the training is kept after every epoch; what is there from a training that was cut
   * off is gone on with, to the same bits. Or { place, saveFreq: after every so many batches too, deleteAtEnd }.
   */
  resume: resumeOption,
}

export const evaluateOptions = {
  /** Samples of a step. Default 32. */
  batchSize: maybe(positive),
  /** Default 0: nothing is printed. */
  verbose: withDefault(verbosity, 0),
  sampleWeight: maybe(data),
  /** Batches to evaluate. Default: all. */
  steps: maybe(positive),
  callbacks: withDefault(callbackList, []),
  signal: maybe(abortSignal),
}

export const trainOnBatchOptions = { sampleWeight: maybe(data), classWeight: maybe(classWeights) }
export const testOnBatchOptions = { sampleWeight: maybe(data) }
export const predictOptions = {
  /** Samples of a step. Default 32. */
  batchSize: maybe(positive),
  signal: maybe(abortSignal),
}

export type FitOptions = Given<typeof fitOptions>
export type HeldFit = Held<typeof fitOptions>
export type EvaluateOptions = Given<typeof evaluateOptions>
export type HeldEvaluate = Held<typeof evaluateOptions>
export type TrainOnBatchOptions = Given<typeof trainOnBatchOptions>
export type TestOnBatchOptions = Given<typeof testOnBatchOptions>
export type PredictOptions = Given<typeof predictOptions>
