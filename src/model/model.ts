// Model: a layer that can be compiled, trained, evaluated and asked. Its steps run in WebAssembly; this file only feeds them.
import { CallbackList, type CallbackHooks, type Logs } from '../callbacks/callback'
import { History } from '../callbacks/history'
import { ProgressBar, showLogs } from '../callbacks/progress'
import { toNode, type TensorLike } from '../graph/convert'
import { Tensor, type HostData, type Spec } from '../graph/node'
import { deferredNode } from '../graph/leaves'
import { Layer } from '../layers/layer'
import type { Optimizer } from '../optimizers/index'
import { TracedFunction } from '../transform'
import { check, CornusError } from '../util/errors'
import { makeRandom } from '../util/shuffle'
import { showShape, sizeOf } from '../util/shape'
import { seeds } from '../seed'
import { ArraySource, asColumns, batchCount, isIterable, IterableSource, toSamples, type Batch, type BatchIterable, type DataLike, type Samples, type Source } from './data'
import { summarize, type SummaryOptions } from './summary'
import { Trainer, type CompileOptions } from './trainer'

export interface FitOptions {
  /** Samples of a step. Default 32. */
  batchSize?: number
  /** Number of the last epoch. Default 1. */
  epochs?: number
  /** Number of the first epoch, from 0: goes on counting after an earlier fit. Default 0. */
  initialEpoch?: number
  /** New order of the samples for every epoch. Default true. */
  shuffle?: boolean
  /** Fraction at the end of the data that is held back and evaluated after each epoch. */
  validationSplit?: number
  /** Data to evaluate after each epoch: [x, y], [x, y, sampleWeight], or batches. */
  validationData?: readonly [TensorLike, TensorLike, TensorLike?] | { x: TensorLike; y: TensorLike; sampleWeight?: TensorLike } | BatchIterable
  /** Default: batchSize. */
  validationBatchSize?: number
  /** Evaluate after every so many epochs. Default 1. */
  validationFreq?: number
  /** Batches of an epoch; needed where batches never end. */
  stepsPerEpoch?: number
  /** A factor on each sample's loss. */
  sampleWeight?: TensorLike
  /** A factor on the loss of samples of a class: { 0: 1, 1: 5 }. */
  classWeight?: { readonly [label: number]: number }
  /** 0 nothing, 1 progress (default), 2 a line for each epoch. */
  verbose?: 0 | 1 | 2 | boolean | 'auto'
  callbacks?: readonly CallbackHooks[] | CallbackHooks
  /** Ends the training after the batch under way, with an error ABORTED; weights are those of the last full step. */
  signal?: AbortSignal
}

export interface EvaluateOptions {
  batchSize?: number
  verbose?: 0 | 1 | 2 | boolean | 'auto'
  sampleWeight?: TensorLike
  steps?: number
  callbacks?: readonly CallbackHooks[] | CallbackHooks
  signal?: AbortSignal
}

export interface PredictOptions {
  batchSize?: number
  signal?: AbortSignal
}

const FIT_OPTIONS = ['batchSize', 'epochs', 'initialEpoch', 'shuffle', 'validationSplit', 'validationData', 'validationBatchSize', 'validationFreq', 'stepsPerEpoch', 'sampleWeight', 'classWeight', 'verbose', 'callbacks', 'signal']

export abstract class Model extends Layer {
  /** Set to true by a callback: training ends after this epoch's batch. */
  stopTraining = false
  private trainer: Trainer | undefined
  private fitting = false
  private readonly predictors = new Map<string, TracedFunction<Tensor>>()

  /** Layers in order, without inputs. */
  abstract get layers(): readonly Layer[]

  override get sublayers(): readonly Layer[] {
    return this.layers
  }

  /** Chooses optimizer, loss and metrics. Calling it again starts the optimizer anew and keeps the weights. */
  compile(options: CompileOptions = {}): void {
    this.trainer = new Trainer(this, options)
  }

  get optimizer(): Optimizer {
    return this.compiled('optimizer').optimizer
  }

  private compiled(what: string): Trainer {
    if (!this.trainer) throw new CornusError('NOT_COMPILED', `${this.name}: call compile({ optimizer, loss, metrics }) before ${what}`)
    return this.trainer
  }

