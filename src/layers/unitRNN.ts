// What SimpleRNN, LSTM and GRU share: the fused op where it computes what the cell does, else the cell step by step.
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { dropout } from '../ops/random'
import type { SequenceOptions as WalkOptions } from '../ops/recurrent'
import { reshape, slice } from '../ops/shape'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { extra, kindOf, optional } from '../util/options'
import { showShape } from '../util/shape'
import type { Outputs, PartialShape } from './layer'
import { regularizer } from './kinds'
import { RNN, sequenceOptions, type WalkOutputs } from './rnn'
import { mendSequence } from './rnnCell'
import type { UnitCell } from './unitCell'

/** Of the layer, beside those of its cell. */
export const unitRNNOptions = {
  ...sequenceOptions,
  activityRegularizer: optional(regularizer, null),
  /** Taken for Keras's sake. */
  useCudnn: extra(
    kindOf<boolean | 'auto'>("true, false or 'auto'", (value) => typeof value === 'boolean' || value === 'auto'),
    'auto',
  ),
}

/** What a fused op gives. */
export interface FusedWalk {
  readonly output: Tensor
  readonly states: readonly Tensor[]
}

export abstract class UnitRNN<Y extends Outputs, Cell extends UnitCell> extends RNN<Y> {
  static override readonly positional: string | undefined = 'units'
  declare readonly cell: Cell

  protected abstract override makeCell(): Cell

  get units(): number {
    return this.cell.units
  }

  get kernel(): Variable | undefined {
    return this.cell.kernel
  }

  get recurrentKernel(): Variable | undefined {
    return this.cell.recurrentKernel
  }

  get bias(): Variable | undefined {
    return this.cell.bias
  }

  /** The whole walk by one op, if one computes what the cell does. */
  protected abstract fused(x: Tensor, before: readonly Tensor[], how: WalkOptions): FusedWalk | undefined

  override build(inputShape: PartialShape): void {
    check(
      inputShape.length === 3,
      'BAD_SHAPE',
      () => `${this.name}: input must be [batch, time, features], not ${showShape(inputShape)}${mendSequence(inputShape)}`,
    )
    super.build(inputShape)
  }

  protected override walk(x: Tensor, before: readonly Tensor[], mask: Tensor | undefined, training: boolean): WalkOutputs {
    const { cell, goBackwards, zeroOutputForMask } = this
    if (training && cell.recurrentDropout > 0) return super.walk(x, before, mask, training)
    const input = training && cell.dropout > 0 ? dropout(x, cell.dropout, [nth(x.shape, 0), 1, nth(x.shape, 2)]) : x
    const walked = this.fused(input, before, { mask: mask ?? null, reverse: goBackwards, zeroOutputForMask })
    if (!walked) return super.walk(x, before, mask, training)
    const { output, states } = walked
    if (this.returnSequences) return { outputs: output, last: nth(states, 0), states }
    if (!mask || !zeroOutputForMask) return { outputs: undefined, last: nth(states, 0), states }
    const [batch, time, units] = output.shape as [number, number, number]
    return { outputs: undefined, last: reshape(slice(output, [0, goBackwards ? 0 : time - 1], [batch, 1]), [batch, units]), states }
  }
}
