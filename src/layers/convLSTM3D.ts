// ConvLSTM3D: an LSTM over time whose products are convolutions over volumes.
import type { Tensor } from '../graph/node'
import { ConvLSTM, type ConvLSTMOptions } from './convLSTM'
import type { Outputs } from './layer'

export type ConvLSTM3DOptions = ConvLSTMOptions

/** Input [batch, time, depth, height, width, channels]; output [batch, depth', height', width', filters] or, with returnSequences, the same for every step of time. See keras.layers.ConvLSTM3D. */
export class ConvLSTM3D<Y extends Outputs = Tensor> extends ConvLSTM<Y> {
  static override readonly className = 'ConvLSTM3D'

  constructor(options: ConvLSTM3DOptions) {
    super(options, 3)
  }
}
