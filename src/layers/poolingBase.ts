// What pooling layers share.
import type { Tensor } from '../graph/node'
import type { TensorLike } from '../graph/convert'
import type { PoolOptions } from '../ops/pooling'
import { flag, nullable, optional, perDimension, type Given, type Held } from '../util/options'
import { checkSpatial, withChannelsLast } from './convBase'
import { dataFormat, padding } from './kinds'
import { Layer, type LayerOptions } from './layer'

export const poolingOptions = (rank: number) => ({
  /** Size of a window. Default 2. */
  poolSize: optional(perDimension(rank), 2),
  /** Default: the window's size. */
  strides: optional(nullable(perDimension(rank)), null),
  /** Default 'valid'. */
  padding: optional(padding, 'valid'),
  /** Default 'channelsLast'. */
  dataFormat: optional(dataFormat, 'channelsLast'),
})
export type PoolingOptions = LayerOptions & Given<ReturnType<typeof poolingOptions>>

export abstract class PoolingLayer extends Layer {
  static override readonly positional: string | undefined = 'poolSize'
  declare readonly options: Held<ReturnType<typeof poolingOptions>>
  protected abstract readonly rank: number
  protected abstract readonly pool: (x: TensorLike, size: number[], options: PoolOptions) => Tensor

  private get strides(): number[] {
    return [...(this.options.strides ?? this.options.poolSize)]
  }

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, this.rank)
    const { poolSize, padding: pad, dataFormat: format } = this.options
    return withChannelsLast(x, format === 'channelsFirst', (input) =>
      this.pool(input, [...poolSize], { strides: this.strides, padding: pad }),
    )
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), strides: this.strides }
  }
}

export const globalPoolingOptions = {
  /** Default 'channelsLast'. */
  dataFormat: optional(dataFormat, 'channelsLast'),
  /** Whether the spatial dimensions stay, as ones. Default false. */
  keepdims: optional(flag, false),
}
export type GlobalPoolingOptions = LayerOptions & Given<typeof globalPoolingOptions>

export abstract class GlobalPoolingLayer extends Layer {
  static override readonly options = globalPoolingOptions
  declare readonly options: Held<typeof globalPoolingOptions>
  protected abstract readonly rank: number
  protected abstract readonly reduce: (x: Tensor, axes: number[], keepDims: boolean) => Tensor

  override call(x: Tensor, _context?: unknown): Tensor {
    checkSpatial(this, x.shape, this.rank)
    const { dataFormat: format, keepdims } = this.options
    return this.reduce(
      x,
      x.shape.slice(2).map((_, i) => i + (format === 'channelsFirst' ? 2 : 1)),
      keepdims,
    )
  }

  /** The steps are gone. */
  override computeMask(): undefined {
    return undefined
  }
}
