// Layer: weights, and what is computed with them. Users extend it: `class Mine extends Layer { build(shape) {…} call(x) {…} }`.
import { toNode, type TensorLike } from '../graph/convert'
import { constantNode, placeholderNode } from '../graph/leaves'
import { Tensor, type DType } from '../graph/node'
import { structureVersion, touchStructure } from '../graph/structure'
import { Call, symbolicIn } from '../graph/symbolic'
import { outsideTrace, recordTrace } from '../graph/trace'
import { Variable } from '../graph/variable'
import { getInitializer, type InitializerLike } from '../initializers/index'
import { div } from '../ops/binary'
import { getRegularizer, type Regularizer, type RegularizerLike } from '../regularizers/index'
import { getConstraint, type ConstraintLike } from '../constraints/index'
import { evaluateSync, readContents } from '../runtime/runs'
import { writeContents } from '../runtime/turns'
import { check, CornusError, reading, showValue } from '../util/errors'
import { fromKeras } from '../util/keras'
import { nth } from '../util/lists'
import { freeName, snakeCase } from '../util/names'
import { extra, flag, kindOf, nullable, optional, readOptions, saveOptions, type Given, type Held, type OptionTable } from '../util/options'
import { checkShape, copiedList, sameShape, showShape, type Shape } from '../util/shape'
import { callNumber, duringCall, inheritedTraining, maskOf, onlyShapes, setMask, tellWatcher } from './context'
import { checkApply, dtypePolicy, inputForm, partialShape, regularizer, type PartialShape } from './kinds'
import { placesBelow, sublayersOf, weightsBelow, type PlacedWeight, type Walkable, type Weight } from './walk'

export { maskOf }
export type { PartialShape, Weight }

const layerName = kindOf<string>("a string without '/'", (value) => typeof value === 'string' && value !== '' && !value.includes('/'))

/** Options of every layer. */
const common = {
  /** Default: the class's name, numbered where a model has several. */
  name: optional(nullable(layerName), null),
  /** Whether training changes its weights. Default true. */
  trainable: optional(flag, true),
  /** The number type: float32. */
  dtype: optional(dtypePolicy, 'float32'),
  /** A penalty on what the layer gives, per sample. */
  activityRegularizer: extra(regularizer, null),
  /** Shape of one sample, without the batch; on the first layer of a model. */
  inputShape: extra(nullable(partialShape((size) => `inputShape: [${size}], the shape of one sample`)), null),
  /** Shape with the batch in front; on the first layer of a model. */
  batchInputShape: extra(nullable(partialShape((size) => `batchInputShape: [null, ${size}]`)), null),
}

export interface LayerOptions extends Given<typeof common> {}

/** A value alone, which stands for the one obvious option: `dense(10)`. */
export type Lone = number | string | readonly unknown[] | ((...args: never) => unknown)

/** What a call knows besides its input. */
export interface CallContext {
  /** True in fit: dropout drops, batch statistics are used. */
  readonly training: boolean
  /** Which time steps count (bool), if the input came with a mask. */
  readonly mask?: Tensor | undefined
  /** States that a recurrent layer starts from. */
  readonly initialState?: readonly Tensor[] | undefined
  /** States before the step that a recurrent cell computes. */
  readonly states?: readonly Tensor[] | undefined
}

/** The same as callers give it. What is left out, a layer takes over from the layers that it is called in. */
export interface ApplyOptions {
  training?: boolean | undefined
  mask?: TensorLike | undefined
  initialState?: LayerInput | undefined
  states?: readonly TensorLike[] | undefined
}

/** One tensor, or an array or object of tensors where a layer takes several. */
export type LayerInput = TensorLike | readonly LayerInput[] | { readonly [name: string]: LayerInput }
/** What a layer gives: a tensor, or an array or object of them. */
export type Outputs = Tensor | readonly Outputs[] | { readonly [name: string]: Outputs }
/** A layer with any number of outputs. */
export type AnyLayer = Layer<Outputs>
/** Shape of each output. */
export type ShapesOf<Y> = Y extends Tensor ? PartialShape : readonly PartialShape[]
type Masks = Tensor | undefined | readonly (Tensor | undefined)[]

