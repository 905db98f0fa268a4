// What the cells of SimpleRNN, LSTM and GRU share: kernels of so many columns a unit, and dropout masks that stay the same over a sequence.
import type { Activation } from '../activations'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import type { InitializerLike } from '../initializers/index'
import { add, mul } from '../ops/binary'
import { matmul } from '../ops/matmul'
import { bernoulli } from '../ops/random'
import { concat, split } from '../ops/shape'
import { zeros } from '../tensor'
import { check, CornusError } from '../util/errors'
import { nth } from '../util/lists'
import { extra, flag, integer, nullable, optional, positive, type Given, type Held } from '../util/options'
import { showShape, type Shape } from '../util/shape'
import { activation, constraint, initializer, rate, regularizer, seed } from './kinds'
import type { CallContext, LayerOptions, PartialShape } from './layer'
import { RNNCell, type CellContext, type StepOutputs, type Walk } from './rnnCell'

/** Of cells on vectors and on images. */
export const cellOptions = {
  /** Default 'tanh'; null for none. */
  activation: optional(activation, 'tanh'),
  /** Default true. */
  useBias: optional(flag, true),
  /** Default glorotUniform. */
  kernelInitializer: optional(initializer, 'glorotUniform'),
  /** Default orthogonal. */
  recurrentInitializer: optional(initializer, 'orthogonal'),
  /** Default zeros. */
  biasInitializer: optional(initializer, 'zeros'),
  kernelRegularizer: optional(regularizer, null),
  recurrentRegularizer: optional(regularizer, null),
  biasRegularizer: optional(regularizer, null),
  kernelConstraint: optional(constraint, null),
  recurrentConstraint: optional(constraint, null),
  biasConstraint: optional(constraint, null),
  /** Fraction of the inputs to drop in training; the same ones at every step. Default 0. */
  dropout: optional(rate, 0),
  /** Fraction of the state to drop on its way into the next step; the same at every step. Default 0. */
  recurrentDropout: optional(rate, 0),
  /** Taken for Keras's sake: how the cell computes is our affair. */
  implementation: extra(nullable(integer(0, 2)), null),
  /** Taken for Keras's sake: all random numbers come from setSeed. */
  seed: optional(seed, null),
}

export const unitCellOptions = {
  /** Size of the output and of each state. */
  units: positive,
  ...cellOptions,
}
export type UnitCellOptions = LayerOptions & Given<typeof unitCellOptions>

export const gateOption = {
  /** Activation of the gates. Default 'sigmoid'. */
  recurrentActivation: optional(activation, 'sigmoid'),
}

/** x as each gate sees it: one and the same, or dropped by a mask of its own. */
export type PerGate = readonly Tensor[]
/** The state as dropout leaves it. */
export type Dropped = (h: Tensor) => PerGate

/** Weights kernel [features, gates · units], recurrentKernel [units, gates · units], bias. */
export abstract class UnitCell extends RNNCell {
  static override readonly positional: string | undefined = 'units'
  declare readonly options: Held<typeof cellOptions>
  kernel: Variable | undefined
  recurrentKernel: Variable | undefined
  bias: Variable | undefined
  /** Number of gates. */
  protected abstract readonly gates: number

  get units(): number {
    return (this.options as Held<typeof unitCellOptions>).units
  }

  get activation(): Activation {
    return this.options.activation
  }

  get dropout(): number {
    return this.options.dropout
  }

  get recurrentDropout(): number {
    return this.options.recurrentDropout
  }

  get stateSize(): number | readonly number[] {
    return this.units
  }

  protected get biasShape(): Shape {
    return [this.gates * this.units]
  }

  protected get biasInitializer(): InitializerLike {
    return this.options.biasInitializer
  }

