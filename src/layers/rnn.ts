// RNN: walks a cell over sequences, step by step; what SimpleRNN, LSTM, GRU and ConvLSTM are made of.
import type { Tensor } from '../graph/node'
import { Variable } from '../graph/variable'
import { where } from '../ops/select'
import { reshape, reverse, stack, unstack } from '../ops/shape'
import { zeros } from '../tensor'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { flag, optional, type Given, type Held, type Kind, type OptionTable } from '../util/options'
import type { SavedPart } from '../util/parts'
import { sameShape, showShape } from '../util/shape'
import { onlyShapes } from './context'
import { Layer, type CallContext, type LayerOptions, type Outputs, type PartialShape, type ShapesOf } from './layer'
import { cellKind, mendSequence, type RNNCell } from './rnnCell'
import { StackedRNNCells } from './stackedRNNCells'

export const sequenceOptions = {
  /** Give the output of every step, [batch, time, …], instead of the last one. Default false. */
  returnSequences: optional(flag, false),
  /** Give an array [output, ...states]. Default false. */
  returnState: optional(flag, false),
  /** Walk from the last step to the first; outputs come in the order of the walk. Default false. */
  goBackwards: optional(flag, false),
  /** Start each batch with the states that the one before ended with, until resetStates(). Default false. */
  stateful: optional(flag, false),
  /** Taken for Keras's sake: sequences are walked in the way that is fastest. */
  unroll: optional(flag, false),
  /** A masked step's output is zero; otherwise the one before stays. Default false. */
  zeroOutputForMask: optional(flag, false),
}
type SequenceOptions = LayerOptions & Given<typeof sequenceOptions>

/** A cell, or several as a stack. */
const cellOrStack: Kind<RNNCell | SavedPart | readonly RNNCell[], RNNCell> = {
  ...cellKind,
  read: (value, what) => (Array.isArray(value) ? new StackedRNNCells({ cells: value as RNNCell[] }) : cellKind.read(value, what)),
}

const options = {
  /** A cell, or several to walk as a stack. */
  cell: cellOrStack,
  ...sequenceOptions,
}
/** What a recurrent layer gives: an array of tensors where states are asked for. */
export type Recurrent<O> = O extends { returnState: true } ? Tensor[] : Tensor

export type RNNOptions = LayerOptions & Given<typeof options>

/** A sequence walked: outputs [batch, time, …] in time's order (if asked for), the last one, and the states after it. */
export interface WalkOutputs {
  readonly outputs: Tensor | undefined
  readonly last: Tensor
  readonly states: readonly Tensor[]
}

/**
 * Input [batch, time, …]; output [batch, …] of the last step, or of all. `apply(x, { initialState: [h, …] })` or `apply([x, h, …])` starts
 * elsewhere. See keras.layers.RNN.
 */
export class RNN<Y extends Outputs = Tensor> extends Layer<Y> {
  static override readonly className: string = 'RNN'
  static override readonly options: OptionTable = options
  declare readonly options: Held<typeof sequenceOptions>
  readonly cell: RNNCell
  /** @internal Bidirectional sets it. */
  zeroOutputForMask: boolean
  /** Of a stateful layer that was called. */
  #states: readonly Variable[] | undefined

  constructor(given: LayerOptions) {
    super(given)
    this.cell = this.makeCell()
    this.zeroOutputForMask = this.options.zeroOutputForMask
  }

  protected makeCell(): RNNCell {
    return (this.options as Held<typeof options>).cell
  }

  /** Those of its options that its cell has, too. */
  protected cellOptions<T extends OptionTable>(table: T, name: string): Given<T> & LayerOptions {
    const own = Object.fromEntries(
      Object.keys(table).map((option) => [option, (this.options as { readonly [option: string]: unknown })[option]]),
    )
    return { ...own, name, trainable: this.trainable } as Given<T> & LayerOptions
  }

  get returnSequences(): boolean {
    return this.options.returnSequences
  }

  get returnState(): boolean {
    return this.options.returnState
  }

  get goBackwards(): boolean {
    return this.options.goBackwards
  }

  get stateful(): boolean {
    return this.options.stateful
  }

  /** States that a stateful layer keeps from batch to batch; they are no weights. */
  get states(): readonly Variable[] | undefined {
    return this.#states
  }

  override get keptStates(): readonly Variable[] {
    return this.#states ?? []
  }

  override build(inputShape: PartialShape): void {
    this.cell.ensureBuilt(this.stepShape(inputShape))
  }

  override checkInput(inputShape: PartialShape): void {
    this.cell.checkInput(this.stepShape(inputShape))
  }

  /** What the cell sees of a sequence. */
  private stepShape(shape: PartialShape): PartialShape {
    check(
      shape.length > 2,
      'BAD_SHAPE',
      () => `${this.name}: input must be [batch, time, features], not ${showShape(shape)}${mendSequence(shape)}`,
    )
    return [nth(shape, 0), ...shape.slice(2)]
  }

