// StackedRNNCells: cells one after the other, walked as one.
import type { Tensor } from '../graph/node'
import { nth } from '../util/lists'
import type { Given, Held } from '../util/options'
import type { Shape } from '../util/shape'
import type { CallContext, LayerOptions, PartialShape } from './layer'
import { cellKind, RNNCell, type CellContext, type CellStep, type StepOutputs, type Walk } from './rnnCell'
import { layersKind } from './saved'

const options = { cells: layersKind(cellKind) }
export type StackedRNNCellsOptions = LayerOptions & Given<typeof options>

/** States of all cells in one list, the first cell's first. See keras.layers.StackedRNNCells. */
export class StackedRNNCells extends RNNCell {
  static override readonly className = 'StackedRNNCells'
  static override readonly options = options
  static override readonly positional = 'cells'
  declare readonly options: Held<typeof options>
  readonly cells: readonly RNNCell[]

  constructor(given: StackedRNNCellsOptions | readonly RNNCell[]) {
    super(given)
    this.cells = this.options.cells
  }

  get stateSize(): readonly number[] {
    return this.cells.flatMap(({ stateSize }) => stateSize)
  }

  override get stateShapes(): readonly Shape[] {
    return this.cells.flatMap(({ stateShapes }) => stateShapes)
  }

  override get outputShape(): Shape {
    return nth(this.cells, -1).outputShape
  }

  override get outputState(): number {
    const last = nth(this.cells, -1)
    return this.stateShapes.length - last.stateShapes.length + last.outputState
  }

  override build(inputShape: PartialShape): void {
    this.cells.reduce((shape, cell) => {
      cell.ensureBuilt(shape)
      return cell.shapeAfter(shape)
    }, inputShape)
  }

  /** The first cell sees the whole sequence, the others one step at a time. */
  override walk(context: CallContext): Walk {
    const walks = this.cells.map((cell) => ({ ...cell.walk(context), count: cell.stateShapes.length }))
    const step: CellStep = (x, states) => {
      let [y, at] = [x, 0]
      const after = walks.flatMap((walk, i) => {
        const [output, own] = walk.step(i === 0 ? y : walk.inputs(y, false), states.slice(at, at + walk.count))
        y = output
        at += walk.count
        return own
      })
      return [y, after]
    }
    return { inputs: nth(walks, 0).inputs, step }
  }

  override call(x: Tensor, context: CellContext): StepOutputs {
    const states = this.statesGiven(context)
    const { inputs, step } = this.walk(context)
    return step(inputs(x, false), states)
  }

  override initialState(batch: number): Tensor[] {
    return this.cells.flatMap((cell) => cell.initialState(batch))
  }

  override copy(): StackedRNNCells {
    return new StackedRNNCells({ cells: this.cells.map((cell) => cell.copy()) })
  }
}

export const stackedRNNCells = (options: StackedRNNCellsOptions | readonly RNNCell[]): StackedRNNCells => new StackedRNNCells(options)
