// ConvLSTMCell: an LSTM's step on images or sequences, with convolutions in the place of products.
import type { Tensor } from '../graph/node'
import { add } from '../ops/binary'
import { conv1d, conv2d, conv3d } from '../ops/convolution'
import { concat, reshape, split } from '../ops/shape'
import { placeWindows } from '../ops/windows'
import { check, CornusError } from '../util/errors'
import { showShape, type Shape } from '../util/shape'
import { paddingName, sizesOf, toChannelsFirst, toChannelsLast, type PaddingName, type Placement, type Sizes } from './convBase'
import { channelsFirst, checkPositive, type DataFormat, type PartialShape } from './layer'
import { LSTM_CELL_OPTIONS, LSTMCell, type LSTMCellOptions } from './lstmCell'
import type { StepOutputs } from './rnnCell'
import type { Dropped, PerGate } from './unitCell'

export interface ConvLSTMCellOptions extends Omit<LSTMCellOptions, 'units'> {
  /** Channels of the output and the states. */
  filters: number
  /** Size of the windows, over the input and over the state. */
  kernelSize: Sizes
  /** Steps of the windows over the input. Default 1. */
  strides?: Sizes
  /** Of the windows over the input. Default 'valid'. */
  padding?: PaddingName | (string & {})
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
  /** Distance of the cells of windows over the input. Default 1; more does not go with strides. */
  dilationRate?: Sizes
}

export const CONV_LSTM_CELL_OPTIONS = ['filters', 'kernelSize', 'strides', 'padding', 'dataFormat', 'dilationRate', ...LSTM_CELL_OPTIONS.filter((name) => name !== 'units')]


/** States h and c as the output; weights kernel [...kernelSize, channels, 4 filters], recurrentKernel [...kernelSize, filters, 4 filters], bias [4 filters]. Shi et al., arXiv:1506.04214. */
export class ConvLSTMCell extends LSTMCell {
  static override readonly className = 'ConvLSTMCell'
  static override readonly optionNames = [...CONV_LSTM_CELL_OPTIONS, 'units']
  private readonly kernelSize: number[]
  private readonly placement: Placement
  private readonly first: boolean
  private spatial: Shape | undefined

  constructor(private readonly given: ConvLSTMCellOptions, private readonly rank: number) {
    super({ ...given, units: checkPositive(given?.filters, 'ConvLSTM', 'filters') })
    const { kernelSize, strides = 1, dilationRate = 1, padding, dataFormat } = given
    this.kernelSize = sizesOf(kernelSize, rank, 'ConvLSTM', 'kernelSize')
    this.placement = { strides: sizesOf(strides, rank, 'ConvLSTM', 'strides'), dilation: sizesOf(dilationRate, rank, 'ConvLSTM', 'dilationRate'), padding: paddingName(padding) }
    const both = this.placement.strides.some((s) => s > 1) && this.placement.dilation.some((d) => d > 1)
    check(!both, 'BAD_ARGUMENT', () => `ConvLSTM: strides ${JSON.stringify(strides)} and dilationRate ${JSON.stringify(dilationRate)} cannot both be more than 1`)
    this.first = channelsFirst(dataFormat)
  }

  override build(inputShape: PartialShape): void {
    const sizes = this.first ? [...inputShape.slice(2), inputShape[1]] : inputShape.slice(1)
    if (inputShape.length !== this.rank + 2 || sizes.some((d) => typeof d !== 'number')) {
      throw new CornusError('BAD_SHAPE', `${this.name}: a step's input must have ${this.rank} spatial sizes and channels, all known, got ${showShape(inputShape)}`)
    }
    const channels = sizes.at(-1)!
    const { kernelInitializer = 'glorotUniform', recurrentInitializer = 'orthogonal', ...options } = this.given
    const width = 4 * this.units
    this.kernel = this.addWeight({ name: 'kernel', shape: [...this.kernelSize, channels, width], initializer: kernelInitializer, regularizer: options.kernelRegularizer, constraint: options.kernelConstraint })
    this.recurrentKernel = this.addWeight({ name: 'recurrentKernel', shape: [...this.kernelSize, this.units, width], initializer: recurrentInitializer, regularizer: options.recurrentRegularizer, constraint: options.recurrentConstraint })
    if (this.useBias) this.bias = this.addWeight({ name: 'bias', shape: [width], initializer: this.biasInitializer, regularizer: options.biasRegularizer, constraint: options.biasConstraint })
    this.spatial = placeWindows(this.name, sizes.slice(0, -1) as number[], this.kernelSize, this.placement).out
    this.inputShape = inputShape
  }

  override checkInput(shape: PartialShape): void {
    const fits = shape.length === this.rank + 2 && shape.slice(1).every((d, i) => d === this.inputShape![i + 1])
    check(fits, 'BAD_SHAPE', () => `${this.name}: expected a step's input ${showShape([null, ...this.inputShape!.slice(1)])}, as it was built for; got ${showShape(shape)}`)
  }

  override get stateShapes(): readonly Shape[] {
    const shape = this.first ? [this.units, ...this.spatial!] : [...this.spatial!, this.units]
    return [shape, shape]
  }

  protected override get maskCount(): number {
    return this.gates
  }

  protected override step(z: Tensor, states: readonly Tensor[], dropped: Dropped): StepOutputs {
    if (!this.first) return super.step(z, states, dropped)
    const [y, after] = super.step(z, states.map(toChannelsLast), dropped)
    return [toChannelsFirst(y), after.map(toChannelsFirst)]
  }

  /** All steps are one batch of images. */
  protected override fromInput(seen: PerGate, timed: boolean): Tensor {
    const images = (x: Tensor) => {
      const flat = timed ? reshape(x, [x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]) : x
      return this.first ? toChannelsLast(flat) : flat
    }
    const z = this.convolve([...new Set(seen)].map(images), this.kernel!.read(), this.placement)
    const biased = this.bias ? add(z, this.bias) : z
    return timed ? reshape(biased, [...seen[0]!.shape.slice(0, 2), ...z.shape.slice(1)]) : biased
  }

  protected override fromState(seen: PerGate): Tensor {
    return this.convolve([...new Set(seen)], this.recurrentKernel!.read(), { padding: 'same' })
  }

  /** What all gates see alike, or each on its own. */
  private convolve(seen: PerGate, kernel: Tensor, placement: Partial<Placement>): Tensor {
    const conv = [conv1d, conv2d, conv3d][this.rank - 1]!
    if (seen.length === 1) return conv(seen[0]!, kernel, placement)
    return concat(split(kernel, seen.length, -1).map((filters, gate) => conv(seen[gate]!, filters, placement)), -1)
  }

  override copy(): ConvLSTMCell {
    return new ConvLSTMCell(this.given, this.rank)
  }

  override getConfig(): Record<string, unknown> {
    const { units, ...config } = super.getConfig()
    return config
  }
}
