// What convolution layers share: options, weights, and the activation that the op may apply itself.
import type { Activation } from '../activations'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import type { FusedActivation } from '../ops/elementwise'
import { transpose } from '../ops/shape'
import { check, CornusError } from '../util/errors'
import { flag, optional, perDimension, positive, type Given, type Held } from '../util/options'
import { showShape, type Shape } from '../util/shape'
import { activation, constraint, dataFormat, initializer, padding, regularizer } from './kinds'
import { Layer, type LayerOptions, type PartialShape } from './layer'

export type PaddingName = 'valid' | 'same'

/** [n, c, …] as [n, …, c], and back. */
export const toChannelsLast = (x: Tensor): Tensor => transpose(x, [0, ...x.shape.slice(2).map((_, i) => i + 2), 1])
export const toChannelsFirst = (x: Tensor): Tensor => transpose(x, [0, x.rank - 1, ...x.shape.slice(2).map((_, i) => i + 1)])

/** Calls on [n, …, c] what may come as [n, c, …]. */
export const withChannelsLast = (x: Tensor, first: boolean, call: (x: Tensor) => Tensor): Tensor =>
  first ? toChannelsFirst(call(toChannelsLast(x))) : call(x)

/** Checks the rank of an input with spatial dimensions. */
export function checkSpatial(layer: Layer, shape: PartialShape, rank: number): void {
  const dims = ['steps', 'height, width', 'depth, height, width'][rank - 1]
  check(
    shape.length === rank + 2,
    'BAD_SHAPE',
    () => `${layer.name}: input must be [batch, ${dims}, channels], not ${showShape(shape)}${mendSpatial(shape, rank)}`,
  )
}

/** The line to write where channels, the batch or the image's sides are missing. */
function mendSpatial(shape: PartialShape, rank: number): string {
  const before = (target: readonly (number | null)[]) =>
    `layers.reshape({ targetShape: [${target.map((d) => d ?? '…').join(', ')}] }) before this layer`
  const last = shape.at(-1)
  const isSample = typeof shape[0] === 'number' && typeof last === 'number' && last <= 4
  if (shape.length === rank + 1 && isSample) return '; one sample needs an axis of samples in front: x.expandDims(0)'
  if (shape.length === rank + 1) return `; the channels are missing: put ${before([...shape.slice(1), 1])}, or give x.expandDims(-1)`
  const side = shape.length === 2 && typeof last === 'number' ? Math.round(last ** (1 / rank)) : 0
  return side > 1 && side ** rank === last ? `; if these are flat images, put ${before([...Array<number>(rank).fill(side), 1])}` : ''
}

/** A filter's window. */
export const kernelSizeOption = (rank: number) => ({
  /** Size of the window: one number, or one for each dimension. */
  kernelSize: perDimension(rank),
})

/** Where windows lie. */
export const placementOptions = (rank: number) => ({
  /** Default 1. */
  strides: optional(perDimension(rank), 1),
  /** Default 'valid'. */
  padding: optional(padding, 'valid'),
  /** Default 'channelsLast'. */
  dataFormat: optional(dataFormat, 'channelsLast'),
  /** Distance of the window's cells. Default 1; more does not go with strides. */
  dilationRate: optional(perDimension(rank), 1),
})

/** What comes after the product. */
export const outputOptions = {
  /** Default: none (linear). */
  activation: optional(activation, 'linear'),
  /** Default true. */
  useBias: optional(flag, true),
  /** Default zeros. */
  biasInitializer: optional(initializer, 'zeros'),
  biasRegularizer: optional(regularizer, null),
  activityRegularizer: optional(regularizer, null),
  biasConstraint: optional(constraint, null),
}

/** Options of a convolution with one kernel over all channels. */
export const kernelOptions = (rank: number) => ({
  /** Channels of the output. */
  filters: positive,
  ...kernelSizeOption(rank),
  ...placementOptions(rank),
  ...outputOptions,
  /** Default glorotUniform. */
  kernelInitializer: optional(initializer, 'glorotUniform'),
  kernelRegularizer: optional(regularizer, null),
  kernelConstraint: optional(constraint, null),
})

export const convOptions = (rank: number) => ({
  ...kernelOptions(rank),
  /** Groups of channels that do not mix. Default 1. */
  groups: optional(positive, 1),
})
export type ConvOptions = LayerOptions & Given<ReturnType<typeof convOptions>>

/** Where windows lie, as the ops take it. */
export interface Placement {
  readonly strides: number[]
  readonly dilation: number[]
  readonly padding: PaddingName
}

