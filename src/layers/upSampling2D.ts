// UpSampling2D: every cell of images as several.
import { constantNode } from '../graph/leaves'
import type { Tensor } from '../graph/node'
import { toNode, type TensorLike } from '../graph/convert'
import { add, mul } from '../ops/binary'
import { gather } from '../ops/gather'
import { repeat } from '../ops/shape'
import { nth } from '../util/lists'
import { choice, optional, perDimension, type Given, type Held } from '../util/options'
import { checkSpatial } from './convBase'
import { dataFormat } from './kinds'
import { Layer, type LayerOptions } from './layer'

const options = {
  /** How many times, in height and width. Default 2. */
  size: optional(perDimension(2), 2),
  /** Default 'channelsLast'. */
  dataFormat: optional(dataFormat, 'channelsLast'),
  /** 'nearest' (the default) repeats cells, 'bilinear' draws lines between their centres. */
  interpolation: optional(choice('nearest', 'bilinear'), 'nearest'),
}
export type UpSampling2DOptions = LayerOptions & Given<typeof options>

/** Input [batch, height, width, channels], output [batch, height · size, width · size, channels]. See keras.layers.UpSampling2D. */
export class UpSampling2D extends Layer {
  static override readonly className = 'UpSampling2D'
  static override readonly options = options
  static override readonly positional = 'size'
  declare readonly options: Held<typeof options>

  override call(x: Tensor): Tensor {
    checkSpatial(this, x.shape, 2)
    const {
      size: [tall, wide],
      dataFormat: format,
      interpolation,
    } = this.options
    const enlarge = interpolation === 'bilinear' ? interpolate : repeat
    const [height, width] = format === 'channelsFirst' ? [2, 3] : [1, 2]
    return enlarge(enlarge(x, tall!, height), wide!, width)
  }
}

/** One axis n times as long: values lie on lines between the centres of its cells, and stay as they are beyond the outermost. */
function interpolate(x: TensorLike, n: number, axis: number): Tensor {
  const input = toNode(x)
  const size = nth(input.shape, axis)
  const places = Array.from({ length: size * n }, (_, i) => Math.min(Math.max((i + 0.5) / n - 0.5, 0), size - 1))
  const along = input.shape.map((_, i) => (i === axis ? places.length : 1))
  const from = (step: number) =>
    gather(
      input,
      Int32Array.from(places, (at) => Math.min(Math.floor(at) + step, size - 1)),
      axis,
    )
  const weights = (of: (rest: number) => number) =>
    constantNode(
      Float32Array.from(places, (at) => of(at - Math.floor(at))),
      { shape: along, dtype: 'float32' },
    )
  return add(
    mul(
      from(0),
      weights((rest) => 1 - rest),
    ),
    mul(
      from(1),
      weights((rest) => rest),
    ),
  )
}

export const upSampling2d = (options?: UpSampling2DOptions | UpSampling2DOptions['size']): UpSampling2D => new UpSampling2D(options)
