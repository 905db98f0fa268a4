// Model: a layer that can be compiled, trained, evaluated and asked. Its steps run in WebAssembly; the loops around them are in files of
// their own.
import { CallbackList, type Logs } from '../callbacks/callback'
import type { History } from '../callbacks/history'
import { ProgbarLogger, showLogs } from '../callbacks/progress'
import { toNode } from '../graph/convert'
import { placeholderNode } from '../graph/leaves'
import { Tensor, type Spec } from '../graph/node'
import { touchStructure } from '../graph/structure'
import { recordTrace } from '../graph/trace'
import { gradients as gradientsOf } from '../grad'
import { Layer, maskOf, type LayerOptions, type AnyLayer, type LayerInput, type Outputs, type PartialShape } from '../layers/layer'
import { loadLayer, saveLayer } from '../layers/saved'
import { Metric } from '../metrics/index'
import type { Optimizer } from '../optimizers/index'
import { addAll } from '../ops/shape'
import { keepingOwn, withCustomObjects } from '../util/customObjects'
import { check, CornusError, showValue } from '../util/errors'
import { kerasText, toKeras } from '../util/keras'
import { readOptions } from '../util/options'
import type { Shape } from '../util/shape'
import { Lru } from '../util/lru'
import { flattenTree, type Flat, type Tree } from '../util/tree'
import { seeds } from '../seed'
import { withClassWeights } from './classWeights'
import { Compiled, fromCompileConfig, type CompileConfig, type CompileOptions } from './compiled'
import {
  alongside,
  readData,
  toSamples,
  type Batch,
  type DataForm,
  type DataTree,
  type GivenParts,
  type Layout,
  type StepData,
} from './data'
import { evaluateSource } from './evaluate'
import { runFit, type FitPlan } from './fit'
import { Lengths } from './lengths'
import { firstNotFinite } from './notFinite'
import {
  evaluateOptions,
  fitOptions,
  predictOptions,
  testOnBatchOptions,
  trainOnBatchOptions,
  type EvaluateOptions,
  type FitOptions,
  type HeldFit,
  type PredictOptions,
  type TestOnBatchOptions,
  type TrainOnBatchOptions,
  type ValidationData,
} from './options'
import type { Prediction } from './outputs'
import { Predictor, type PredictPlan } from './predict'
import { ArraySource, IterableSource, isIterable, isPair, targetsAndOptions, type BatchIterable, type Source } from './sources'
import { measured, Steps, type StepKind, type StepLogs, type StepSetting } from './steps'
import { StructureKey } from './structure'
import { shapesIn, summarize, type SummaryOptions, type SummaryRow } from './summary'

/** Loss and metrics by name. */
export type Results = { [name: string]: number } & { loss: number }

/** What a loss is computed from. */
export interface LossInputs extends StepData {
  /** What the model gave for x. */
  readonly prediction: Tree<Tensor>
}

/** The gradient of the loss to each trainable weight. */
export interface LossAndGradients {
  readonly loss: Tensor
  readonly prediction: Tree<Tensor>
  /** In the order of `trainableWeights`. */
  readonly gradients: Tensor[]
}

const DEFAULT_BATCH = 32
/** What makes a step the user's own where it is overridden. */
const STEPS = ['trainStep', 'testStep', 'computeLoss', 'computeMetrics', 'lossAndGradients'] as const
/** Forms of x that predict is kept ready for. */
const KEPT_LAYOUTS = 4
const isTensor = (x: unknown): x is Tensor => x instanceof Tensor

export abstract class Model<Y extends Outputs = Tensor> extends Layer<Y> {
  /** Set to true by a callback: training ends after the batch under way. */
  stopTraining = false
  /** @internal */
  lastBatch: Batch | undefined
  private lengths: Lengths | undefined
  private chosen: Compiled | undefined
  private fitting = false
  private readonly structure = new StructureKey(this)
  private readonly ownMetrics: Metric[] = []
  private readonly predictors = new Lru<string, Predictor<Y>>(KEPT_LAYOUTS)
  private runner: Steps | undefined
  private rehearsed = false

  constructor(options: LayerOptions = {}) {
    check(
      new.target !== Model,
      'BAD_ARGUMENT',
      () =>
        'Model is what models have in common; write sequential([layers.dense({ units: 10 })]), or model({ inputs, ' +
        'outputs }) with input({ shape: [2] })',
    )
    super(options)
  }

