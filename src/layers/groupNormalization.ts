// GroupNormalization: groups of channels of each sample by their own mean and variance.
import type { Tensor } from '../graph/node'
import { groupNorm } from '../ops/normalization'
import { check } from '../util/errors'
import { GREATEST_INTEGER, kindOf, optional, type Given, type Held } from '../util/options'
import { normalizeAxis, showShape } from '../util/shape'
import { axis } from './kinds'
import type { LayerOptions, PartialShape } from './layer'
import { checkAlong, gainOptions, NormalizationLayer, sizeAlong } from './normalizationBase'

const groups = kindOf<number>(
  'a positive integer, or -1',
  (value) => Number.isInteger(value) && (value === -1 || (value as number) > 0) && (value as number) < GREATEST_INTEGER,
)

const options = {
  /** Number of groups; -1: as many as channels. Default 32. */
  groups: optional(groups, 32),
  /** Axis of the channels. Default -1. */
  axis: optional(axis, -1),
  ...gainOptions,
}
export type GroupNormalizationOptions = LayerOptions & Given<typeof options>

/** Input [batch, …, channels]; weights gamma and beta [channels]. See keras.layers.GroupNormalization. */
export class GroupNormalization extends NormalizationLayer {
  static override readonly className = 'GroupNormalization'
  static override readonly options = options
  static override readonly positional = 'groups'
  declare readonly options: Held<typeof options>

  override build(inputShape: PartialShape): void {
    const { groups: count, axis: along } = this.options
    const channels = sizeAlong(this, inputShape, along)
    check(
      normalizeAxis(along, inputShape.length, this.name) > 0,
      'BAD_ARGUMENT',
      () => `${this.name}: axis ${along} is the batch; the channels must stand elsewhere`,
    )
    const even = channels % count === 0
    check(
      even,
      'BAD_SHAPE',
      () =>
        `${this.name}: groups ${count} must divide the ${channels} channels of the input ${showShape(inputShape)}; ` +
        `give a number that does, as groups: ${greatestDivisor(channels, count)}`,
    )
    this.addGain([channels])
  }

  override checkInput(shape: PartialShape): void {
    checkAlong(this, shape, this.options.axis)
  }

  override call(x: Tensor): Tensor {
    const { groups: count, axis: along } = this.options
    return groupNorm(x, { groups: count === -1 ? sizeAlong(this, x.shape, along) : count, axis: along, ...this.parameters })
  }
}

/** The greatest number up to `limit` that divides n. */
function greatestDivisor(n: number, limit: number): number {
  let divisor = Math.min(n, limit)
  while (n % divisor) divisor--
  return divisor
}

export const groupNormalization = (options?: GroupNormalizationOptions | number): GroupNormalization => new GroupNormalization(options)
