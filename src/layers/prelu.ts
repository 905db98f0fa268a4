// PReLU: x if positive, else alpha · x with a trained alpha.
import { relu } from '../activations'
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { mul, sub } from '../ops/binary'
import { neg } from '../ops/elementwise'
import { check, CornusError } from '../util/errors'
import { integer, nullable, optional, type Given, type Held } from '../util/options'
import { sameShape, showShape } from '../util/shape'
import { constraint, initializer, oneOrList, regularizer } from './kinds'
import { Layer, type LayerOptions, type PartialShape } from './layer'

const options = {
  /** Default zeros. */
  alphaInitializer: optional(initializer, 'zeros'),
  alphaRegularizer: optional(regularizer, null),
  alphaConstraint: optional(constraint, null),
  /** Axes, counted with the batch as 0, along which alpha is the same: [1, 2] for one alpha a channel of images. */
  sharedAxes: optional(nullable(oneOrList(integer(1, 64))), null),
}
export type PReLUOptions = LayerOptions & Given<typeof options>

/** Any shape with known sizes; weight alpha of one sample's shape, 1 along shared axes. See keras.layers.PReLU. */
export class PReLU extends Layer {
  static override readonly className = 'PReLU'
  static override readonly supportsMasking = true
  static override readonly options = options
  declare readonly options: Held<typeof options>
  alpha: Variable | undefined

  private get shared(): readonly number[] {
    return [this.options.sharedAxes ?? []].flat()
  }

  override build(inputShape: PartialShape): void {
    const { shared } = this
    check(
      shared.every((axis) => axis < inputShape.length),
      'BAD_SHAPE',
      () => `${this.name}: sharedAxes [${shared.join(', ')}] do not fit an input of shape ${showShape(inputShape)}`,
    )
    const { alphaInitializer, alphaRegularizer, alphaConstraint } = this.options
    this.alpha = this.addWeight({
      name: 'alpha',
      shape: this.shapeFor(inputShape),
      initializer: alphaInitializer,
      regularizer: alphaRegularizer,
      constraint: alphaConstraint,
    })
  }

  private shapeFor(inputShape: PartialShape): number[] {
    return inputShape.slice(1).map((d, i) => {
      if (this.shared.includes(i + 1)) return 1
      if (d === null)
        throw new CornusError('BAD_SHAPE', `${this.name}: sizes of axes that are not shared must be known, got ${showShape(inputShape)}`)
      return d
    })
  }

  override checkInput(shape: PartialShape): void {
    const fits = shape.length === this.inputShape!.length && sameShape(this.shapeFor(shape), this.alpha!.shape)
    check(fits, 'BAD_SHAPE', () => `${this.name}: was built for inputs of shape ${showShape(this.inputShape!)}, got ${showShape(shape)}`)
  }

  override call(x: Tensor): Tensor {
    return sub(relu(x), mul(relu(neg(x)), this.alpha!))
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), sharedAxes: this.options.sharedAxes === null ? null : this.shared }
  }
}

export const prelu = (options?: PReLUOptions): PReLU => new PReLU(options)