  /** Layers in order: of a class of one's own, those that stand in its properties, and in arrays and objects there. */
  get layers(): readonly AnyLayer[] {
    return this.listed ?? super.sublayers
  }

  /** @internal Layers that do not stand in properties. */
  protected get listed(): readonly AnyLayer[] | undefined {
    return undefined
  }

  /** Its list of layers first, as files have it. */
  override *attributes(): Iterable<readonly [string, unknown]> {
    if (this.listed) yield ['layers', this.listed]
    yield* super.attributes()
  }

  override get sublayers(): readonly AnyLayer[] {
    return this.listed ?? super.sublayers
  }

  /** Chooses optimizer, loss and metrics. Calling it again starts the optimizer anew and keeps the weights. */
  compile(options: CompileOptions = {}): void {
    check(!this.fitting, 'BUSY', () => `${this.name}: fit is under way; wait for it before calling compile`)
    this.chosen = new Compiled(options)
    this.runner = undefined
    touchStructure()
  }

  /** Whether compile() was called. */
  get isCompiled(): boolean {
    return this.chosen !== undefined
  }

  /** What compile() was called with, as Keras's compile config with keys in camelCase; {} before that. */
  override getCompileConfig(): CompileConfig | { readonly [option: string]: never } {
    return this.chosen?.getConfig() ?? {}
  }

  /** Compiles as a compile config says, in our spelling or Keras's. */
  compileFromConfig(config: object): void {
    this.compile(fromCompileConfig(config))
    if (this.built) this.optimizer.build(this.trainableWeights)
  }

  /** Makes the weights as a build config says; in a model of one's own, layers make theirs where its `call` calls them. */
  override buildFromConfig(config: object): void {
    super.buildFromConfig(config)
    const { inputShape } = this.getBuildConfig() ?? {}
    if (!this.listed && inputShape) this.computeOutputShape(...(shapesIn(inputShape) as [PartialShape]))
  }

  /** Its layers and what they are called on as a JSON text, in Keras's form; without weights. `modelFromJSON` is the way back. */
  toJSON(): string {
    return kerasText(toKeras(saveLayer(this)))
  }

  /** A model of the same layers with the same weights, not compiled. What is own code in it stays the same. */
  clone(): this {
    const { saved, objects } = keepingOwn(() => saveLayer(this))
    const copy = withCustomObjects({ ...objects, [String(saved.registeredName ?? saved.className)]: this.constructor }, () =>
      loadLayer(saved),
    )
    if (copy.weights.length || this.weights.length) copy.setWeights(this.getWeights())
    return copy as this
  }

  get optimizer(): Optimizer {
    return this.compiled('optimizer').optimizer
  }

  private compiled(what: string): Compiled {
    if (!this.chosen) throw new CornusError('NOT_COMPILED', `${this.name}: call compile({ optimizer, loss, metrics }) before ${what}`)
    return this.chosen
  }

  /** @internal */
  get steps(): Steps {
    return (this.runner ??= new Steps(this))
  }

  /** @internal What traced steps depend on. */
  get structureKey(): string {
    return this.structure.get(this.chosen?.optimizer)
  }

  /** Loss, metrics chosen in compile(), and those of the model's own. */
  get metrics(): readonly Metric[] {
    return this.metricEntries.map(({ metric }) => metric)
  }

  /** @internal Metrics under their keys in logs. */
  get metricEntries(): readonly { readonly name: string; readonly metric: Metric }[] {
    const compiled = this.chosen?.entries ?? []
    const own = [...this.ownMetrics, ...Object.values(this).filter((value) => value instanceof Metric)]
    if (!own.length) return compiled
    const known = new Set<Metric>(compiled.map(({ metric }) => metric))
    return [...compiled, ...[...new Set(own)].filter((metric) => !known.has(metric)).map((metric) => ({ name: metric.name, metric }))]
  }

  /** Gives the model a metric of its own; a step of one's own updates it. It is reset and logged with the others. */
  addMetric<M extends Metric>(metric: M): M {
    check(
      metric instanceof Metric,
      'BAD_ARGUMENT',
      () => `${this.name}: addMetric takes a metric, as metrics.mean({ name: 'gap' }), not ${showValue(metric)}`,
    )
    this.ownMetrics.push(metric)
    return metric
  }

