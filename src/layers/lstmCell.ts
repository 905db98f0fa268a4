// LSTMCell: c' = σ(f) c + σ(i) act(c̃), h' = σ(o) act(c'), with gates i f c o = x · kernel + h · recurrentKernel + bias.
import type { Activation } from '../activations'
import type { Tensor } from '../graph/node'
import { getInitializer, type InitializerLike } from '../initializers/index'
import { add, mul } from '../ops/binary'
import { concat, split } from '../ops/shape'
import { ones } from '../tensor'
import { flag, optional, type Given, type Held, type OptionTable } from '../util/options'
import type { LayerOptions } from './layer'
import type { StepOutputs } from './rnnCell'
import { cellOptions, gateOption, UnitCell, unitCellOptions, type Dropped } from './unitCell'

const ownOptions = {
  ...gateOption,
  /** The bias of the forget gate starts at one. Default true. */
  unitForgetBias: optional(flag, true),
}

export const gatesOptions = { ...cellOptions, ...ownOptions }
export const lstmCellOptions = { ...unitCellOptions, ...ownOptions }
export type LSTMCellOptions = LayerOptions & Given<typeof lstmCellOptions>

/** A bias that starts with ones in the second of four gates. */
export function forgetBias(initializer: InitializerLike, units: number): InitializerLike {
  const { call } = getInitializer(initializer)
  return () => concat([call([units]), ones([units]), call([2 * units])])
}

/** States h and c; weights kernel [features, 4 units], recurrentKernel [units, 4 units], bias [4 units]. See keras.layers.LSTMCell. */
export class LSTMCell extends UnitCell {
  static override readonly className: string = 'LSTMCell'
  static override readonly options: OptionTable = lstmCellOptions
  declare readonly options: Held<typeof gatesOptions>
  protected readonly gates = 4

  get recurrentActivation(): Activation {
    return this.options.recurrentActivation
  }

  override get stateSize(): readonly number[] {
    return [this.units, this.units]
  }

  protected override get biasInitializer(): InitializerLike {
    const { biasInitializer: initializer, unitForgetBias } = this.options
    return unitForgetBias ? forgetBias(initializer, this.units) : initializer
  }

  protected override step(z: Tensor, [h, c]: readonly Tensor[], dropped: Dropped): StepOutputs {
    const [i, f, g, o] = split(add(z, this.fromState(dropped(h!))), 4, -1)
    const gate = this.recurrentActivation
    const carry = add(mul(gate.call(f!), c!), mul(gate.call(i!), this.activation.call(g!)))
    const y = mul(gate.call(o!), this.activation.call(carry))
    return [y, [y, carry]]
  }
}

export const lstmCell = (options: LSTMCellOptions | number): LSTMCell => new LSTMCell(options)