export interface WeightOptions {
  name: string
  shape: Shape
  initializer?: InitializerLike
  /** Default true. */
  trainable?: boolean
  regularizer?: RegularizerLike | undefined
  constraint?: ConstraintLike | undefined
  dtype?: DType
}

const names = new Map<string, number>()

/** dense, dense_1, dense_2 … */
function uniqueName(base: string): string {
  const count = names.get(base) ?? 0
  names.set(base, count + 1)
  return count ? `${base}_${count}` : base
}

/** Names start from the beginning again (`dense`, not `dense_7`), as after Keras's clear_session. */
export const resetNames = (): void => names.clear()

/** How many layers were made. */
let made = 0

/** Classes of layers made so far, by name, so that a wrapper finds the class that its config names. */
const classes = new Map<string, LayerClass>()
export const classMade = (className: string): LayerClass | undefined => classes.get(className)
type LayerClass = typeof Layer<Outputs> & (new (options: LayerOptions) => AnyLayer)

/** `Y` says what comes out, if not one tensor. */
export abstract class Layer<Y extends Outputs = Tensor> implements Walkable {
  /** Keras's class name, for summaries and files; default the class's own name. */
  static readonly className: string = ''
  /** Whether the input's mask goes on with the output, unless computeMask says otherwise. */
  static readonly supportsMasking: boolean = false
  /** Where files say that its class is found; null: among the user's own, also of a class that has a table of options. */
  static readonly module: string | null = 'keras.layers'
  /** The options besides those of every layer, each with its type, default and check; a class with such a table takes no others. */
  static readonly options: OptionTable | undefined = undefined
  /** The option that a lone value stands for. */
  static readonly positional: string | undefined = undefined
  /** Older names of options. */
  static readonly renamed: { readonly [older: string]: string } = {}

  /** The options of its class, checked, with all defaults. */
  declare readonly options: Held<OptionTable>
  readonly #held: { readonly [option: string]: unknown }
  built = false
  /** Shape of the input that it was built for. */
  inputShape: PartialShape | undefined
  /** @internal */
  readonly serial = ++made
  readonly #givenName: string | null
  #ownName: string | undefined
  /** Whether a model has numbered its name. */
  #numbered = false
  #trainable: boolean
  readonly #weights: (Weight & { readonly trains: boolean })[] = []
  #losses: Tensor[] = []
  /** The outermost call that it was in last, and the one that its losses are of. */
  #called = 0
  #lossesOf = 0
  /** Shapes of the further inputs that it was built for. */
  #otherShapes: readonly PartialShape[] = []
  readonly #shapes = new Map<string, { readonly version: number; readonly shapes: ShapesOf<Y> }>()

  constructor(given: LayerOptions | Lone = {}) {
    const { options: table, positional, renamed } = this.constructor as typeof Layer
    const options = isObject(given) ? renameKeys(given, renamed) : given
    const held: { readonly [option: string]: unknown } = table
      ? readOptions<OptionTable>({ ...table, ...common, ...table }, options, this.className, positional)
      : readOptions(common, isObject(options) ? pick(options, common) : options, this.className)
    const { name, trainable, inputShape, batchInputShape } = held as Held<typeof common>
    this.#held = held
    if (table) this.options = held
    this.#givenName = name
    this.#trainable = trainable
    const shape = batchInputShape ?? (inputShape && [null, ...inputShape])
    if (shape) this.inputShape = shape
    classes.set(this.className, this.constructor as LayerClass)
    touchStructure()
  }

  get className(): string {
    const { className, name } = this.constructor as typeof Layer
    return Object.hasOwn(this.constructor, 'className') && className ? className : name
  }

  /** The user's name for it, or the class's, numbered among the layers of its model: dense, dense_1 … */
  get name(): string {
    return this.#givenName ?? (this.#ownName ??= uniqueName(snakeCase(this.className)))
  }

