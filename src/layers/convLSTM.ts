// What ConvLSTM1D, ConvLSTM2D and ConvLSTM3D share.
import type { Tensor } from '../graph/node'
import { check } from '../util/errors'
import { showShape } from '../util/shape'
import { CONV_LSTM_CELL_OPTIONS, ConvLSTMCell, type ConvLSTMCellOptions } from './convLSTMCell'
import type { Outputs, PartialShape } from './layer'
import { RNN, SEQUENCE_OPTIONS, type SequenceOptions } from './rnn'

export type ConvLSTMOptions = ConvLSTMCellOptions & SequenceOptions

export abstract class ConvLSTM<Y extends Outputs = Tensor> extends RNN<Y> {
  static override readonly optionNames = [...CONV_LSTM_CELL_OPTIONS, ...SEQUENCE_OPTIONS]

  constructor(options: ConvLSTMOptions, private readonly rank: number) {
    const own = Object.fromEntries(Object.entries(options ?? {}).filter(([name]) => CONV_LSTM_CELL_OPTIONS.includes(name))) as unknown as ConvLSTMCellOptions
    super(options, new ConvLSTMCell({ ...own, name: 'conv_lstm_cell', trainable: options?.trainable ?? true }, rank))
  }

  override build(inputShape: PartialShape): void {
    check(inputShape.length === this.rank + 3, 'BAD_SHAPE', () => `${this.name}: input must have batch, time, ${this.rank} spatial sizes and channels, got ${showShape(inputShape)}`)
    super.build(inputShape)
  }
}