type Placed = Omit<Held<ReturnType<typeof placementOptions>>, 'padding'> & { readonly padding: PaddingName | 'causal' }
type Windowed = Placed & Held<ReturnType<typeof kernelSizeOption>> & Held<typeof outputOptions>

/** The placement that options ask for, if they go together. */
export function placementOf({ strides, dilationRate, padding: pad }: Placed, layer: string): Placement {
  const both = strides.some((s) => s > 1) && dilationRate.some((d) => d > 1)
  check(
    !both,
    'BAD_ARGUMENT',
    () => `${layer}: strides ${JSON.stringify(strides)} and dilationRate ${JSON.stringify(dilationRate)} cannot both be more than 1`,
  )
  return { strides: [...strides], dilation: [...dilationRate], padding: pad === 'causal' ? 'valid' : pad }
}

/** A layer whose windows move over `rank` dimensions. */
export abstract class WindowLayer extends Layer {
  declare readonly options: Windowed
  bias: Variable | undefined
  protected readonly placement: Placement
  protected abstract readonly rank: number

  constructor(options: LayerOptions) {
    super(options)
    this.placement = placementOf(this.options, this.className)
  }

  get kernelSize(): readonly number[] {
    return this.options.kernelSize
  }

  protected get first(): boolean {
    return this.options.dataFormat === 'channelsFirst'
  }

  /** Channels of an input. */
  protected channelsOf(shape: PartialShape): number {
    checkSpatial(this, shape, this.rank)
    const channels = shape[this.first ? 1 : this.rank + 1]
    if (typeof channels !== 'number')
      throw new CornusError('BAD_SHAPE', `${this.name}: the number of channels of the input must be known, got ${showShape(shape)}`)
    return channels
  }

  override checkInput(shape: PartialShape): void {
    const [channels, built] = [this.channelsOf(shape), this.channelsOf(this.inputShape!)]
    check(
      channels === built,
      'BAD_SHAPE',
      () => `${this.name}: expected an input with ${built} channels, as it was built for; got ${showShape(shape)}`,
    )
  }

  protected addBias(size: number): void {
    const { useBias, biasInitializer, biasRegularizer, biasConstraint } = this.options
    if (useBias)
      this.bias = this.addWeight({
        name: 'bias',
        shape: [size],
        initializer: biasInitializer,
        regularizer: biasRegularizer,
        constraint: biasConstraint,
      })
  }

  /** Convolves with the bias and activation that the op applies itself. */
  protected fused(x: Tensor, convolve: (x: Tensor, choices: { bias: Variable | null; activation: FusedActivation }) => Tensor): Tensor {
    const {
      bias,
      options: { activation: activate },
    } = this
    const applied = bias && fusedName(activate)
    const convolved = withChannelsLast(x, this.first, (image) => convolve(image, { bias: bias ?? null, activation: applied ?? 'linear' }))
    return applied ? convolved : activate.call(convolved)
  }
}

/** The activation's name, if products and convolutions apply it themselves. Not sigmoid: losses look for it to work on its logits. */
export const fusedName = ({ name }: Activation): FusedActivation | undefined =>
  name === 'linear' || name === 'relu' || name === 'tanh' ? name : undefined

/** A convolution with one kernel over all channels. */
export abstract class KernelLayer extends WindowLayer {
  declare readonly options: Windowed & Omit<Held<ReturnType<typeof kernelOptions>>, 'padding'>
  kernel: Variable | undefined

  get filters(): number {
    return this.options.filters
  }

  /** Shape of the kernel for an input with so many channels. */
  protected abstract kernelShape(channels: number): Shape

  override build(inputShape: PartialShape): void {
    const { kernelInitializer, kernelRegularizer, kernelConstraint } = this.options
    const shape = this.kernelShape(this.channelsOf(inputShape))
    this.kernel = this.addWeight({
      name: 'kernel',
      shape,
      initializer: kernelInitializer,
      regularizer: kernelRegularizer,
      constraint: kernelConstraint,
    })
    this.addBias(this.filters)
  }
}

export abstract class ConvLayer extends KernelLayer {
  declare readonly options: Windowed & Omit<Held<ReturnType<typeof convOptions>>, 'padding'>

  constructor(options: LayerOptions) {
    super(options)
    check(
      this.filters % this.groups === 0,
      'BAD_ARGUMENT',
      () => `${this.className}: groups ${this.groups} must divide the ${this.filters} filters`,
    )
  }

  get groups(): number {
    return this.options.groups
  }

  protected override kernelShape(channels: number): Shape {
    check(
      channels % this.groups === 0,
      'BAD_SHAPE',
      () => `${this.name}: groups ${this.groups} must divide the ${channels} channels of the input`,
    )
    return [...this.kernelSize, channels / this.groups, this.filters]
  }
}
