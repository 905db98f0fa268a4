// LSTMCell: c' = σ(f) c + σ(i) act(c̃), h' = σ(o) act(c'), with gates i f c o = x · kernel + h · recurrentKernel + bias.
import { getActivation } from '../activations'
import type { Tensor } from '../graph/node'
import { getInitializer, type InitializerLike } from '../initializers/index'
import { add, mul } from '../ops/binary'
import { concat, split } from '../ops/shape'
import { ones } from '../tensor'
import type { StepOutputs } from './rnnCell'
import { UNIT_CELL_OPTIONS, UnitCell, type Dropped, type GatedCellOptions } from './unitCell'

export interface LSTMCellOptions extends GatedCellOptions {
  /** The bias of the forget gate starts at one. Default true. */
  unitForgetBias?: boolean
}

export const LSTM_CELL_OPTIONS = [...UNIT_CELL_OPTIONS, 'recurrentActivation', 'unitForgetBias']

/** A bias that starts with ones in the second of four gates. */
export function forgetBias(initializer: InitializerLike, units: number): InitializerLike {
  const { call } = getInitializer(initializer)
  return () => concat([call([units]), ones([units]), call([2 * units])])
}

/** States h and c; weights kernel [features, 4 units], recurrentKernel [units, 4 units], bias [4 units]. See keras.layers.LSTMCell. */
export class LSTMCell extends UnitCell<LSTMCellOptions> {
  static override readonly className: string = 'LSTMCell'
  static override readonly optionNames: readonly string[] = LSTM_CELL_OPTIONS
  readonly recurrentActivation: ReturnType<typeof getActivation>

  constructor(options: LSTMCellOptions) {
    super(options, 4)
    this.recurrentActivation = getActivation(options.recurrentActivation === undefined ? 'sigmoid' : options.recurrentActivation)
  }

  override get stateSize(): readonly number[] {
    return [this.units, this.units]
  }

  protected override get biasInitializer(): InitializerLike {
    const initializer = this.options.biasInitializer ?? 'zeros'
    return this.options.unitForgetBias ?? true ? forgetBias(initializer, this.units) : initializer
  }

  protected override step(z: Tensor, [h, c]: readonly Tensor[], dropped: Dropped): StepOutputs {
    const [i, f, g, o] = split(add(z, this.fromState(dropped(h!))), 4, -1)
    const gate = this.recurrentActivation
    const carry = add(mul(gate.call(f!), c!), mul(gate.call(i!), this.activation.call(g!)))
    const y = mul(gate.call(o!), this.activation.call(carry))
    return [y, [y, carry]]
  }
}
