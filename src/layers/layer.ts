// Layer: weights, and what is computed with them. Users extend it: `class Mine extends Layer { build(shape) {…} call(x) {…} }`.
import { toNode, type TensorLike } from '../graph/convert'
import { constantNode, placeholderNode } from '../graph/leaves'
import { Tensor, type DType } from '../graph/node'
import { touchStructure } from '../graph/structure'
import { Call, symbolicIn } from '../graph/symbolic'
import { recordTrace } from '../graph/trace'
import { Variable } from '../graph/variable'
import { getInitializer, type InitializerLike } from '../initializers/index'
import { getRegularizer, type Regularizer, type RegularizerLike } from '../regularizers/index'
import { getConstraint, type Constraint, type ConstraintLike } from '../constraints/index'
import { evaluateSync, readContents, writeContents } from '../runtime/session'
import { check, CornusError, didYouMean } from '../util/errors'
import { lookUp, snakeCase } from '../util/names'
import { checkShape, sameShape, showShape, type Shape } from '../util/shape'

/** A shape in which some sizes, as the batch's, are not known yet. */
export type PartialShape = readonly (number | null)[]

export interface LayerOptions {
  /** Default: the class's name, numbered if taken. */
  name?: string
  /** Whether training changes its weights. Default true. */
  trainable?: boolean
  /** Shape of one sample, without the batch; on the first layer of a model. */
  inputShape?: PartialShape
  /** Shape with the batch in front; on the first layer of a model. */
  batchInputShape?: PartialShape
}

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

/** The same as callers give it. */
export interface ApplyOptions {
  training?: boolean
  mask?: TensorLike | undefined
  initialState?: LayerInput | undefined
  states?: readonly TensorLike[] | undefined
}

/** One tensor, or an array or object of tensors where a layer takes several. */
export type LayerInput = TensorLike | readonly LayerInput[] | { readonly [name: string]: LayerInput }
/** What a layer gives: a tensor, or an array of them. */
export type Outputs = Tensor | readonly Outputs[]
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

/** A weight with what belongs to it. */
export interface Weight {
  readonly variable: Variable
  readonly regularizer: Regularizer | null
  readonly constraint: Constraint | null
}

const taken = new Map<string, number>()

/** dense, dense_1, dense_2 … */
function uniqueName(base: string): string {
  const count = taken.get(base) ?? 0
  taken.set(base, count + 1)
  return count ? `${base}_${count}` : base
}

/** Names start from the beginning again (`dense`, not `dense_7`), as after Keras's clear_session. */
export const resetNames = (): void => taken.clear()

const masks = new WeakMap<Tensor, Tensor>()
/** The mask that came with a tensor out of a layer, if any. */
export const maskOf = (x: Tensor): Tensor | undefined => masks.get(x)

/** `Y` says what comes out, if not one tensor. */
export abstract class Layer<Y extends Outputs = Tensor> {
  /** Keras's class name, for summaries and files. */
  static readonly className: string = ''
  /** Whether the input's mask goes on with the output, unless computeMask says otherwise. */
  static readonly supportsMasking: boolean = false
  /** Names of the options besides those of every layer; where a class gives them, others are an error. */
  static readonly optionNames: readonly string[] | undefined = undefined
  readonly name: string
  built = false
  /** Shape of the input that it was built for. */
  inputShape: PartialShape | undefined
  private isTrainable: boolean
  private readonly ownWeights: Weight[] = []
  private extraLosses: Tensor[] = []

  constructor(options: LayerOptions = {}) {
    checkOptionNames(this.constructor as typeof Layer, options)
    const { name, trainable = true, inputShape, batchInputShape } = options
    check(name === undefined || (typeof name === 'string' && name !== ''), 'BAD_ARGUMENT', () => `${this.className}: name must be a string, not ${String(name)}`)
    this.name = name ?? uniqueName(snakeCase(this.className))
    this.isTrainable = trainable
    const given = batchInputShape ?? (inputShape ? [null, ...inputShape] : undefined)
    if (given) this.inputShape = checkPartial(given, `${this.className}: inputShape`)
  }

  get className(): string {
    return (this.constructor as typeof Layer).className || this.constructor.name
  }

  get trainable(): boolean {
    return this.isTrainable
  }

  set trainable(value: boolean) {
    if (value !== this.isTrainable) touchStructure()
    this.isTrainable = value
    for (const layer of this.sublayers) layer.trainable = value
  }

  /** Layers inside of this one. */
  get sublayers(): readonly AnyLayer[] {
    return []
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
    for (const layer of this.sublayers) layer.resetStates()
  }

  /** Options that make such a layer again. */
  getConfig(): Record<string, unknown> {
    return { name: this.name, trainable: this.trainable }
  }

  /** @internal Calls on symbolic tensors, in order. */
  readonly calls: Call[] = []

  /** What the layer was called on where a model was drawn with it: a symbolic tensor, or a tree of them. Of several calls none is the input. */
  get input(): unknown {
    return this.onlyCall('input').args[0]
  }

