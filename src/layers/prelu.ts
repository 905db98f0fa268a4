// PReLU: x if positive, else alpha · x with a trained alpha.
import { relu } from '../activations'
import type { ConstraintLike } from '../constraints/index'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import type { InitializerLike } from '../initializers/index'
import { mul, sub } from '../ops/binary'
import { neg } from '../ops/elementwise'
import type { RegularizerLike } from '../regularizers/index'
import { check, CornusError } from '../util/errors'
import { sameShape, showShape } from '../util/shape'
import { Layer, type LayerOptions, type PartialShape } from './layer'

export interface PReLUOptions extends LayerOptions {
  /** Default zeros. */
  alphaInitializer?: InitializerLike
  alphaRegularizer?: RegularizerLike
  alphaConstraint?: ConstraintLike
  /** Axes, counted with the batch as 0, along which alpha is the same: [1, 2] for one alpha a channel of images. */
  sharedAxes?: number | readonly number[] | null
}

/** Any shape with known sizes; weight alpha of one sample's shape, 1 along shared axes. See keras.layers.PReLU. */
export class PReLU extends Layer {
  static override readonly className = 'PReLU'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['alphaInitializer', 'alphaRegularizer', 'alphaConstraint', 'sharedAxes']
  private readonly shared: readonly number[]
  alpha: Variable | undefined

  constructor(private readonly options: PReLUOptions = {}) {
    super(options)
    this.shared = [options.sharedAxes ?? []].flat()
    check(this.shared.every((axis) => Number.isInteger(axis) && axis > 0), 'BAD_ARGUMENT', () => `prelu: sharedAxes must be integers from 1, not ${JSON.stringify(options.sharedAxes)}`)
  }

  override build(inputShape: PartialShape): void {
    const { alphaInitializer = 'zeros', alphaRegularizer, alphaConstraint } = this.options
    check(this.shared.every((axis) => axis < inputShape.length), 'BAD_SHAPE', () => `${this.name}: sharedAxes [${this.shared.join(', ')}] do not fit an input of shape ${showShape(inputShape)}`)
    const shape = this.shapeFor(inputShape)
    this.alpha = this.addWeight({ name: 'alpha', shape, initializer: alphaInitializer, regularizer: alphaRegularizer, constraint: alphaConstraint })
  }

  private shapeFor(inputShape: PartialShape): number[] {
    return inputShape.slice(1).map((d, i) => {
      if (this.shared.includes(i + 1)) return 1
      if (d === null) throw new CornusError('BAD_SHAPE', `${this.name}: sizes of axes that are not shared must be known, got ${showShape(inputShape)}`)
      return d
    })
  }

  override checkInput(shape: PartialShape): void {
    check(shape.length === this.inputShape!.length && sameShape(this.shapeFor(shape), this.alpha!.shape), 'BAD_SHAPE', () => `${this.name}: was built for inputs of shape ${showShape(this.inputShape!)}, got ${showShape(shape)}`)
  }

  override call(x: Tensor): Tensor {
    return sub(relu(x), mul(relu(neg(x)), this.alpha!))
  }

  override getConfig(): Record<string, unknown> {
    const { inputShape, batchInputShape, ...options } = this.options
    return { ...super.getConfig(), ...options }
  }
}
