// GRU: gated recurrent unit. Cho et al., arXiv:1406.1078.
import type { Tensor } from '../graph/node'
import { gru as gruOp, type SequenceOptions } from '../ops/recurrent'
import type { Given } from '../util/options'
import { GRUCell, gruCellOptions } from './gruCell'
import type { LayerOptions, Outputs } from './layer'
import { UnitRNN, unitRNNOptions, type FusedWalk } from './unitRNN'
import type { Recurrent } from './rnn'

const options = { ...gruCellOptions, ...unitRNNOptions }
export type GRUOptions = LayerOptions & Given<typeof options>

/**
 * Input [batch, time, features]; output [batch, units] or, with returnSequences, [batch, time, units]. Weights as GRUCell. See
 * keras.layers.GRU.
 */
export class GRU<Y extends Outputs = Tensor> extends UnitRNN<Y, GRUCell> {
  static override readonly className = 'GRU'
  static override readonly options = options

  protected override makeCell(): GRUCell {
    return new GRUCell(this.cellOptions(gruCellOptions, 'gru_cell'))
  }

  protected override fused(x: Tensor, [h]: readonly Tensor[], how: SequenceOptions): FusedWalk | undefined {
    const { kernel, recurrentKernel, bias, activation, recurrentActivation, resetAfter } = this.cell
    if (activation.name !== 'tanh' || recurrentActivation.name !== 'sigmoid') return undefined
    const walked = gruOp(x, kernel!, recurrentKernel!, bias ?? null, { ...how, initialState: h!, resetAfter })
    return { output: walked.output, states: [walked.h] }
  }
}

export const gru = <const O extends GRUOptions | number>(options: O): GRU<Recurrent<O>> => new GRU(options)
