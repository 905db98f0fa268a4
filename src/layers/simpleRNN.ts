// SimpleRNN: the output is fed back as the next step's state.
import type { Tensor } from '../graph/node'
import { simpleRnn, type RecurrentActivation, type SequenceOptions } from '../ops/recurrent'
import type { Outputs } from './layer'
import { SimpleRNNCell } from './simpleRNNCell'
import { UNIT_CELL_OPTIONS } from './unitCell'
import { UNIT_RNN_OPTIONS, UnitRNN, type FusedWalk, type UnitRNNOptions } from './unitRNN'

export type SimpleRNNOptions = UnitRNNOptions

const FUSED: readonly string[] = ['tanh', 'relu', 'sigmoid', 'linear'] satisfies RecurrentActivation[]

/** Input [batch, time, features]; output [batch, units] or, with returnSequences, [batch, time, units]. Weights as SimpleRNNCell. See keras.layers.SimpleRNN. */
export class SimpleRNN<Y extends Outputs = Tensor> extends UnitRNN<Y, SimpleRNNCell> {
  static override readonly className = 'SimpleRNN'
  static override readonly optionNames = [...UNIT_CELL_OPTIONS, ...UNIT_RNN_OPTIONS]

  constructor(options: SimpleRNNOptions) {
    super(options, SimpleRNNCell, UNIT_CELL_OPTIONS, 'simple_rnn_cell')
  }

  protected override fused(x: Tensor, [h]: readonly Tensor[], how: SequenceOptions): FusedWalk | undefined {
    const { kernel, recurrentKernel, bias, activation: { name = '' } } = this.cell
    if (!FUSED.includes(name)) return undefined
    const walked = simpleRnn(x, kernel!, recurrentKernel!, bias ?? null, { ...how, initialState: h!, activation: name as RecurrentActivation })
    return { output: walked.output, states: [walked.h] }
  }
}