  /** A layer by name or by place. */
  getLayer(key: string | number): Layer {
    const layer = typeof key === 'number' ? this.layers.at(key) : this.layers.find(({ name }) => name === key)
    if (!layer) throw new CornusError('UNKNOWN_NAME', `${this.name} has no layer ${typeof key === 'number' ? `number ${key}` : `'${key}'`}; its layers are ${this.layers.map(({ name }) => name).join(', ')}`)
    return layer
  }

  /** Prints the layers with their output shapes and numbers of weights. */
  summary(options?: SummaryOptions): void {
    summarize(this, options)
  }

  /**
   * Trains for a number of epochs.
   * @param x samples [n, …], or an iterable of batches [x, y]
   * @param y targets [n, …], unless x is an iterable
   */
  async fit(x: BatchIterable, options?: FitOptions): Promise<History>
  async fit(x: DataLike, y?: TensorLike, options?: FitOptions): Promise<History>
  async fit(x: DataLike, targets?: TensorLike | FitOptions, given: FitOptions = {}): Promise<History> {
    const trainer = this.compiled('fit')
    const [y, options] = targetsAndOptions(x, targets, given)
    checkFitOptions(options)
    check(!this.fitting, 'BUSY', () => `${this.name}: fit is under way; wait for it before calling fit again`)
    this.fitting = true
    try {
      return await this.train(trainer, x, y, options)
    } finally {
      this.fitting = false
    }
  }

  private async train(trainer: Trainer, x: DataLike, y: TensorLike | undefined, options: FitOptions): Promise<History> {
    const { batchSize = 32, epochs = 1, initialEpoch = 0, shuffle = true, stepsPerEpoch, validationFreq = 1, signal } = options
    const { training, validation } = await this.splitData(x, y, options)
    const verbose = verbosity(options.verbose)
    const steps = stepsPerEpoch ?? batchCount(training, batchSize)
    const history = new History()
    const bar = verbose ? new ProgressBar(verbose, epochs, steps) : undefined
    const callbacks = new CallbackList([...(bar ? [bar] : []), ...[options.callbacks ?? []].flat() as CallbackHooks[], history])
    const everyBatch = new CallbackList([options.callbacks ?? []].flat() as CallbackHooks[]).has('onBatchEnd', 'onTrainBatchEnd')
    for (const callback of callbacks.list) {
      callback.setModel?.(this)
      callback.setParams?.({ epochs, steps, verbose })
    }
    this.stopTraining = false
    const random = shuffle ? makeRandom(seeds.next()) : undefined
    await callbacks.tell('onTrainBegin', {})
    let logs: Logs = {}
    for (let epoch = initialEpoch; epoch < epochs && !this.stopTraining; epoch++) {
      await callbacks.tell('onEpochBegin', epoch, {})
      trainer.resetMetrics()
      let step = 0
      for await (const batch of limited(training.batches(batchSize, random), steps)) {
        throwIfAborted(signal, 'fit')
        await callbacks.tell('onBatchBegin', step, {})
        await callbacks.tell('onTrainBatchBegin', step, {})
        await trainer.run('train', batch)
        const batchLogs = everyBatch || bar?.wantsBatches ? await trainer.logs() : {}
        await callbacks.tell('onBatchEnd', step, batchLogs)
        await callbacks.tell('onTrainBatchEnd', step, batchLogs)
        step++
        if (this.stopTraining) break
      }
      check(step > 0, 'BAD_DATA', () => `${this.name}: fit got no batches${epoch > initialEpoch ? ' in a later epoch: an iterator can be walked through only once, give an object that makes a new one' : ''}`)
      throwIfAborted(signal, 'fit')
      logs = await trainer.logs()
      if (validation && (epoch + 1) % validationFreq === 0) {
        const results = await this.test(trainer, validation, { batchSize: options.validationBatchSize ?? batchSize, signal }, callbacks)
        logs = { ...logs, ...Object.fromEntries(Object.entries(results).map(([name, value]) => [`val_${name}`, value])) }
      }
      await callbacks.tell('onEpochEnd', epoch, logs)
    }
    trainer.optimizer.finalize()
    await callbacks.tell('onTrainEnd', logs)
    return history
  }

