// ConvLSTM3D: an LSTM over time whose products are convolutions over volumes.
import type { Tensor } from '../graph/node'
import { ConvLSTM, convLSTMOptions, type ConvLSTMOptions } from './convLSTM'
import { ConvLSTM3DCell, convLSTMCellOptions } from './convLSTMCell'
import type { Outputs } from './layer'
import type { Recurrent } from './rnn'

export type ConvLSTM3DOptions = ConvLSTMOptions

/**
 * Input [batch, time, depth, height, width, channels]; output [batch, depth', height', width', filters] or, with returnSequences, the same
 * for every step of time. See keras.layers.ConvLSTM3D.
 */
export class ConvLSTM3D<Y extends Outputs = Tensor> extends ConvLSTM<Y> {
  static override readonly className = 'ConvLSTM3D'
  static override readonly options = convLSTMOptions(3)
  protected readonly rank = 3

  protected override makeCell(): ConvLSTM3DCell {
    return new ConvLSTM3DCell(this.cellOptions(convLSTMCellOptions(3), 'conv_lstm_cell'))
  }
}

export const convLstm3d = <const O extends ConvLSTM3DOptions>(options: O): ConvLSTM3D<Recurrent<O>> => new ConvLSTM3D(options)
