// UpSampling2D: every cell of images as several.
import { constantNode } from '../graph/leaves'
import type { Tensor } from '../graph/node'
import { toNode, type TensorLike } from '../graph/convert'
import { add, mul } from '../ops/binary'
import { gather } from '../ops/gather'
import { repeat } from '../ops/shape'
import { lookUp } from '../util/names'
import { checkSpatial, sizesOf, type Sizes } from './convBase'
import { channelsFirst, Layer, type DataFormat, type LayerOptions } from './layer'

export interface UpSampling2DOptions extends LayerOptions {
  /** How many times, in height and width. Default 2. */
  size?: Sizes
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat
  /** 'nearest' (the default) repeats cells, 'bilinear' draws lines between their centres. */
  interpolation?: 'nearest' | 'bilinear' | (string & {})
}

/** Input [batch, height, width, channels], output [batch, height · size, width · size, channels]. See keras.layers.UpSampling2D. */
export class UpSampling2D extends Layer {
  static override readonly className = 'UpSampling2D'
  static override readonly optionNames = ['size', 'dataFormat', 'interpolation']
  private readonly size: number[]
  private readonly first: boolean
  private readonly enlarge: typeof repeat

  constructor(private readonly options: UpSampling2DOptions = {}) {
    super(options)
    const { interpolation = 'nearest' } = options
    this.size = sizesOf(options.size ?? 2, 2, this.className, 'size')
    this.first = channelsFirst(options.dataFormat)
    this.enlarge = lookUp({ nearest: repeat, bilinear: interpolate }, interpolation, 'interpolation')
  }

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, 2)
    const [height, width] = this.first ? [2, 3] : [1, 2]
    return this.enlarge(this.enlarge(x, this.size[0]!, height), this.size[1]!, width)
  }

  override getConfig(): Record<string, unknown> {
    const { dataFormat = 'channelsLast', interpolation = 'nearest' } = this.options
    return { ...super.getConfig(), size: this.size, dataFormat, interpolation }
  }
}

/** One axis n times as long: values lie on lines between the centres of its cells, and stay as they are beyond the outermost. */
function interpolate(x: TensorLike, n: number, axis: number): Tensor {
  const input = toNode(x)
  const size = input.shape[axis]!
  const places = Array.from({ length: size * n }, (_, i) => Math.min(Math.max((i + 0.5) / n - 0.5, 0), size - 1))
  const along = input.shape.map((_, i) => (i === axis ? places.length : 1))
  const from = (step: number) => gather(input, Int32Array.from(places, (at) => Math.min(Math.floor(at) + step, size - 1)), axis)
  const weights = (of: (rest: number) => number) => constantNode(Float32Array.from(places, (at) => of(at - Math.floor(at))), { shape: along, dtype: 'float32' })
  return add(mul(from(0), weights((rest) => 1 - rest)), mul(from(1), weights((rest) => rest)))
}