  /** A layer by name or by place. */
  getLayer<L extends AnyLayer = Layer>(key: string | number): L {
    const layer = typeof key === 'number' ? this.layers.at(key) : this.layers.find(({ name }) => name === key)
    if (!layer)
      throw new CornusError(
        'UNKNOWN_NAME',
        `${this.name} has no layer ${typeof key === 'number' ? `number ${key}` : showValue(key)}; ` +
          `its layers are ${this.layers.map(({ name }) => name).join(', ')}`,
      )
    return layer as L
  }

  /** Prints the layers with their output shapes and numbers of weights. */
  summary(options?: SummaryOptions): void {
    summarize(this, options)
  }

  /** @internal Layers as a chain: of models that are not drawn no more is known. */
  summaryRows(): readonly SummaryRow[] {
    let shape: PartialShape | undefined = this.inputShape
    return this.layers.map((layer) => {
      const found = shape && (layer.computeOutputShape(shape) as PartialShape | readonly PartialShape[])
      const shapes = found ? shapesIn(found) : []
      shape = shapes.length === 1 ? shapes[0] : undefined
      return { name: layer.name, className: layer.className, shapes, layer }
    })
  }

  /** @internal What the model knows of its data. */
  get dataForm(): DataForm {
    return { inputs: undefined, outputs: undefined, inputShapes: [this.listed ? this.inputShape : undefined], name: this.name }
  }

  // Steps: three pieces, which can be called, overridden and put together otherwise

  /**
   * One training step on one batch, as part of a traced Program: gradients, update, metrics. Override it to train otherwise; what it
   * returns are the logs
   * (tensors by name), nothing stands for the model's metrics.
   */
  trainStep(data: StepData): StepLogs {
    const { loss, prediction, gradients } = this.lossAndGradients(data)
    this.applyGradients(gradients)
    return this.computeMetrics({ ...data, prediction }, loss)
  }

  /** The same without training. */
  testStep(data: StepData): StepLogs {
    const prediction = this.forward(data.x, false)
    return this.computeMetrics({ ...data, prediction }, this.computeLoss({ ...data, prediction }))
  }

  /** What predict computes for a batch: x in the form of the model's inputs. */
  predictStep(x: Tree<Tensor>): Y {
    return this.apply(x as LayerInput, { training: false })
  }

  /** The first piece of a step: forward, and backward to the trainable weights. */
  lossAndGradients(data: StepData): LossAndGradients {
    const prediction = this.forward(data.x, true)
    const loss = this.computeLoss({ ...data, prediction })
    return {
      loss,
      prediction,
      gradients: gradientsOf(
        this.chosen?.optimizer.scaleLoss(loss) ?? loss,
        this.trainableWeights.map((variable) => variable.read()),
      ),
    }
  }

  /** The second piece: the optimizer's step, constraints included. Gradients stand in the order of `trainableWeights`. */
  applyGradients(gradients: readonly (Tensor | null)[]): void {
    const entries = this.trainableEntries
    this.optimizer.apply(
      gradients,
      entries.map(({ variable }) => variable),
      (i) => entries[i]!.constraint,
    )
  }

  /** The loss that compile() chose, with regularizers and what layers have added. */
  computeLoss(inputs: LossInputs): Tensor {
    const dataLoss = this.chosen?.losses.call(this.byOutput(inputs))
    const terms = [...(dataLoss ? [dataLoss] : []), ...this.penalties()]
    if (terms.length === 0)
      throw new CornusError('NOT_COMPILED', `${this.name}: no loss was given to compile(); give one to train or evaluate`)
    return addAll(terms)
  }

  /** The third piece: adds a batch to the metrics (and its loss to the mean of losses); returns what they come to. */
  computeMetrics(inputs: LossInputs, loss?: Tensor): { [name: string]: Tensor } {
    const compiled = this.compiled('computeMetrics')
    const samples = flattenTree(inputs.x, isTensor, 'x').leaves[0]!.shape[0]!
    if (loss) compiled.lossMean.update(loss, toNode(samples))
    compiled.metrics.update(this.byOutput(inputs), (place) => compiled.losses.of(place))
    const results = this.metricEntries.map(({ name, metric }) => [name, metric.result()] as const)
    for (const [, result] of results) measured.add(result)
    return Object.fromEntries(results)
  }

  private forward(x: Tree<Tensor>, training: boolean): Tree<Tensor> {
    this.takeLosses() // what earlier calls left
    return this.apply(x as LayerInput, { training })
  }

