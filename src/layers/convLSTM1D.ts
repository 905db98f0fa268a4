// ConvLSTM1D: an LSTM over time whose products are convolutions over sequences.
import type { Tensor } from '../graph/node'
import { ConvLSTM, convLSTMOptions, type ConvLSTMOptions } from './convLSTM'
import { ConvLSTM1DCell, convLSTMCellOptions } from './convLSTMCell'
import type { Outputs } from './layer'
import type { Recurrent } from './rnn'

export type ConvLSTM1DOptions = ConvLSTMOptions

/**
 * Input [batch, time, steps, channels]; output [batch, steps', filters] or, with returnSequences, the same for every step of time. See
 * keras.layers.ConvLSTM1D.
 */
export class ConvLSTM1D<Y extends Outputs = Tensor> extends ConvLSTM<Y> {
  static override readonly className = 'ConvLSTM1D'
  static override readonly options = convLSTMOptions(1)
  protected readonly rank = 1

  protected override makeCell(): ConvLSTM1DCell {
    return new ConvLSTM1DCell(this.cellOptions(convLSTMCellOptions(1), 'conv_lstm_cell'))
  }
}

export const convLstm1d = <const O extends ConvLSTM1DOptions>(options: O): ConvLSTM1D<Recurrent<O>> => new ConvLSTM1D(options)