  private async splitData(x: DataLike, y: TensorLike | undefined, options: FitOptions): Promise<{ training: Source; validation: Source | undefined }> {
    const { validationSplit = 0, validationData, sampleWeight, classWeight } = options
    let training = await this.sourceOf(x, y, sampleWeight, classWeight, 'fit')
    let validation = validationData && (isIterable(validationData) ? new IterableSource(validationData, 2) : await this.validationSource(validationData))
    if (validationSplit > 0 && !validation) {
      check(training instanceof ArraySource, 'BAD_ARGUMENT', () => 'fit: validationSplit needs x and y as arrays or tensors; give validationData for iterables')
      const at = Math.floor(training.size * (1 - validationSplit))
      check(at > 0 && at < training.size, 'BAD_ARGUMENT', () => `fit: validationSplit ${validationSplit} of ${(training as ArraySource).size} samples leaves nothing to train or to validate on`)
      validation = training.part(at, training.size)
      training = training.part(0, at)
    }
    return { training, validation }
  }

  private validationSource(data: readonly unknown[] | object): Promise<Source> {
    const [x, y, weight] = (Array.isArray(data) ? data : [(data as { x: unknown }).x, (data as { y: unknown }).y, (data as { sampleWeight?: unknown }).sampleWeight]) as [TensorLike, TensorLike, TensorLike?]
    check(x !== undefined && y !== undefined, 'BAD_ARGUMENT', () => 'fit: validationData must be [x, y] or { x, y }')
    return this.sourceOf(x, y, weight, undefined, 'validationData')
  }

  private async sourceOf(x: DataLike, y: TensorLike | undefined, sampleWeight: TensorLike | undefined, classWeight: FitOptions['classWeight'], what: string): Promise<Source> {
    if (isIterable(x)) {
      check(y === undefined, 'BAD_ARGUMENT', () => `${what}: y must not be given where x is an iterable of batches [x, y]`)
      check(!sampleWeight && !classWeight, 'BAD_ARGUMENT', () => `${what}: sampleWeight and classWeight need x and y as arrays or tensors; an iterable gives weights as batches [x, y, sampleWeight]`)
      return new IterableSource(x, 2)
    }
    check(y !== undefined, 'BAD_ARGUMENT', () => `${what}: targets y are missing`)
    const parts = [asColumns(await toSamples(x, 'x')), await toSamples(y, 'y')]
    const weights = sampleWeight === undefined ? undefined : await toSamples(sampleWeight, 'sampleWeight')
    if (classWeight) parts.push(withClassWeights(parts[1]!, weights, classWeight))
    else if (weights) parts.push({ ...weights, dtype: 'float32' })
    this.checkSamples(parts[0]!)
    return new ArraySource(parts)
  }

  private checkSamples({ shape }: Samples): void {
    check(shape[0]! > 0, 'BAD_SHAPE', () => `${this.name}: x has no samples: shape ${showShape(shape)}`)
    const expected = this.inputShape
    const fits = !expected || (expected.length === shape.length && expected.every((d, i) => i === 0 || d === null || d === shape[i]))
    check(fits, 'BAD_SHAPE', () => `${this.name}: expected x of shape ${showShape(expected!)}, got ${showShape(shape)}`)
  }

  /** Loss and metrics on other data, by name. */
  async evaluate(x: BatchIterable, options?: EvaluateOptions): Promise<{ [name: string]: number } & { loss: number }>
  async evaluate(x: DataLike, y?: TensorLike, options?: EvaluateOptions): Promise<{ [name: string]: number } & { loss: number }>
  async evaluate(x: DataLike, targets?: TensorLike | EvaluateOptions, given: EvaluateOptions = {}): Promise<{ [name: string]: number } & { loss: number }> {
    const trainer = this.compiled('evaluate')
    const [y, options] = targetsAndOptions(x, targets, given)
    checkInteger('evaluate', 'batchSize', options.batchSize, 1)
    const source = await this.sourceOf(x, y, options.sampleWeight, undefined, 'evaluate')
    const logs = await this.test(trainer, source, options, new CallbackList([options.callbacks ?? []].flat() as CallbackHooks[]))
    if (verbosity(options.verbose ?? 0)) console.log(showLogs(logs))
    return logs as { [name: string]: number } & { loss: number }
  }