  /** @internal Takes a name that is free, unless its user gave it one. */
  nameAmong(taken: ReadonlySet<string>): void {
    if (this.#givenName !== null || (this.#numbered && !taken.has(this.name))) return
    this.#ownName = freeName(snakeCase(this.className), taken)
    this.#numbered = true
  }

  get trainable(): boolean {
    return this.#trainable
  }

  set trainable(value: boolean) {
    for (const { layer } of placesBelow<AnyLayer>(this)) layer.#trainable = value
    touchStructure()
  }

  /**
   * Layers directly inside of this one: what is found in its properties, and in arrays, objects and maps there. (Private names, as #dense,
   * are not seen.)
   */
  get sublayers(): readonly AnyLayer[] {
    return sublayersOf<AnyLayer>(this)
  }

  /** @internal Where sublayers and weights are looked for. */
  attributes(): Iterable<readonly [string, unknown]> {
    return Object.entries(this).filter(([, value]) => value !== this.#held)
  }

  /** Makes the weights, once the input's shape is known (of several inputs: all of them). */
  build(_inputShape: PartialShape, ..._others: PartialShape[]): void {}

  /** What the layer computes; lazy. Of several inputs x is an array. */
  abstract call(x: Tensor | readonly Tensor[], context: CallContext): Y

  /** The mask that goes on with the output (of several: one each); default: the input's where the class supports masks, else none. */
  computeMask(_x: Tensor | readonly Tensor[], mask: Tensor | undefined): Masks {
    return (this.constructor as typeof Layer).supportsMasking ? mask : undefined
  }

  /** Recurrent layers inside of this one that keep states start again from zeros. */
  resetStates(): void {
    for (const { layer } of placesBelow<AnyLayer>(this)) layer.startAgain()
  }

  /** @internal States that the layer itself keeps become zeros. */
  startAgain(): void {}

  /** Options that make such a layer again, all of them, as plain JSON data: Keras's config with keys in camelCase. */
  getConfig(): Record<string, unknown> {
    const { options: table = {} } = this.constructor as typeof Layer
    const { inputShape, batchInputShape, ...shared } = common
    return saveOptions({ ...shared, ...table }, { ...this.#held, name: this.name, trainable: this.trainable })
  }

  /** The layer that a config describes, in our spelling or Keras's. */
  static fromConfig<L extends AnyLayer>(this: new (options: LayerOptions) => L, config: object): L {
    return new this(fromKeras(config) as LayerOptions)
  }

  /** What its weights were made for: Keras's build config; null before that. */
  getBuildConfig(): BuildConfig | null {
    if (!this.built || !this.inputShape) return null
    return { inputShape: this.#otherShapes.length ? [this.inputShape, ...this.#otherShapes] : this.inputShape }
  }

  /** Makes the weights as a build config says. */
  buildFromConfig(config: object): void {
    const { inputShape, shapesDict } = fromKeras(config) as { inputShape?: unknown; shapesDict?: object }
    const shapes = shapesDict
      ? Object.values(shapesDict)
      : Array.isArray(inputShape) && Array.isArray(inputShape[0])
        ? inputShape
        : [inputShape]
    const known = shapes.flatMap((shape) => (isShape(shape) ? [inputForm.read(shape, `${this.name}: buildConfig`)] : []))
    if (known.length) this.ensureBuilt(nth(known, 0), ...known.slice(1))
  }

  /** @internal What files have of it besides: models, how they were compiled. */
  getCompileConfig(): object | undefined {
    return undefined
  }

  /** @internal Calls on symbolic tensors, in order. */
  readonly calls: Call[] = []

  /**
   * What the layer was called on where a model was drawn with it: a symbolic tensor, or a tree of them. Of several calls none is the input.
   */
  get input(): unknown {
    return this.#onlyCall('input').args[0]
  }

  /** What the layer gave where a model was drawn with it; `model({ inputs, outputs: layer.output })` is a model up to here. */
  get output(): Y {
    return this.#onlyCall('output').result as Y
  }

  #onlyCall(what: string): Call {
    const [call, ...others] = this.calls
    if (!call)
      throw new CornusError(
        'NOT_BUILT',
        `${this.name} has no ${what}: it was not called on a symbolic tensor; draw a model with it: layer.apply(input({ shape: [3] }))`,
      )
    check(
      !others.length,
      'BAD_ARGUMENT',
      () => `${this.name} was called ${this.calls.length} times and has as many ${what}s; take layer.calls[0].${what}s[0] and so on`,
    )
    return call
  }

  /** Notes a call on symbolic tensors. */
  #draw(input: LayerInput, options: ApplyOptions): Y {
    const [first, ...others] = nodesOf(input).map(({ shape }) => shape as PartialShape)
    this.ensureBuilt(first!, ...others)
    const call = duringCall(
      { training: false, masks: [], onlyShapes: true },
      () => new Call(this, this.name, [input, options], (x, how) => this.apply(x as LayerInput, how as ApplyOptions)),
    )
    this.calls.push(call)
    return call.result as Y
  }

  /** Builds the layer if need be and calls it. On symbolic tensors (`input({ shape })`) it becomes a part of the model that is drawn. */
  apply(input: LayerInput, options: ApplyOptions = {}): Y {
    if (symbolicIn([input, options]).length) return this.#draw(input, options)
    const { training, mask, initialState, states } = checkApply(options, this.name)
    const inputs = nodesOf(input)
    const [first] = inputs
    if (!first) throw new CornusError('BAD_ARGUMENT', `${this.name}: apply: there is no tensor in ${showValue(input)}`)
    this.ensureBuilt(first.shape, ...inputs.slice(1).map(({ shape }) => shape))
    const x = isList(input) ? inputs : isTree(input) ? (input as unknown as Tensor) : first
    const incoming = mask === undefined ? maskOf(first) : toNode(mask)
    const context = {
      training: training ?? inheritedTraining() ?? false,
      mask: incoming,
      initialState: initialState === undefined ? undefined : nodesOf(initialState),
      states: states?.map((state) => toNode(state)),
    }
    return duringCall({ training: context.training, masks: incoming ? [[first, incoming]] : [] }, () => {
      this.#called = callNumber()
      const y = Array.isArray(x) || x !== first ? this.#callSeveral(x, context) : this.call(x, context)
      const outputs = flatten(y)
      check(
        outputs.every((each) => each instanceof Tensor),
        'BAD_ARGUMENT',
        () => `${this.name}: call must return a tensor, not ${showValue(outputs.find((each) => !(each instanceof Tensor)))}`,
      )
      if (this.activity) this.#addPenalties(outputs, this.activity)
      this.#passMask(outputs, x, incoming)
      tellWatcher(this, outputs, inputs)
      return y
    })
  }

  /** Of a layer of ours that takes one tensor an error says so. */
  #callSeveral(x: Tensor | readonly Tensor[], context: CallContext): Y {
    try {
      return this.call(x, context)
    } catch (cause) {
      if (cause instanceof CornusError || !(this.constructor as typeof Layer).options) throw cause
      const got = Array.isArray(x) ? `an array of ${x.length}` : 'an object of them'
      const mend = 'call it on each, or join them first: ops.concat([a, b], -1)'
      throw new CornusError('BAD_ARGUMENT', `${this.name}: expected one tensor, got ${got}; ${mend}`, { cause })
    }
  }

  /** @internal The penalty on what it gives. */
  get activity(): Regularizer | null {
    return this.#held.activityRegularizer as Regularizer | null
  }

  /** As in Keras, a penalty on outputs is one per sample. */
  #addPenalties(outputs: readonly Tensor[], activity: Regularizer): void {
    for (const output of outputs) {
      const penalty = activity.call(output)
      this.addLoss(output.rank > 0 ? div(penalty, Math.max(nth(output.shape, 0), 1)) : penalty)
    }
  }

  #passMask(outputs: readonly Tensor[], x: Tensor | readonly Tensor[], incoming: Tensor | undefined): void {
    const outgoing = this.computeMask(x, incoming)
    outputs.forEach((output, i) => {
      const own = outgoing instanceof Tensor ? (i === 0 ? outgoing : undefined) : outgoing?.[i]
      if (own) setMask(output, own)
    })
  }

