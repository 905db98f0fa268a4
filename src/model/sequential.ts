// Sequential: one layer after the other.
import type { Tensor } from '../graph/node'
import { touchStructure } from '../graph/structure'
import { InputLayer } from '../layers/inputLayer'
import { Layer, type CallContext, type PartialShape } from '../layers/layer'
import { check, CornusError } from '../util/errors'
import { Model } from './model'

export interface SequentialOptions {
  layers?: readonly Layer[]
  name?: string
}

/** See keras.Sequential. */
export class Sequential extends Model {
  static override readonly className = 'Sequential'
  private readonly stack: Layer[] = []

  constructor(layers: readonly Layer[] | SequentialOptions = []) {
    const options: SequentialOptions = Array.isArray(layers) ? {} : (layers as SequentialOptions)
    super(options.name === undefined ? {} : { name: options.name })
    for (const layer of Array.isArray(layers) ? layers : options.layers ?? []) this.add(layer as Layer)
  }

  override get layers(): readonly Layer[] {
    return this.stack.filter((layer) => !(layer instanceof InputLayer))
  }

  /** Puts a layer at the end. */
  add(layer: Layer): void {
    check(layer instanceof Layer, 'BAD_ARGUMENT', () => `sequential: expected a layer, as layers.dense({ units: 10 }), got ${layer === null ? 'null' : typeof layer}`)
    check(!this.stack.some(({ name }) => name === layer.name), 'BAD_ARGUMENT', () => `${this.name}: a layer with the name '${layer.name}' is there already; names must differ`)
    this.stack.push(layer)
    touchStructure()
    if (this.stack.length === 1 && layer.inputShape) this.inputShape = layer.inputShape
    this.built = false
    this.buildIfPossible()
  }

  /** Takes the last layer off. */
  pop(): Layer {
    const layer = this.stack.pop()
    if (!layer) throw new CornusError('BAD_ARGUMENT', `${this.name}: there is no layer to take off`)
    touchStructure()
    return layer
  }

  private buildIfPossible(): void {
    if (this.inputShape && this.layers.length) this.ensureBuilt(this.inputShape)
  }

  override build(inputShape: PartialShape): void {
    this.computeOutputShape(inputShape)
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    return this.layers.reduce((shape, layer) => {
      const after = layer.computeOutputShape(shape)
      check(!Array.isArray(after[0]), 'BAD_ARGUMENT', () => `${this.name}: layer '${layer.name}' gives several tensors; in a sequential model each layer gives one (leave out returnState)`)
      return after
    }, inputShape)
  }

  /** Shape of the output, once the input's is known. */
  get outputShape(): PartialShape | undefined {
    return this.inputShape && this.computeOutputShape(this.inputShape)
  }

  override call(x: Tensor, context: CallContext): Tensor {
    check(this.layers.length > 0, 'NOT_BUILT', () => `${this.name} has no layers; add some first`)
    return this.layers.reduce((y, layer, i) => layer.apply(y, i === 0 ? context : { training: context.training }), x)
  }

  override computeMask(): undefined {
    return undefined
  }

  override getConfig(): Record<string, unknown> {
    return { name: this.name, layers: this.stack.map((layer) => ({ className: layer.className, config: layer.getConfig() })) }
  }
}

/** A model of one layer after the other: `sequential([layers.dense({ units: 1, inputShape: [3] })])`. */
export function sequential(layers?: readonly Layer[] | SequentialOptions, ...more: never[]): Sequential {
  check(more.length === 0 && !(layers instanceof Layer), 'BAD_ARGUMENT', () => 'sequential: give the layers as one array: sequential([layers.dense({ … }), …])')
  return new Sequential(layers)
}
