// GRU: gated recurrent unit. Cho et al., arXiv:1406.1078.
import type { Tensor } from '../graph/node'
import { gru, type SequenceOptions } from '../ops/recurrent'
import { GRU_CELL_OPTIONS, GRUCell, type GRUCellOptions } from './gruCell'
import type { Outputs } from './layer'
import { UNIT_RNN_OPTIONS, UnitRNN, type FusedWalk, type UnitRNNOptions } from './unitRNN'

export type GRUOptions = GRUCellOptions & UnitRNNOptions

/** Input [batch, time, features]; output [batch, units] or, with returnSequences, [batch, time, units]. Weights as GRUCell. See keras.layers.GRU. */
export class GRU<Y extends Outputs = Tensor> extends UnitRNN<Y, GRUCell> {
  static override readonly className = 'GRU'
  static override readonly optionNames = [...GRU_CELL_OPTIONS, ...UNIT_RNN_OPTIONS]

  constructor(options: GRUOptions) {
    super(options, GRUCell, GRU_CELL_OPTIONS, 'gru_cell')
  }

  protected override fused(x: Tensor, [h]: readonly Tensor[], how: SequenceOptions): FusedWalk | undefined {
    const { kernel, recurrentKernel, bias, activation, recurrentActivation, resetAfter } = this.cell
    if (activation.name !== 'tanh' || recurrentActivation.name !== 'sigmoid') return undefined
    const walked = gru(x, kernel!, recurrentKernel!, bias ?? null, { ...how, initialState: h!, resetAfter })
    return { output: walked.output, states: [walked.h] }
  }
}