  private async test(trainer: Trainer, source: Source, { batchSize = 32, steps, signal }: EvaluateOptions, callbacks: CallbackList): Promise<Logs> {
    trainer.resetMetrics()
    await callbacks.tell('onTestBegin', {})
    let step = 0
    for await (const batch of limited(source.batches(batchSize), steps)) {
      throwIfAborted(signal, 'evaluate')
      await callbacks.tell('onTestBatchBegin', step, {})
      await trainer.run('test', batch)
      await callbacks.tell('onTestBatchEnd', step++, {})
    }
    check(step > 0, 'BAD_DATA', () => `${this.name}: evaluate got no batches`)
    const logs = await trainer.logs()
    await callbacks.tell('onTestEnd', logs)
    return logs
  }

  /**
   * The model's output for each sample. Lazy: computed batch by batch when the values are asked for (`await model.predict(x).data()`), with the
   * weights of that moment.
   */
  predict(x: TensorLike, { batchSize = 32, signal }: PredictOptions = {}): Tensor {
    checkInteger('predict', 'batchSize', batchSize, 1)
    const given = toNode(x)
    const input = given.rank === 1 ? { data: given, shape: [given.size, 1] } : { data: given, shape: given.shape }
    this.checkSamples({ data: new Float32Array(0), shape: input.shape, dtype: given.dtype })
    const outputShape = this.computeOutputShape([null, ...input.shape.slice(1)]) as readonly number[]
    const shape = [input.shape[0]!, ...outputShape.slice(1)]
    const finish = (values: Float32Array, parts: readonly HostData[]) => parts.reduce((at, part) => (values.set(part, at), at + part.length), 0)
    const batches = (data: HostData) => new ArraySource([{ data, shape: input.shape, dtype: given.dtype }]).batches(batchSize)
    return deferredNode({ shape, dtype: 'float32' }, {
      needs: given,
      compute: async (data) => {
        const values = new Float32Array(sizeOf(shape))
        let at = 0
        for (const batch of batches(data)) {
          throwIfAborted(signal, 'predict')
          const part = (await this.predictor(batch.specs).run(batch.feeds)).value!
          values.set(part, at)
          at += part.length
        }
        return values
      },
      computeSync: (data) => {
        const values = new Float32Array(sizeOf(shape))
        finish(values, [...batches(data)].map((batch: Batch) => this.predictor(batch.specs).runSync(batch.feeds).value!))
        return values
      },
    })
  }

  private predictor(specs: readonly Spec[]): TracedFunction<Tensor> {
    const key = specs.map(({ shape, dtype }) => dtype + showShape(shape)).join()
    let step = this.predictors.get(key)
    if (!step) {
      step = new TracedFunction((x) => this.apply(x!, { training: false }), specs)
      if (this.predictors.size >= 16) this.predictors.delete(this.predictors.keys().next().value!)
      this.predictors.set(key, step)
    }
    return step
  }

  /** @internal Programs made for an older set of layers are of no use. */
  protected forgetPrograms(): void {
    this.predictors.clear()
  }

  /** One training step on one batch; loss and metrics of this batch. */
  async trainOnBatch(x: TensorLike, y: TensorLike, { sampleWeight, classWeight }: Pick<FitOptions, 'sampleWeight' | 'classWeight'> = {}): Promise<{ [name: string]: number } & { loss: number }> {
    return this.onBatch('train', x, y, sampleWeight, classWeight)
  }

  /** Loss and metrics of one batch, without training. */
  async testOnBatch(x: TensorLike, y: TensorLike, { sampleWeight }: Pick<FitOptions, 'sampleWeight'> = {}): Promise<{ [name: string]: number } & { loss: number }> {
    return this.onBatch('test', x, y, sampleWeight, undefined)
  }

