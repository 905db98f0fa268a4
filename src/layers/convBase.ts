// What convolution layers share: options, weights, and the activation that the op may apply itself.
import { getActivation, type ActivationLike } from '../activations'
import type { ConstraintLike } from '../constraints/index'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import type { InitializerLike } from '../initializers/index'
import type { FusedActivation } from '../ops/elementwise'
import { transpose } from '../ops/shape'
import { getRegularizer, type Regularizer, type RegularizerLike } from '../regularizers/index'
import { check, CornusError } from '../util/errors'
import { lookUp } from '../util/names'
import { showShape, type Shape } from '../util/shape'
import { channelsFirst, checkPositive, Layer, type DataFormat, type LayerOptions, type PartialShape } from './layer'

/** A number for every dimension, or one each. */
export type Sizes = number | readonly number[]
export type PaddingName = 'valid' | 'same'

/** `rank` positive integers. */
export function sizesOf(value: Sizes, rank: number, layer: string, option: string): number[] {
  const list = typeof value === 'number' ? Array<number>(rank).fill(value) : value
  check(Array.isArray(list) && list.length === rank, 'BAD_ARGUMENT', () => `${layer}: ${option} must be a positive integer${rank > 1 ? ` or ${rank} of them` : ''}, not ${JSON.stringify(value)}`)
  return list.map((size) => checkPositive(size, layer, option))
}

export const paddingName = (padding: PaddingName | (string & {}) = 'valid'): PaddingName => lookUp<PaddingName>({ valid: 'valid', same: 'same' }, padding, 'padding')

/** [n, c, …] as [n, …, c], and back. */
export const toChannelsLast = (x: Tensor): Tensor => transpose(x, [0, ...x.shape.slice(2).map((_, i) => i + 2), 1])
export const toChannelsFirst = (x: Tensor): Tensor => transpose(x, [0, x.rank - 1, ...x.shape.slice(2).map((_, i) => i + 1)])

/** Calls on [n, …, c] what may come as [n, c, …]. */
export const withChannelsLast = (x: Tensor, first: boolean, call: (x: Tensor) => Tensor): Tensor => (first ? toChannelsFirst(call(toChannelsLast(x))) : call(x))

/** Checks the rank of an input with spatial dimensions. */
export function checkSpatial(layer: Layer, shape: PartialShape, rank: number): void {
  const dims = ['steps', 'height, width', 'depth, height, width'][rank - 1]
  check(shape.length === rank + 2, 'BAD_SHAPE', () => `${layer.name}: input must be [batch, ${dims}, channels], not ${showShape(shape)}`)
}

export interface WeightChoices {
  /** Default: none (linear). */
  activation?: ActivationLike
  /** Default true. */
  useBias?: boolean
  /** Default zeros. */
  biasInitializer?: InitializerLike
  biasRegularizer?: RegularizerLike
  activityRegularizer?: RegularizerLike
  biasConstraint?: ConstraintLike
}

export interface WindowChoices extends LayerOptions, WeightChoices {
  /** Size of the window: one number, or one for each dimension. */
  kernelSize: Sizes
  /** Default 1. */
  strides?: Sizes
  /** Default 'valid'. */
  padding?: PaddingName | (string & {})
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
  /** Distance of the window's cells. Default 1; more does not go with strides. */
  dilationRate?: Sizes
}

export interface ConvOptions extends WindowChoices {
  /** Channels of the output. */
  filters: number
  /** Groups of channels that do not mix. Default 1. */
  groups?: number
  /** Default glorotUniform. */
  kernelInitializer?: InitializerLike
  kernelRegularizer?: RegularizerLike
  kernelConstraint?: ConstraintLike
}

/** Where windows lie, as the ops take it. */
export interface Placement {
  readonly strides: number[]
  readonly dilation: number[]
  readonly padding: PaddingName
}

/** Names of the options of every such layer. */
export const WINDOW_OPTIONS = ['kernelSize', 'strides', 'padding', 'dataFormat', 'dilationRate', 'activation', 'useBias', 'biasInitializer', 'biasRegularizer', 'activityRegularizer', 'biasConstraint'] as const
const CONV_OPTIONS = [...WINDOW_OPTIONS, 'filters', 'groups', 'kernelInitializer', 'kernelRegularizer', 'kernelConstraint']

/** A layer whose windows move over `rank` dimensions. */
export abstract class WindowLayer<Options extends WindowChoices = WindowChoices> extends Layer {
  readonly kernelSize: number[]
  bias: Variable | undefined
  protected readonly placement: Placement
  protected readonly first: boolean
  private readonly activation: ReturnType<typeof getActivation>
  private readonly activity: Regularizer | null

