// SimpleRNNCell: h' = activation(x · kernel + h · recurrentKernel + bias).
import type { Tensor } from '../graph/node'
import { add } from '../ops/binary'
import type { StepOutputs } from './rnnCell'
import { UnitCell, unitCellOptions, type Dropped, type UnitCellOptions } from './unitCell'

export type SimpleRNNCellOptions = UnitCellOptions

/** Weights kernel [features, units], recurrentKernel [units, units], bias [units]. See keras.layers.SimpleRNNCell. */
export class SimpleRNNCell extends UnitCell {
  static override readonly className = 'SimpleRNNCell'
  static override readonly options = unitCellOptions
  protected readonly gates = 1

  protected override step(z: Tensor, [h]: readonly Tensor[], dropped: Dropped): StepOutputs {
    const y = this.activation.call(add(z, this.fromState(dropped(h!))))
    return [y, [y]]
  }
}

export const simpleRNNCell = (options: SimpleRNNCellOptions | number): SimpleRNNCell => new SimpleRNNCell(options)
