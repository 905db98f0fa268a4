// Dense: y = activation(x · kernel + bias) on the last axis of any rank.
import { getActivation, type ActivationLike } from '../activations'
import type { ConstraintLike } from '../constraints/index'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import type { InitializerLike } from '../initializers/index'
import { dense as denseOp, matmul } from '../ops/matmul'
import type { FusedActivation } from '../ops/elementwise'
import { getRegularizer, type Regularizer, type RegularizerLike } from '../regularizers/index'
import { check, CornusError } from '../util/errors'
import { showShape } from '../util/shape'
import { checkPositive, Layer, type LayerOptions, type PartialShape } from './layer'

export interface DenseOptions extends LayerOptions {
  /** Size of the output's last axis. */
  units: number
  /** Default: none (linear). */
  activation?: ActivationLike
  /** Default true. */
  useBias?: boolean
  /** Default glorotUniform. */
  kernelInitializer?: InitializerLike
  /** Default zeros. */
  biasInitializer?: InitializerLike
  kernelRegularizer?: RegularizerLike
  biasRegularizer?: RegularizerLike
  activityRegularizer?: RegularizerLike
  kernelConstraint?: ConstraintLike
  biasConstraint?: ConstraintLike
}

/** Input [batch, …, features], output [batch, …, units]; weights kernel [features, units], bias [units]. See keras.layers.Dense. */
export class Dense extends Layer {
  static override readonly className = 'Dense'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['units', 'activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'kernelRegularizer', 'biasRegularizer', 'activityRegularizer', 'kernelConstraint', 'biasConstraint']
  readonly units: number
  kernel: Variable | undefined
  bias: Variable | undefined
  private readonly activation: ReturnType<typeof getActivation>
  private readonly activity: Regularizer | null

  constructor(private readonly options: DenseOptions) {
    super(options)
    this.units = checkPositive(options.units, 'dense', 'units')
    this.activation = getActivation(options.activation)
    this.activity = getRegularizer(options.activityRegularizer ?? null)
  }

  override build(inputShape: PartialShape): void {
    const features = inputShape.at(-1)
    if (inputShape.length < 2 || typeof features !== 'number') {
      throw new CornusError('BAD_SHAPE', `${this.name}: input must be [batch, …, features] with a known last size, not ${showShape(inputShape)}`)
    }
    const { useBias = true, kernelInitializer, biasInitializer = 'zeros', kernelRegularizer, biasRegularizer, kernelConstraint, biasConstraint } = this.options
    this.kernel = this.addWeight({ name: 'kernel', shape: [features, this.units], initializer: kernelInitializer ?? 'glorotUniform', regularizer: kernelRegularizer, constraint: kernelConstraint })
    if (useBias) this.bias = this.addWeight({ name: 'bias', shape: [this.units], initializer: biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint })
  }

  override checkInput(shape: PartialShape): void {
    const features = this.kernel!.shape[0]
    check(shape.at(-1) === features, 'BAD_SHAPE', () => `${this.name}: expected an input with last size ${features}, as it was built for; got ${showShape(shape)}`)
  }

  override call(x: Tensor): Tensor {
    const { kernel, bias, activation } = this
    const fused = bias ? fusable(activation.name) : undefined
    const z = bias ? denseOp(x, kernel!, bias, fused ?? 'linear') : matmul(x, kernel!)
    const y = fused ? z : activation.call(z)
    if (this.activity) this.addLoss(this.activity.call(y))
    return y
  }

  override getConfig(): Record<string, unknown> {
    const { inputShape, batchInputShape, ...options } = this.options
    return { ...super.getConfig(), ...options }
  }
}

/** Activations that the product applies itself. Not sigmoid: losses look for it to work on its logits. */
const fusable = (name: string | undefined): FusedActivation | undefined =>
  name === 'linear' || name === 'relu' || name === 'tanh' ? name : undefined