  constructor(protected readonly options: Options, protected readonly rank: number) {
    super(options)
    const { strides = 1, dilationRate = 1, padding, dataFormat, kernelSize, activation, activityRegularizer } = options ?? {}
    this.kernelSize = sizesOf(kernelSize, rank, this.className, 'kernelSize')
    this.placement = {
      strides: sizesOf(strides, rank, this.className, 'strides'), dilation: sizesOf(dilationRate, rank, this.className, 'dilationRate'), padding: this.checkPadding(padding),
    }
    const strided = this.placement.strides.some((s) => s > 1) && this.placement.dilation.some((d) => d > 1)
    check(!strided, 'BAD_ARGUMENT', () => `${this.className}: strides ${JSON.stringify(strides)} and dilationRate ${JSON.stringify(dilationRate)} cannot both be more than 1`)
    this.first = channelsFirst(dataFormat)
    this.activation = getActivation(activation)
    this.activity = getRegularizer(activityRegularizer ?? null)
  }

  protected checkPadding(padding: string | undefined): PaddingName {
    return paddingName(padding)
  }

  /** Channels of an input. */
  protected channelsOf(shape: PartialShape): number {
    checkSpatial(this, shape, this.rank)
    const channels = shape[this.first ? 1 : this.rank + 1]
    if (typeof channels !== 'number') throw new CornusError('BAD_SHAPE', `${this.name}: the number of channels of the input must be known, got ${showShape(shape)}`)
    return channels
  }

  override checkInput(shape: PartialShape): void {
    const [channels, built] = [this.channelsOf(shape), this.channelsOf(this.inputShape!)]
    check(channels === built, 'BAD_SHAPE', () => `${this.name}: expected an input with ${built} channels, as it was built for; got ${showShape(shape)}`)
  }

  protected addBias(size: number): void {
    const { useBias = true, biasInitializer = 'zeros', biasRegularizer, biasConstraint } = this.options
    if (useBias) this.bias = this.addWeight({ name: 'bias', shape: [size], initializer: biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint })
  }

  /** Convolves with the bias and activation that the op applies itself. */
  protected fused(x: Tensor, convolve: (x: Tensor, choices: { bias: Variable | null; activation: FusedActivation }) => Tensor): Tensor {
    const { bias, activation } = this
    const applied = bias && isFusable(activation.name) ? activation.name : undefined
    const convolved = withChannelsLast(x, this.first, (image) => convolve(image, { bias: bias ?? null, activation: applied ?? 'linear' }))
    const y = applied ? convolved : activation.call(convolved)
    if (this.activity) this.addLoss(this.activity.call(y))
    return y
  }

  override getConfig(): Record<string, unknown> {
    const { inputShape, batchInputShape, ...options } = this.options
    return { ...super.getConfig(), ...options }
  }
}

/** Activations that the op applies itself. Not sigmoid: losses look for it to work on its logits. */
const isFusable = (name: string | undefined): name is 'linear' | 'relu' | 'tanh' => name === 'linear' || name === 'relu' || name === 'tanh'

/** A convolution with one kernel over all channels. */
export abstract class ConvLayer<Options extends ConvOptions = ConvOptions> extends WindowLayer<Options> {
  static override readonly optionNames: readonly string[] = CONV_OPTIONS
  readonly filters: number
  readonly groups: number
  kernel: Variable | undefined

  constructor(options: Options, rank: number) {
    super(options, rank)
    this.filters = checkPositive(options.filters, this.className, 'filters')
    this.groups = checkPositive(options.groups ?? 1, this.className, 'groups')
    check(this.filters % this.groups === 0, 'BAD_ARGUMENT', () => `${this.className}: groups ${this.groups} must divide the ${this.filters} filters`)
  }

  /** Shape of the kernel for an input with so many channels. */
  protected kernelShape(channels: number): Shape {
    check(channels % this.groups === 0, 'BAD_SHAPE', () => `${this.name}: groups ${this.groups} must divide the ${channels} channels of the input`)
    return [...this.kernelSize, channels / this.groups, this.filters]
  }

  override build(inputShape: PartialShape): void {
    const { kernelInitializer, kernelRegularizer, kernelConstraint } = this.options
    const shape = this.kernelShape(this.channelsOf(inputShape))
    this.kernel = this.addWeight({ name: 'kernel', shape, initializer: kernelInitializer ?? 'glorotUniform', regularizer: kernelRegularizer, constraint: kernelConstraint })
    this.addBias(this.filters)
  }
}
