// TimeDistributed: the same layer on every step of a sequence.
import type { Tensor } from '../graph/node'
import { reshape, stack, unstack } from '../ops/shape'
import { check } from '../util/errors'
import { sameShape, showShape } from '../util/shape'
import { Layer, type AnyLayer, type CallContext, type LayerOptions, type PartialShape } from './layer'

export interface TimeDistributedOptions extends LayerOptions {
  layer: Layer
}

/** Input [batch, time, …], output [batch, time, …of the layer]. Steps are computed as one batch, unless the layer keeps statistics of batches. See keras.layers.TimeDistributed. */
export class TimeDistributed extends Layer {
  static override readonly className = 'TimeDistributed'
  static override readonly supportsMasking = true
  static override readonly optionNames = ['layer']
  readonly layer: Layer

  constructor(options: TimeDistributedOptions) {
    super(options)
    const layer: unknown = options.layer
    check(layer instanceof Layer, 'BAD_ARGUMENT', () => `timeDistributed: the option 'layer' must be a layer, as layers.dense({ units: 8 }), not ${typeof layer}`)
    this.layer = layer as Layer
  }

  override get sublayers(): readonly AnyLayer[] {
    return [this.layer]
  }

  /** What the layer sees of a sequence. */
  private stepShape(shape: PartialShape): PartialShape {
    check(shape.length >= 3, 'BAD_SHAPE', () => `${this.name}: input must be [batch, time, …] with at least 3 dimensions, not ${showShape(shape)}`)
    return [shape[0]!, ...shape.slice(2)]
  }

  override build(inputShape: PartialShape): void {
    this.layer.ensureBuilt(this.stepShape(inputShape))
  }

  override checkInput(inputShape: PartialShape): void {
    this.layer.checkInput(this.stepShape(inputShape))
  }

  override call(x: Tensor, { training, mask }: CallContext): Tensor {
    const [batch, time, ...rest] = x.shape as [number, number, ...number[]]
    check(!mask || sameShape(mask.shape.slice(0, 2), [batch, time]), 'BAD_SHAPE', () => `${this.name}: the mask must be ${showShape([batch, time])}, as the input's batch and time; it is ${showShape(mask!.shape)}`)
    if (training && this.layer.nonTrainableWeights.length) return stack(unstack(x, 1).map((step) => this.layer.call(step, { training })), 1)
    const y = this.layer.call(reshape(x, [batch * time, ...rest]), { training })
    return reshape(y, [batch, time, ...y.shape.slice(1)])
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    this.ensureBuilt(inputShape)
    const [batch, ...rest] = this.layer.computeOutputShape(this.stepShape(inputShape))
    return [batch!, inputShape[1]!, ...rest]
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), layer: { className: this.layer.className, config: this.layer.getConfig() } }
  }
}
