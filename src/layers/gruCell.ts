// GRUCell: h' = σ(z) h + (1 − σ(z)) act(h̃), with gates z r h = x · kernel + h · recurrentKernel + bias; r acts on h̃'s part of the state.
import type { Activation } from '../activations'
import type { Tensor } from '../graph/node'
import { add, mul, sub } from '../ops/binary'
import { matmul } from '../ops/matmul'
import { split, unstack } from '../ops/shape'
import { nth } from '../util/lists'
import { flag, optional, type Given, type Held } from '../util/options'
import type { Shape } from '../util/shape'
import type { LayerOptions } from './layer'
import type { StepOutputs } from './rnnCell'
import { gateOption, UnitCell, unitCellOptions, type Dropped } from './unitCell'

export const gruCellOptions = {
  ...unitCellOptions,
  ...gateOption,
  /** The reset gate acts after the product with the recurrent kernel, which then has a bias of its own; else before. Default true. */
  resetAfter: optional(flag, true),
}
export type GRUCellOptions = LayerOptions & Given<typeof gruCellOptions>

/**
 * Weights kernel [features, 3 units], recurrentKernel [units, 3 units], bias [2, 3 units] or, without resetAfter, [3 units]. See
 * keras.layers.GRUCell.
 */
export class GRUCell extends UnitCell {
  static override readonly className = 'GRUCell'
  static override readonly options = gruCellOptions
  declare readonly options: Held<typeof gruCellOptions>
  protected readonly gates = 3

  get recurrentActivation(): Activation {
    return this.options.recurrentActivation
  }

  get resetAfter(): boolean {
    return this.options.resetAfter
  }

  protected override get biasShape(): Shape {
    const width = 3 * this.units
    return this.resetAfter ? [2, width] : [width]
  }

  protected override get inputBias(): Tensor {
    return this.resetAfter ? unstack(this.bias!)[0]! : this.bias!.read()
  }

  protected override step(x: Tensor, [h]: readonly Tensor[], dropped: Dropped): StepOutputs {
    const { units, bias, resetAfter, recurrentActivation: gate } = this
    const [xz, xr, xh] = split(x, 3, 1)
    const seen = dropped(h!)
    const [gates, candidate] = split(this.recurrentKernel!, [2 * units, units], 1)
    const fromState = resetAfter ? this.fromState(seen) : this.project(seen.slice(0, 2), gates!)
    const [hz, hr, hh] = split(bias && resetAfter ? add(fromState, unstack(bias)[1]!) : fromState, resetAfter ? 3 : 2, 1)
    const [z, r] = [gate.call(add(xz!, hz!)), gate.call(add(xr!, hr!))]
    const inner = hh ? mul(r, hh) : matmul(mul(r, nth(seen, 2)), candidate!)
    const y = add(mul(z, h!), mul(sub(1, z), this.activation.call(add(xh!, inner))))
    return [y, [y]]
  }
}

export const gruCell = (options: GRUCellOptions | number): GRUCell => new GRUCell(options)