  override call(given: Tensor | readonly Tensor[], { training, mask, initialState }: CallContext): Y {
    const [x, ...starts] = Array.isArray(given) ? (given as Tensor[]) : [given as Tensor]
    check(x!.shape[1]! > 0, 'BAD_SHAPE', () => `${this.name}: a sequence must have at least one step, got ${showShape(x!.shape)}`)
    check(
      !mask || sameShape(mask.shape, x!.shape.slice(0, 2)),
      'BAD_SHAPE',
      () =>
        `${this.name}: the mask must be ${showShape(x!.shape.slice(0, 2))}, as the input's batch and time; it is ${showShape(mask!.shape)}`,
    )
    const walked = this.walk(x!, this.statesBefore(x!.shape[0]!, starts.length ? starts : initialState), mask, training)
    if (this.stateful && !onlyShapes()) walked.states.forEach((state, i) => this.#states![i]!.assign(state))
    const { outputs, last, states } = walked
    const y = this.returnSequences ? (this.goBackwards ? reverse(outputs!, 1) : outputs!) : last
    return (this.returnState ? [y, ...states] : y) as Y
  }

  /** Checks given states, or takes those of the last batch, or zeros. */
  private statesBefore(batch: number, given: readonly Tensor[] | undefined): readonly Tensor[] {
    const shapes = this.cell.stateShapes.map((shape) => [batch, ...shape])
    if (this.stateful && !onlyShapes())
      this.#states ??= shapes.map((shape) => new Variable(zeros(shape), { name: `${this.name}/state`, trainable: false }))
    if (!given && onlyShapes()) return this.cell.initialState(batch)
    if (!given) {
      this.states?.forEach(({ shape }) =>
        check(
          shape[0] === batch,
          'BAD_SHAPE',
          () => `${this.name} is stateful and began with batches of ${shape[0]}; got one of ${batch}: all must be of one size`,
        ),
      )
      return this.states?.map((state) => state.read()) ?? this.cell.initialState(batch)
    }
    const fits = given.length === shapes.length && given.every(({ shape }, i) => sameShape(shape, nth(shapes, i)))
    check(
      fits,
      'BAD_SHAPE',
      () =>
        `${this.name}: initial states must be ${shapes.map(showShape).join(', ')}; ` +
        `got ${given.map(({ shape }) => showShape(shape)).join(', ')}`,
    )
    return given
  }

  /** The walk itself, as a graph of the cell's steps. */
  protected walk(x: Tensor, before: readonly Tensor[], mask: Tensor | undefined, training: boolean): WalkOutputs {
    const { inputs, step } = this.cell.walk({ training })
    const inTime = (steps: Tensor[]) => (this.goBackwards ? steps.reverse() : steps)
    const counts = mask && inTime(unstack(mask, 1))
    const outputs: Tensor[] = []
    let states = before
    inTime(unstack(inputs(x, true), 1)).forEach((input, t) => {
      const [y, next] = step(input, states)
      if (!counts) {
        states = next
        outputs.push(y)
        return
      }
      const choose = (a: Tensor, b: Tensor | number) =>
        where(reshape(nth(counts, t), [nth(y.shape, 0), ...a.shape.slice(1).map(() => 1)]), a, b)
      const stays = outputs.at(-1) ?? nth(before, this.cell.outputState)
      outputs.push(choose(y, this.zeroOutputForMask || !sameShape(stays.shape, y.shape) ? 0 : stays))
      states = next.map((state, i) => choose(state, nth(states, i)))
    })
    const last = nth(outputs, -1)
    return { outputs: this.returnSequences ? stack(inTime([...outputs]), 1) : undefined, last, states }
  }

  /** Starts again from zeros, or from given states. */
  override resetStates(states?: readonly Tensor[]): void {
    check(this.stateful || !states, 'BAD_ARGUMENT', () => `${this.name} keeps no states; make it with stateful: true`)
    this.states?.forEach((state, i) => state.assign(states?.[i] ?? zeros(state.shape)))
  }

  override startAgain(): void {
    this.resetStates()
  }

  override computeMask(_x: Tensor | readonly Tensor[], mask: Tensor | undefined): Tensor | undefined {
    return this.returnSequences ? mask : undefined
  }

  override computeOutputShape(inputShape: PartialShape): ShapesOf<Y> {
    this.ensureBuilt(inputShape)
    const [batch, time] = [nth(inputShape, 0), nth(inputShape, 1)]
    const y = [batch, ...(this.returnSequences ? [time] : []), ...this.cell.outputShape]
    return (this.returnState ? [y, ...this.cell.stateShapes.map((shape) => [batch, ...shape])] : y) as unknown as ShapesOf<Y>
  }

  /** The same layer with weights of its own, and some options changed. */
  copy(changes: SequenceOptions): RNN<Y> {
    const constructor = this.constructor as new (options: object) => RNN<Y>
    const own = 'cell' in this.options ? { cell: this.cell.copy() } : {}
    return new constructor({ ...this.options, trainable: this.trainable, ...own, ...changes })
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), zeroOutputForMask: this.zeroOutputForMask }
  }
}

export const rnn = <const O extends RNNOptions>(options: O): RNN<Recurrent<O>> => new RNN(options)
