// GRUCell: h' = σ(z) h + (1 − σ(z)) act(h̃), with gates z r h = x · kernel + h · recurrentKernel + bias; r acts on h̃'s part of the state.
import { getActivation } from '../activations'
import type { Tensor } from '../graph/node'
import { add, mul, sub } from '../ops/binary'
import { matmul } from '../ops/matmul'
import { split, unstack } from '../ops/shape'
import type { Shape } from '../util/shape'
import type { StepOutputs } from './rnnCell'
import { UNIT_CELL_OPTIONS, UnitCell, type Dropped, type GatedCellOptions } from './unitCell'

export interface GRUCellOptions extends GatedCellOptions {
  /** The reset gate acts after the product with the recurrent kernel, which then has a bias of its own; else before. Default true. */
  resetAfter?: boolean
}

export const GRU_CELL_OPTIONS = [...UNIT_CELL_OPTIONS, 'recurrentActivation', 'resetAfter']

/** Weights kernel [features, 3 units], recurrentKernel [units, 3 units], bias [2, 3 units] or, without resetAfter, [3 units]. See keras.layers.GRUCell. */
export class GRUCell extends UnitCell<GRUCellOptions> {
  static override readonly className = 'GRUCell'
  static override readonly optionNames = GRU_CELL_OPTIONS
  readonly recurrentActivation: ReturnType<typeof getActivation>
  readonly resetAfter: boolean

  constructor(options: GRUCellOptions) {
    super(options, 3)
    this.recurrentActivation = getActivation(options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation)
    this.resetAfter = options.resetAfter ?? true
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
    const inner = hh ? mul(r, hh) : matmul(mul(r, seen[2]!), candidate!)
    const y = add(mul(z, h!), mul(sub(1, z), this.activation.call(add(xh!, inner))))
    return [y, [y]]
  }
}
