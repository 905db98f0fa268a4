// LSTM: long short-term memory. Hochreiter, Schmidhuber, 1997.
import type { Tensor } from '../graph/node'
import { lstm, type SequenceOptions } from '../ops/recurrent'
import type { Outputs } from './layer'
import { LSTM_CELL_OPTIONS, LSTMCell, type LSTMCellOptions } from './lstmCell'
import { UNIT_RNN_OPTIONS, UnitRNN, type FusedWalk, type UnitRNNOptions } from './unitRNN'

export type LSTMOptions = LSTMCellOptions & UnitRNNOptions

/** Input [batch, time, features]; output [batch, units] or, with returnSequences, [batch, time, units]. Weights and states as LSTMCell. See keras.layers.LSTM. */
export class LSTM<Y extends Outputs = Tensor> extends UnitRNN<Y, LSTMCell> {
  static override readonly className = 'LSTM'
  static override readonly optionNames = [...LSTM_CELL_OPTIONS, ...UNIT_RNN_OPTIONS]

  constructor(options: LSTMOptions) {
    super(options, LSTMCell, LSTM_CELL_OPTIONS, 'lstm_cell')
  }

  protected override fused(x: Tensor, [h, c]: readonly Tensor[], how: SequenceOptions): FusedWalk | undefined {
    const { kernel, recurrentKernel, bias, activation, recurrentActivation } = this.cell
    if (activation.name !== 'tanh' || recurrentActivation.name !== 'sigmoid') return undefined
    const walked = lstm(x, kernel!, recurrentKernel!, bias ?? null, { ...how, initialState: [h!, c!] })
    return { output: walked.output, states: [walked.h, walked.c] }
  }
}
