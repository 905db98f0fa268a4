// The losses of a model's outputs: one for each, with its weight, and their sum.
import type { Tensor } from '../graph/node'
import { getLoss, type Loss, type LossLike } from '../losses/index'
import { Mean } from '../metrics/index'
import { mul } from '../ops/binary'
import { addAll } from '../ops/shape'
import { toNode } from '../graph/convert'
import { check, CornusError, reading, showValue } from '../util/errors'
import { nth } from '../util/lists'
import { showShape } from '../util/shape'
import { byOutput, type Prediction } from './outputs'

/** One loss for all outputs, or one for each: in an array in their order, or an object by their names; null for an output without. */
export type LossOption = LossLike | null | readonly (LossLike | null)[] | { readonly [output: string]: LossLike | null }
/** A factor for each loss in the total, as the losses are given; one number for all. */
export type LossWeights = number | readonly number[] | { readonly [output: string]: number }

interface OutputLoss {
  readonly loss: Loss
  readonly weight: number
  /** Mean of the loss of this output alone, where there are several. */
  readonly mean: Mean | undefined
}

export class OutputLosses {
  private list: readonly (OutputLoss | undefined)[] | undefined

  constructor(
    private readonly given: LossOption | undefined,
    private readonly weights: LossWeights | undefined,
  ) {
    for (const each of reading('compile: loss', () => leaves(given))) if (each !== null) getLoss(each)
    const numbers =
      weights === undefined
        ? []
        : reading('compile: lossWeights', () => (typeof weights === 'object' && weights !== null ? Object.values(weights) : [weights]))
    for (const each of numbers)
      check(
        typeof each === 'number' && Number.isFinite(each),
        'BAD_ARGUMENT',
        () => `compile: lossWeights must be numbers, not ${showValue(each)}`,
      )
  }

  get isEmpty(): boolean {
    return leaves(this.given).every((loss) => loss === null)
  }

  /** The loss of a model with one output. */
  get first(): Loss | undefined {
    const [loss] = leaves(this.given)
    return loss === null || loss === undefined ? undefined : getLoss(loss)
  }

  /** Keras's class names of all losses; undefined for functions of the user's own. */
  get classNames(): readonly (string | undefined)[] {
    const losses = leaves(this.given).flatMap((loss) => (loss === null ? [] : [getLoss(loss)]))
    return losses.map(({ className, fn }) => (className === fn.name ? undefined : className))
  }

  /** The loss of an output, once the outputs are known. */
  of(place: number): Loss | undefined {
    return this.list?.[place]?.loss
  }

  /** Means of the outputs' own losses, where there are several. */
  get means(): readonly Mean[] {
    return (this.list ?? []).flatMap((each) => each?.mean ?? [])
  }

  /** The weighted sum over outputs; undefined if there is no loss at all. */
  call({ outputs, names, targets, weights, masks }: Prediction): Tensor | undefined {
    this.list ??= this.make(names)
    const each = this.list.flatMap((output, i) => {
      if (!output) return []
      const target = targets[i]
      if (!target)
        throw new CornusError(
          'BAD_ARGUMENT',
          `targets are missing${names.length > 1 ? ` for output '${names[i]}'` : ''}: give y, or batches [x, y]`,
        )
      const value = output.loss.call(target, nth(outputs, i), weights[i], masks[i])
      check(
        value.size === 1,
        'BAD_SHAPE',
        () => `the loss must be a scalar to train on; its shape is ${showShape(value.shape)}: choose another reduction than 'none'`,
      )
      output.mean?.update(value, toNode(nth(outputs, i).shape[0]!))
      return [output.weight === 1 ? value : mul(value, output.weight)]
    })
    return each.length ? addAll(each) : undefined
  }

  private make(names: readonly string[]): (OutputLoss | undefined)[] {
    const losses = byOutput(this.given, names, isLossLike, 'loss')
    const weights = byOutput(
      this.weights,
      names,
      (x) => typeof x === 'number',
      'lossWeights',
      losses.map((loss) => loss === null || loss === undefined),
    )
    const several = losses.filter((loss) => loss !== null && loss !== undefined).length > 1
    return losses.map((loss, i) =>
      loss === null || loss === undefined
        ? undefined
        : {
            loss: getLoss(loss),
            weight: weights[i] ?? 1,
            mean: several ? new Mean({ name: `${names[i]}_loss` }) : undefined,
          },
    )
  }
}

const isLossLike = (x: unknown): x is LossLike | null =>
  x === null ||
  typeof x === 'string' ||
  typeof x === 'function' ||
  (typeof x === 'object' && !Array.isArray(x) && ('className' in x || 'call' in x))

const leaves = (given: LossOption | undefined): (LossLike | null)[] => {
  if (given === undefined) return []
  return isLossLike(given) ? [given] : Object.values(given)
}
