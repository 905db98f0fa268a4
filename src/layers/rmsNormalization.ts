// RMSNormalization: each sample (or step) by the root of its mean square.
import type { Tensor } from '../graph/node'
import type { Variable } from '../graph/variable'
import { rmsNorm } from '../ops/normalization'
import { check } from '../util/errors'
import { sameShape, showShape } from '../util/shape'
import { Layer, type LayerOptions, type PartialShape } from './layer'
import { checkAxis, checkEpsilon, sizesAlong } from './normalizationBase'

export interface RMSNormalizationOptions extends LayerOptions {
  /** Axes that are scaled together. Default -1. */
  axis?: number | readonly number[]
  /** Added to the mean square. Default 1e-6. */
  epsilon?: number
}

/** Any shape; weight scale of the axes' shape. See keras.layers.RMSNormalization. */
export class RMSNormalization extends Layer {
  static override readonly className = 'RMSNormalization'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['axis', 'epsilon']
  readonly axis: number | readonly number[]
  private readonly epsilon: number
  scale: Variable | undefined

  constructor(options: RMSNormalizationOptions = {}) {
    super(options)
    this.axis = checkAxis(options.axis ?? -1, this.className, true)
    this.epsilon = checkEpsilon(options.epsilon ?? 1e-6, this.className)
  }

  override build(inputShape: PartialShape): void {
    this.scale = this.addWeight({ name: 'scale', shape: sizesAlong(this, inputShape, this.axis), initializer: 'ones' })
  }

  override checkInput(shape: PartialShape): void {
    check(sameShape(sizesAlong(this, shape, this.axis), this.scale!.shape), 'BAD_SHAPE', () => `${this.name}: was built for inputs of shape ${showShape(this.inputShape!)}, got ${showShape(shape)}`)
  }

  override call(x: Tensor): Tensor {
    return rmsNorm(x, { gamma: this.scale!, axis: this.axis, epsilon: this.epsilon })
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), axis: this.axis, epsilon: this.epsilon }
  }
}