  private penalties(): Tensor[] {
    const regularized = this.allWeights.flatMap(({ variable, regularizer }) =>
      regularizer && variable.trainable ? [regularizer.call(variable.read())] : [],
    )
    return [...regularized, ...this.takeLosses()]
  }

  /** Predictions in their order, with what was given for each. */
  private byOutput({ y, prediction, sampleWeight }: LossInputs): Prediction {
    const { leaves: outputs, paths, rebuild } = flattenTree(prediction, isTensor, '')
    const names = this.dataForm.outputs?.leaves ?? paths.map((path) => path.replace(/^\.|[[\]]/g, '') || 'output')
    const form: Flat<string> = { leaves: names, paths, rebuild }
    const beside = (tree: Tree<Tensor> | undefined, what: string) => (tree === undefined ? [] : alongside(tree, form, what, this.name))
    const weights = sampleWeight instanceof Tensor ? outputs.map(() => sampleWeight) : beside(sampleWeight, 'sampleWeight')
    return { outputs, names, targets: beside(y, 'y'), weights, masks: outputs.map((output) => maskOf(output)) }
  }

  /** @internal */
  get lastLayerName(): string | undefined {
    return this.layers.at(-1)?.name
  }

  /** @internal What a step needs before it is traced. */
  prepareStep(kind: StepKind, { specs, layout }: Batch): void {
    const { losses, optimizer } = this.compiled(kind)
    check(layout.hasTargets || losses.isEmpty, 'BAD_ARGUMENT', () => 'targets are missing: give y, or batches [x, y]')
    this.rehearse(layout, specs)
    if (kind === 'train') optimizer.build(this.trainableWeights)
  }

  /** Builds what is not built: layers of a class of one's own where its `call` calls them. */
  private rehearse(layout: Layout, specs: readonly Spec[]): void {
    const shapes = specs.slice(0, layout.inputs).map(({ shape }) => shape)
    if (this.listed) return this.ensureBuilt(shapes[0]!, ...shapes.slice(1))
    if (this.rehearsed) return
    recordTrace(() => this.forward(layout.rebuild(specs.map((spec) => placeholderNode(spec))).x, false))
    this.takeLosses()
    this.rehearsed = true
  }

  /** @internal Traced: a step with the class weights of this call. */
  step(kind: StepKind, { layout }: Batch, leaves: readonly Tensor[], { classWeight }: StepSetting): StepLogs {
    const given = layout.rebuild(leaves)
    const data = classWeight ? { ...given, sampleWeight: this.classWeighted(given, classWeight) } : given
    return kind === 'train' ? this.trainStep(data) : this.testStep(data)
  }

  private classWeighted({ x, y, sampleWeight }: StepData, classWeight: NonNullable<StepSetting['classWeight']>): Tensor {
    const single = y instanceof Tensor && (sampleWeight === undefined || sampleWeight instanceof Tensor)
    check(single, 'BAD_ARGUMENT', () => 'classWeight is for models with one output; give sampleWeight with an array for each output')
    const [first, ...others] = flattenTree(x, isTensor, 'x').leaves.map(({ shape }) => shape)
    return withClassWeights(
      y,
      sampleWeight,
      classWeight,
      this.computeOutputShape(first!, ...others) as Shape,
      this.compiled('classWeight').losses.first,
    )
  }

  // Calls

  /**
   * Trains for a number of epochs.
   * @param x samples [n, …] (an array or object of them where the model has several inputs), or an iterable of batches [x, y]
   * @param y targets [n, …], unless x is an iterable
   */
  async fit(x: BatchIterable, options?: FitOptions): Promise<History>
  async fit(x: DataTree | BatchIterable, y?: DataTree, options?: FitOptions): Promise<History>
  async fit(x: unknown, targets?: unknown, given?: FitOptions): Promise<History> {
    this.compiled('fit')
    const [y, rest] = targetsAndOptions(x, targets, given)
    const options = readOptions(fitOptions, rest, 'fit')
    check(!this.fitting, 'BUSY', () => `${this.name}: fit is under way; wait for it before calling fit again`)
    this.fitting = true
    const before = seeds.state
    const seed = options.shuffle ? seeds.next() : undefined
    const [after, steps] = [seeds.state, this.steps.trained]
    try {
      return await runFit(this, { ...(await this.splitData({ x, y, sampleWeight: options.sampleWeight }, options)), options, seed })
    } catch (error) {
      const idle = seeds.state === after && this.steps.trained === steps
      if (idle) seeds.state = before // a fit without a step leaves the random state alone
      throw error
    } finally {
      this.fitting = false
    }
  }

