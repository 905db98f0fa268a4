// RNNCell: one step of a recurrent layer. Users extend it: `class Mine extends RNNCell { stateSize = 8; build(shape) {…} call(x, { states:
// [h] }) {…} }`.
import type { Tensor } from '../graph/node'
import { zeros } from '../tensor'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { showShape, type Shape } from '../util/shape'
import { Layer, type CallContext, type PartialShape } from './layer'
import { layerKind } from './saved'

/** What a step gives: its output, and the states after it. */
export type StepOutputs = readonly [output: Tensor, states: readonly Tensor[]]
/** From one step's input and the states before it to its outputs. */
export type CellStep = (x: Tensor, states: readonly Tensor[]) => StepOutputs

/** How to walk one sequence. */
export interface Walk {
  /** What steps take, from inputs [batch, time, …] or, one at a time, [batch, …]. */
  inputs(x: Tensor, timed: boolean): Tensor
  readonly step: CellStep
}

export interface CellContext extends CallContext {
  readonly states: readonly Tensor[]
}

/** Input [batch, features]; states [batch, size] each, in the order of `stateSize`. See keras.layers.RNN. */
export abstract class RNNCell extends Layer<StepOutputs> {
  /** Size of the state, or of each state. */
  abstract readonly stateSize: number | readonly number[]

  /** Size of the output, if it is not that of the first state. */
  readonly outputSize: number | undefined = undefined

  /** Output and states of one step. */
  abstract override call(x: Tensor, context: CellContext): StepOutputs

  /**
   * A walk of one sequence: what is drawn once for all steps, as dropout masks, is drawn here; what all steps can do at once is done in
   * `inputs`.
   */
  walk(context: CallContext): Walk {
    return { inputs: (x) => x, step: (x, states) => this.call(x, { ...context, states }) }
  }

  /** Shapes of the states, without the batch; of a cell that was built. */
  get stateShapes(): readonly Shape[] {
    return [this.stateSize].flat().map((size: number) => [size])
  }

  /** Shape of the output, without the batch. */
  get outputShape(): Shape {
    return this.outputSize === undefined ? nth(this.stateShapes, this.outputState) : [this.outputSize]
  }

  /** Place of the state that stands in for the output where a first step is masked. */
  get outputState(): number {
    return 0
  }

  /** States before the first step: zeros. */
  initialState(batch: number): Tensor[] {
    return this.stateShapes.map((shape) => zeros([batch, ...shape]))
  }

  /** The states that a call of the cell by itself was given, checked. */
  protected statesGiven({ states }: CellContext): readonly Tensor[] {
    const shapes = this.stateShapes
    const names = shapes.map((_, i) => (shapes.length > 1 ? `h${i + 1}` : 'h')).join(', ')
    check(
      states?.length === shapes.length,
      'BAD_ARGUMENT',
      () =>
        `${this.name}: a cell needs the states before the step, ${shapes.length} of them; got ${states?.length ?? 'none'}; ` +
        `write cell.apply(x, { states: [${names}] }), at first of cell.initialState(batch)`,
    )
    for (const [i, { shape }] of states.entries()) {
      const fits = shape.length === nth(shapes, i).length + 1 && nth(shapes, i).every((d, axis) => shape[axis + 1] === d)
      check(
        fits,
        'BAD_SHAPE',
        () => `${this.name}: states[${i}] must have shape ${showShape([null, ...shapes[i]!])}, not ${showShape(shape)}`,
      )
    }
    return states
  }

  /** The same cell with weights of its own. */
  copy(): RNNCell {
    const constructor = this.constructor as new (options: object) => RNNCell
    return new constructor(this.options ?? this.getConfig())
  }

  /** The shape that a cell after this one sees. */
  shapeAfter([batch]: PartialShape): PartialShape {
    return [batch ?? null, ...this.outputShape]
  }
}

/** The line to write where an input is no batch of sequences. */
export const mendSequence = (shape: PartialShape): string =>
  shape.length !== 2
    ? ''
    : shape[0] === null
      ? '; if a recurrent layer stands before this one, give it returnSequences: true'
      : '; one sequence needs an axis of samples in front: x.expandDims(0); a recurrent layer before this one needs returnSequences: true'

export const cellKind = layerKind<RNNCell>(
  'a cell, as layers.lstmCell({ units: 8 }) or a class that extends RNNCell',
  (layer): layer is RNNCell => layer instanceof RNNCell,
)