  ensureBuilt(shape: PartialShape, ...others: PartialShape[]): void {
    if (this.built) return this.checkInput(shape, ...others)
    this.build(shape, ...others)
    const [first, ...rest] = [shape, ...others].map((each) => each.map((d, i) => (i === 0 ? null : d)))
    this.inputShape = first
    this.#otherShapes = rest
    this.built = true
    touchStructure()
  }

  /** Whether an input fits what the layer was built for; layers with weights say how it must look. */
  checkInput(_shape: PartialShape, ..._others: PartialShape[]): void {}

  /** Shape of the output for a shape of the input; unknown sizes stay unknown. */
  computeOutputShape(inputShape: PartialShape, ...others: PartialShape[]): ShapesOf<Y> {
    for (const shape of [inputShape, ...others]) inputForm.read(shape, `${this.name}: the shape of the input`)
    this.ensureBuilt(inputShape, ...others)
    const key = JSON.stringify([inputShape, ...others])
    const known = this.#shapes.get(key)
    if (known && (known.version === structureVersion() || !this.sublayers.length)) return known.shapes
    const shapes = this.#traceShapes([inputShape, ...others])
    if (this.#shapes.size >= 16) this.#shapes.clear()
    this.#shapes.set(key, { version: structureVersion(), shapes })
    return shapes
  }

  /** Traces the call with two sizes in the place of the unknown ones: what differs in the results is unknown too. */
  #traceShapes(inputShapes: readonly PartialShape[]): ShapesOf<Y> {
    const traced = [64, 96].map((size) => {
      const inputs = inputShapes.map((shape) => placeholderNode({ shape: shape.map((d) => d ?? size), dtype: 'float32' }))
      const call = () => this.call(inputs.length > 1 ? inputs : inputs[0]!, { training: false })
      return duringCall({ training: false, masks: [], onlyShapes: true }, () => recordTrace(call).result)
    })
    const [ones, twos] = traced.map((y) => flatten(y).map(({ shape }) => shape))
    const shapes = ones!.map((one, i) => one.map((d, axis) => (d === twos![i]![axis] ? d : null)))
    const all: PartialShape | readonly PartialShape[] = traced[0] instanceof Tensor ? nth(shapes, 0) : shapes
    return all as ShapesOf<Y>
  }

