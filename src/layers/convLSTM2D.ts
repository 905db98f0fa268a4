// ConvLSTM2D: an LSTM over time whose products are convolutions over images.
import type { Tensor } from '../graph/node'
import { ConvLSTM, convLSTMOptions, type ConvLSTMOptions } from './convLSTM'
import { ConvLSTM2DCell, convLSTMCellOptions } from './convLSTMCell'
import type { Outputs } from './layer'
import type { Recurrent } from './rnn'

export type ConvLSTM2DOptions = ConvLSTMOptions

/**
 * Input [batch, time, height, width, channels]; output [batch, height', width', filters] or, with returnSequences, the same for every step
 * of time. See keras.layers.ConvLSTM2D.
 */
export class ConvLSTM2D<Y extends Outputs = Tensor> extends ConvLSTM<Y> {
  static override readonly className = 'ConvLSTM2D'
  static override readonly options = convLSTMOptions(2)
  protected readonly rank = 2

  protected override makeCell(): ConvLSTM2DCell {
    return new ConvLSTM2DCell(this.cellOptions(convLSTMCellOptions(2), 'conv_lstm_cell'))
  }
}

export const convLstm2d = <const O extends ConvLSTM2DOptions>(options: O): ConvLSTM2D<Recurrent<O>> => new ConvLSTM2D(options)
