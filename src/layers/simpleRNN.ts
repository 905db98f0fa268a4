// SimpleRNN: the output is fed back as the next step's state.
import type { Tensor } from '../graph/node'
import { simpleRnn, type RecurrentActivation, type SequenceOptions } from '../ops/recurrent'
import { extra, type Given } from '../util/options'
import { seed } from './kinds'
import type { LayerOptions, Outputs } from './layer'
import { SimpleRNNCell } from './simpleRNNCell'
import { unitCellOptions } from './unitCell'
import { UnitRNN, unitRNNOptions, type FusedWalk } from './unitRNN'
import type { Recurrent } from './rnn'

/** The layer's seed is not in Keras's config (the cell's is). */
const options = { ...unitCellOptions, ...unitRNNOptions, seed: extra(seed, null) }
export type SimpleRNNOptions = LayerOptions & Given<typeof options>

const FUSED: readonly string[] = ['tanh', 'relu', 'sigmoid', 'linear'] satisfies RecurrentActivation[]

/**
 * Input [batch, time, features]; output [batch, units] or, with returnSequences, [batch, time, units]. Weights as SimpleRNNCell. See
 * keras.layers.SimpleRNN.
 */
export class SimpleRNN<Y extends Outputs = Tensor> extends UnitRNN<Y, SimpleRNNCell> {
  static override readonly className = 'SimpleRNN'
  static override readonly options = options

  protected override makeCell(): SimpleRNNCell {
    return new SimpleRNNCell(this.cellOptions(unitCellOptions, 'simple_rnn_cell'))
  }

  protected override fused(x: Tensor, [h]: readonly Tensor[], how: SequenceOptions): FusedWalk | undefined {
    const {
      kernel,
      recurrentKernel,
      bias,
      activation: { name = '' },
    } = this.cell
    if (!FUSED.includes(name)) return undefined
    const walked = simpleRnn(x, kernel!, recurrentKernel!, bias ?? null, {
      ...how,
      initialState: h!,
      activation: name as RecurrentActivation,
    })
    return { output: walked.output, states: [walked.h] }
  }
}

export const simpleRNN = <const O extends SimpleRNNOptions | number>(options: O): SimpleRNN<Recurrent<O>> => new SimpleRNN(options)
