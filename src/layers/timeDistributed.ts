// TimeDistributed: the same layer on every step of a sequence.
import type { Tensor } from '../graph/node'
import { reshape, stack, unstack } from '../ops/shape'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import type { Given, Held } from '../util/options'
import { sameShape, showShape } from '../util/shape'
import { Layer, type AnyLayer, type CallContext, type LayerOptions, type PartialShape } from './layer'
import { layerKind } from './saved'

const options = {
  /** The layer; it sees [batch, …]. */
  layer: layerKind<Layer>('a layer, as layers.dense({ units: 8 })', (layer: AnyLayer): layer is Layer => layer instanceof Layer),
}
export type TimeDistributedOptions = LayerOptions & Given<typeof options>

/**
 * Input [batch, time, …], output [batch, time, …of the layer]. Steps are computed as one batch, unless the layer keeps statistics of
 * batches. See keras.layers.TimeDistributed.
 */
export class TimeDistributed extends Layer {
  static override readonly className = 'TimeDistributed'
  static override readonly supportsMasking = true
  static override readonly options = options
  static override readonly positional = 'layer'
  declare readonly options: Held<typeof options>
  readonly layer: Layer

  constructor(given: TimeDistributedOptions | Layer) {
    super(given as TimeDistributedOptions)
    this.layer = this.options.layer
  }

  /** What the layer sees of a sequence. */
  private stepShape(shape: PartialShape): PartialShape {
    check(
      shape.length >= 3,
      'BAD_SHAPE',
      () => `${this.name}: input must be [batch, time, …] with at least 3 dimensions, not ${showShape(shape)}`,
    )
    return [nth(shape, 0), ...shape.slice(2)]
  }

  override build(inputShape: PartialShape): void {
    this.layer.ensureBuilt(this.stepShape(inputShape))
  }

  override checkInput(inputShape: PartialShape): void {
    this.layer.checkInput(this.stepShape(inputShape))
  }

  override call(x: Tensor, { training, mask }: CallContext): Tensor {
    const [batch, time, ...rest] = x.shape as [number, number, ...number[]]
    const fits = !mask || sameShape(mask.shape.slice(0, 2), [batch, time])
    check(
      fits,
      'BAD_SHAPE',
      () => `${this.name}: the mask must be ${showShape([batch, time])}, as the input's batch and time; it is ${showShape(mask!.shape)}`,
    )
    if (training && this.layer.nonTrainableWeights.length)
      return stack(
        unstack(x, 1).map((step) => this.layer.call(step, { training })),
        1,
      )
    const y = this.layer.call(reshape(x, [batch * time, ...rest]), { training })
    return reshape(y, [batch, time, ...y.shape.slice(1)])
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    this.ensureBuilt(inputShape)
    const [batch, ...rest] = this.layer.computeOutputShape(this.stepShape(inputShape))
    return [batch!, nth(inputShape, 1), ...rest]
  }
}

export const timeDistributed = (options: TimeDistributedOptions | Layer): TimeDistributed => new TimeDistributed(options)
