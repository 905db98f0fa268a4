// What layers share that put cells around images, or cut them off.
import type { Tensor } from '../graph/node'
import { pad, slice } from '../ops/shape'
import { check } from '../util/errors'
import { showShape } from '../util/shape'
import { checkSpatial, withChannelsLast } from './convBase'
import { channelsFirst, Layer, type DataFormat, type LayerOptions } from './layer'
import { sidesOf, type Given, type Sides } from './sides'

export interface CroppingOptions extends LayerOptions {
  /** One number for all sides, one for each dimension, or [before, after] for each. Default 1; of Cropping2D 0. */
  cropping?: Given
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
}

export interface ZeroPaddingOptions extends LayerOptions {
  /** One number for all sides, one for each dimension, or [before, after] for each. Default 1. */
  padding?: Given
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
}

abstract class BorderLayer extends Layer {
  protected readonly widths: Sides[]
  private readonly dataFormat: DataFormat

  constructor(options: LayerOptions & { dataFormat?: DataFormat }, protected readonly rank: number, private readonly option: 'cropping' | 'padding', widths: Given) {
    super(options)
    this.widths = sidesOf(widths, rank, this.className, option)
    this.dataFormat = options.dataFormat ?? 'channelsLast'
    channelsFirst(this.dataFormat)
  }

  protected abstract change(x: Tensor): Tensor

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, this.rank)
    return withChannelsLast(x, channelsFirst(this.dataFormat), (input) => this.change(input))
  }

  override getConfig(): Record<string, unknown> {
    const config = { ...super.getConfig(), [this.option]: this.rank === 1 ? this.widths[0] : this.widths }
    return (this.constructor as typeof Layer).optionNames!.includes('dataFormat') ? { ...config, dataFormat: this.dataFormat } : config
  }
}

export abstract class CroppingLayer extends BorderLayer {
  static override readonly optionNames: readonly string[] = ['cropping', 'dataFormat']

  constructor(options: CroppingOptions, rank: number, standard: number) {
    super(options, rank, 'cropping', options?.cropping ?? standard)
  }

  protected change(x: Tensor): Tensor {
    const size = x.shape.map((n, i) => n - (this.widths[i - 1]?.[0] ?? 0) - (this.widths[i - 1]?.[1] ?? 0))
    check(size.every((n) => n >= 0), 'BAD_SHAPE', () => `${this.name}: cropping ${JSON.stringify(this.widths)} takes more than there is of ${showShape(x.shape)}`)
    return slice(x, [0, ...this.widths.map(([before]) => before)], size)
  }
}

export abstract class ZeroPaddingLayer extends BorderLayer {
  static override readonly optionNames: readonly string[] = ['padding', 'dataFormat']

  constructor(options: ZeroPaddingOptions, rank: number) {
    super(options, rank, 'padding', options?.padding ?? 1)
  }

  protected change(x: Tensor): Tensor {
    return pad(x, [[0, 0], ...this.widths, [0, 0]])
  }
}
