// Bidirectional: a recurrent layer walks forwards, another backwards, and their outputs are merged.
import type { TensorLike } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { add, mul } from '../ops/binary'
import { concat, reverse } from '../ops/shape'
import { check } from '../util/errors'
import { choice, extra, kindOf, nullable, optional, type Given, type Held, type Kind } from '../util/options'
import { Layer, type AnyLayer, type CallContext, type LayerOptions, type Outputs, type PartialShape, type ShapesOf } from './layer'
import { RNN } from './rnn'
import { layerKind, saveLayer } from './saved'

const recurrent = layerKind<RNN<Outputs>>(
  'a recurrent layer, as layers.lstm({ units: 8 })',
  (layer: AnyLayer): layer is RNN<Outputs> => layer instanceof RNN,
)
const modes = choice('concat', 'sum', 'mul', 'ave')
const contents: Kind<readonly TensorLike[] | null> = {
  ...kindOf('an array of weights', (value) => value === null || Array.isArray(value)),
  save: () => null,
}

const options = {
  /** A recurrent layer; it is copied, with weights of its own for each direction. */
  layer: recurrent,
  /** How the two outputs become one; null gives both. Default 'concat'. */
  mergeMode: optional(nullable(modes), 'concat'),
  /** A layer for the way back; it must have goBackwards. Default: the layer with goBackwards turned. */
  backwardLayer: optional(nullable(recurrent), null),
  /** First weights: those of the forward layer, then those of the backward one. */
  weights: extra(contents, null),
}
export type BidirectionalOptions = LayerOptions & Given<typeof options>
export type MergeMode = 'concat' | 'sum' | 'mul' | 'ave'

const prefixed = (prefix: string, name: string) => `${prefix}_${name.startsWith(`${prefix}_`) ? name.slice(prefix.length + 1) : name}`

/**
 * Input [batch, time, …]. Initial states and returned states: the forward layer's, then the backward one's. See keras.layers.Bidirectional.
 */
export class Bidirectional<Y extends Outputs = Tensor> extends Layer<Y> {
  static override readonly className = 'Bidirectional'
  static override readonly options = options
  static override readonly positional = 'layer'
  declare readonly options: Held<typeof options>
  readonly forwardLayer: RNN<Outputs>
  readonly backwardLayer: RNN<Outputs>

  constructor(given: BidirectionalOptions) {
    super(given)
    const { layer, backwardLayer } = this.options
    this.forwardLayer = layer.copy({ name: prefixed('forward', layer.name) })
    this.backwardLayer = backwardLayer ?? layer.copy({ name: prefixed('backward', layer.name), goBackwards: !layer.goBackwards })
    this.checkPair()
    for (const each of [this.forwardLayer, this.backwardLayer]) each.zeroOutputForMask = each.returnSequences
  }

  get mergeMode(): MergeMode | null {
    return this.options.mergeMode
  }

  private checkPair(): void {
    const { forwardLayer: a, backwardLayer: b } = this
    check(
      a.goBackwards !== b.goBackwards,
      'BAD_ARGUMENT',
      () =>
        `bidirectional: both layers walk ${a.goBackwards ? 'backwards' : 'forwards'}; give backwardLayer goBackwards: ${!a.goBackwards}`,
    )
    for (const name of ['stateful', 'returnSequences', 'returnState'] as const) {
      check(
        a[name] === b[name],
        'BAD_ARGUMENT',
        () => `bidirectional: both layers must have the same ${name}; layer has ${a[name]}, backwardLayer ${b[name]}`,
      )
    }
  }

  override build(inputShape: PartialShape): void {
    this.forwardLayer.ensureBuilt(inputShape)
    this.backwardLayer.ensureBuilt(inputShape)
    const { weights } = this.options
    if (weights) this.setWeights(weights)
  }

  override checkInput(inputShape: PartialShape): void {
    this.forwardLayer.checkInput(inputShape)
  }

  override call(given: Tensor | readonly Tensor[], { initialState, ...context }: CallContext): Y {
    const [x, ...starts] = Array.isArray(given) ? (given as Tensor[]) : [given as Tensor]
    const states = starts.length ? starts : initialState
    const half = states && states.length / 2
    check(
      !half || Number.isInteger(half),
      'BAD_SHAPE',
      () =>
        `${this.name}: initial states must be those of the forward layer, then as many of the backward one; got ${states!.length} tensors`,
    )
    const walk = (layer: RNN<Outputs>, own: readonly Tensor[] | undefined): readonly Tensor[] =>
      [layer.apply(x!, { ...context, initialState: own })].flat() as Tensor[]
    const [y, ...after] = walk(this.forwardLayer, states?.slice(0, half))
    const [walkedBack, ...afterBack] = walk(this.backwardLayer, states?.slice(half))
    const outputs = this.merge(y!, this.forwardLayer.returnSequences ? reverse(walkedBack!, 1) : walkedBack!)
    const all = [...outputs, ...after, ...afterBack]
    return (all.length > 1 ? all : all[0]) as Y
  }

  private merge(y: Tensor, back: Tensor): Tensor[] {
    switch (this.mergeMode) {
      case 'concat':
        return [concat([y, back], -1)]
      case 'sum':
        return [add(y, back)]
      case 'ave':
        return [mul(add(y, back), 0.5)]
      case 'mul':
        return [mul(y, back)]
      case null:
        return [y, back]
    }
  }

  override computeMask(_x: Tensor | readonly Tensor[], mask: Tensor | undefined): readonly (Tensor | undefined)[] {
    const own = this.forwardLayer.returnSequences ? mask : undefined
    return this.mergeMode === null ? [own, own] : [own]
  }

  override computeOutputShape(inputShape: PartialShape): ShapesOf<Y> {
    this.ensureBuilt(inputShape)
    const { returnState, mergeMode } = { returnState: this.forwardLayer.returnState, mergeMode: this.mergeMode }
    const shapes = this.forwardLayer.computeOutputShape(inputShape) as PartialShape | readonly PartialShape[]
    const [y, ...states] = (returnState ? shapes : [shapes]) as readonly PartialShape[]
    const merged = mergeMode === 'concat' ? [[...y!.slice(0, -1), 2 * y!.at(-1)!]] : mergeMode === null ? [y!, y!] : [y!]
    const all = [...merged, ...states, ...states]
    return (all.length > 1 ? all : all[0]) as ShapesOf<Y>
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), layer: saveLayer(this.forwardLayer), backwardLayer: saveLayer(this.backwardLayer) }
  }
}

/** Gives an array where both outputs are kept or the layer gives states. */
export const bidirectional = <const O extends BidirectionalOptions>(
  options: O,
): Bidirectional<
  O extends { mergeMode: null } ? Tensor[] : O['layer'] extends RNN<infer Y> ? (Y extends Tensor ? Tensor : Tensor[]) : Tensor
> => new Bidirectional(options)
