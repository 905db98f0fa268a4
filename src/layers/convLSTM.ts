// What ConvLSTM1D, ConvLSTM2D and ConvLSTM3D share.
import type { Tensor } from '../graph/node'
import { check } from '../util/errors'
import { optional, type Given } from '../util/options'
import { showShape } from '../util/shape'
import { convLSTMCellOptions } from './convLSTMCell'
import { regularizer } from './kinds'
import type { LayerOptions, Outputs, PartialShape } from './layer'
import { RNN, sequenceOptions } from './rnn'

export const convLSTMOptions = (rank: number) => ({
  ...convLSTMCellOptions(rank),
  ...sequenceOptions,
  activityRegularizer: optional(regularizer, null),
})
export type ConvLSTMOptions = LayerOptions & Given<ReturnType<typeof convLSTMOptions>>

export abstract class ConvLSTM<Y extends Outputs = Tensor> extends RNN<Y> {
  protected abstract readonly rank: number

  override build(inputShape: PartialShape): void {
    const fits = inputShape.length === this.rank + 3
    check(
      fits,
      'BAD_SHAPE',
      () => `${this.name}: input must have batch, time, ${this.rank} spatial sizes and channels, got ${showShape(inputShape)}`,
    )
    super.build(inputShape)
  }
}
