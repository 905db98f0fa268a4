// Sequential: one layer after the other.
import type { Tensor } from '../graph/node'
import { touchStructure } from '../graph/structure'
import type { Call } from '../graph/symbolic'
import { InputLayer } from '../layers/inputLayer'
import { dtypePolicy, partialShape } from '../layers/kinds'
import { Layer, type AnyLayer, type CallContext, type LayerOptions, type PartialShape } from '../layers/layer'
import { layerKind, layersKind, saveLayer } from '../layers/saved'
import { check, CornusError, isInstance, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { freeName } from '../util/names'
import { extra, nullable, optional, type Given, type Held } from '../util/options'
import { input } from './functional'
import { Model } from './model'

const sameList = <T>(a: readonly T[], b: readonly T[]): boolean => a.length === b.length && a.every((each, i) => each === b[i])

const layerOf = layerKind<Layer>('a layer, as layers.dense({ units: 10 })', (layer): layer is Layer => isInstance(layer, Layer))

const options = {
  layers: optional(layersKind(layerOf, 0), []),
  /** What it was built for, in files. */
  buildInputShape: extra(nullable(partialShape((size) => `buildInputShape: [null, ${size}]`)), null),
}
export type SequentialOptions = Pick<LayerOptions, 'name' | 'trainable' | 'dtype'> & Given<typeof options>

/** See keras.Sequential. */
export class Sequential extends Model {
  static override readonly className = 'Sequential'
  static override readonly module = 'keras'
  static override readonly options = options
  static override readonly positional = 'layers'
  declare readonly options: Held<typeof options>
  private readonly stack: Layer[] = []
  #listed: readonly Layer[] = []
  private drawing:
    | { readonly layers: readonly Layer[]; readonly calls: readonly Call[]; readonly input: Tensor; readonly output: Tensor }
    | undefined
  /** What comes out, once the shape of what goes in is known. */
  private shapeSoFar: PartialShape | undefined

  constructor(given: readonly Layer[] | SequentialOptions = []) {
    super(given)
    const { layers, buildInputShape } = this.options
    for (const layer of layers) this.add(layer)
    if (buildInputShape && !this.built && this.layers.length) this.ensureBuilt(buildInputShape)
  }

  override get layers(): readonly Layer[] {
    return this.#listed.slice()
  }

  protected override get listed(): readonly Layer[] {
    return this.#listed
  }

  /** Puts a layer at the end. */
  add(layer: Layer): void {
    check(
      isInstance(layer, Layer),
      'BAD_ARGUMENT',
      () => `sequential: expected a layer, as layers.dense({ units: 10 }), not ${showValue(layer)}`,
    )
    layer.nameAmong(new Set(this.stack.map(({ name }) => name)))
    check(
      !this.stack.some(({ name }) => name === layer.name),
      'BAD_ARGUMENT',
      () => `${this.name}: a layer with the name '${layer.name}' is there already; names must differ`,
    )
    const before = this.built ? this.shapeSoFar : undefined
    this.stack.push(layer)
    this.#restack()
    if (this.stack.length === 1 && layer.inputShape) this.inputShape = layer.inputShape
    if (before && !(layer instanceof InputLayer)) this.shapeSoFar = this.shapeAfter(before, layer)
    else this.buildIfPossible()
  }

  /** Takes the last layer off. */
  pop(): Layer {
    const layer = this.stack.pop()
    if (!layer) throw new CornusError('BAD_ARGUMENT', `${this.name}: there is no layer to take off`)
    this.#restack()
    this.buildIfPossible()
    return layer
  }

  #restack(): void {
    this.#listed = this.stack.filter((layer) => !(layer instanceof InputLayer))
    touchStructure()
  }

  /** The symbolic input: `model({ inputs: net.input, outputs: net.getLayer('block3').output })` is a model of a part of it. */
  override get input(): Tensor {
    return this.draw().input
  }

  override get output(): Tensor {
    return this.draw().output
  }

  override getLayer<L extends AnyLayer = Layer>(key: string | number): L {
    if (this.inputShape && this.layers.length) this.draw()
    return super.getLayer<L>(key)
  }

  /** Its layers called on a symbolic input, one after the other; drawn anew when layers came or went. */
  private draw(): { readonly input: Tensor; readonly output: Tensor } {
    const { layers, inputShape } = this
    if (!inputShape || !layers.length)
      throw new CornusError(
        'NOT_BUILT',
        `${this.name} has no input yet; give the first layer an inputShape, as layers.dense({ units: 10, inputShape: [4] })`,
      )
    if (this.drawing && sameList(this.drawing.layers, layers)) return this.drawing
    this.drawing?.layers.forEach((layer, i) => layer.calls.splice(layer.calls.indexOf(this.drawing!.calls[i]!), 1))
    const first = this.stack[0]
    const begin = input({ batchShape: inputShape, ...(first instanceof InputLayer && { dtype: first.dtype, name: first.name }) })
    const output = layers.reduce((x, layer) => layer.apply(x), begin)
    this.drawing = { layers, calls: layers.map((layer) => nth(layer.calls, -1)), input: begin, output }
    return this.drawing
  }

  private buildIfPossible(): void {
    this.built = false
    this.shapeSoFar = undefined
    if (this.inputShape && this.layers.length) this.ensureBuilt(this.inputShape)
  }

  override build(inputShape: PartialShape): void {
    this.shapeSoFar = this.computeOutputShape(inputShape)
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    return this.layers.reduce((shape, layer) => this.shapeAfter(shape, layer), inputShape)
  }

  private shapeAfter(shape: PartialShape, layer: Layer): PartialShape {
    const after = layer.computeOutputShape(shape)
    check(
      !Array.isArray(after[0]),
      'BAD_ARGUMENT',
      () => `${this.name}: layer '${layer.name}' gives several tensors; in a sequential model each layer gives one (leave out returnState)`,
    )
    return after
  }

  /** Shape of the output, once the input's is known. */
  get outputShape(): PartialShape | undefined {
    return this.inputShape && this.computeOutputShape(this.inputShape)
  }

  override call(x: Tensor, context: CallContext): Tensor {
    check(this.layers.length > 0, 'NOT_BUILT', () => `${this.name} has no layers; add some first`)
    return this.layers.reduce((y, layer, i) => layer.apply(y, i === 0 ? context : {}), x)
  }

  override computeMask(): undefined {
    return undefined
  }

  /** As Keras has it: an input layer stands first where the input's shape is known. */
  override getConfig(): Record<string, unknown> {
    const { inputShape, stack, name, trainable } = this
    const free = freeName('input_layer', new Set(stack.map((layer) => layer.name)))
    const front = inputShape && !(stack[0] instanceof InputLayer) ? [new InputLayer({ batchShape: inputShape, name: free })] : []
    return {
      name,
      trainable,
      dtype: dtypePolicy.save('float32'),
      layers: [...front, ...stack].map(saveLayer),
      ...(inputShape && { buildInputShape: inputShape }),
    }
  }
}

/** A model of one layer after the other: `sequential([layers.dense({ units: 1, inputShape: [3] })])`. */
export function sequential(layers?: readonly Layer[] | SequentialOptions, ...more: never[]): Sequential {
  check(
    more.length === 0 && !isInstance(layers, Layer),
    'BAD_ARGUMENT',
    () => 'sequential: give the layers as one array: sequential([layers.dense({ … }), …])',
  )
  return new Sequential(layers)
}
