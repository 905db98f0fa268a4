// What depthwise convolutions share.
import type { Variable } from '../graph/variable'
import { optional, positive, type Given, type Held } from '../util/options'
import { kernelSizeOption, outputOptions, placementOptions, WindowLayer } from './convBase'
import { constraint, initializer, regularizer } from './kinds'
import type { LayerOptions, PartialShape } from './layer'

export const depthwiseOptions = (rank: number) => ({
  ...kernelSizeOption(rank),
  ...placementOptions(rank),
  /** Filters for each channel. Default 1. */
  depthMultiplier: optional(positive, 1),
  ...outputOptions,
  /** Default glorotUniform. */
  depthwiseInitializer: optional(initializer, 'glorotUniform'),
  depthwiseRegularizer: optional(regularizer, null),
  depthwiseConstraint: optional(constraint, null),
})
export type DepthwiseOptions = LayerOptions & Given<ReturnType<typeof depthwiseOptions>>

export abstract class DepthwiseLayer extends WindowLayer {
  declare readonly options: Held<ReturnType<typeof depthwiseOptions>>
  kernel: Variable | undefined

  get depthMultiplier(): number {
    return this.options.depthMultiplier
  }

  override build(inputShape: PartialShape): void {
    const channels = this.channelsOf(inputShape)
    const { kernelSize, depthMultiplier, depthwiseInitializer, depthwiseRegularizer, depthwiseConstraint } = this.options
    const shape = [...kernelSize, channels, depthMultiplier]
    this.kernel = this.addWeight({
      name: 'kernel',
      shape,
      initializer: depthwiseInitializer,
      regularizer: depthwiseRegularizer,
      constraint: depthwiseConstraint,
    })
    this.addBias(channels * depthMultiplier)
  }
}
