// What separable convolutions share.
import type { Variable } from '../graph/variable'
import { optional, positive, type Given, type Held } from '../util/options'
import { WindowLayer } from './convBase'
import { depthwiseOptions } from './depthwiseConvBase'
import { constraint, initializer, regularizer } from './kinds'
import type { LayerOptions, PartialShape } from './layer'

export const separableOptions = (rank: number) => ({
  /** Channels of the output. */
  filters: positive,
  ...depthwiseOptions(rank),
  /** Default glorotUniform. */
  pointwiseInitializer: optional(initializer, 'glorotUniform'),
  pointwiseRegularizer: optional(regularizer, null),
  pointwiseConstraint: optional(constraint, null),
})
export type SeparableOptions = LayerOptions & Given<ReturnType<typeof separableOptions>>

export abstract class SeparableLayer extends WindowLayer {
  declare readonly options: Held<ReturnType<typeof separableOptions>>
  depthwise: Variable | undefined
  pointwise: Variable | undefined

  get filters(): number {
    return this.options.filters
  }

  override build(inputShape: PartialShape): void {
    const channels = this.channelsOf(inputShape)
    const { depthMultiplier, filters, kernelSize, ...options } = this.options
    this.depthwise = this.addWeight({
      name: 'depthwise_kernel',
      shape: [...kernelSize, channels, depthMultiplier],
      initializer: options.depthwiseInitializer,
      regularizer: options.depthwiseRegularizer,
      constraint: options.depthwiseConstraint,
    })
    this.pointwise = this.addWeight({
      name: 'pointwise_kernel',
      shape: [...kernelSize.map(() => 1), channels * depthMultiplier, filters],
      initializer: options.pointwiseInitializer,
      regularizer: options.pointwiseRegularizer,
      constraint: options.pointwiseConstraint,
    })
    this.addBias(filters)
  }
}