  override build(inputShape: PartialShape): void {
    const features = inputShape.at(-1)
    if (inputShape.length !== 2 || typeof features !== 'number') {
      throw new CornusError(
        'BAD_SHAPE',
        `${this.name}: a step's input must be [batch, features] with a known last size, not ${showShape(inputShape)}`,
      )
    }
    this.addWeights([features, this.gates * this.units], [this.units, this.gates * this.units])
  }

  protected addWeights(kernel: Shape, recurrent: Shape): void {
    const { useBias, kernelInitializer, recurrentInitializer, ...options } = this.options
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: kernel,
      initializer: kernelInitializer,
      regularizer: options.kernelRegularizer,
      constraint: options.kernelConstraint,
    })
    this.recurrentKernel = this.addWeight({
      name: 'recurrent_kernel',
      shape: recurrent,
      initializer: recurrentInitializer,
      regularizer: options.recurrentRegularizer,
      constraint: options.recurrentConstraint,
    })
    if (useBias)
      this.bias = this.addWeight({
        name: 'bias',
        shape: this.biasShape,
        initializer: this.biasInitializer,
        regularizer: options.biasRegularizer,
        constraint: options.biasConstraint,
      })
  }

  override checkInput(shape: PartialShape): void {
    const features = this.kernel!.shape[0]
    check(
      shape.at(-1) === features,
      'BAD_SHAPE',
      () => `${this.name}: expected an input with last size ${features}, as it was built for; got ${showShape(shape)}`,
    )
  }

  override walk({ training }: CallContext): Walk {
    const [inputs, state] = [this.dropping(training ? this.dropout : 0), this.dropping(training ? this.recurrentDropout : 0)]
    return {
      inputs: (x, timed) => this.fromInput(inputs(x, timed), timed),
      step: (z, states) => this.step(z, states, (h) => state(h, false)),
    }
  }

  override call(x: Tensor, context: CellContext): StepOutputs {
    const states = this.statesGiven(context)
    const { inputs, step } = this.walk(context)
    return step(inputs(x, false), states)
  }

  /** As in Keras, each gate drops on its own only where the state is dropped too. */
  protected get maskCount(): number {
    return this.recurrentDropout > 0 ? this.gates : 1
  }

  /** One step, from the gates' part that comes from its input. */
  protected abstract step(z: Tensor, states: readonly Tensor[], dropped: Dropped): StepOutputs

  /** Masks for a whole walk, drawn when the first input shows their shape. */
  private dropping(rate: number): (x: Tensor, timed: boolean) => PerGate {
    let masks: readonly Tensor[] | undefined
    return (x, timed) => {
      const shape = timed ? [nth(x.shape, 0), 1, ...x.shape.slice(2)] : x.shape
      if (rate > 0)
        masks ??= Array.from({ length: this.maskCount }, () => (rate === 1 ? zeros(shape) : bernoulli(shape, 1 - rate, 1 / (1 - rate))))
      const seen = masks?.map((mask) => mul(x, mask)) ?? [x]
      return Array.from({ length: this.gates }, (_, gate) => seen[gate] ?? nth(seen, 0))
    }
  }

  /** The gates' part that comes from inputs, with their bias: of one step or, timed, of all. */
  protected fromInput(seen: PerGate, _timed: boolean): Tensor {
    const z = this.project(seen, this.kernel!.read())
    return this.bias ? add(z, this.inputBias) : z
  }

  protected get inputBias(): Tensor {
    return this.bias!.read()
  }

  /** The gates' part that comes from the state. */
  protected fromState(seen: PerGate): Tensor {
    return this.project(seen, this.recurrentKernel!.read())
  }

  /** […, gates · units]: what each gate sees times its columns of a kernel. */
  protected project(seen: PerGate, kernel: Tensor): Tensor {
    if (seen.every((x) => x === seen[0])) return matmul(nth(seen, 0), kernel)
    return concat(
      split(kernel, seen.length, 1).map((columns, gate) => matmul(nth(seen, gate), columns)),
      -1,
    )
  }
}