  /** What the layer gave where a model was drawn with it; `model({ inputs, outputs: layer.output })` is a model up to here. */
  get output(): Y {
    return this.onlyCall('output').result as Y
  }

  private onlyCall(what: string): Call {
    const [call, ...others] = this.calls
    if (!call) throw new CornusError('NOT_BUILT', `${this.name} has no ${what}: it was not called on a symbolic tensor; draw a model with it: layer.apply(input({ shape: [3] }))`)
    check(!others.length, 'BAD_ARGUMENT', () => `${this.name} was called ${this.calls.length} times and has as many ${what}s; take layer.calls[0].${what}s[0] and so on`)
    return call
  }

  /** Notes a call on symbolic tensors. */
  private draw(input: LayerInput, options: ApplyOptions): Y {
    const [first, ...others] = nodesOf(input).map(({ shape }) => shape as PartialShape)
    this.ensureBuilt(first!, ...others)
    const call = new Call(this, this.name, [input, options], (x, how) => this.apply(x as LayerInput, how as ApplyOptions))
    this.calls.push(call)
    return call.result as Y
  }

  /** Builds the layer if need be and calls it. On symbolic tensors (`input({ shape })`) it becomes a part of the model that is drawn. */
  apply(input: LayerInput, options: ApplyOptions = {}): Y {
    if (symbolicIn([input, options]).length) return this.draw(input, options)
    const { training = false, mask, initialState, states } = options
    const inputs = nodesOf(input)
    this.ensureBuilt(inputs[0]!.shape, ...inputs.slice(1).map(({ shape }) => shape))
    const x = isList(input) ? inputs : isTree(input) ? (input as unknown as Tensor) : inputs[0]!
    const incoming = mask === undefined ? maskOf(inputs[0]!) : toNode(mask)
    const starts = initialState === undefined ? undefined : nodesOf(initialState)
    const y = this.call(x, { training, mask: incoming, initialState: starts, states: states?.map((state) => toNode(state)) })
    const outputs = flatten(y)
    check(outputs.every((each) => each instanceof Tensor), 'BAD_ARGUMENT', () => `${this.name}: call must return a tensor, not ${typeof y}`)
    const outgoing = this.computeMask(x, incoming)
    outputs.forEach((output, i) => {
      const own = outgoing instanceof Tensor ? (i === 0 ? outgoing : undefined) : outgoing?.[i]
      if (own) masks.set(output, own)
    })
    return y
  }

  ensureBuilt(shape: PartialShape, ...others: PartialShape[]): void {
    if (this.built) return this.checkInput(shape, ...others)
    this.build(shape, ...others)
    this.inputShape = shape.map((d, i) => (i === 0 ? null : d))
    this.built = true
  }

  /** Whether an input fits what the layer was built for; layers with weights say how it must look. */
  checkInput(_shape: PartialShape, ..._others: PartialShape[]): void {}

  /** Shape of the output for a shape of the input; unknown sizes stay unknown. */
  computeOutputShape(inputShape: PartialShape, ...others: PartialShape[]): ShapesOf<Y> {
    this.ensureBuilt(inputShape, ...others)
    // Traced with two sizes in the place of the unknown ones: what differs in the results is unknown too.
    const traced = [64, 96].map((size) => {
      const inputs = [inputShape, ...others].map((shape) => placeholderNode({ shape: shape.map((d) => d ?? size), dtype: 'float32' }))
      return recordTrace(() => this.call(others.length ? inputs : inputs[0]!, { training: false })).result
    })
    const [ones, twos] = traced.map((y) => flatten(y).map(({ shape }) => shape))
    const shapes = ones!.map((one, i) => one.map((d, axis) => (d === twos![i]![axis] ? d : null)))
    return (traced[0] instanceof Tensor ? shapes[0]! : shapes) as unknown as ShapesOf<Y>
  }

  /** A weight of this layer. */
  addWeight({ name, shape, initializer, trainable = true, regularizer, constraint, dtype = 'float32' }: WeightOptions): Variable {
    checkShape(shape, `${this.name}: weight ${name}: shape`)
    const make = getInitializer(initializer ?? (dtype === 'float32' ? 'glorotUniform' : 'zeros'))
    const variable = new Variable(toNode(make.call(shape)), { name: `${this.name}/${name}`, trainable })
    check(sameShape(variable.shape, shape), 'BAD_SHAPE', () => `${this.name}: the initializer of ${name} made shape ${showShape(variable.shape)}; expected ${showShape(shape)}`)
    touchStructure()
    this.ownWeights.push({ variable, regularizer: getRegularizer(regularizer ?? null), constraint: getConstraint(constraint ?? null) })
    return variable
  }

  /** Adds a scalar to the loss of the model that this layer is in; called from `call`. */
  addLoss(loss: Tensor): void {
    this.extraLosses.push(loss)
  }

  /** @internal Scalars added by addLoss since the last time. */
  takeLosses(): Tensor[] {
    const losses = [...this.extraLosses, ...this.sublayers.flatMap((layer) => layer.takeLosses())]
    this.extraLosses = []
    return losses
  }