  /** @internal The batch for a step: padded, where lengths of sequences differ and that changes nothing. */
  padded(batch: Batch): Batch {
    const isOwn = STEPS.some((name) => this[name] !== Model.prototype[name])
    return isOwn ? batch : (this.lengths ??= new Lengths(this)).pad(batch, this.chosen?.losses.classNames ?? [])
  }

  /** @internal */
  async firstNotFinite(weights: readonly Tensor[]): Promise<string | undefined> {
    return this.lastBatch && firstNotFinite(this, this.lastBatch, weights)
  }

  /** @internal */
  finishTraining(): void {
    this.optimizer.finalize()
  }

  private async splitData(given: GivenParts, options: HeldFit): Promise<Pick<FitPlan, 'training' | 'validation'>> {
    const { validationSplit, validationData, stepsPerEpoch, batchSize } = options
    // Both are read before anything is awaited: values are those of the call.
    const reading = this.sourceOf(given, 'fit', batchSize, stepsPerEpoch)
    reading.catch(() => undefined) // where validationData is wrong at once, nobody waits for it
    const validating = validationData && this.validationSource(validationData, options)
    const [training, validation] = await Promise.all([reading, validating])
    if (validationSplit === 0 || validation) return { training, validation }
    check(
      training instanceof ArraySource,
      'BAD_ARGUMENT',
      () => 'fit: validationSplit needs x and y as arrays or tensors; give validationData for iterables',
    )
    const at = Math.floor(training.size * (1 - validationSplit))
    check(
      at > 0 && at < training.size,
      'BAD_ARGUMENT',
      () => `fit: validationSplit ${validationSplit} of ${training.size} samples leaves nothing to train or to validate on`,
    )
    const size = batchSize ?? (stepsPerEpoch ? Math.ceil(at / stepsPerEpoch) : DEFAULT_BATCH)
    return {
      training: training.part(0, at, size),
      validation: training.part(at, training.size, options.validationBatchSize ?? batchSize ?? DEFAULT_BATCH),
    }
  }

  private validationSource(data: ValidationData, { validationBatchSize, batchSize }: HeldFit): Promise<Source> {
    const size = validationBatchSize ?? batchSize
    if (isIterable(data)) return this.sourceOf({ x: data }, 'validationData', size)
    const [x, y, sampleWeight] = Array.isArray(data)
      ? (data as readonly unknown[])
      : [(data as { x?: unknown }).x, (data as { y?: unknown }).y, (data as { sampleWeight?: unknown }).sampleWeight]
    check(x !== undefined && y !== undefined, 'BAD_ARGUMENT', () => 'fit: validationData must be [x, y] or { x, y }')
    return this.sourceOf({ x, y, sampleWeight }, 'validationData', size)
  }

  private async sourceOf(given: GivenParts, what: string, batchSize?: number, steps?: number): Promise<Source> {
    const form = this.dataForm
    if (isIterable(given.x)) {
      check(given.y === undefined, 'BAD_ARGUMENT', () => `${what}: y must not be given where x is an iterable of batches [x, y]`)
      check(
        given.sampleWeight === undefined,
        'BAD_ARGUMENT',
        () => `${what}: sampleWeight needs x and y as arrays or tensors; an iterable gives weights as batches [x, y, sampleWeight]`,
      )
      return new IterableSource(given.x, form, !this.compiled(what).losses.isEmpty)
    }
    check(given.x !== undefined && given.x !== null, 'BAD_ARGUMENT', () => `${what}: x is missing`)
    check(
      (given.y !== undefined && given.y !== null) || this.compiled(what).losses.isEmpty,
      'BAD_ARGUMENT',
      () =>
        `${what}: targets y are missing` +
        (isPair(given.x) ? `: x and y stand side by side, not in one object; write model.${what}(x, y)` : ''),
    )
    const read = readData(given, form, what)
    const samples = read.shapes[0]![0]!
    return new ArraySource(read.layout, await toSamples(read), batchSize ?? (steps ? Math.ceil(samples / steps) : DEFAULT_BATCH))
  }

