// LSTM: long short-term memory. Hochreiter, Schmidhuber, 1997.
import type { Tensor } from '../graph/node'
import { lstm as lstmOp, type SequenceOptions } from '../ops/recurrent'
import type { Given } from '../util/options'
import { LSTMCell, lstmCellOptions } from './lstmCell'
import type { LayerOptions, Outputs } from './layer'
import { UnitRNN, unitRNNOptions, type FusedWalk } from './unitRNN'
import type { Recurrent } from './rnn'

const options = { ...lstmCellOptions, ...unitRNNOptions }
export type LSTMOptions = LayerOptions & Given<typeof options>

/**
 * Input [batch, time, features]; output [batch, units] or, with returnSequences, [batch, time, units]. Weights and states as LSTMCell. See
 * keras.layers.LSTM.
 */
export class LSTM<Y extends Outputs = Tensor> extends UnitRNN<Y, LSTMCell> {
  static override readonly className = 'LSTM'
  static override readonly options = options

  protected override makeCell(): LSTMCell {
    return new LSTMCell(this.cellOptions(lstmCellOptions, 'lstm_cell'))
  }

  protected override fused(x: Tensor, [h, c]: readonly Tensor[], how: SequenceOptions): FusedWalk | undefined {
    const { kernel, recurrentKernel, bias, activation, recurrentActivation } = this.cell
    if (activation.name !== 'tanh' || recurrentActivation.name !== 'sigmoid') return undefined
    const walked = lstmOp(x, kernel!, recurrentKernel!, bias ?? null, { ...how, initialState: [h!, c!] })
    return { output: walked.output, states: [walked.h, walked.c] }
  }
}

export const lstm = <const O extends LSTMOptions | number>(options: O): LSTM<Recurrent<O>> => new LSTM(options)
