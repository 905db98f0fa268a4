// ConvLSTMCell: an LSTM's step on images or sequences, with convolutions in the place of products.
import type { Tensor } from '../graph/node'
import { add } from '../ops/binary'
import { conv1d, conv2d, conv3d } from '../ops/convolution'
import { concat, reshape, split } from '../ops/shape'
import { placeWindows } from '../ops/windows'
import { check, CornusError } from '../util/errors'
import { nth } from '../util/lists'
import { showShape, type Shape } from '../util/shape'
import { positive, type Given, type Held } from '../util/options'
import { kernelSizeOption, placementOf, placementOptions, toChannelsFirst, toChannelsLast, type Placement } from './convBase'
import type { LayerOptions, PartialShape } from './layer'
import { gatesOptions, LSTMCell } from './lstmCell'
import type { StepOutputs } from './rnnCell'
import type { Dropped, PerGate } from './unitCell'

/** Strides, padding and dilation are of the windows over the input; over the state they are 1 and 'same'. */
export const convLSTMCellOptions = (rank: number) => ({
  /** Channels of the output and the states. */
  filters: positive,
  ...kernelSizeOption(rank),
  ...placementOptions(rank),
  ...gatesOptions,
})
export type ConvLSTMCellOptions = LayerOptions & Given<ReturnType<typeof convLSTMCellOptions>>

/**
 * States h and c as the output; weights kernel [...kernelSize, channels, 4 filters], recurrentKernel [...kernelSize, filters, 4 filters],
 * bias [4 filters]. Shi et al., arXiv:1506.04214.
 */
export abstract class ConvLSTMCell extends LSTMCell {
  static override readonly positional = undefined
  declare readonly options: Held<ReturnType<typeof convLSTMCellOptions>>
  protected abstract readonly rank: number
  private readonly placement: Placement
  private spatial: Shape | undefined

  constructor(given: LayerOptions) {
    super(given)
    this.placement = placementOf(this.options, this.className)
  }

  override get units(): number {
    return this.options.filters
  }

  private get first(): boolean {
    return this.options.dataFormat === 'channelsFirst'
  }

  override build(inputShape: PartialShape): void {
    const sizes = this.first ? [...inputShape.slice(2), inputShape[1]] : inputShape.slice(1)
    if (inputShape.length !== this.rank + 2 || sizes.some((d) => typeof d !== 'number')) {
      throw new CornusError(
        'BAD_SHAPE',
        `${this.name}: a step's input must have ${this.rank} spatial sizes and channels, all known, got ${showShape(inputShape)}`,
      )
    }
    const channels = sizes.at(-1)!
    const { kernelSize } = this.options
    this.addWeights([...kernelSize, channels, 4 * this.units], [...kernelSize, this.units, 4 * this.units])
    this.spatial = placeWindows(this.name, sizes.slice(0, -1) as number[], [...kernelSize], this.placement).out
    this.inputShape = inputShape
  }

  override checkInput(shape: PartialShape): void {
    const fits = shape.length === this.rank + 2 && shape.slice(1).every((d, i) => d === this.inputShape![i + 1])
    check(
      fits,
      'BAD_SHAPE',
      () =>
        `${this.name}: expected a step's input ${showShape([null, ...this.inputShape!.slice(1)])}, as it was built for; ` +
        `got ${showShape(shape)}`,
    )
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
      const flat = timed ? reshape(x, [nth(x.shape, 0) * nth(x.shape, 1), ...x.shape.slice(2)]) : x
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
    if (seen.length === 1) return conv(nth(seen, 0), kernel, placement)
    return concat(
      split(kernel, seen.length, -1).map((filters, gate) => conv(nth(seen, gate), filters, placement)),
      -1,
    )
  }
}

export class ConvLSTM1DCell extends ConvLSTMCell {
  static override readonly className = 'ConvLSTM1DCell'
  static override readonly options = convLSTMCellOptions(1)
  protected readonly rank = 1
}

export class ConvLSTM2DCell extends ConvLSTMCell {
  static override readonly className = 'ConvLSTM2DCell'
  static override readonly options = convLSTMCellOptions(2)
  protected readonly rank = 2
}

export class ConvLSTM3DCell extends ConvLSTMCell {
  static override readonly className = 'ConvLSTM3DCell'
  static override readonly options = convLSTMCellOptions(3)
  protected readonly rank = 3
}

/** The cell of convLstm2d, under the name that tfjs gives it. */
export const convLstm2dCell = (options: ConvLSTMCellOptions): ConvLSTM2DCell => new ConvLSTM2DCell(options)
