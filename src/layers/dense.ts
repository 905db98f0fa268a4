// Dense: y = activation(x · kernel + bias) on the last axis of any rank.
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { dense as denseOp, matmul } from '../ops/matmul'
import { check, CornusError } from '../util/errors'
import { flag, optional, positive, type Given, type Held } from '../util/options'
import { showShape } from '../util/shape'
import { fusedName } from './convBase'
import { absent, activation, constraint, initializer, regularizer } from './kinds'
import { Layer, type LayerOptions, type PartialShape } from './layer'

const options = {
  /** Size of the output's last axis. */
  units: positive,
  /** Default: none (linear). */
  activation: optional(activation, 'linear'),
  /** Default true. */
  useBias: optional(flag, true),
  /** Default glorotUniform. */
  kernelInitializer: optional(initializer, 'glorotUniform'),
  /** Default zeros. */
  biasInitializer: optional(initializer, 'zeros'),
  kernelRegularizer: optional(regularizer, null),
  biasRegularizer: optional(regularizer, null),
  kernelConstraint: optional(constraint, null),
  biasConstraint: optional(constraint, null),
  quantizationConfig: optional(absent, null),
}
export type DenseOptions = LayerOptions & Given<typeof options>

/** Input [batch, …, features], output [batch, …, units]; weights kernel [features, units], bias [units]. See keras.layers.Dense. */
export class Dense extends Layer {
  static override readonly className = 'Dense'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'units'
  declare readonly options: Held<typeof options>
  kernel: Variable | undefined
  bias: Variable | undefined

  get units(): number {
    return this.options.units
  }

  override build(inputShape: PartialShape): void {
    const features = inputShape.at(-1)
    if (inputShape.length < 2 || typeof features !== 'number') {
      const mend = inputShape.length === 1 ? '; one sample needs an axis of samples in front: x.expandDims(0)' : ''
      throw new CornusError(
        'BAD_SHAPE',
        `${this.name}: input must be [batch, …, features] with a known last size, not ${showShape(inputShape)}${mend}`,
      )
    }
    const { units, useBias, kernelInitializer, biasInitializer, kernelRegularizer, biasRegularizer, kernelConstraint, biasConstraint } =
      this.options
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [features, units],
      initializer: kernelInitializer,
      regularizer: kernelRegularizer,
      constraint: kernelConstraint,
    })
    if (useBias)
      this.bias = this.addWeight({
        name: 'bias',
        shape: [units],
        initializer: biasInitializer,
        regularizer: biasRegularizer,
        constraint: biasConstraint,
      })
  }

  override checkInput(shape: PartialShape): void {
    const features = this.kernel!.shape[0]
    check(
      shape.length > 1,
      'BAD_SHAPE',
      () =>
        `${this.name}: expected an input [batch, …, ${features}], got ${showShape(shape)}; ` +
        'one sample needs an axis of samples in front: x.expandDims(0)',
    )
    check(
      shape.at(-1) === features,
      'BAD_SHAPE',
      () => `${this.name}: expected an input with last size ${features}, as it was built for; got ${showShape(shape)}`,
    )
  }

  override call(x: Tensor): Tensor {
    const {
      kernel,
      bias,
      options: { activation: activate },
    } = this
    const fused = bias && fusedName(activate)
    const z = bias ? denseOp(x, kernel!, bias, fused ?? 'linear') : matmul(x, kernel!)
    return fused ? z : activate.call(z)
  }
}

export const dense = (options: DenseOptions | number): Dense => new Dense(options)
