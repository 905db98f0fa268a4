// What depthwise convolutions share.
import type { ConstraintLike } from '../constraints/index'
import type { Variable } from '../graph/variable'
import type { InitializerLike } from '../initializers/index'
import type { RegularizerLike } from '../regularizers/index'
import { WINDOW_OPTIONS, WindowLayer, type WindowChoices } from './convBase'
import { checkPositive, type PartialShape } from './layer'

export interface DepthwiseChoices extends WindowChoices {
  /** Filters for each channel. Default 1. */
  depthMultiplier?: number
  /** Default glorotUniform. */
  depthwiseInitializer?: InitializerLike
  depthwiseRegularizer?: RegularizerLike
  depthwiseConstraint?: ConstraintLike
}

export type DepthwiseOptions = DepthwiseChoices

/** Names of the options of depthwise layers. */
export const DEPTHWISE_OPTIONS = [...WINDOW_OPTIONS, 'depthMultiplier', 'depthwiseInitializer', 'depthwiseRegularizer', 'depthwiseConstraint'] as const

export abstract class DepthwiseLayer extends WindowLayer<DepthwiseOptions> {
  static override readonly optionNames: readonly string[] = DEPTHWISE_OPTIONS
  readonly depthMultiplier: number
  kernel: Variable | undefined

  constructor(options: DepthwiseOptions, rank: number) {
    super(options, rank)
    this.depthMultiplier = checkPositive(options.depthMultiplier ?? 1, this.className, 'depthMultiplier')
  }

  override build(inputShape: PartialShape): void {
    const channels = this.channelsOf(inputShape)
    const { depthwiseInitializer, depthwiseRegularizer, depthwiseConstraint } = this.options
    const shape = [...this.kernelSize, channels, this.depthMultiplier]
    this.kernel = this.addWeight({ name: 'kernel', shape, initializer: depthwiseInitializer ?? 'glorotUniform', regularizer: depthwiseRegularizer, constraint: depthwiseConstraint })
    this.addBias(channels * this.depthMultiplier)
  }
}