  /**
   * Loss and metrics on other data, by name. `const [loss, accuracy] = …` takes them in the order of compile(), as in Keras; `const { loss,
   * accuracy } = …`
   * is surer.
   */
  async evaluate(x: BatchIterable, options?: EvaluateOptions): Promise<Results>
  async evaluate(x: DataTree | BatchIterable, y?: DataTree, options?: EvaluateOptions): Promise<Results>
  async evaluate(x: unknown, targets?: unknown, given?: EvaluateOptions): Promise<Results> {
    this.compiled('evaluate')
    const [y, rest] = targetsAndOptions(x, targets, given)
    const { sampleWeight, batchSize, steps, signal, verbose, callbacks: list } = readOptions(evaluateOptions, rest, 'evaluate')
    const source = await this.sourceOf({ x, y, sampleWeight }, 'evaluate', batchSize, steps)
    const callbacks = new CallbackList(list)
    callbacks.introduce(this, { epochs: 1, steps: steps ?? source.count, verbose })
    const logs = await evaluateSource(this, source, { steps, signal, callbacks, what: 'evaluate' })
    if (verbose && !list.some((each) => each instanceof ProgbarLogger)) console.log(showLogs(logs))
    return this.results(logs)
  }

  /** One training step on one batch; loss and metrics of this batch. */
  async trainOnBatch(x: DataTree, y?: DataTree, options?: TrainOnBatchOptions): Promise<Results> {
    return this.onBatch('train', x, y, options === undefined ? {} : readOptions(trainOnBatchOptions, options, 'trainOnBatch'))
  }

  /** Loss and metrics of one batch, without training. */
  async testOnBatch(x: DataTree, y?: DataTree, options?: TestOnBatchOptions): Promise<Results> {
    return this.onBatch('test', x, y, options === undefined ? {} : readOptions(testOnBatchOptions, options, 'testOnBatch'))
  }

  private async onBatch(
    kind: StepKind,
    x: DataTree,
    y: DataTree | undefined,
    { sampleWeight, ...setting }: StepSetting & { readonly sampleWeight?: DataTree | undefined },
  ): Promise<Results> {
    const what = `${kind}OnBatch`
    this.compiled(what)
    check(!isIterable(x), 'BAD_ARGUMENT', () => `${what}: x must be the samples of one batch, not an iterable of batches`)
    const source = await this.sourceOf({ x, y, sampleWeight }, what)
    return this.results(await this.steps.runAlone(kind, (source as ArraySource).batch(), setting))
  }

  private results(logs: Logs): Results {
    const ordered = this.metricEntries.flatMap(({ name }) => (Object.hasOwn(logs, name) ? [logs[name]!] : []))
    return Object.defineProperty(logs, Symbol.iterator, { value: () => ordered.values() }) as Results
  }

  /**
   * The model's output for each sample: a tensor, or the model's array or object of them. Lazy: computed batch by batch when the values are
   * asked for (`await model.predict(x).data()`), with the
   * weights and the data of the call, whatever is trained or written meanwhile. In a traced function it is part of that.
   */
  predict(x: DataTree, options?: PredictOptions): Y {
    const { batchSize = DEFAULT_BATCH, signal }: PredictOptions =
      options === undefined ? {} : readOptions(predictOptions, options, 'predict')
    return this.predictIn(x, () => ({ batchSize, signal }))
  }

  /** The output for one batch. */
  predictOnBatch(x: DataTree): Y {
    return this.predictIn(x, (samples) => ({ batchSize: Math.max(1, samples), signal: undefined }))
  }

  private predictIn(x: DataTree, plan: (samples: number) => PredictPlan): Y {
    check(
      !isIterable(x),
      'BAD_ARGUMENT',
      () =>
        'predict: x must be samples, not an iterable of batches; ask for each batch: ' +
        'for await (const [x] of batches) await model.predictOnBatch(x).data()',
    )
    const { layout, nodes, shapes } = readData({ x }, this.dataForm, 'predict')
    const predictor = this.predictors.take(layout.key, () => new Predictor<Y>(oracleOf(this, layout)))
    return predictor.predict(
      nodes.map((node, i) => ({ node, shape: shapes[i]! })),
      plan(shapes[0]![0]!),
    )
  }
}

/** The model as predict sees it: its inputs are the leaves of one layout. */
const oracleOf = <Y extends Outputs>(model: Model<Y>, layout: Layout) => ({
  name: model.name,
  get structureKey() {
    return model.structureKey
  },
  predictStep: (...xs: Tensor[]): Y => model.predictStep(layout.rebuild(xs).x),
})