  /** @internal All weights with their regularizers and constraints, in Keras's order. */
  get allWeights(): readonly Weight[] {
    return [...this.ownWeights, ...this.sublayers.flatMap((layer) => layer.allWeights)]
  }

  /** @internal Weights that training changes. */
  get trainableEntries(): readonly Weight[] {
    if (!this.trainable) return []
    return [...this.ownWeights.filter(({ variable }) => variable.trainable), ...this.sublayers.flatMap((layer) => layer.trainableEntries)]
  }

  /** Trainable weights, then the others, as in Keras. */
  get weights(): readonly Variable[] {
    const all = this.allWeights.map(({ variable }) => variable)
    return [...all.filter(({ trainable }) => trainable), ...all.filter(({ trainable }) => !trainable)]
  }

  get trainableWeights(): readonly Variable[] {
    return this.trainableEntries.map(({ variable }) => variable)
  }

  get nonTrainableWeights(): readonly Variable[] {
    const trained = new Set(this.trainableWeights)
    return this.weights.filter((variable) => !trained.has(variable))
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
    check(Array.isArray(values) && values.length === weights.length, 'BAD_ARGUMENT', () => {
      const given = Array.isArray(values) ? `${values.length} arrays were given` : `${typeof values} was given`
      return `${this.name}: setWeights needs ${weights.length} arrays (${weights.map(({ name, shape }) => `${name} ${showShape(shape)}`).join(', ')}); ${given}`
    })
    const nodes = values.map((value) => toNode(value))
    nodes.forEach((node, i) => {
      const { name, shape, size } = weights[i]!
      const flat = ArrayBuffer.isView(values[i]) && node.size === size
      check(flat || sameShape(node.shape, shape), 'BAD_SHAPE', () => `${this.name}: weight ${name} has shape ${showShape(shape)}; an array of ${showShape(node.shape)} was given`)
    })
    const data = evaluateSync(nodes)
    weights.forEach(({ storage }, i) => writeContents(storage, data[i]!))
  }
}

/** Whether an array lists tensors; one of numbers is the values of a single tensor. */
const isList = (x: LayerInput): x is readonly (Tensor | Variable)[] => Array.isArray(x) && x.length > 0 && x.every((each) => each instanceof Tensor || each instanceof Variable)

/** An object of tensors by name, or arrays of such: for layers that take them, as drawn models. */
const isTree = (x: LayerInput): x is { readonly [name: string]: LayerInput } =>
  typeof x === 'object' && !(x instanceof Tensor) && !(x instanceof Variable) && !ArrayBuffer.isView(x) && (!Array.isArray(x) || (typeof x[0] === 'object' && isTree(x[0] as LayerInput)))

const nodesOf = (x: LayerInput): Tensor[] => {
  if (isTree(x)) return Object.values(x).flatMap(nodesOf)
  return isList(x) ? x.map((each) => toNode(each)) : [toNode(x as TensorLike)]
}

const flatten = (y: unknown): readonly Tensor[] =>
  y instanceof Tensor || typeof y !== 'object' || y === null ? [y as Tensor] : Object.values(y).flatMap((each) => flatten(each))

const COMMON_OPTIONS = ['name', 'trainable', 'inputShape', 'batchInputShape', 'dtype']

function checkOptionNames({ className, optionNames }: typeof Layer, options: unknown): void {
  check(typeof options === 'object' && options !== null && !Array.isArray(options), 'BAD_ARGUMENT', () => `${className}: expected an object of options, as { name: 'first' }, not ${String(options)}`)
  if (!optionNames) return
  const known = [...optionNames, ...COMMON_OPTIONS]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  check(!unknown, 'BAD_ARGUMENT', () => `${className}: unknown option '${unknown}'${didYouMean(unknown!, known)}; the options are ${known.join(', ')}`)
}

/** Checks a shape with unknown sizes. */
export function checkPartial(shape: PartialShape, what: string): PartialShape {
  const right = Array.isArray(shape) && shape.every((d) => d === null || (Number.isInteger(d) && d >= 0))
  if (!right) throw new CornusError('BAD_SHAPE', `${what} must be an array of integers (null where not known), got ${JSON.stringify(shape)}`)
  return shape
}

export type DataFormat = 'channelsLast' | 'channelsFirst' | (string & {})

/** Where the channels stand, in Keras's spelling or ours; default last. */
export const channelsFirst = (format: DataFormat = 'channelsLast'): boolean => lookUp({ channelsLast: false, channelsFirst: true }, format, 'dataFormat')

/** Checks an option that must be a positive integer. */
export function checkPositive(value: unknown, layer: string, option: string): number {
  check(Number.isInteger(value) && (value as number) > 0 && (value as number) < 2 ** 30, 'BAD_ARGUMENT', () => `${layer}: ${option} must be a positive integer, not ${typeof value === 'string' ? `'${value}'` : String(value)}`)
  return value as number
}
