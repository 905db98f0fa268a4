// GroupNormalization: groups of channels of each sample by their own mean and variance.
import type { Tensor } from '../graph/node'
import { groupNorm } from '../ops/normalization'
import { check } from '../util/errors'
import { normalizeAxis, showShape } from '../util/shape'
import { checkPositive, type PartialShape } from './layer'
import { checkAxis, GAIN_OPTIONS, NormalizationLayer, sizeAlong, type GainOptions } from './normalizationBase'

export interface GroupNormalizationOptions extends GainOptions {
  /** Number of groups; -1: as many as channels. Default 32. */
  groups?: number
  /** Axis of the channels. Default -1. */
  axis?: number
}

/** Input [batch, …, channels]; weights gamma and beta [channels]. See keras.layers.GroupNormalization. */
export class GroupNormalization extends NormalizationLayer<GroupNormalizationOptions> {
  static override readonly className = 'GroupNormalization'
  static override readonly optionNames = ['groups', 'axis', ...GAIN_OPTIONS]
  readonly groups: number
  readonly axis: number

  constructor(options: GroupNormalizationOptions = {}) {
    super(options)
    const { groups = 32, axis = -1 } = options
    this.groups = groups === -1 ? -1 : checkPositive(groups, this.className, 'groups')
    this.axis = checkAxis(axis, this.className, false)
  }

  override build(inputShape: PartialShape): void {
    const channels = sizeAlong(this, inputShape, this.axis)
    check(normalizeAxis(this.axis, inputShape.length, this.name) > 0, 'BAD_ARGUMENT', () => `${this.name}: axis ${this.axis} is the batch; the channels must stand elsewhere`)
    check(this.groups === -1 || channels % this.groups === 0, 'BAD_SHAPE', () => `${this.name}: groups ${this.groups} must divide the ${channels} channels of the input ${showShape(inputShape)}`)
    this.addGain([channels])
  }

  override checkInput(shape: PartialShape): void {
    const [channels, built] = [sizeAlong(this, shape, this.axis), sizeAlong(this, this.inputShape!, this.axis)]
    check(channels === built && shape.length === this.inputShape!.length, 'BAD_SHAPE', () => `${this.name}: was built for inputs of shape ${showShape(this.inputShape!)}, got ${showShape(shape)}`)
  }

  override call(x: Tensor): Tensor {
    return groupNorm(x, { groups: this.groups === -1 ? sizeAlong(this, x.shape, this.axis) : this.groups, axis: this.axis, ...this.parameters })
  }
}
