// What separable convolutions share.
import type { ConstraintLike } from '../constraints/index'
import type { Variable } from '../graph/variable'
import type { InitializerLike } from '../initializers/index'
import type { RegularizerLike } from '../regularizers/index'
import { WindowLayer } from './convBase'
import { DEPTHWISE_OPTIONS, type DepthwiseChoices } from './depthwiseConvBase'
import { checkPositive, type PartialShape } from './layer'

export interface SeparableOptions extends DepthwiseChoices {
  /** Channels of the output. */
  filters: number
  /** Default glorotUniform. */
  pointwiseInitializer?: InitializerLike
  pointwiseRegularizer?: RegularizerLike
  pointwiseConstraint?: ConstraintLike
}

export abstract class SeparableLayer extends WindowLayer<SeparableOptions> {
  static override readonly optionNames: readonly string[] = [...DEPTHWISE_OPTIONS, 'filters', 'pointwiseInitializer', 'pointwiseRegularizer', 'pointwiseConstraint']
  readonly filters: number
  readonly depthMultiplier: number
  depthwise: Variable | undefined
  pointwise: Variable | undefined

  constructor(options: SeparableOptions, rank: number) {
    super(options, rank)
    this.filters = checkPositive(options.filters, this.className, 'filters')
    this.depthMultiplier = checkPositive(options.depthMultiplier ?? 1, this.className, 'depthMultiplier')
  }

  override build(inputShape: PartialShape): void {
    const channels = this.channelsOf(inputShape), { depthMultiplier, filters, kernelSize, options } = this
    this.depthwise = this.addWeight({
      name: 'depthwise_kernel', shape: [...kernelSize, channels, depthMultiplier],
      initializer: options.depthwiseInitializer ?? 'glorotUniform', regularizer: options.depthwiseRegularizer, constraint: options.depthwiseConstraint,
    })
    this.pointwise = this.addWeight({
      name: 'pointwise_kernel', shape: [...kernelSize.map(() => 1), channels * depthMultiplier, filters],
      initializer: options.pointwiseInitializer ?? 'glorotUniform', regularizer: options.pointwiseRegularizer, constraint: options.pointwiseConstraint,
    })
    this.addBias(filters)
  }
}