  /** A weight of this layer. */
  addWeight({ name, shape, initializer, trainable = true, regularizer, constraint, dtype = 'float32' }: WeightOptions): Variable {
    checkShape(shape, `${this.name}: weight ${name}: shape`)
    const make = getInitializer(initializer ?? (dtype === 'float32' ? 'glorotUniform' : 'zeros'))
    const variable = new Variable(
      outsideTrace(() => toNode(make.call(shape))),
      { name: `${this.name}/${name}`, trainable },
    )
    check(
      sameShape(variable.shape, shape),
      'BAD_SHAPE',
      () => `${this.name}: the initializer of ${name} made shape ${showShape(variable.shape)}; expected ${showShape(shape)}`,
    )
    this.#weights.push({
      variable,
      regularizer: getRegularizer(regularizer ?? null),
      constraint: getConstraint(constraint ?? null),
      trains: trainable,
    })
    touchStructure()
    return variable
  }

  /** Adds a scalar to the loss of the model that this layer is in; called from `call`. */
  addLoss(loss: Tensor): void {
    if (onlyShapes()) return
    if (this.#lossesOf !== callNumber()) this.#losses = []
    this.#lossesOf = callNumber()
    this.#losses.push(loss)
  }

  /** Scalars that the last call added to the loss, here and in the layers inside, then the penalties on weights. */
  get losses(): readonly Tensor[] {
    const added = placesBelow<AnyLayer>(this).flatMap(({ layer }) => (layer.#lossesOf >= this.#called ? layer.#losses : []))
    return [
      ...added,
      ...this.trainableEntries.flatMap(({ variable, regularizer }) => (regularizer ? [regularizer.call(variable.read())] : [])),
    ]
  }

  /** @internal Scalars added by addLoss since the last time. */
  takeLosses(): Tensor[] {
    return placesBelow<AnyLayer>(this).flatMap(({ layer }) => layer.#losses.splice(0))
  }

  /** @internal Weights added to this layer itself: those first that train. */
  get ownWeights(): readonly Weight[] {
    return [...this.#weights.filter(({ trains }) => trains), ...this.#weights.filter(({ trains }) => !trains)]
  }

  /** @internal All weights with their regularizers, constraints and paths. */
  get allWeights(): readonly PlacedWeight[] {
    return weightsBelow(this)
  }

  /** @internal Weights that training changes. */
  get trainableEntries(): readonly PlacedWeight[] {
    return this.allWeights.filter(({ trains }) => trains)
  }

  /** Layer by layer as in Keras 3: of each layer its own trainable weights, its own others, then those of its sublayers. */
  get weights(): readonly Variable[] {
    return this.allWeights.map(({ variable }) => variable)
  }

  get trainableWeights(): readonly Variable[] {
    return this.trainableEntries.map(({ variable }) => variable)
  }

  get nonTrainableWeights(): readonly Variable[] {
    return this.allWeights.filter(({ trains }) => !trains).map(({ variable }) => variable)
  }

  /** All weights, and the states that stateful layers keep. */
  get variables(): readonly Variable[] {
    return [...this.weights, ...placesBelow<AnyLayer>(this).flatMap(({ layer }) => layer.keptStates)]
  }

  /** @internal */
  get keptStates(): readonly Variable[] {
    return []
  }

  /** Number of values in the weights. */
  countParams(): number {
    return this.weights.reduce((sum, { size }) => sum + size, 0)
  }

  /** Copies of the weights, in Keras's order and layouts. */
  getWeights(): Tensor[] {
    return this.weights.map(({ storage }) => constantNode(readContents(storage), { shape: storage.shape, dtype: storage.dtype }))
  }

  /** Overwrites all weights: tensors, nested arrays or typed arrays in the order of getWeights(). All are checked before any is written. */
  setWeights(values: readonly TensorLike[]): void {
    const { weights } = this
    const list = copiedList(values)
    check(list?.length === weights.length, 'BAD_ARGUMENT', () => {
      const given = list ? `${list.length} arrays were given` : `${typeof values} was given`
      return (
        `${this.name}: setWeights needs ${weights.length} arrays ` +
        `(${weights.map(({ name, shape }) => `${name} ${showShape(shape)}`).join(', ')}); ${given}`
      )
    })
    const nodes = list.map((value) => toNode(value as TensorLike))
    nodes.forEach((node, i) => {
      const { name, shape, size } = nth(weights, i)
      const flat = ArrayBuffer.isView(list[i]) && node.size === size
      check(
        flat || sameShape(node.shape, shape),
        'BAD_SHAPE',
        () => `${this.name}: weight ${name} has shape ${showShape(shape)}; an array of ${showShape(node.shape)} was given`,
      )
    })
    const data = evaluateSync(nodes)
    weights.forEach(({ storage }, i) => writeContents(storage, nth(data, i)))
  }
}

/** What a layer was built for, with the batch in front; of several inputs an array of shapes. */
export interface BuildConfig {
  readonly inputShape: PartialShape | readonly PartialShape[] | null
}

const isShape = (x: unknown): boolean => Array.isArray(x) && !x.some((d) => Array.isArray(d))

const isObject = (x: unknown): x is { readonly [name: string]: unknown } =>
  typeof x === 'object' && x !== null && !reading('the options', () => Array.isArray(x))

/** The properties that a table names. */
const pick = (options: { readonly [name: string]: unknown }, table: object) =>
  Object.fromEntries(Object.keys(table).flatMap((name) => (Object.hasOwn(options, name) ? [[name, options[name]]] : [])))

const renameKeys = (options: { readonly [name: string]: unknown }, renamed: { readonly [older: string]: string }) =>
  Object.keys(renamed).some((older) => Object.hasOwn(options, older))
    ? Object.fromEntries(Object.entries(options).map(([name, value]) => [Object.hasOwn(renamed, name) ? renamed[name] : name, value]))
    : options

/** Whether an array lists tensors; one of numbers is the values of a single tensor. */
const isList = (x: LayerInput): x is readonly (Tensor | Variable)[] =>
  Array.isArray(x) && x.length > 0 && x.every((each) => each instanceof Tensor || each instanceof Variable)

/** An object of tensors by name, or arrays of such: for layers that take them, as drawn models. */
const isTree = (x: LayerInput): x is { readonly [name: string]: LayerInput } =>
  typeof x === 'object' &&
  !(x instanceof Tensor) &&
  !(x instanceof Variable) &&
  !ArrayBuffer.isView(x) &&
  (!Array.isArray(x) || (typeof x[0] === 'object' && isTree(x[0] as LayerInput)))

const nodesOf = (x: LayerInput): Tensor[] => reading('the input', () => nodesIn(x))

const nodesIn = (x: LayerInput): Tensor[] => {
  if (isTree(x)) return Object.values(x).flatMap(nodesIn)
  return isList(x) ? x.map((each) => toNode(each)) : [toNode(x as TensorLike)]
}

const flatten = (y: unknown): readonly Tensor[] =>
  y instanceof Tensor || typeof y !== 'object' || y === null ? [y as Tensor] : Object.values(y).flatMap((each) => flatten(each))