  private async onBatch(kind: 'train' | 'test', x: TensorLike, y: TensorLike, sampleWeight: TensorLike | undefined, classWeight: FitOptions['classWeight']) {
    const trainer = this.compiled(`${kind}OnBatch`)
    const source = await this.sourceOf(x, y, sampleWeight, classWeight, `${kind}OnBatch`)
    trainer.resetMetrics()
    for await (const batch of source.batches(source.size!)) await trainer.run(kind, batch)
    return (await trainer.logs()) as { [name: string]: number } & { loss: number }
  }

  /** The output for one batch. */
  predictOnBatch(x: TensorLike): Tensor {
    const node = toNode(x)
    return this.predict(node, { batchSize: Math.max(1, node.shape[0] ?? 1) })
  }
}

/** Options may stand in the place of y where x is an iterable of batches. */
function targetsAndOptions<O extends object>(x: DataLike, targets: TensorLike | O | undefined, given: O): [TensorLike | undefined, O] {
  if (targets === undefined || isTensorLike(targets)) return [targets, given]
  return isIterable(x) ? [undefined, targets] : [targets as TensorLike, given]
}

const isTensorLike = (x: unknown): x is TensorLike => typeof x === 'number' || Array.isArray(x) || ArrayBuffer.isView(x) || x instanceof Tensor || (typeof x === 'object' && x !== null && 'storage' in x)

async function* limited(batches: AsyncIterable<Batch> | Iterable<Batch>, steps: number | undefined): AsyncIterable<Batch> {
  let step = 0
  if (steps === 0) return
  for await (const batch of batches) {
    yield batch
    if (++step === steps) return
  }
}

const verbosity = (verbose: FitOptions['verbose'] = 'auto'): 0 | 1 | 2 => (verbose === 'auto' || verbose === true ? 1 : verbose === false ? 0 : verbose)

function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new CornusError('ABORTED', `${what} was aborted${signal.reason instanceof Error ? `: ${signal.reason.message}` : ''}`, { cause: signal.reason })
}

function checkInteger(call: string, option: string, value: unknown, least: number): void {
  check(value === undefined || (Number.isInteger(value) && (value as number) >= least), 'BAD_ARGUMENT', () => `${call}: ${option} must be an integer from ${least}, not ${String(value)}`)
}

function checkFitOptions(options: FitOptions): void {
  check(typeof options === 'object' && options !== null, 'BAD_ARGUMENT', () => `fit: options must be an object, as { epochs: 10 }, not ${String(options)}`)
  const unknown = Object.keys(options).find((name) => !FIT_OPTIONS.includes(name))
  check(!unknown, 'BAD_ARGUMENT', () => `fit: unknown option '${unknown}'; the options are ${FIT_OPTIONS.join(', ')}`)
  for (const name of ['batchSize', 'validationBatchSize', 'validationFreq', 'stepsPerEpoch'] as const) checkInteger('fit', name, options[name], 1)
  for (const name of ['epochs', 'initialEpoch'] as const) checkInteger('fit', name, options[name], 0)
  const { validationSplit = 0, verbose = 1 } = options
  check(typeof validationSplit === 'number' && validationSplit >= 0 && validationSplit < 1, 'BAD_ARGUMENT', () => `fit: validationSplit must be a number from 0 to below 1, not ${String(validationSplit)}`)
  check([0, 1, 2, true, false, 'auto'].includes(verbose), 'BAD_ARGUMENT', () => `fit: verbose must be 0, 1 or 2, not ${String(verbose)}`)
}

/** Sample weights times the weight of each sample's class; classes that are not named count 1. */
function withClassWeights({ data, shape }: Samples, weights: Samples | undefined, classWeight: { readonly [label: number]: number }): Samples {
  const classes = shape.length > 1 ? shape.at(-1)! : 1
  const result = Float32Array.from({ length: shape[0]! }, (_, row) => {
    const values = data.subarray(row * classes, (row + 1) * classes)
    const label = classes > 1 ? values.indexOf(Math.max(...values)) : Math.round(values[0]!)
    return (classWeight[label] ?? 1) * (weights ? weights.data[row]! : 1)
  })
  return { data: result, shape: [shape[0]!], dtype: 'float32' }
}

