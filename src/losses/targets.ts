// Whether targets fit predictions and the loss or metric: what was given, what was expected, and the line to write.
import type { Tensor } from '../graph/node'
import { warnOnce } from '../util/env'
import { CornusError } from '../util/errors'
import { sameShape, showShape, type Shape } from '../util/shape'

/** What the targets of a loss or metric are: numbers like the predictions, yes or no, one number a class, or class numbers. */
export type TargetKind = 'values' | 'binary' | 'oneHot' | 'classes'

export interface TargetRule {
  readonly kind: TargetKind
  /** Whether predictions are logits; of losses of probabilities. */
  readonly fromLogits?: boolean
  /** Axis of the classes, if not the last. */
  readonly axis?: unknown
}

/** Throws unless targets and predictions fit; what can hardly be meant is warned of once. */
export function checkTargets(name: string, yTrue: Tensor, yPred: Tensor, { kind, fromLogits = true, axis = -1 }: TargetRule): void {
  if (yPred.op.name === 'softmax' && yPred.shape.at(-1) === 1) {
    throw new CornusError(
      'BAD_SHAPE',
      `${name}: a softmax over one unit is 1 whatever the input; of two classes write ` +
        `layers.dense({ units: 1, activation: 'sigmoid' }) with loss: 'binaryCrossentropy', or units: 2 with loss: ` +
        `'sparseCategoricalCrossentropy'`,
    )
  }
  if (kind !== 'classes') checkAlike(name, yTrue.shape, yPred.shape, kind)
  else if (axis === -1) checkClasses(name, yTrue.shape, yPred.shape)
  if (!fromLogits) warnOfLogits(name, yPred, kind)
}

const isAccuracy = (name: string): boolean => name.endsWith('ccuracy')
const categorical = (name: string): string => (isAccuracy(name) ? `'categoricalAccuracy'` : `loss: 'categoricalCrossentropy'`)
const sparse = (name: string): string => (isAccuracy(name) ? `'sparseCategoricalAccuracy'` : `loss: 'sparseCategoricalCrossentropy'`)
const told = (name: string, targets: Shape, output: Shape): string => `${name}: targets ${showShape(targets)}, output ${showShape(output)}`

/** Labels [n] or [n, 1] to predictions [n, classes]. */
function checkClasses(name: string, targets: Shape, output: Shape): void {
  const wanted = output.slice(0, -1)
  if (output.at(-1) === 1) {
    throw new CornusError(
      'BAD_SHAPE',
      `${told(name, targets, output)}: one unit has one class only; with one sigmoid unit and labels 0 and 1 write loss: ` +
        `'binaryCrossentropy'`,
    )
  }
  if (sameShape(targets, wanted) || sameShape(targets, [...wanted, 1])) return
  if (sameShape(targets, output)) {
    throw new CornusError(
      'BAD_SHAPE',
      `${told(name, targets, output)}: one-hot rows were given, and class numbers ${showShape(wanted)} are expected; ` +
        `write ${categorical(name)}, or y.argMax(-1)`,
    )
  }
  if (targets.length + (targets.at(-1) === 1 ? -1 : 0) < wanted.length) throw tooManyAxes(name, targets, output)
  throw new CornusError('BAD_SHAPE', `${told(name, targets, output)}: class numbers ${showShape(wanted)} are expected`)
}

/** Targets of the shape of the predictions; a last axis of one may be left out, and a scalar stands for all. */
function checkAlike(name: string, targets: Shape, output: Shape, kind: TargetKind): void {
  if (targets.length === 0 || output.length === 0) return
  const [given, made] = [withoutLast(targets, output.length), withoutLast(output, targets.length)]
  if (sameShape(given, made)) return
  if (kind === 'oneHot' && targets.length < output.length) {
    throw new CornusError(
      'BAD_SHAPE',
      `${told(name, targets, output)}: one-hot rows ${showShape(output)} are expected; for class numbers write ${sparse(name)}`,
    )
  }
  if (targets.length < output.length && output.length > 2) throw tooManyAxes(name, targets, output)
  const [wanted, units] = [targets.length < output.length ? 1 : targets.at(-1), output.at(-1)]
  throw new CornusError(
    'BAD_SHAPE',
    `${told(name, targets, output)}: they must have the same shape; ${
      wanted === units || targets.length > output.length
        ? `write a last layer that gives ${showShape([null, ...targets.slice(1)])}`
        : `the last layer has ${units} unit${units === 1 ? '' : 's'}: write layers.dense({ units: ${wanted} }), ` +
          `or targets ${showShape(output)}`
    }`,
  )
}

/** [n, 1] counts as [n] beside a shape of another rank. */
const withoutLast = (shape: Shape, rank: number): Shape => (shape.length === rank + 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape)

function tooManyAxes(name: string, targets: Shape, output: Shape): CornusError {
  const mend =
    output.length === 3
      ? 'leave out returnSequences in the last recurrent layer, or write layers.flatten() before the last dense layer'
      : 'write layers.flatten() or layers.globalAveragePooling2d() before the last dense layer'
  return new CornusError('BAD_SHAPE', `${told(name, targets, output)}: the output has more axes than the targets; ${mend}`)
}

function warnOfLogits(name: string, { op, attrs }: Tensor, kind: TargetKind): void {
  const linear = (op.name === 'dense' && attrs.activation === 'linear') || op.name === 'matmul'
  if (!linear) return
  const activation = kind === 'binary' ? 'sigmoid' : 'softmax'
  warnOnce(
    `${name} takes probabilities, and the last layer has no activation: write activation: '${activation}', ` +
      `or losses.${name}({ fromLogits: true })`,
  )
}
