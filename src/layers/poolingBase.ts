// What pooling layers share.
import type { Tensor } from '../graph/node'
import type { TensorLike } from '../graph/convert'
import type { PoolOptions } from '../ops/pooling'
import { check } from '../util/errors'
import { checkSpatial, paddingName, sizesOf, withChannelsLast, type PaddingName, type Sizes } from './convBase'
import { channelsFirst, Layer, type DataFormat, type LayerOptions } from './layer'

export interface PoolingOptions extends LayerOptions {
  /** Size of a window. Default 2. */
  poolSize?: Sizes
  /** Default: the window's size. */
  strides?: Sizes | null
  /** Default 'valid'. */
  padding?: PaddingName | (string & {})
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
}

type Pool = (x: TensorLike, size: number[], options: PoolOptions) => Tensor

export abstract class PoolingLayer extends Layer {
  static override readonly optionNames: readonly string[] = ['poolSize', 'strides', 'padding', 'dataFormat']
  private readonly poolSize: number[]
  private readonly strides: number[]
  private readonly padding: PaddingName
  private readonly first: boolean

  constructor(private readonly options: PoolingOptions, private readonly rank: number, private readonly pool: Pool) {
    super(options)
    this.poolSize = sizesOf(options.poolSize ?? 2, rank, this.className, 'poolSize')
    this.strides = sizesOf(options.strides ?? this.poolSize, rank, this.className, 'strides')
    this.padding = paddingName(options.padding)
    this.first = channelsFirst(options.dataFormat)
  }

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, this.rank)
    return withChannelsLast(x, this.first, (input) => this.pool(input, this.poolSize, { strides: this.strides, padding: this.padding }))
  }

  override getConfig(): Record<string, unknown> {
    const { inputShape, batchInputShape, ...options } = this.options
    return { ...super.getConfig(), ...options }
  }
}

export interface GlobalPoolingOptions extends LayerOptions {
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
  /** Whether the spatial dimensions stay, as ones. Default false. */
  keepdims?: boolean
}

type Reduce = (x: Tensor, axes: number[], keepDims: boolean) => Tensor

export abstract class GlobalPoolingLayer extends Layer {
  static override readonly optionNames: readonly string[] = ['dataFormat', 'keepdims']
  protected readonly first: boolean

  constructor(protected readonly options: GlobalPoolingOptions, private readonly rank: number, private readonly reduce: Reduce) {
    super(options)
    const { keepdims = false } = options
    check(typeof keepdims === 'boolean', 'BAD_ARGUMENT', () => `${this.className}: keepdims must be true or false, not ${String(keepdims)}`)
    this.first = channelsFirst(options.dataFormat)
  }

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, this.rank)
    return this.reduce(x, x.shape.slice(2).map((_, i) => i + (this.first ? 2 : 1)), this.options.keepdims ?? false)
  }

  /** The steps are gone. */
  override computeMask(): undefined {
    return undefined
  }

  override getConfig(): Record<string, unknown> {
    const { dataFormat = 'channelsLast', keepdims = false } = this.options
    return { ...super.getConfig(), dataFormat, keepdims }
  }
}
