// What layers share that put cells around images, or cut them off.
import type { Tensor } from '../graph/node'
import { pad, slice } from '../ops/shape'
import { check } from '../util/errors'
import { optional, type Given } from '../util/options'
import { showShape } from '../util/shape'
import { checkSpatial, withChannelsLast } from './convBase'
import { dataFormat } from './kinds'
import { Layer, type LayerOptions } from './layer'
import { sides, type Sides } from './sides'

const formatOption = {
  /** Default 'channelsLast'. */
  dataFormat: optional(dataFormat, 'channelsLast'),
}

export const croppingOptions = (rank: number, standard: number) => ({
  /** One number for all sides, one for each dimension, or [before, after] for each. Default 1; of Cropping2D 0. */
  cropping: optional(sides(rank), standard),
  ...formatOption,
})
export type CroppingOptions = LayerOptions & Given<ReturnType<typeof croppingOptions>>

export const paddingOptions = (rank: number) => ({
  /** One number for all sides, one for each dimension, or [before, after] for each. Default 1. */
  padding: optional(sides(rank), 1),
  ...formatOption,
})
export type ZeroPaddingOptions = LayerOptions & Given<ReturnType<typeof paddingOptions>>

abstract class BorderLayer extends Layer {
  declare readonly options: { readonly dataFormat?: 'channelsLast' | 'channelsFirst' }
  protected abstract readonly rank: number

  /** Of [n, …, c]. */
  protected abstract change(x: Tensor): Tensor

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, this.rank)
    return withChannelsLast(x, this.options.dataFormat === 'channelsFirst', (input) => this.change(input))
  }
}

export abstract class CroppingLayer extends BorderLayer {
  static override readonly positional = 'cropping'
  declare readonly options: BorderLayer['options'] & { readonly cropping: readonly Sides[] }

  protected change(x: Tensor): Tensor {
    const { cropping } = this.options
    const size = x.shape.map((n, i) => n - (cropping[i - 1]?.[0] ?? 0) - (cropping[i - 1]?.[1] ?? 0))
    const left = size.slice(1, -1).every((n) => n > 0)
    check(
      left,
      'BAD_SHAPE',
      () =>
        `${this.name}: cropping ${JSON.stringify(cropping)} leaves nothing of an input of shape ${showShape(x.shape)}; ` +
        'every dimension must keep at least one cell',
    )
    return slice(x, [0, ...cropping.map(([before]) => before)], size)
  }
}

export abstract class ZeroPaddingLayer extends BorderLayer {
  static override readonly positional = 'padding'
  declare readonly options: BorderLayer['options'] & { readonly padding: readonly Sides[] }

  protected change(x: Tensor): Tensor {
    return pad(x, [[0, 0], ...this.options.padding.map(([before, after]) => [before, after] as [number, number]), [0, 0]])
  }
}
